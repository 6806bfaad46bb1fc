"""MySQL replicas with accounts of the primary, in the ways they can be told to connect, at the primary and at unghost.

All of one version follow one workload: a gh-ost and a pt-osc migration that fold, one of each that pass, all
under load; in the middle of the copies their connections are killed, and unghost is restarted. Equal is check_equal():
rows, SHOW CREATE TABLE, triggers, views, databases.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import servers  # noqa: E402
import testbed  # noqa: E402


class Mode:
    """How a replica connects. account: what its account must do; options: of its server; more: see testbed.replicate."""

    def __init__(self, name, account='', by_position=False, options=None, **more):
        self.name, self.account, self.by_position, self.options, self.more = name, account, by_position, options or {}, more

    @property
    def user(self):
        return 'r_' + ''.join(c for c in self.name.lower() if c.isalnum())


class Replica(servers.Follower):
    def __init__(self, bed, mode, end):
        super().__init__(bed, end, f'{mode.user}_{end}', **mode.options)
        self.mode = mode

    def begin(self):
        self.bed.account(self.user, 'REPLICATION SLAVE', self.mode.account)
        start = {'file': self.bed.files(self.end)[0].name} if self.mode.by_position else {}
        self.start(heartbeat_period=2, **start, **self.mode.more)


def run(folder, version, modes, checks=None, **options):
    bed = servers.Bed(folder, version, **options)
    followers = servers.at_once(lambda *pair: Replica(bed, *pair), [(m, end) for m in modes for end in servers.ENDS])
    for f in followers:
        f.begin()
    for f in followers:
        f.wait_connected()
    bed.begin()
    for verdict in ('folding', 'passing'):
        bed.migrate(verdict, lambda: servers.lose_connections(followers), lambda: servers.lose_connections(followers, bed.unghost.restart))
    if checks:
        checks(bed, followers)
    bed.finish()
    for f in followers:
        with bed.verdict(f'replica ({f.mode.name})', f.version, f.end, lambda: f.was_connected):
            f.check_equal()
    bed.check_all()


def status(server, pattern):
    return {name.lower(): value for name, value in server.sql(f"SHOW GLOBAL STATUS LIKE '{pattern}'")}


def only_the_direct_one_acknowledges(bed, followers):
    """Both replicas have the plugin on and the source asks for it: downstream of unghost nobody is asked, and nothing breaks."""
    ours = next(f for f in followers if f.mode.name.startswith('semi-sync') and f.end == 'direct')
    found = status(bed.primary, 'Rpl_semi_sync_%')
    if found.get('rpl_semi_sync_source_clients', found.get('rpl_semi_sync_master_clients')) != '1':
        bed.failures.append(f'semi-sync clients of the primary: {found}')
    if 'ON' not in (found := status(ours.server, 'Rpl_semi_sync_%_status')).values():
        bed.failures.append(f'the direct replica is not semi-synchronous: {found}')


def modes(semi_sync):
    return [Mode('auto-position'), Mode('file and position', by_position=True), Mode('TLS', account='REQUIRE SSL', ssl=True),
            Mode('zlib', compression_algorithms='zlib'), Mode('zstd', compression_algorithms='zstd', zstd_compression_level=3),
            Mode('8 workers', workers=8), Mode('semi-sync', options=semi_sync)]


def test_replicas_9_7(folder):
    run(folder, '9.7', modes({'plugin_load_add': 'semisync_replica.so', 'rpl_semi_sync_replica_enabled': 'ON'}),
        only_the_direct_one_acknowledges, plugin_load_add='semisync_source.so', rpl_semi_sync_source_enabled='ON',
        rpl_semi_sync_source_timeout=1000)


def test_replicas_8_0(folder):
    """With the plugins' older names."""
    run(folder, '8.0', modes({'plugin_load_add': 'semisync_slave.so', 'rpl_semi_sync_slave_enabled': 'ON'}),
        only_the_direct_one_acknowledges, plugin_load_add='semisync_master.so', rpl_semi_sync_master_enabled='ON',
        rpl_semi_sync_master_timeout=1000)


def certificates(folder):
    """Options of a server that has none of its own making."""
    folder.mkdir()
    for arguments in ('req -x509 -newkey rsa:2048 -nodes -keyout ca-key.pem -out ca.pem -subj /CN=ca -days 3650 -sha256',
                      'req -newkey rsa:2048 -nodes -keyout key.pem -out request.pem -subj /CN=server',
                      'x509 -req -in request.pem -CA ca.pem -CAkey ca-key.pem -set_serial 2 -out cert.pem -days 3650 -sha256',
                      'rsa -in key.pem -traditional -out old-key.pem'):
        testbed.run(['openssl', *arguments.split()], cwd=folder)
    return {'ssl_ca': folder / 'ca.pem', 'ssl_cert': folder / 'cert.pem', 'ssl_key': folder / 'old-key.pem'}


def test_replicas_5_7(folder):
    """This build comes without the plugins of semi-sync, and its TLS is 1.1 at most."""
    old_tls = 'tls_min_version = "1.0"\n'
    run(folder, '5.7', [Mode('auto-position'), Mode('file and position', by_position=True),
                        Mode('TLS', account='REQUIRE SSL', ssl=True),
                        Mode('zlib', options={'slave_compressed_protocol': 'ON'}), Mode('8 workers', workers=8)],
        pt_osc='3.2.1', config=f'[source]\n{old_tls}[listen]\n{old_tls}', **certificates(folder / 'certificates'))


def without_gtids(folder, version):
    run(folder, version, [Mode('no GTIDs', by_position=True), Mode('no GTIDs, 8 workers', by_position=True, workers=8)],
        gtid=False)


def test_replicas_without_gtids_9_7(folder):
    without_gtids(folder, '9.7')


def test_replicas_without_gtids_8_0(folder):
    without_gtids(folder, '8.0')


def test_replicas_without_gtids_5_7(folder):
    without_gtids(folder, '5.7')


for _test in (test_replicas_9_7, test_replicas_8_0, test_replicas_5_7, test_replicas_without_gtids_9_7,
              test_replicas_without_gtids_8_0, test_replicas_without_gtids_5_7):
    _test.timeout = 900
