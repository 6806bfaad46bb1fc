"""Memory does not grow with a transaction (pt-osc copies a table of 2 GiB in one), an event, GTIDs, nor what clients send."""

import contextlib
import os
import re
import shutil
import subprocess
import time
from pathlib import Path

import pymysql
import testbed
from relay_test import Behind
from stop_test import RESOLVED, stopped

LIMIT = 128 << 20
LARGE = 700_000_000
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


def test_an_event_of_700_mb_is_not_held_in_memory(folder):
    """Pulled and passed through; kept during a stop, found again after a restart; served to a replica."""
    scene = stopped(folder, '9.7', max_allowed_packet='1G', replica_max_allowed_packet='1G', innodb_doublewrite='OFF',
                    innodb_redo_log_capacity='4G')
    primary, ours = scene.primary, scene.unghost
    numbers = iter(range(10))

    def add(size):
        """A paper of this size, and what the process takes at most from its start until it is pulled."""
        # Nothing but the size makes the difference: it is inserted by the source alone.
        primary.sql(f"INSERT INTO shop.papers VALUES ({next(numbers)}, REPEAT('0123456789abcdef', {size // 16}))")
        testbed.wait_until('unghost has pulled it', lambda: ours.pulled() == primary.position()[:2], 600)
        return peak_memory(ours.process)

    def check_peak(what, before):
        now = peak_memory(ours.process)
        print(f'      {what}: peak {before >> 20} -> {now >> 20} MiB', flush=True)
        testbed.check(now < before + (64 << 20), f'{what}: {before >> 20} -> {now >> 20} MiB')

    def papers_are_equal():
        testbed.wait_caught_up(primary, scene.replica, 900)
        query = 'SELECT id, LENGTH(paper), SHA2(paper, 256) FROM shop.papers ORDER BY id'
        rows = primary.sql(query)
        testbed.check(len(rows) > 1 and scene.replica.sql(query) == rows, f'{rows}\n{scene.replica.sql(query)}')

    primary.sql('CREATE TABLE shop.papers (id int PRIMARY KEY, paper longblob)')
    small = add(4096)
    add(LARGE)
    check_peak('into the spool', small)
    ours.restart()
    testbed.check(scene.wait_stopped() is not None, 'no stop')
    check_peak('found again', small)
    ours.command('resume', scene.stop(), '--sql', RESOLVED, '--yes')
    papers_are_equal()
    check_peak('out of the spool, and served', small)

    ours.restart()
    small = add(4096)
    add(LARGE)
    papers_are_equal()
    check_peak('passed through, and served', small)
    primary.sql('TRUNCATE TABLE shop.papers')
    scene.equal()


def resident(process):
    status = Path(f'/proc/{process.pid}/status').read_text()
    return int(re.search(r'VmRSS:\s+(\d+) kB', status)[1]) << 10


def test_hundreds_of_files_with_thousands_of_gtid_intervals(folder):
    """PREVIOUS_GTIDS of each file holds them all."""
    source = testbed.Server('9.7', folder / 'source')
    ours = testbed.Unghost(None, source, folder / 'few', ['--start', 'earliest'])
    testbed.wait_until('it follows', lambda: ours.pulled() == source.position()[:2])
    few = peak_memory(ours.process)
    ours.stop()
    intervals = ':'.join(str(2 * number + 1) for number in range(5000))
    source.sql(f"SET GLOBAL gtid_purged = '+11111111-2222-3333-4444-555555555555:{intervals}'")
    for _ in range(600):
        source.sql('FLUSH BINARY LOGS')
    source.sql('CREATE DATABASE d')
    ours = testbed.Unghost(None, source, folder / 'unghost', ['--start', 'earliest'])
    testbed.wait_until('it follows', lambda: ours.pulled() == source.position()[:2], 120)
    files = [p for p in (ours.folder / 'data').glob('mysql-bin.1?????????')]
    testbed.check(len(files) > 600, f'{len(files)} files')
    with contextlib.closing(pymysql.connect(host=testbed.HOST, port=ours.port, user=ours.user, password=ours.password)) as one, \
            one.cursor() as cursor:
        cursor.execute('SHOW BINARY LOGS')
        testbed.check(len(cursor.fetchall()) > 600, 'files')
    many = peak_memory(ours.process)
    print(f'peak {few >> 20} -> {many >> 20} MiB')
    testbed.check(many < few + (64 << 20), f'{few >> 20} -> {many >> 20} MiB')
    ours.restart()
    testbed.wait_until('it follows again', lambda: ours.pulled() == source.position()[:2], 120)
    again = peak_memory(ours.process)
    print(f'after a restart {again >> 20} MiB')
    testbed.check(again < few + (64 << 20), f'{few >> 20} -> {again >> 20} MiB')


def test_what_clients_send_is_kept_within_bounds(folder):
    behind = Behind(folder, '8.0')
    before = resident(behind.unghost.process)
    # Frames of 16 kB that hold 15 MB each: statements of accounts of the source, and of our own. A frame costs no more
    # than the packet that it holds.
    statement = folder / 'statement.sql'
    statement.write_text(f"SELECT LENGTH('{' ' * 15_000_000}');\n")
    own_account = {'user': behind.unghost.user, 'password': behind.unghost.password}
    sending = [subprocess.Popen([*map(str, behind.client('mysql', **account)), '--compression-algorithms=zlib',
                                 '--max-allowed-packet=64M'], stdin=open(statement), stdout=subprocess.DEVNULL,
                                stderr=subprocess.DEVNULL)
               for account in ({}, own_account) for _ in range(14)]
    for one in sending:
        one.wait(120)
    testbed.check([one.returncode for one in sending[:14]] == [0] * 14, 'statements of the source\'s accounts')
    # Ours know no such function: an error, behind a login.
    testbed.check(all(one.returncode == 1 for one in sending[14:]), 'statements of our own accounts')
    frames = peak_memory(behind.unghost.process)
    # Variables of an account of unghost's own.
    refused = 0
    own = behind.connect(user=behind.unghost.user, password=behind.unghost.password)
    for number in range(3000):
        try:
            behind.ask(own, f"SET @v{number} = '{'x' * 60_000}'")
        except pymysql.err.Error:
            refused += 1
    variables = resident(behind.unghost.process)
    print(f'{before >> 20} MiB; frames: {frames >> 20}; variables: {variables >> 20}, {refused} of 3000 refused')
    testbed.check(frames < before + 28 * (16 << 20), f'frames: {before >> 20} -> {frames >> 20} MiB')
    testbed.check(variables < before + (64 << 20) and refused, f'variables: {before >> 20} -> {variables >> 20} MiB')


for _test in (test_memory_stays_small_while_a_copy_of_2_gib_is_folded,
              test_memory_stays_small_while_a_copy_of_2_gib_is_passed,
              test_an_event_of_700_mb_is_not_held_in_memory):
    _test.timeout = 1800
