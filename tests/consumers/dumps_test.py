"""Snapshots by mysqldump in the middle of running migrations, and replicas that start from them; at the primary and
through unghost with an account of the primary.

While a gh-ost and a pt-osc migration copy under load, the whole server and one database are dumped at each end. Replicas
are loaded with the dumps and go on from the coordinates in them. Then the tools cut over. In the dumps are helper tables
and pt-osc's triggers, whose rows unghost hides by then. Once the migrations fold, once they pass. The replicas
lose their connections, and at the end equal the primary: rows, SHOW CREATE TABLE, triggers, no table too many.
"""

import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import servers  # noqa: E402
import testbed  # noqa: E402
from testbed import check  # noqa: E402

RIGHTS = 'SELECT, RELOAD, PROCESS, LOCK TABLES, SHOW VIEW, TRIGGER, EVENT, REPLICATION CLIENT, REPLICATION SLAVE'
WHAT = {'all': ['--all-databases'], 'shop': ['--databases', 'shop']}


class Loaded(servers.Follower):
    """A replica that begins with a dump."""

    def __init__(self, bed, verdict, what, end):
        super().__init__(bed, end, f'{verdict}_{what}_{end}')
        self.verdict, self.what = verdict, what
        self.dump = bed.folder / f'{self.user}.sql'
        # Both ways, if there are two.
        self.by_position = what == 'shop' or not bed.primary.gtid
        self.name = (f'mysqldump {" ".join(WHAT[what])}, replica by {"position" if self.by_position else "GTID"}, '
                     f'while it was {verdict}')

    def take(self):
        testbed.run([*self.bed.primary.client('mysqldump', login=False), f'--host={testbed.HOST}',
                     f'--port={self.bed.port(self.end)}', f'--user={self.user}', f'--password={servers.PASSWORD}',
                     '--single-transaction', '--source-data=2', f'--result-file={self.dump}', *WHAT[self.what]],
                    what=f'mysqldump, {self.end}')

    def load_and_start(self):
        text = self.dump.read_text()
        check('`_orders_gho`' in text and '`_items_new`' in text and '`pt_osc_shop_items_' in text,
              'the dump was not taken in the middle of both migrations')
        testbed.run(['sh', '-c', 'exec "$@" <"$0"', self.dump, *self.server.client('mysql')], what='loading the dump')
        file, position = re.search(r"^-- CHANGE .*_LOG_FILE='([^']+)', \w+_LOG_POS=(\d+);$", text, re.M).groups()
        start = {'file': file, 'position': int(position)} if self.by_position else {}
        self.start(heartbeat_period=2, **start)


def run(folder, version, **options):
    bed = servers.Bed(folder, version, **options)
    loaded = []

    def snapshots():
        servers.at_once(Loaded.take, [(one,) for one in round_])

    def replicas():
        servers.at_once(Loaded.load_and_start, [(one,) for one in round_])
        for one in round_:
            one.wait_connected()
        servers.lose_connections(loaded)

    for verdict in ('folding', 'passing'):
        # The servers stand ready before the tools begin.
        round_ = servers.at_once(Loaded, [(bed, verdict, what, end) for what in WHAT for end in servers.ENDS])
        loaded += round_
        for one in round_:
            bed.account(one.user, RIGHTS)
        if not bed.load:
            bed.begin()
        bed.migrate(verdict, snapshots, replicas, hold=True)
    bed.finish()
    for one in loaded:
        with bed.verdict(one.name, one.version, one.end, lambda: one.was_connected):
            one.check_equal()
    bed.check_all()


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
