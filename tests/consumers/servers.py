"""For the consumers that ship with servers: a primary, unghost before it, the two ends, migrations under load.

    bed = servers.Bed(folder, '9.7')
    bed.account('reader', 'REPLICATION SLAVE')           # of the primary itself: at unghost it logs in through the relay
    for verdict in ('folding', 'passing'):
        bed.migrate(verdict, in_the_middle)              # a gh-ost and a pt-osc, both copying when it is called
    with bed.verdict('mysqldump', '9.7.4', 'unghost'):   # a line; a Failure in it makes the line a no
        ...
    bed.check_all()

At the end 'direct' a consumer is at the primary, at 'unghost' it is downstream of unghost; beside host and port nothing differs.
"""

import concurrent.futures
import contextlib
import re
import signal

import pymysql

import testbed
from scene import SCHEMA, Scene
from testbed import check, wait_until

ENDS = ('direct', 'unghost')
PASSWORD = 'reader-pass'
SMALL = {'innodb_buffer_pool_size': '24M', 'max_connections': 60}
ALTERS = {
    'folding': ('ADD COLUMN a int NOT NULL DEFAULT 7', "ADD COLUMN b varchar(20) NOT NULL DEFAULT 'new'"),
    'passing': ('ADD COLUMN seen timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP', 'ADD UNIQUE KEY one (code), ADD COLUMN made timestamp'),
}


def full_version(server):
    return server.value('SELECT @@version').split('-')[0]


class Bed:
    """options: of the primary. rows: of each of its two tables, orders and items."""
    alters = ALTERS

    def __init__(self, folder, version, rows=1200, pt_osc='3.7.1', **options):
        self.folder = folder
        self.scene = Scene(folder, version, replica=False, **{'innodb_buffer_pool_size': '48M', **options})
        self.primary, self.unghost = self.scene.primary, self.scene.unghost
        self.source_version = full_version(self.primary)
        self.pt_osc = pt_osc
        self.rows = rows
        self.failures = []
        self.load = None
        wait_until('unghost has a file', self.scene.clean_files)

    def account(self, name, rights, more='', schema='*.*'):
        self.primary.sql(f"CREATE USER {name}@'%' IDENTIFIED BY '{PASSWORD}' {more}; GRANT {rights} ON {schema} TO {name}@'%'")

    # --- the ends

    def port(self, end):
        return self.unghost.port if end == 'unghost' else self.primary.port

    def administrator(self, end):
        return pymysql.connect(host=testbed.HOST, port=self.port(end), user=self.primary.user,
                               password=self.primary.password, autocommit=True, connect_timeout=10)

    def ask(self, end, text):
        with contextlib.closing(self.administrator(end)) as connection, connection.cursor() as cursor:
            cursor.execute(text)
            return cursor.fetchall()

    def files(self, end):
        """The binlog files there."""
        return self.scene.clean_files() if end == 'unghost' else self.primary.binlog_files()

    def position(self, end):
        row = self.ask(end, 'SHOW BINARY LOG STATUS' if self.primary.at_least('8.4') else 'SHOW MASTER STATUS')[0]
        return row[0], row[1], row[4].replace('\n', '')

    def dumps(self, end, user):
        """Connection ids of this account's dumps: at unghost all there were, the last is the one that is."""
        if end == 'direct':
            return [row[0] for row in self.primary.sql(
                'SELECT PROCESSLIST_ID FROM performance_schema.threads WHERE PROCESSLIST_USER = %s '
                "AND PROCESSLIST_COMMAND LIKE 'Binlog Dump%%'", (user,))]
        return [int(i) for i in re.findall(rf'consumer (\d+) \({user}@[^)]*\): dump (?:by GTID|from)', self.unghost.log())]

    def kill(self, end, connection):
        self.ask(end, f'KILL {connection}')

    # --- load and migrations

    def table(self, name):
        self.scene.table(name, rows=self.rows)

    def begin(self):
        """Tables, and a writer on them until finish()."""
        for table in ('orders', 'items'):
            self.table(table)
        self.load = self.scene.writer('orders', 'items')
        self.load.wait_for(20)

    def migrate(self, verdict, in_the_middle, before_the_end, hold=False):
        """A migration of each tool at the same time. Both have begun to copy, and none is through, when `in_the_middle`
        is called; then `before_the_end`, and they end. hold: pt-osc stands still for the second."""
        scene, mark = self.scene, self.scene.mark()
        orders, items = self.alters[verdict]
        gh_ost = testbed.gh_ost(self.primary, '1.1.8', SCHEMA, 'orders', orders, wait=False, postpone=True, chunk_size=100)
        wait_until('gh-ost has copied the rows', lambda: gh_ost.code is not None or 'ostponing' in gh_ost.output)
        check(gh_ost.code is None, f'gh-ost ended with {gh_ost.code}:\n{testbed.tail(gh_ost.log_file)}')
        # Without it pt-osc may believe in a few rows and copy all in one chunk.
        self.primary.sql(f'ANALYZE NO_WRITE_TO_BINLOG TABLE {SCHEMA}.items')
        pt_osc = testbed.pt_osc(self.primary, self.pt_osc, SCHEMA, 'items', items, wait=False, chunk_time='0', chunk_size=50,
                                sleep='0.5', no_check_unique_key_change=True if verdict == 'passing' else None)
        pt_osc.wait_for_output('Copying')
        self.load.wait_for(10)
        in_the_middle()
        check(pt_osc.code is None and 'Copied rows OK' not in pt_osc.output,
              'pt-osc was through too early: give it more rows\n' + testbed.tail(pt_osc.log_file))
        self.load.wait_for(10)
        if hold:
            pt_osc.process.send_signal(signal.SIGSTOP)
        before_the_end()
        pt_osc.process.send_signal(signal.SIGCONT)
        gh_ost.postpone_flag.unlink()
        gh_ost.succeed()
        self.primary.sql('FLUSH BINARY LOGS')
        pt_osc.succeed()
        self.load.wait_for(20)
        wait_until('unghost has read all', lambda: len(scene.said(mark, verdict)) >= 2, 60)
        scene.expect(mark, 'orders', verdict)
        scene.expect(mark, 'items', verdict)

    def finish(self):
        self.load.stop()

    # --- what is said in the end

    @contextlib.contextmanager
    def verdict(self, name, version, end, connected=lambda: True):
        """Prints the line of a consumer at an end; what fails inside is kept for check_all()."""
        wrong = ''
        try:
            yield
        except (testbed.Failure, pymysql.err.Error, OSError) as error:
            wrong = f'{error}'
            self.failures.append(f'{name}, {end}: {wrong}')
        print(f'zoo   {name} {version}, MySQL {self.source_version}, {end}: connected {"yes" if connected() else "no"}, equal '
              + (f'no; {wrong}' if wrong else 'yes'), flush=True)

    def check_all(self):
        check(not self.failures, 'not as the primary:\n        ' + '\n        '.join(self.failures))


class Follower:
    """A MySQL replica at an end, with an account of its own. options: of the server."""

    def __init__(self, bed, end, user, **options):
        self.bed, self.end, self.user = bed, end, user
        self.error = None
        self.was_connected = False
        self.server = testbed.Server(bed.primary.version, bed.folder / user, gtid=bed.primary.gtid, **{**SMALL, **options})
        self.version = full_version(self.server)

    def start(self, **more):
        """more: see testbed.replicate."""
        testbed.replicate(self.server, testbed.HOST, self.bed.port(self.end), self.user, PASSWORD, **more)

    def connected(self):
        return testbed.replica_status(self.server).get('Replica_IO_Running') == 'Yes'

    def wait(self, what, condition):
        """What does not come is kept for the end."""
        if self.error is None:
            try:
                wait_until(f'{self.end}: {what}', condition, 60, 0.2)
            except testbed.Failure as failure:
                self.error = f'{failure}; {"; ".join(testbed.replica_errors(self.server)) or "no error"}'

    def wait_connected(self):
        self.wait('it is connected', self.connected)
        self.was_connected = self.was_connected or self.error is None

    def check_equal(self):
        check(self.error is None, self.error)
        testbed.wait_caught_up(self.bed.primary, self.server)
        testbed.check_equal(self.bed.primary, self.server)
        check(self.connected(), 'not connected at the end: ' + '; '.join(testbed.replica_errors(self.server)))


def lose_connections(followers, restart=None):
    """Kills the dump of each, or restarts unghost, and waits until all dump again."""
    followers = [f for f in followers if f.error is None and not (restart and f.end == 'direct')]
    old = {f: testbed.wait_until(f'{f.user} dumps at {f.end}', lambda f=f: f.bed.dumps(f.end, f.user), 60)[-1]
           for f in followers}  # a server lists no dump while its replica is just connecting anew
    if restart:
        restart()
    else:
        for f in followers:
            f.bed.kill(f.end, old[f])
    for f in followers:
        f.wait('it dumps again after its connection was lost',
               lambda: f.bed.dumps(f.end, f.user)[-1:] not in ([], [old[f]]))
        f.wait_connected()


def load(file, server, *more):
    """Statements in a file."""
    testbed.run(['sh', '-c', 'exec "$@" <"$0"', file, *server.client('mysql'), *more], what=f'mysql <{file.name}')


def at_once(function, arguments):
    """function(*a) for each a, some at a time; the results in order."""
    with concurrent.futures.ThreadPoolExecutor(3) as pool:
        return list(pool.map(lambda a: function(*a), arguments))
