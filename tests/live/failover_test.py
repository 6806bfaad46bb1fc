"""The primary dies and a replica is promoted: consumers of unghost stay connected and equal the new primary."""

import contextlib
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
LARGE_MEGABYTES = int(os.environ.get('UNGHOST_LARGE_MEGABYTES', '80'))
# Of a tool that died with the primary: consumers have none of it.
LEFTOVERS = (f'{SCHEMA}._*', f'{SCHEMA}.pt_osc_*')


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
        self.options = options
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

    @staticmethod
    def stop_receiving(server):
        """The replica gets no more, and applies all that it has."""
        def applied():
            status = testbed.replica_status(server)
            check(not status.get('Last_SQL_Errno'), str(testbed.replica_errors(server)))
            return server.value('SELECT GTID_SUBSET(%s, @@global.gtid_executed)', (status['Retrieved_Gtid_Set'],))
        server.sql('STOP REPLICA IO_THREAD')
        wait_until('all that was received is applied', applied, 120)

    def promote(self, server, others=True):
        """All that it has received is applied; then it is the primary, and the others replicate from it."""
        self.stop_receiving(server)
        server.sql('STOP REPLICA; RESET REPLICA ALL')
        self.primary = server
        for other in self.alive():
            if others and other is not server:
                self.replicate(other, server)

    def fail_over(self):
        """The replica that has most takes over from the primary, which was killed."""
        dead = self.primary
        for server in self.alive():
            self.stop_receiving(server)
        self.promote(max(self.alive(), key=executed_count))
        try:
            self.follow()
        except testbed.Failure as failure:
            if 'source_lacks' not in str(failure):
                raise
            # Asynchronous: unghost was faster than every replica. What they lack is taken from the dead one's log.
            dead.start()
            self.replicate(self.primary, dead)
            testbed.wait_caught_up(dead, self.primary)
            self.primary.sql('STOP REPLICA; RESET REPLICA ALL')
            dead.kill9()
            self.follow()
        return dead

    def replace(self, dead):
        """A new server at the address of one that was killed, as a replica."""
        new = testbed.Server(self.version, dead.folder.with_name(f'{dead.folder.name}+'), **self.options)
        new.port = dead.port
        new.restart()
        self.replicate(new, self.primary)
        self.servers[self.servers.index(dead)] = new

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
        """How often each consumer has connected to unghost, by what its server says."""
        counts = [c.server.log().lower().count('connected to source') + c.server.log().lower().count('connected to master')
                  for c in self.consumers]
        check(all(counts), f'no consumer ever connected: {counts}')
        return counts

    def epoch(self):
        return self.unghost.status()['source']['epoch']

    def read_only(self, *servers):
        for server in servers:
            server.sql('SET GLOBAL super_read_only = 1')

    def executed(self):
        return self.primary.value('SELECT @@global.gtid_executed').replace('\n', '')


def fold_reproduces(at, *servers):
    """`unghost fold --ledger` makes the clean log of these servers' files, in the order in which they were followed."""
    at.unghost.stop()
    data = at.unghost.folder / 'data'
    out = at.folder / 'folded'
    files = [file for server in servers for file in sorted(server.datadir.glob('mysql-bin.[0-9]*'))]
    testbed.run([testbed.unghost_binary(), 'fold', '--ledger', data / 'ledger', *files, '-o', out], what='unghost fold')
    clean = sorted(file.name for file in data.glob('mysql-bin.1*') if file.suffix != '.map')
    made = sorted(file.name for file in out.glob('mysql-bin.1*'))
    check(made == clean, f'fold made {made}, and stored are {clean}')
    for name in clean:
        ours, theirs = (data / name).read_bytes(), (out / name).read_bytes()
        if ours != theirs:
            place = next((i for i, (a, b) in enumerate(zip(ours, theirs)) if a != b), min(len(ours), len(theirs)))
            raise testbed.Failure(f'{name} differs at {place} of {len(ours)} and {len(theirs)}')


class Stream:
    """mysqlbinlog --stop-never, which copies the clean log."""

    def __init__(self, at):
        self.at = at
        self.folder = at.folder / 'stream'
        self.folder.mkdir()
        self.process = testbed.start_process(
            [*at.unghost.client('mysqlbinlog'), '--read-from-remote-server', '--raw', '--stop-never',
             f'--result-file={self.folder}/', at.clean_file()], log=at.folder / 'stream.log')

    def check_whole(self):
        """Each GTID once, all of the primary's that came after the start."""
        executed = self.at.executed()

        def all_there():
            check(self.process.poll() is None, 'mysqlbinlog ended: ' + testbed.tail(self.at.folder / 'stream.log'))
            files = sorted(self.folder.glob('*.1*'))
            text = testbed.run([*self.at.primary.client('mysqlbinlog', login=False), '--force-if-open', *files])
            gtids = [line.split("'")[1] for line in text.splitlines() if 'GTID_NEXT=' in line.replace(' ', '')
                     and "'AUTOMATIC'" not in line]
            check(len(gtids) == len(set(gtids)), f'{len(gtids) - len(set(gtids))} GTIDs came twice')
            return self.at.primary.value('SELECT GTID_SUBSET(%s, %s)', (executed, ','.join(gtids)))
        wait_until('mysqlbinlog has everything', all_there, 60, interval=0.5)


def each_version(scenario, timeout=600):
    def run(folder):
        for version in os.environ.get('UNGHOST_VERSIONS', '9.7,8.0').split(','):
            scenario(folder / version, version)
            testbed.end_all_processes()
    run.timeout = timeout
    return run


def two_failovers(folder, version):
    at = Topology(folder, version)
    at.table('orders')
    stream = Stream(at)
    writer = at.writer('orders')
    writer.wait_for(50)
    wait_until('the consumers are there', lambda: at.unghost.status()['consumers'] == 3)
    for number in (1, 2):
        at.wait_replicas()
        connects = at.connects()
        at.kill_primary()
        writer.stop()
        at.promote(at.servers[number])
        at.follow()
        writer = at.writer('orders')
        writer.wait_for(50)
        check(at.epoch() == number + 1, str(at.unghost.status()['source']))
    at.primary.sql('FLUSH BINARY LOGS')
    writer.wait_for(20)
    writer.stop()
    at.equal()
    stream.check_whole()
    check(at.connects() == connects, f'a consumer connected again: {connects}, then {at.connects()}')
    fold_reproduces(at, *at.servers)


# What is seen of a run when the primary is killed.

def exists(at, *names):
    listed = ','.join(f"'{name}'" for name in names)
    return at.primary.value(f"SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = '{SCHEMA}' "
                            f'AND table_name IN ({listed})')


def has_rows(at, *names):
    for name in names:
        with contextlib.suppress(pymysql.err.ProgrammingError):
            if at.primary.value(f'SELECT COUNT(*) FROM {SCHEMA}.{name}') > 200:
                return True
    return False


def is_cut_over(at, *_):
    return at.primary.value("SELECT COUNT(*) FROM information_schema.columns WHERE table_schema = %s AND "
                            "table_name = 'orders' AND column_name = 'added'", (SCHEMA,))


STATES = {
    'created': lambda at, ghost: exists(at, *ghost),
    'verdict': lambda at, ghost: f' of {SCHEMA}.orders folding: ' in at.unghost.log(),
    'rows': lambda at, ghost: has_rows(at, *ghost),
    'sentry': lambda at, ghost: exists(at, '_orders_del', '_orders_old'),
    'cut over': is_cut_over,
}


def run_tool(tool, at, wait, **more):
    if tool == 'gh-ost':
        return testbed.gh_ost(at.primary, GH_OST, SCHEMA, 'orders', 'ADD COLUMN added int', wait=wait, chunk_size=100, **more)
    return testbed.pt_osc(at.primary, PT_OSC, SCHEMA, 'orders', 'ADD COLUMN added int', wait=wait, chunk_size=100, **more)


def failover_in_a_run(tool):
    def scenario(folder, version):
        at = Topology(folder, version, replicas=len(STATES) + 1)
        at.table('orders', rows=4000)
        for state, reached in STATES.items():
            print(f'      {version} {tool}: {state}', flush=True)
            writer = at.writer('orders')
            writer.wait_for(10)
            at.wait_replicas()
            connects = at.connects()
            more = {'nice_ratio': 1} if tool == 'gh-ost' and state in ('created', 'verdict', 'rows') else {}
            begun = len(at.unghost.log())
            running = run_tool(tool, at, wait=False, **more)
            ghost = ('_orders_gho', '_orders_new')

            def now():
                log = at.unghost.log()[begun:]
                return f' of {SCHEMA}.orders ' in log and ' folding: ' in log if state == 'verdict' else reached(at, ghost)
            wait_until(f'{tool}: {state}', lambda: now() or running.code is not None, 60, interval=0.002)
            at.kill_primary()
            running.kill9()
            writer.stop()
            at.fail_over()
            writer = at.writer('orders')
            writer.wait_for(30)
            writer.stop()
            at.equal(ignore=LEFTOVERS)
            at.drop_leftovers()
            at.equal()
            check(at.connects() == connects, 'a consumer connected again')
            if not is_cut_over(at):
                run_tool(tool, at, wait=True).succeed()
                at.equal()
            at.drop_leftovers()
            at.primary.sql(f'ALTER TABLE {SCHEMA}.orders DROP COLUMN added')
            at.equal()
            check(not at.unghost.status()['hidden'], str(at.unghost.status()['hidden']))
    return scenario


def in_a_large_transaction(folder, version):
    at = Topology(folder, version, max_binlog_size=1 << 30)
    at.table('orders')
    at.primary.sql(f'CREATE TABLE {SCHEMA}.large (id int AUTO_INCREMENT PRIMARY KEY, text longtext)')
    for _ in range(2):
        at.wait_replicas()
        root = at.primary.root()
        with root.cursor() as cursor:
            cursor.execute('BEGIN')
            for _ in range(LARGE_MEGABYTES // 10):
                cursor.execute(f"INSERT INTO {SCHEMA}.large (text) VALUES (REPEAT('x', 10000000))")
            with contextlib.suppress(pymysql.err.Error):
                commit = testbed.multiprocessing.get_context('fork').Process(target=lambda: cursor.execute('COMMIT'))
                commit.start()
                wait_until('a part of it is here', lambda: at.unghost.status()['unpublished_bytes'] > 10_000_000, 60, 0.001)
                at.kill_primary()
                commit.join(10)
        at.fail_over()
        at.primary.sql(f'INSERT INTO {SCHEMA}.large (text) VALUES ("behind it")')
        at.equal(timeout=180)


def unghost_is_killed_too(folder, version):
    """What is behind the checkpoint cannot be compared with the new server's log: it stays, and is not repeated."""
    at = Topology(folder, version)
    at.table('orders', rows=3000)
    writer = at.writer('orders', rate=200)
    writer.wait_for(100)
    at.wait_replicas()
    running = run_tool('gh-ost', at, wait=False, nice_ratio=3)
    wait_until('it folds', lambda: ' folding: ' in at.unghost.log(), 60, 0.01)
    time.sleep(0.3)
    writer.wait_for(20)
    at.kill_primary()
    at.unghost.kill9()
    running.kill9()
    writer.stop()
    at.promote(at.servers[1])
    at.unghost.start()
    at.follow()
    writer = at.writer('orders')
    writer.wait_for(30)
    # And once more before anything else is known of the new one.
    at.unghost.kill9()
    at.unghost.start()
    writer.wait_for(30)
    writer.stop()
    at.equal(ignore=LEFTOVERS)
    check(at.unghost.status()['hidden'], 'the ghost is not hidden any more')
    at.drop_leftovers()
    at.equal()
    run_tool('gh-ost', at, wait=True).succeed()
    at.equal()
    # Killed again before its next checkpoint, it goes on by GTID once more: the same files count twice.
    fold_reproduces(at, at.servers[0], *at.servers[1:2] * (at.epoch() - 1))


def lossy(folder, version):
    at = Topology(folder, version)
    at.table('orders')
    at.primary.sql(f'CREATE TABLE {SCHEMA}.lost (id int PRIMARY KEY)')
    at.wait_replicas()
    at.equal()
    before = at.executed()
    for server in at.servers[1:]:
        server.sql('STOP REPLICA IO_THREAD')
    for number in range(20):
        at.primary.sql(f'INSERT INTO {SCHEMA}.lost VALUES ({number})')
    lost = at.primary.value('SELECT GTID_SUBTRACT(@@global.gtid_executed, %s)', (before,)).replace('\n', '')
    at.equal()
    at.kill_primary()
    at.promote(at.servers[1])
    said = at.refused(at.primary)
    check('source_lacks' in said and lost in said and ' 20 transactions' in said, f'{lost} is not in: {said}')
    at.primary.sql(f'DELETE FROM {SCHEMA}.orders LIMIT 5')
    check(at.epoch() == 1, 'it was followed')
    at.follow(at.primary, '--pass')
    at.primary.sql(f'DELETE FROM {SCHEMA}.orders LIMIT 5')
    at.equal(ignore=(f'{SCHEMA}.lost',))
    for consumer in at.consumers:
        check(consumer.server.value(f'SELECT COUNT(*) FROM {SCHEMA}.lost') == 20, 'consumers have lost something')
    at.unghost.restart()
    at.primary.sql(f'DELETE FROM {SCHEMA}.orders LIMIT 5')
    at.equal(ignore=(f'{SCHEMA}.lost',))


def purged(folder, version):
    at = Topology(folder, version)
    at.table('orders')
    at.equal()
    at.wait_replicas()
    before = at.executed()
    at.unghost.stop()
    at.primary.sql(f'DELETE FROM {SCHEMA}.orders LIMIT 5')
    missing = at.primary.value('SELECT GTID_SUBTRACT(@@global.gtid_executed, %s)', (before,)).replace('\n', '')
    at.wait_replicas()
    next_one = at.servers[1]
    next_one.sql('FLUSH BINARY LOGS')
    next_one.sql(f"PURGE BINARY LOGS TO '{next_one.position()[0]}'")
    at.kill_primary()
    at.promote(next_one, others=False)
    at.unghost.start()
    for arguments in ((), ('--pass',)):
        said = at.refused(next_one, *arguments)
        check('source_purged' in said and missing in said, f'{missing} is not in: {said}')
    # Another one still has it.
    at.promote(at.servers[2], others=False)
    at.follow()
    at.equal()


def by_itself(folder, version):
    at = Topology(folder, version, config='[source]\nfailover = "auto"\nfailover_after = "2s"\n')
    at.table('orders')
    writer = at.writer('orders')
    writer.wait_for(30)
    at.wait_replicas()
    at.read_only(*at.servers[1:])
    time.sleep(3)
    check(at.epoch() == 1, 'it left a primary that is there')
    # Nobody can be written to: nobody is followed. Then two can.
    at.kill_primary()
    writer.stop()
    time.sleep(5)
    check(at.epoch() == 1, 'a read-only server was followed')
    one, other = at.servers[1:]
    for server in (one, other):
        server.sql('STOP REPLICA; SET GLOBAL read_only = 0')
    time.sleep(4)
    check(at.epoch() == 1, 'one of two that can be written to was followed')
    at.read_only(other)
    at.primary = one
    wait_until('the one that can be written to is followed', lambda: at.epoch() == 2, 20)
    at.replicate(other, one)
    writer = at.writer('orders')
    writer.wait_for(30)
    writer.stop()
    at.equal()
    # One that lacks what consumers have is not followed, though it is the only one.
    testbed.wait_caught_up(one, other)
    other.sql('STOP REPLICA')
    one.sql(f'DELETE FROM {SCHEMA}.orders LIMIT 5')
    at.equal()
    at.kill_primary()
    other.sql('SET GLOBAL read_only = 0')
    wait_until('it says so', lambda: at.unghost.status()['source']['refused'] == 'source_lacks', 20)
    check(at.epoch() == 2, 'a server that lacks something was followed')


def the_address_moves(folder, version):
    """One address, behind which another server answers: whoever moved it meant it."""
    at = Topology(folder, version, listed=False)
    at.table('orders')
    writer = at.writer('orders')
    writer.wait_for(30)
    at.wait_replicas()
    port = at.primary.port
    at.kill_primary()
    writer.stop()
    new = at.servers[1]
    at.promote(new, others=False)
    new.port = port
    new.restart()
    writer = at.writer('orders')
    writer.wait_for(30)
    writer.stop()
    at.equal()
    check(at.epoch() == 2, 'no new epoch')


class BehindUnghost:
    """An unghost as the source of another."""

    def __init__(self, at):
        self.host = at.unghost.host
        self.port = at.unghost.port
        self.replication_user = at.primary.replication_user
        self.replication_password = at.primary.replication_password
        self.client = at.primary.client


def chain(folder, version):
    """Another unghost as the source, and a failover behind that one; a migration before and after it."""
    at = Topology(folder, version, consumers=('gtid',))
    at.table('orders')
    wait_until('it has something', lambda: at.unghost.status()['published'])
    second = testbed.Unghost(None, BehindUnghost(at), folder / 'second', ['--start', 'earliest'])
    replica = testbed.Server(version, folder / 'behind-both')
    testbed.replicate(replica, second.host, second.port, second.user, second.password, workers=4)
    at.consumers.append(Consumer('behind both', replica))
    run_tool('gh-ost', at, wait=True).succeed()
    at.equal()
    at.wait_replicas()
    writer = at.writer('orders')
    writer.wait_for(30)
    at.kill_primary()
    writer.stop()
    at.fail_over()
    writer = at.writer('orders')
    writer.wait_for(30)
    testbed.pt_osc(at.primary, PT_OSC, SCHEMA, 'orders', 'ADD COLUMN more int').succeed()
    writer.stop()
    at.equal()
    second.restart()
    at.primary.sql(f'DELETE FROM {SCHEMA}.orders LIMIT 5')
    at.equal()


def a_replica_as_source(folder, version):
    """The primary is spared; then that replica dies, and another is followed."""
    at = Topology(folder, version)
    primary, near, far = at.servers
    at.table('orders')
    at.wait_replicas()
    at.follow(near)
    writer = at.writer('orders')
    writer.wait_for(20)
    run_tool('gh-ost', at, wait=True).succeed()
    # Not pt-osc: a replica logs rows with its own connections' numbers, by which nothing shows whose they are.
    running = testbed.gh_ost(primary, GH_OST, SCHEMA, 'orders', 'ADD COLUMN more int', wait=False, chunk_size=20, nice_ratio=1)
    wait_until('it folds', lambda: at.unghost.log().count(' folding: ') == 2, 60, 0.01)
    near.kill9()
    testbed.wait_caught_up(primary, far)
    at.follow(far)
    running.succeed()
    writer.stop()
    at.equal()
    check(at.epoch() == 3, str(at.unghost.status()['source']))


def random_failovers(folder, version):
    dice = random.Random(os.environ.get('UNGHOST_SEED', '1'))
    count = int(os.environ.get('UNGHOST_FAILOVERS', '4'))
    at = Topology(folder, version, replicas=3)
    at.table('orders', rows=2000)
    for number in range(count):
        tool = dice.choice(('gh-ost', 'pt-osc'))
        writer = at.writer('orders', rate=150)
        writer.wait_for(10)
        running = run_tool(tool, at, wait=False)
        time.sleep(dice.uniform(0, 6))
        killed = dice.random() < 0.5
        if killed:
            at.unghost.kill9()
        at.kill_primary()
        running.kill9()
        writer.stop()
        if killed:
            at.unghost.start()
        print(f'      {version} {number}: {tool}, unghost {"killed" if killed else "alive"}', flush=True)
        dead = at.fail_over()
        at.drop_leftovers()
        if is_cut_over(at):
            at.primary.sql(f'ALTER TABLE {SCHEMA}.orders DROP COLUMN added')
        at.equal(timeout=120)
        at.replace(dead)


def executed_count(server):
    """How many transactions a server has, all of the sets here being prefixes of one another."""
    def size(part):
        return sum(int(numbers.split('-')[-1]) - int(numbers.split('-')[0]) + 1 for numbers in part.split(':')[1:])
    executed = server.value('SELECT @@global.gtid_executed').replace('\n', '')
    return sum(size(part) for part in executed.split(',') if part)


test_consumers_survive_two_failovers = each_version(two_failovers)
test_failover_in_a_run_of_gh_ost = each_version(failover_in_a_run('gh-ost'), 900)
test_failover_in_a_run_of_pt_osc = each_version(failover_in_a_run('pt-osc'), 900)
test_failover_in_a_large_transaction = each_version(in_a_large_transaction)
test_unghost_killed_with_the_primary = each_version(unghost_is_killed_too)
test_lossy_failover_is_refused_and_passed = each_version(lossy)
test_purged_is_refused = each_version(purged)
test_auto_follows_the_one_that_can_be_written_to = each_version(by_itself)
test_an_address_that_leads_elsewhere = each_version(the_address_moves)
test_random_failovers = each_version(random_failovers, 3000)
test_a_chain = each_version(chain)
test_a_replica_as_source = each_version(a_replica_as_source)
