"""Snapshots by mydumper in the middle of running migrations, loaded by its myloader. See snapshots.py."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import servers  # noqa: E402
import snapshots  # noqa: E402
import testbed  # noqa: E402
from testbed import check  # noqa: E402


def program(name):
    path = shutil.which(name)
    check(path, f'{name} is missing: run tests/consumers/run.sh')
    return path


def program_version():
    return re.search(r'\d+\.\d+\.\d+', testbed.run([program('mydumper'), '--version']))[0]


def dump(port, user, password, folder):
    testbed.run([program('mydumper'), '--host', testbed.HOST, '--port', str(port), '--user', user, '--password', password,
                 '--database', 'shop', '--triggers', '--events', '--threads', '3', '--outputdir', folder])


class Dumped(snapshots.Loaded):
    def __init__(self, bed, verdict, what, end):
        super().__init__(bed, verdict, what, end)
        self.program, self.program_version = 'mydumper', program_version()
        self.dump = bed.folder / f'{self.user}.dump'

    def take(self):
        dump(self.bed.port(self.end), self.user, servers.PASSWORD, self.dump)

    def load_and_start(self):
        for file in ('_orders_gho-schema.sql', '_items_new-schema.sql', 'items-schema-triggers.sql'):
            check((self.dump / f'shop.{file}').exists(), 'the dump was not taken in the middle of both migrations')
        testbed.run([program('myloader'), '--host', testbed.HOST, '--port', str(self.server.port), '--user', self.server.user,
                     '--password', self.server.password, '--threads', '2', '--directory', self.dump])
        place = re.search(r'\n\tLog: (\S+)\n\tPos: (\d+)\n\tGTID:([^\t]*?)\n\n', (self.dump / 'metadata').read_text())
        check(place, (self.dump / 'metadata').read_text())
        file, position, gtids = place.groups()
        if self.bed.primary.gtid:
            self.server.reset_binlogs()
            self.server.sql(f"SET GLOBAL gtid_purged = '{gtids}'")
        start = {'file': file, 'position': int(position)} if self.by_position else {}
        self.start(heartbeat_period=2, **start)


class Bed(servers.Bed):
    """mydumper 0.10 leaves out columns with an expression as DEFAULT, at the primary as well: there shall be none."""
    alters = {**servers.ALTERS, 'passing': ('ADD UNIQUE KEY one (code), ADD COLUMN made timestamp', 'ADD UNIQUE KEY one (code)')}

    def table(self, name):
        super().table(name)
        self.primary.sql(f"ALTER TABLE shop.{name} ALTER COLUMN changed SET DEFAULT '2001-02-03'")


def run(folder, version, **options):
    snapshots.run(Bed(folder, version, **options), Dumped, ['gtid', 'shop'] if options.get('gtid', True) else ['shop'])


def test_mydumper_8_0(folder):
    run(folder, '8.0')


def test_mydumper_5_7(folder):
    run(folder, '5.7')


def test_mydumper_without_gtids_8_0(folder):
    run(folder, '8.0', gtid=False)


def test_mydumper_finds_no_position_on_9_7(folder):
    """It asks with SHOW MASTER STATUS alone. At both ends its dump says none, and is otherwise the same."""
    bed = Bed(folder, '9.7')
    bed.account('dumper', snapshots.RIGHTS)
    for table in ('orders', 'items'):
        bed.table(table)
    for end in servers.ENDS:
        dump(bed.port(end), 'dumper', servers.PASSWORD, folder / f'{end}.dump')
        metadata = (folder / f'{end}.dump' / 'metadata').read_text()
        check('Log:' not in metadata and 'GTID' not in metadata, metadata)
        done = subprocess.run(['diff', '-r', '--exclude=metadata', folder / 'direct.dump', folder / f'{end}.dump'], capture_output=True, text=True)
        check(done.returncode == 0, done.stdout[:2000])
        print(f'zoo   mydumper {program_version()}, MySQL {bed.source_version}, {end}: connected yes, equal yes; no position in '
              'its metadata')


for _test in (test_mydumper_8_0, test_mydumper_5_7, test_mydumper_without_gtids_8_0):
    _test.timeout = 900
