"""Snapshots by mysqldump in the middle of running migrations: of the whole server and of one database. See snapshots.py."""

import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import servers  # noqa: E402
import snapshots  # noqa: E402
import testbed  # noqa: E402
from testbed import check  # noqa: E402

WHAT = {'all': ['--all-databases'], 'shop': ['--databases', 'shop']}


class Dumped(snapshots.Loaded):
    def __init__(self, bed, verdict, what, end):
        super().__init__(bed, verdict, what, end)
        self.program, self.program_version = 'mysqldump', self.version
        self.how = f'{" ".join(WHAT[what])}, {self.how}'
        self.dump = bed.folder / f'{self.user}.sql'

    def take(self):
        testbed.run([*self.bed.primary.client('mysqldump', login=False), f'--host={testbed.HOST}',
                     f'--port={self.bed.port(self.end)}', f'--user={self.user}', f'--password={servers.PASSWORD}',
                     '--single-transaction', '--source-data=2', f'--result-file={self.dump}', *WHAT[self.what]],
                    what=f'mysqldump, {self.end}')

    def load_and_start(self):
        text = self.dump.read_text()
        check('`_orders_gho`' in text and '`_items_new`' in text and '`pt_osc_shop_items_' in text,
              'the dump was not taken in the middle of both migrations')
        servers.load(self.dump, self.server)
        file, position = re.search(r"^-- CHANGE .*_LOG_FILE='([^']+)', \w+_LOG_POS=(\d+);$", text, re.M).groups()
        start = {'file': file, 'position': int(position)} if self.by_position else {}
        self.start(heartbeat_period=2, **start)


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


for _test in (test_dumps_9_7, test_dumps_8_0, test_dumps_without_gtids_9_7, test_dumps_without_gtids_8_0):
    _test.timeout = 900
