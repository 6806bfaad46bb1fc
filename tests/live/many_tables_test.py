"""100,000 tables in 100 schemas: how long they take to be remembered, and what that costs. Long; $UNGHOST_TABLES for fewer."""

import os
import time

import testbed
from scene import Scene
from testbed import check

SCHEMAS = 100
TICKS = os.sysconf('SC_CLK_TCK')


def cpu_seconds(pid):
    fields = open(f'/proc/{pid}/stat').read().rpartition(')')[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def resident_mib(pid):
    line = next(line for line in open(f'/proc/{pid}/status') if line.startswith('VmRSS:'))
    return int(line.split()[1]) / 1024


def make_tables(scene, count):
    """By hand in one session a schema, unlogged: unghost shall find them."""
    columns = ', '.join(f'column_{n} varchar({20 + n}) NOT NULL DEFAULT \'\'' for n in range(12))
    made = 0
    for schema in range(SCHEMAS):
        with scene.primary.connect() as connection, connection.cursor() as cursor:
            cursor.execute('SET sql_log_bin = 0')
            cursor.execute(f'CREATE DATABASE many{schema}')
            for number in range(count // SCHEMAS):
                cursor.execute(f'CREATE TABLE many{schema}.t{number} (id bigint AUTO_INCREMENT PRIMARY KEY, {columns}, '
                               'KEY a (column_1), KEY b (column_2, column_3))')
                made += 1
    return made


def test_a_hundred_thousand_tables_are_remembered(folder):
    count = int(os.environ.get('UNGHOST_TABLES', '100000'))
    scene = Scene(folder, '9.7', replica=False)
    scene.unghost.stop()
    began = time.monotonic()
    made = make_tables(scene, count)
    print(f'      {made} tables made in {time.monotonic() - began:.0f} s', flush=True)
    source, before = scene.primary.process.pid, cpu_seconds(scene.primary.process.pid)
    scene.unghost.start()
    rss = resident_mib(scene.unghost.process.pid)
    began = time.monotonic()

    def tables():
        return scene.unghost.metrics()['unghost_remembered_tables']
    testbed.wait_until('all tables are remembered', lambda: tables() >= made, timeout=3600, interval=1)
    took = time.monotonic() - began
    share = (cpu_seconds(source) - before) / took
    grown = resident_mib(scene.unghost.process.pid) - rss
    size = (scene.unghost.folder / 'data' / 'ledger').stat().st_size / (1 << 20)
    print(f'      remembered in {took:.0f} s; the source spent {100 * share:.0f} % of a core; unghost grew by {grown:.1f} MiB, '
          f'the ledger has {size:.0f} MiB', flush=True)
    began = time.monotonic()
    scene.unghost.restart()
    testbed.wait_until('they are remembered', lambda: tables() >= made, timeout=30, interval=0.05)
    restart = time.monotonic() - began
    print(f'      restart {restart:.2f} s', flush=True)
    check(share <= 0.25, 'the source spent too much')
    check(grown <= 40, 'unghost grew too much')


test_a_hundred_thousand_tables_are_remembered.timeout = 7200
