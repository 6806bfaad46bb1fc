"""Snapshots by mysqldump in the middle of running migrations: of the whole server and of one database. See snapshots.py."""

import contextlib
import os
import random
import re
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import servers  # noqa: E402
import snapshots  # noqa: E402
import testbed  # noqa: E402
from testbed import check, wait_until  # noqa: E402

SEED = int(os.environ.get('UNGHOST_SEED') or random.SystemRandom().randrange(1 << 31))
WHAT = {'all': ['--all-databases'], 'shop': ['--databases', 'shop']}


class Dumped(snapshots.Loaded):
    def __init__(self, bed, verdict, what, end):
        super().__init__(bed, verdict, what, end)
        self.program, self.program_version = 'mysqldump', self.version
        self.how = f'{" ".join(WHAT[what])}, {self.how}'
        self.dump = bed.folder / f'{self.user}.sql'

    def take(self):
        dump(self.bed, self.end, self.user, self.dump, WHAT[self.what])

    def load_and_start(self):
        text = self.dump.read_text()
        check('`_orders_gho`' in text and '`_items_new`' in text and '`pt_osc_shop_items_' in text,
              'the dump was not taken in the middle of both migrations')
        servers.load(self.dump, self.server)
        self.start(heartbeat_period=2, **(place(self.dump) if self.by_position else {}))


def dump(bed, end, user, file, what):
    testbed.run([*bed.primary.client('mysqldump', login=False), f'--host={testbed.HOST}', f'--port={bed.port(end)}',
                 f'--user={user}', f'--password={servers.PASSWORD}', '--single-transaction', '--source-data=2',
                 f'--result-file={file}', *what], what=f'mysqldump, {end}')


def place(file):
    """The coordinates in a dump."""
    found = re.search(r"^-- CHANGE .*_LOG_FILE='([^']+)', \w+_LOG_POS=(\d+);$", file.read_text(), re.M)
    return {'file': found[1], 'position': int(found[2])}


def run(folder, version, **options):
    snapshots.run(servers.Bed(folder, version, **options), Dumped, WHAT)


def test_dumps_9_7(folder):
    run(folder, '9.7')


def test_dumps_8_0(folder):
    run(folder, '8.0')


def test_dumps_without_gtids_9_7(folder):
    run(folder, '9.7', gtid=False)


def test_dumps_without_gtids_8_0(folder):
    run(folder, '8.0', gtid=False)


def definitions(server):
    """What a DDL changes: mysqldump fails or is wrong if one comes in between, at the primary as well."""
    return server.sql("SELECT NAME, TABLE_ID FROM information_schema.INNODB_TABLES WHERE NAME LIKE 'shop/%' UNION ALL "
                      "SELECT TRIGGER_NAME, 0 FROM information_schema.TRIGGERS WHERE TRIGGER_SCHEMA = 'shop'"), \
        server.sql("SHOW GLOBAL STATUS WHERE Variable_name REGEXP '^Com_(create|alter|rename|drop|truncate)_'")


def at_any_moment(folder, version):
    """Dump after dump while tools run, from before their first statement to after their last; a replica from each."""
    bed = servers.Bed(folder, version, rows=300)
    bed.account('dumper', snapshots.RIGHTS)
    dice = random.Random(SEED)
    bed.begin()
    files = []
    for verdict, (orders, items) in bed.alters.items():
        mark = bed.scene.mark()
        for start in (lambda: testbed.gh_ost(bed.primary, '1.1.8', 'shop', 'orders', orders, wait=False, chunk_size=20),
                      lambda: testbed.pt_osc(bed.primary, bed.pt_osc, 'shop', 'items', items, wait=False, chunk_time='0',
                                             chunk_size=50, sleep='0.2', no_check_unique_key_change=verdict == 'passing')):
            tool = start()
            while tool.code is None:
                time.sleep(dice.random() / 3)
                before = definitions(bed.primary)
                with contextlib.suppress(testbed.Failure):
                    dump(bed, 'unghost', 'dumper', folder / f'{len(files)}.sql', WHAT['shop'])
                    if definitions(bed.primary) == before:
                        files.append(folder / f'{len(files)}.sql')
            tool.succeed()
        wait_until('unghost has read all', lambda: len(bed.scene.said(mark, verdict)) >= 2, 60)
    bed.finish()
    check(len(files) >= 12, f'{len(files)} dumps only')

    def wrong_with(file):
        replica = servers.Follower(bed, 'unghost', f'from_{file.stem}')
        bed.account(replica.user, snapshots.RIGHTS)
        try:
            servers.load(file, replica.server)
            replica.start(**(place(file) if int(file.stem) % 2 else {}))
            replica.check_equal()
        except testbed.Failure as failure:
            return f'number {file.stem}: {failure}'
        finally:
            replica.server.kill9()
    with bed.verdict(f'mysqldump ({len(files)} at any moment, seed {SEED})', bed.source_version, 'unghost'):
        wrong = list(filter(None, servers.at_once(wrong_with, [(file,) for file in files])))
        check(not wrong, '\n'.join(wrong))
    bed.check_all()


def test_dumps_at_any_moment_9_7(folder):
    at_any_moment(folder, '9.7')


def test_dumps_at_any_moment_8_0(folder):
    at_any_moment(folder, '8.0')


for _test in (test_dumps_9_7, test_dumps_8_0, test_dumps_without_gtids_9_7, test_dumps_without_gtids_8_0,
              test_dumps_at_any_moment_9_7, test_dumps_at_any_moment_8_0):
    _test.timeout = 900
