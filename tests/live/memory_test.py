"""Memory does not grow with a transaction: pt-osc copies a table of 2 GiB in one."""

import os
import re
import shutil
import time
from pathlib import Path

import testbed

LIMIT = 128 << 20
SIZE = int(float(os.environ.get('UNGHOST_COPY_GIB') or 2) * (1 << 30))
ROW = 32_000


def peak_memory(process):
    status = Path(f'/proc/{process.pid}/status').read_text()
    return int(re.search(r'VmHWM:\s+(\d+) kB', status)[1]) << 10


def _copy(folder, alter, word):
    free = shutil.disk_usage(folder).free
    testbed.check(free > 7 * SIZE, f'only {free >> 30} GiB free in {folder}')
    primary = testbed.Server('9.7', folder / 'primary', innodb_doublewrite='OFF')
    unghost = testbed.Unghost(None, primary, folder / 'unghost', ['--start', 'earliest'])
    # The table does not come out of the log: half the disk.
    primary.sql('CREATE DATABASE shop; CREATE TABLE shop.wide (id int AUTO_INCREMENT PRIMARY KEY, n int NOT NULL, '
                'data mediumblob NOT NULL)')
    primary.sql('SET sql_log_bin = 0')
    primary.sql(f"INSERT INTO shop.wide (n, data) VALUES (1, REPEAT('0123456789abcdef', {ROW // 16}))")
    rows = 1
    while rows * ROW < SIZE:
        more = min(rows, SIZE // ROW + 1 - rows, 8192)
        primary.sql(f'INSERT INTO shop.wide (n, data) SELECT n, data FROM shop.wide LIMIT {more}')
        rows += more
    primary.sql('SET sql_log_bin = 1; ANALYZE NO_WRITE_TO_BINLOG TABLE shop.wide')

    pulled = folder / 'pulled'
    pulled.mkdir()
    consumer = testbed.start_process(
        [*unghost.client('mysqlbinlog'), '--raw', '--read-from-remote-server', '--stop-never',
         f'--result-file={pulled}/', 'mysql-bin.1000000001'], log=folder / 'mysqlbinlog.log')
    began = time.monotonic()
    testbed.pt_osc(primary, '3.7.1', 'shop', 'wide', alter, chunk_size=100_000_000, chunk_time=0,
                   chunk_size_limit=0, timeout=1200).succeed()
    copied = time.monotonic() - began
    executed = primary.value('SELECT @@global.gtid_executed').split(':')[-1].split('-')[-1]
    testbed.wait_until('unghost has all', lambda: unghost.status()['gtid_executed'].endswith(f'-{executed}'), 600)
    behind = time.monotonic() - began - copied
    clean = sum(p.stat().st_size for p in (unghost.folder / 'data').glob('mysql-bin.1?????????'))
    testbed.wait_until('a consumer has all', lambda: consumer.poll() is not None or sum(
        p.stat().st_size for p in pulled.iterdir()) >= clean, 300)
    testbed.check(consumer.poll() is None, testbed.tail(folder / 'mysqlbinlog.log'))
    peak = peak_memory(unghost.process)
    log = unghost.log()
    testbed.check(f'{word}: ' in log, f'not "{word}":\n' + testbed.tail(unghost.log_file))
    source = sum(p.stat().st_size for p in primary.binlog_files())
    largest = max(p.stat().st_size for p in primary.binlog_files())
    testbed.check(largest > SIZE, f'the copy is not one transaction: the largest file has {largest} bytes')
    testbed.check(clean < SIZE / 100 if word == 'folding' else clean > SIZE, f'stored are {clean} bytes')
    print(f'      {word}: source {source >> 20} MiB, stored {clean >> 20} MiB; copy {copied:.0f} s, unghost '
          f'{behind:.1f} s behind; peak {peak / (1 << 20):.1f} MiB', flush=True)
    testbed.check(peak < LIMIT, f'peak RSS {peak >> 20} MiB')
    testbed.check(unghost.stop() == 0, 'it did not end well')


def test_memory_stays_small_while_a_copy_of_2_gib_is_folded(folder):
    _copy(folder, 'ADD COLUMN c int NOT NULL DEFAULT 1', 'folding')


def test_memory_stays_small_while_a_copy_of_2_gib_is_passed(folder):
    _copy(folder, 'ADD COLUMN c int NOT NULL DEFAULT 1, ADD COLUMN made datetime DEFAULT CURRENT_TIMESTAMP', 'passing')


for _test in (test_memory_stays_small_while_a_copy_of_2_gib_is_folded,
              test_memory_stays_small_while_a_copy_of_2_gib_is_passed):
    _test.timeout = 1800
