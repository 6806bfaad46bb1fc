"""Snapshots in the middle of running migrations, and replicas that start from them, at the primary and through unghost.

While a gh-ost and a pt-osc migration copy under load, snapshots are taken at each end. Replicas are loaded with them and
go on from the coordinates in them. Then the tools cut over. In the snapshots are helper tables and pt-osc's triggers,
whose rows unghost hides by then. Once the migrations fold, once they pass. The replicas lose their connections, and at
the end equal the primary: rows, SHOW CREATE TABLE, triggers, no table too many.
"""

import servers

RIGHTS = 'SELECT, RELOAD, PROCESS, LOCK TABLES, SHOW VIEW, TRIGGER, EVENT, REPLICATION CLIENT, REPLICATION SLAVE'


class Loaded(servers.Follower):
    """A replica that begins with a snapshot: take() it with the account .user, load_and_start()."""

    def __init__(self, bed, verdict, what, end):
        super().__init__(bed, end, f'{verdict}_{what}_{end}')
        self.verdict, self.what = verdict, what
        # Both ways, if there are two.
        self.by_position = what == 'shop' or not bed.primary.gtid
        self.how = f'replica by {"position" if self.by_position else "GTID"}, while it was {verdict}'


def run(bed, kind, whats):
    """kind: a Loaded. whats: what is dumped, words to it."""
    loaded = []

    def take():
        servers.at_once(kind.take, [(one,) for one in round_])

    def replicas():
        servers.at_once(kind.load_and_start, [(one,) for one in round_])
        for one in round_:
            one.wait_connected()
        servers.lose_connections(loaded)

    for verdict in ('folding', 'passing'):
        # The servers stand ready before the tools begin.
        round_ = servers.at_once(kind, [(bed, verdict, what, end) for what in whats for end in servers.ENDS])
        loaded += round_
        for one in round_:
            bed.account(one.user, RIGHTS)
        if not bed.load:
            bed.begin()
        bed.migrate(verdict, take, replicas, hold=True)
    bed.finish()
    for one in loaded:
        with bed.verdict(f'{one.program} ({one.how})', one.program_version, one.end, lambda: one.was_connected):
            one.check_equal()
    bed.check_all()
