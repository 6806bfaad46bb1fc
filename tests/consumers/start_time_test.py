"""Where TiDB DM begins at `start-task --start-time`, and what it reads from there: what it would at the primary.

It bisects SHOW BINARY LOGS by the times of the files' first events, and goes by the names and sizes of that list
(dmlike/find.go). The primary has rotated many files, a migration was folded in some of them, and unghost has removed
its oldest ones: a time in those is one before its log.
"""

import json
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import testbed  # noqa: E402
import zoo  # noqa: E402
from scene import SCHEMA  # noqa: E402
from testbed import check, wait_until  # noqa: E402

FILES, LARGE = 12, 5  # the first ones are large, so that retention takes them


def fill(primary):
    """Two rows a file, each in a second of its own. [(id, seconds, file)]"""
    rows = []
    for number in range(FILES):
        for row in (10 * number, 10 * number + 1):
            size = 700_000 if number < LARGE else 10
            primary.sql(f"INSERT INTO {SCHEMA}.t VALUES ({row}, UNIX_TIMESTAMP(), REPEAT('x', {size}))")
            rows.append((row, primary.value(f'SELECT at FROM {SCHEMA}.t WHERE id = {row}'), primary.position()[0]))
            time.sleep(1.1)
        if number == FILES - 3:
            testbed.gh_ost(primary, '1.1.8', 'other', 'orders', 'ADD COLUMN c int').succeed()
        if number < FILES - 1:
            primary.sql('FLUSH BINARY LOGS')
    check(len({at for _, at, _ in rows}) == len(rows), f'two in one second: {rows}')
    return rows


def begins(primary, mode):
    """A function of a port and times: what DM finds for each, and the first row that comes from there."""
    for user in (zoo.USER, zoo.SIDE):
        primary.sql(f"CREATE USER {user}@'%' IDENTIFIED BY '{zoo.PASSWORD}'; "
                    f"GRANT SELECT, REPLICATION SLAVE, REPLICATION CLIENT ON *.* TO {user}@'%'")

    def at(port, times):
        asked = {'host': testbed.HOST, 'port': port, 'user': zoo.USER, 'password': zoo.PASSWORD, 'schema': SCHEMA,
                 'server_id': 4711, 'times': times}
        said = testbed.run([zoo.installed('dmlike') / 'driver', mode, json.dumps(asked)], timeout=300)
        lines = [json.loads(line) for line in said.splitlines()]
        return [line for line in lines if line['kind'] == 'start']
    return at


def start_times(folder, version, mode, **options):
    primary = testbed.Server(version, folder / 'primary', **options)
    (folder / 'unghost.toml').write_text('[store]\nretention_size = "2MiB"\n')
    ours = testbed.Unghost(None, primary, folder / 'unghost', ['--config', folder / 'unghost.toml', '--start', 'earliest'])
    begins_at = begins(primary, mode)
    primary.sql(f'CREATE DATABASE {SCHEMA}; CREATE TABLE {SCHEMA}.t (id int PRIMARY KEY, at int unsigned, b longblob)')
    testbed.make_table(primary, 'other.orders', rows=300)
    rows = fill(primary)
    end = primary.position()[:2]
    wait_until('all is published', lambda: ours.pulled() == end and ours.status()['unpublished_bytes'] == 0)
    files = len(primary.binlog_files())

    def oldest():
        """Of the primary's files, by number."""
        return int(ours.status()['oldest_file'].rpartition('.')[2]) - 1_000_000_000
    wait_until('retention has removed some', lambda: 1 < oldest() < files - 4, 60)
    check('info folding: ' in ours.log() and 'info cut over: ' in ours.log(), 'the migration was not folded')

    times = sorted({1, *(at + more for _, at, _ in rows for more in (0, 1))})
    for name, port, kept in (('the primary', primary.port, rows),
                             ('unghost', ours.port, [row for row in rows if int(row[2].rpartition('.')[2]) >= oldest()])):
        found = begins_at(port, times)
        check([one['time'] for one in found] == times, f'{name}: {found}')
        for one in found:
            later = [row for row, at, _ in kept if at >= one['time']]
            check((one['found'] == 'above') == (not later) and one.get('first') == (later[0] if later else None),
                  f'{name}: {one}, and not from row {later[:1]} on')
        check(found[0]['found'] == 'below' and found[0]['position'] == 4, f'{name}: {found[0]}')
        kinds = {one['found'] for one in found}
        check(kinds == {'below', 'in range', 'above'}, f'{name}: {kinds}')
        places = {(one['file'], one['position']) for one in found}
        check(len({file for file, _ in places}) > 4, f'{name}: {places}')
        print(f"      {name}: {len(found)} times, {len(places)} places in {len({file for file, _ in places})} files",
              flush=True)


def test_start_times_by_position_9_7(folder):
    start_times(folder, '9.7', 'position')


def test_start_times_by_gtid_9_7(folder):
    start_times(folder, '9.7', 'gtid')


def test_start_times_by_position_without_gtids_8_0(folder):
    start_times(folder, '8.0', 'position', gtid=False)


def test_start_times_by_gtid_8_0(folder):
    start_times(folder, '8.0', 'gtid')
