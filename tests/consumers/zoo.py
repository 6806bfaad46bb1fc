"""A consumer twice, one at the primary and one at unghost, through the same workload; then rows are compared.

    zoo.run(folder, '9.7', 'go-mysql', [program])        # in *_test.py

The program is started as `program '{"host", "port", "user", "password", "server_id", "schema", "folder", "gtid",
"file", "position"}'`, follows the log from that place (its GTIDs, or file and position) and prints JSON lines:

    {"kind": "version", "version": "1.0.17"}             as the library knows it; the first line
    {"kind": "begin"}                                    a transaction begins; one that was cut off is void
    {"kind": "row", "schema", "table", "before", "after"}   column -> text or null; without before: inserted
    {"kind": "ddl", "schema", "sql"}                     a statement as it stands in the log
    {"kind": "place", "gtid" or "file" and "position"}   what came so far is complete; it can start again from here

A program that ends when its connection is lost is started again from its last place. Times are in UTC.

**What equality means.** The workload is in one schema: tables that the users write to, and what the tools make beside
them. A consumer's tables (model.py) start empty before the first table is created. At the end

* it has the primary's tables, no more and no fewer: a passed migration's helper tables were created, filled, renamed
  and dropped before its eyes; of a folded one it saw nothing but the ALTER;
* each table has the primary's rows, each row all columns, each column the same value. Texts are compared as they
  are; decimals and times as values, because consumers print them differently.

A folded ALTER TABLE ... ADD COLUMN ... DEFAULT is a statement: no row event tells what it gave to the rows that were
there. The model does what a server does, and gives them the literal DEFAULT. Rows changed later have it in their
before images, which must be what the model has; so a wrong DEFAULT, or an ALTER at the wrong place among the rows, is
seen even if the last rows are right. A DEFAULT that is not a literal is refused by the model: such a
migration must not be folded.

Connections are cut in between, under load and at rest. A program that goes on by itself after a loss at the primary
must do so at unghost.

Nothing is counted: of which transactions a consumer gets its rows is its own affair, and without the hidden ones it
gets fewer through unghost.
"""

import contextlib
import json
import os
import random
import re
import subprocess
import threading

import pymysql

import model
import testbed
from scene import SCHEMA, Scene
from testbed import check, wait_until

USER, PASSWORD = 'reader', 'reader-pass'
SIDE = USER + '_side'  # for dumps and SQL that a program wants beside its dump, which is the one that is cut
FOLDER = testbed.CACHE / 'consumers'


def installed(name):
    path = FOLDER / name
    check(path.exists(), f'{path} is missing: run tests/consumers/run.sh')
    return path


class Consumer:
    """A driver program following one end: 'direct' or 'unghost'."""

    def __init__(self, end, program, port, place, folder, tables=None):
        self.end = end
        self.program = program
        self.login = {'host': testbed.HOST, 'port': port, 'user': USER, 'password': PASSWORD, 'schema': SCHEMA,
                      'server_id': random.randrange(1 << 20, 1 << 30), 'folder': str(folder / f'of-{end}')}
        (folder / f'of-{end}').mkdir()  # for what it keeps itself
        self.model = tables or model.Model()
        self.model.place = place
        self.version = None
        self.error = None
        self.remarks = []  # what is not as at the primary, beside the rows
        self.places = 0
        self.starts = 0
        self.may_end = False  # its connection is being cut
        self.last_words = ''
        self.log_file = folder / f'{end}.log'
        self.stopping = False
        self.process = None
        self.ended = threading.Event()
        self.start()

    def start(self):
        self.starts += 1
        self.model.forget_open()
        with open(self.log_file, 'ab') as errors:
            self.process = testbed.start_process(
                [*self.program, json.dumps({**self.login, **self.model.place})], stdout=subprocess.PIPE, stderr=errors,
                env={**os.environ, 'TZ': 'UTC'}, text=True)
        self.ended.clear()
        threading.Thread(target=self._read, args=(self.process,), daemon=True).start()

    def _read(self, process):
        try:
            for text in process.stdout:
                line = json.loads(text)
                if line['kind'] == 'version':
                    self.version = line['version']
                    continue
                self.model.apply(line)
                self.places += line['kind'] == 'place'
        except Exception as error:
            self.error = self.error or f'{type(error).__name__}: {error}'
            process.kill()
        process.wait()
        self.ended.set()

    def alive(self):
        """Whether it is worth to go on. Starts it again if it ended and may."""
        if self.error is None and self.ended.is_set():
            if not self.may_end or self.starts > 30:
                self.error = f'ended with {self.process.returncode}: {testbed.tail(self.log_file, 6)}'
            else:
                self.last_words = testbed.tail(self.log_file, 1)
                self.start()
        return self.error is None

    def wait(self, what, condition, timeout=60):
        """Until the condition holds. What goes wrong is kept in .error, for the end."""
        try:
            wait_until(f'{self.end}: {what}', lambda: not self.alive() or condition(), timeout, interval=0.2)
        except testbed.Failure as failure:
            self.error = f'{failure}; {testbed.tail(self.log_file, 6)}'

    def stop(self):
        testbed.end_process(self.process, 10)


class Zoo:
    """snapshot: the consumers start when there are tables, rows and load; not before.
    looks_back: they ask the server for the definition of each table whose rows they meet, and leave out, or cannot
    name the columns of, one that is not there any more: a copy must last longer than unghost needs for its verdict.
    plugin: of their account, if it is not the server's own choice.
    """

    def __init__(self, folder, version, program, snapshot=False, looks_back=False, plugin=None):
        self.folder = folder
        self.program = program
        self.pause = '1' if looks_back else '0.2'  # seconds between pt-osc's chunks
        self.scene = Scene(folder, version, replica=False, binlog_row_metadata='FULL', binlog_row_image='FULL')
        self.primary, self.unghost = self.scene.primary, self.scene.unghost
        for user in (USER, SIDE):
            self.primary.sql(f"CREATE USER {user}@'%' IDENTIFIED {f'WITH {plugin} ' if plugin else ''}BY '{PASSWORD}'; "
                             f"GRANT SELECT, REPLICATION SLAVE, REPLICATION CLIENT ON *.* TO {user}@'%'")
        # The last before consumers start: DM cannot make a place behind a GRANT into GTIDs.
        self.primary.sql(f'CREATE DATABASE {SCHEMA}')
        self.consumers = []
        if snapshot:
            self.primary.sql(f"GRANT RELOAD, PROCESS, LOCK TABLES, SHOW VIEW, TRIGGER ON *.* TO {USER}@'%'")
        else:
            self.start_consumers()

    def start_consumers(self):
        for end, port in (('direct', self.primary.port), ('unghost', self.unghost.port)):
            self.consumers.append(Consumer(end, self.program, port, self.place_at(port), self.folder))

    def place_at(self, port):
        with contextlib.closing(self.administrator(port)) as connection, connection.cursor() as cursor:
            cursor.execute('SHOW BINARY LOG STATUS' if self.primary.at_least('8.4') else 'SHOW MASTER STATUS')
            file, position, *_, gtid = cursor.fetchone()
        return {'file': file, 'position': position, 'gtid': gtid.replace('\n', '')}

    def administrator(self, port):
        return pymysql.connect(host=testbed.HOST, port=port, user=self.primary.user, password=self.primary.password,
                               autocommit=True, connect_timeout=10)

    def dumps(self, end):
        """Connection ids of the consumer's dumps there: at unghost all there were, the last is the one that is."""
        if end == 'direct':
            return [row[0] for row in self.primary.sql(
                'SELECT PROCESSLIST_ID FROM performance_schema.threads WHERE PROCESSLIST_USER = %s '
                "AND PROCESSLIST_COMMAND LIKE 'Binlog Dump%%'", (USER,))]
        return [int(i) for i in re.findall(rf'consumer (\d+) \({USER}@[^)]*\): dump (?:by GTID|from)', self.unghost.log())]

    def cut(self, consumer, restart):
        """Ends a consumer's connection: by KILL, or (restart) with what it is connected to."""
        if restart:
            (self.unghost if consumer.end == 'unghost' else self.primary).restart()
            return
        with contextlib.closing(self.administrator(consumer.login['port'])) as connection, connection.cursor() as cursor:
            with contextlib.suppress(IndexError, pymysql.err.OperationalError):  # it has just ended its connection itself
                cursor.execute(f'KILL {self.dumps(consumer.end)[-1]}')

    def lose_connections(self, restart=False):
        """Cuts both consumers' connections under load and waits until they follow again. restart: of unghost."""
        for consumer in self.consumers:
            if not consumer.alive():
                continue
            consumer.wait('reads the log', lambda: self.dumps(consumer.end))
            if consumer.error:
                continue
            old = self.dumps(consumer.end)
            consumer.may_end = True
            self.cut(consumer, restart and consumer.end == 'unghost')
            consumer.wait('asks for the log again after its connection was lost',
                          lambda: self.dumps(consumer.end) not in ([], old))
            places = consumer.places
            consumer.wait('follows again after its connection was lost', lambda: consumer.places > places)
            consumer.may_end = False

    def go_on_alike(self):
        """With nothing going on both lose their connections: a program that goes on at the primary must at unghost."""
        for number, how in enumerate(('KILL', 'a restart'), 1):
            starts = {}
            for consumer in self.consumers:
                consumer.may_end = True
                starts[consumer.end] = consumer.starts
                if consumer.alive():
                    self.cut(consumer, how != 'KILL')
            self.primary.sql(f'INSERT INTO {SCHEMA}.finish VALUES ({number})')
            for consumer in self.consumers:
                consumer.wait(f'the last row, after {how}',
                              lambda: str(number) in consumer.model.tables.get((SCHEMA, 'finish'), ()))
                consumer.may_end = False
            direct, through = self.consumers
            if direct.alive() and direct.starts == starts['direct'] and through.starts != starts['unghost']:
                through.remarks.append(f'goes on by itself after {how} at the primary, and ends after {how} here: '
                                       + through.last_words)

    def workload(self):
        scene, primary = self.scene, self.primary
        primary.sql(f'CREATE TABLE {SCHEMA}.finish (id int PRIMARY KEY)')
        for table in ('orders', 'items'):
            scene.table(table)
        writer = scene.writer('orders', 'items')
        writer.wait_for(20)
        if not self.consumers:
            self.start_consumers()
            for consumer in self.consumers:
                consumer.wait('its snapshot is complete', lambda: consumer.places > 1)
        for verdict, orders, items in (
                ('folding', 'ADD COLUMN a int NOT NULL DEFAULT 7', "ADD COLUMN b varchar(20) NOT NULL DEFAULT 'new'"),
                ('passing', 'ADD COLUMN seen timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP', 'ADD UNIQUE KEY one (code), ADD COLUMN made timestamp')):
            mark = scene.mark()
            tool = testbed.gh_ost(primary, '1.1.8', SCHEMA, 'orders', orders, wait=False, postpone=True)
            testbed.wait_until('gh-ost has copied the rows', lambda: tool.code is not None or 'Postponing' in tool.output
                               or 'postponing' in tool.output)
            writer.wait_for(20)
            self.lose_connections()
            tool.postpone_flag.unlink()
            tool.succeed()
            writer.wait_for(20)
            primary.sql('FLUSH BINARY LOGS')
            self.lose_connections(restart=True)
            testbed.pt_osc(primary, '3.7.1', SCHEMA, 'items', items, check_unique_key_change=None,
                           no_check_unique_key_change=True, chunk_time='0', chunk_size=100, sleep=self.pause).succeed()
            writer.wait_for(20)
            wait_until('unghost has read all', lambda: len(scene.said(mark, verdict)) >= 2, 30)
            scene.expect(mark, 'orders', verdict)
            scene.expect(mark, 'items', verdict)
        writer.stop()
        self.go_on_alike()

    def primary_tables(self):
        """Rows as the model has them, and the types of their columns."""
        tables, types = {}, {}
        for column, kind, table in self.primary.sql(
                'SELECT COLUMN_NAME, DATA_TYPE, TABLE_NAME FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = %s',
                (SCHEMA,)):
            types.setdefault((SCHEMA, table), {})[column] = kind
        with contextlib.closing(self.primary.root(conv={})) as connection, \
                connection.cursor(pymysql.cursors.DictCursor) as cursor:
            cursor.execute("SET time_zone = '+00:00'")
            for name in types:
                cursor.execute(f'SELECT * FROM {testbed.quote(name[0])}.{testbed.quote(name[1])}')
                tables[name] = {row[model.KEY]: row for row in cursor.fetchall()}
        return tables, types


class WrongAtThePrimary(testbed.Failure):
    """The consumer went wrong at the primary itself: such a run shows nothing of unghost."""


def run(folder, version, name, program, **options):
    """The whole. Prints a line for each end; a Failure if one is not equal. options: as Zoo's."""
    zoo = Zoo(folder, version, program, **options)
    zoo.workload()
    report(zoo, name)


def report(zoo, name):
    """Ends the consumers and compares their rows with the primary's. Prints, and fails, as run()."""
    tables, types = zoo.primary_tables()
    failures = []
    for consumer in zoo.consumers:
        consumer.stop()
        differences = [consumer.error] if consumer.error else \
            model.compare(tables, consumer.model.tables, types, consumer.end)
        connected = 'yes' if consumer.model.transactions else 'no'
        equal = 'no' if differences else 'yes'
        differences += consumer.remarks
        print(f'zoo   {name} {consumer.version}, MySQL {zoo.primary.version}, {consumer.end}: connected {connected}, '
              f'equal {equal}' + ''.join(f'; {one}' for one in differences), flush=True)
        failures += [f'{consumer.end}: {one}' for one in differences]
    if failures:
        wrong_there = any(failure.startswith('direct: ') for failure in failures)
        raise (WrongAtThePrimary if wrong_there else testbed.Failure)(
            f'{name} differs from the primary:\n        ' + '\n        '.join(failures))
