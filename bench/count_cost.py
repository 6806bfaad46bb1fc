#!/usr/bin/python3
"""What it costs a source to have a table counted, and to break a count off.

    bench/count_cost.py [ROWS]        10,000,000 rows unless told otherwise; MySQL 9.7 and 8.0

The statement is the one that a folding migration has run once: SELECT COUNT(*) in a snapshot, with MAX_EXECUTION_TIME.
Prints for each: seconds, and CPU seconds of the server. First with cold pages, then with pages in its buffer pool.
"""

import os
import pathlib
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'tests' / 'live'))
import testbed  # noqa: E402

TICKS = os.sysconf('SC_CLK_TCK')


def cpu_of(server):
    fields = pathlib.Path(f'/proc/{server.process.pid}/stat').read_text().rsplit(')', 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def fill(server, rows):
    server.sql('CREATE DATABASE b; CREATE TABLE b.t (id bigint unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY, a int NOT NULL, '
               'filler char(60) NOT NULL); INSERT INTO b.t (a, filler) VALUES (1, "x")')
    have = 1
    while have < rows:
        more = min(have, rows - have)
        server.sql(f'INSERT INTO b.t (a, filler) SELECT a + 1, REPEAT("x", 60) FROM b.t LIMIT {more}')
        have += more


def count(server, limit):
    """Seconds, CPU seconds, and what came."""
    connection = server.connect()
    cursor = connection.cursor()
    cursor.execute(f'SET max_execution_time = {limit}')
    cursor.execute('START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY')
    began, cpu = time.monotonic(), cpu_of(server)
    try:
        cursor.execute('SELECT COUNT(*) FROM b.t')
        said = f'{cursor.fetchone()[0]} rows'
    except Exception as error:  # the server's refusal is what is measured
        said = f'broken off: {error.args[0]}'
    spent = time.monotonic() - began, cpu_of(server) - cpu
    connection.close()
    return *spent, said


def main():
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000_000
    for version in ('9.7', '8.0'):
        with tempfile.TemporaryDirectory() as folder:
            server = testbed.Server(version, pathlib.Path(folder) / 'server', skip_log_bin=True,
                                    innodb_buffer_pool_size='256M', innodb_flush_log_at_trx_commit=0)
            fill(server, rows)
            size = sum(file.stat().st_size for file in server.datadir.glob('b/t.ibd'))
            print(f'MySQL {version}: {rows:,} rows, {size >> 20} MiB', flush=True)
            for what, limit in (('counted', 600_000), ('counted again', 600_000), ('limit 100 ms', 100), ('limit 10 ms', 10)):
                seconds, cpu, said = count(server, limit)
                print(f'    {what:15} {seconds:7.3f} s, {cpu:6.2f} s of CPU: {said}', flush=True)
            server.stop()


if __name__ == '__main__':
    main()
