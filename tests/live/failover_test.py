"""The primary dies and a replica is promoted: consumers of unghost stay connected and equal the new primary."""

import contextlib
import itertools
import os
import random
import subprocess
import time

import pymysql

import testbed
from testbed import check, wait_until

SCHEMA = 'shop'
GH_OST = '1.1.8'
PT_OSC = '3.7.1'


class Consumer:
    """A replica of unghost, by GTID or by file and position."""

    def __init__(self, name, server):
        self.name = name
        self.server = server
        self.connections = 0

    def received(self):
        status = testbed.replica_status(self.server)
        check(status['Replica_IO_Running'] == 'Yes' and not testbed.replica_errors(self.server),
              f'{self.name}: {testbed.replica_errors(self.server) or status["Replica_IO_State"]}')


class Topology:
    """A primary with replicas, unghost that knows all their addresses, and its consumers."""

    def __init__(self, folder, version, replicas=2, config='', consumers=('gtid', 'file'), listed=True, **options):
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.version = version
        names = ['primary', *(f'replica{n}' for n in range(1, replicas + 1))]
        self.servers = [testbed.Server(version, folder / name, **options) for name in names]
        self.primary = self.servers[0]
        for server in self.servers[1:]:
            self.replicate(server, self.primary)
        arguments = []
        if config:
            (folder / 'unghost.toml').write_text(config)
            arguments += ['--config', folder / 'unghost.toml']
        self.unghost = testbed.Unghost(None, self.primary, folder / 'unghost', arguments,
                                       others=self.servers[1:] if listed else ())
        self.consumers = []
        for kind in consumers:
            server = testbed.Server(version, folder / f'consumer-{kind}', **options)
            more = {} if kind == 'gtid' else {'file': self.clean_file()}
            testbed.replicate(server, self.unghost.host, self.unghost.port, self.unghost.user, self.unghost.password,
                              workers=4, **more)
            self.consumers.append(Consumer(kind, server))

    def clean_file(self):
        return wait_until('a file', lambda: self.unghost.status()['oldest_file'])

    @staticmethod
    def replicate(replica, primary, **more):
        testbed.replicate(replica, primary.host, primary.port, primary.replication_user, primary.replication_password,
                          workers=4, **more)

    def alive(self):
        return [s for s in self.servers if s.process.poll() is None]

    def wait_replicas(self):
        for server in self.alive():
            if server is not self.primary:
                testbed.wait_caught_up(self.primary, server)

    def kill_primary(self):
        """kill -9; unghost and the replicas may have got as much as they have."""
        self.primary.kill9()

    def promote(self, server, others=True):
        """All that it has received is applied; then it is the primary, and the others replicate from it."""
        def applied():
            status = testbed.replica_status(server)
            check(not status.get('Last_SQL_Errno'), str(testbed.replica_errors(server)))
            return server.value('SELECT GTID_SUBSET(%s, @@global.gtid_executed)', (status['Retrieved_Gtid_Set'],))
        word = 'REPLICA' if server.at_least('8.0') else 'SLAVE'
        server.sql(f'STOP {word} IO_THREAD' if word == 'SLAVE' else 'STOP REPLICA IO_THREAD')
        wait_until('all that was received is applied', applied, 120)
        server.sql(f'STOP {word}; RESET {word} ALL')
        self.primary = server
        for other in self.alive():
            if others and other is not server:
                self.replicate(other, server)

    def follow(self, server=None, *arguments):
        server = server or self.primary
        return testbed.run([self.unghost.binary or testbed.unghost_binary(), 'follow', f'{server.host}:{server.port}',
                            '--data', self.unghost.folder / 'data', *arguments], what='unghost follow')

    def refused(self, server, *arguments):
        """What `unghost follow` says that must not succeed."""
        done = subprocess.run([str(testbed.unghost_binary()), 'follow', f'{server.host}:{server.port}', '--data',
                               str(self.unghost.folder / 'data'), *arguments], capture_output=True, text=True, timeout=60)
        check(done.returncode == 1, f'follow ended with {done.returncode}: {done.stdout}{done.stderr}')
        return done.stdout + done.stderr

    def table(self, name, rows=300):
        testbed.make_table(self.primary, f'{SCHEMA}.{name}', rows=rows)

    def writer(self, *tables, rate=60):
        return testbed.Writer(self.primary, [f'{SCHEMA}.{t}' for t in tables], rate=rate, connections=1)

    def equal(self, timeout=90, ignore=()):
        for consumer in self.consumers:
            testbed.wait_caught_up(self.primary, consumer.server, timeout=timeout)
        for consumer in self.consumers:
            testbed.check_equal(self.primary, consumer.server, ignore=ignore)
            consumer.received()

    def drop_leftovers(self):
        """What a tool that died with the primary left behind."""
        for (name,) in self.primary.sql(f"SELECT trigger_name FROM information_schema.triggers WHERE trigger_schema = '{SCHEMA}'"):
            self.primary.sql(f'DROP TRIGGER {SCHEMA}.{name}')
        for (name,) in self.primary.sql(f"SHOW TABLES FROM {SCHEMA} LIKE '\\_%'"):
            self.primary.sql(f'DROP TABLE {SCHEMA}.{name}')

    def connects(self):
        """How often each consumer connected to unghost, by what its server says."""
        return [c.server.log().count('connected to source') + c.server.log().count('connected to master')
                for c in self.consumers]


def each_version(scenario):
    def run(folder):
        for version in os.environ.get('UNGHOST_VERSIONS', '9.7,8.0').split(','):
            scenario(folder / version, version)
    return run


def simple(folder, version):
    at = Topology(folder, version)
    at.table('orders')
    writer = at.writer('orders')
    writer.wait_for(50)
    connects = None
    wait_until('the consumers are there', lambda: at.unghost.status()['consumers'] == 2)
    for number in (1, 2):
        at.wait_replicas()
        connects = at.connects()
        at.kill_primary()
        writer.stop()
        at.promote(at.servers[number])
        at.follow()
        writer = at.writer('orders')
        writer.wait_for(50)
        check(at.unghost.status()['source']['epoch'] == number + 1, str(at.unghost.status()['source']))
    at.primary.sql('FLUSH BINARY LOGS')
    writer.wait_for(20)
    writer.stop()
    at.equal()
    check(at.connects() == connects, f'a consumer connected again: {connects}, then {at.connects()}')


test_consumers_survive_two_failovers = each_version(simple)
