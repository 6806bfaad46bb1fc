"""Consumers that take a snapshot of their own and keep their own place: at the primary and at unghost, as in zoo.py.

    zoo_snapshot.run(folder, '9.7', 'Debezium', [program])                      a snapshot, then migrations
    zoo_snapshot.run_in_the_middle(folder, '9.7', 'Debezium', [program])        a snapshot while the tools copy

What differs from zoo.py:

* The tables have rows, and are written to, before the program starts. It reads them itself, through the end it follows
  (not with snapshot=False: such a program starts as in zoo.py).
* "folder" of its argument is its own: there it keeps its place, and finds it when it is started again. {"kind": "place"}
  says only that what came so far counts.
* Such programs promise each event at least once: after a loss they may say again what they have said. So "row" and
  "ddl" may have "at": [file, position, row], the place in the log as the consumer itself tells it. What lies behind
  the last that counted came again, and does not count. An event that is missing is seen as ever: Model is strict.
  {"kind": "restart"} of the snapshot: what is known is void.
* They are also ended by SIGTERM and started again, in the middle of a copy.

A migration's copy is held in its middle while connections are lost and programs are started again: gh-ost by its
command `throttle`, pt-online-schema-change by SIGSTOP between its chunks.
"""

import contextlib
import functools
import os
import signal

import model
import testbed
import zoo
from scene import SCHEMA, Scene
from testbed import check, wait_until

# What a snapshot takes, beside what reading the log does. ALL: those that keep their place on the source.
RIGHTS = 'SELECT, RELOAD, SHOW DATABASES, LOCK TABLES, REPLICATION SLAVE, REPLICATION CLIENT'
MIGRATIONS = (
    ('folding', 'ADD COLUMN a int NOT NULL DEFAULT 7', "ADD COLUMN b varchar(20) NOT NULL DEFAULT 'new'"),
    ('passing', 'ADD COLUMN seen timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP', 'ADD UNIQUE KEY one (code), ADD COLUMN made timestamp'))


class Tables(model.Model):
    """Of a consumer that may say again what it has said.

    strict=False: its snapshot is newer than the place it streams from, so that some of what it says first is in its
    rows already, and they are right only after it. Before images are not compared then.
    """

    def __init__(self, strict=True):
        super().__init__()
        self.strict = strict
        self.last, self.there = [], []        # the place of the last event, and all that was said of it
        self.kept = self.last, self.there

    def apply(self, line):
        at = line.get('at')
        if at is not None:
            if at < self.last or at == self.last and line in self.there:
                return
            self.there = self.there + [line] if at == self.last else [line]
            self.last = at
        if line['kind'] == 'restart':
            self.tables = {}
            self.forget_open()
            return
        super().apply(line)
        if line['kind'] == 'place':
            self.kept = self.last, self.there

    def forget_open(self):
        super().forget_open()
        self.last, self.there = self.kept

    def forget_places(self):
        """What is said from now on counts in any case: for one that may say again what is in its rows (not strict)."""
        self.last, self.there = [], []
        self.kept = self.last, self.there

    def _row(self, line):
        if self.strict:
            super()._row(line)
            return
        rows = self.tables[line['schema'], line['table']]
        for image in (line['before'], line['after']):
            if image is not None:
                rows.pop(image[model.KEY], None)
        if line['after'] is not None:
            rows[line['after'][model.KEY]] = line['after']


AT_LEAST = functools.partial(Tables, strict=False)


class SnapshotZoo(zoo.Zoo):
    def __init__(self, folder, version, program, gtid=True, rights=RIGHTS, snapshot=True, setup=None, tables=Tables):
        options = {'binlog_row_metadata': 'FULL'} if version != '5.7' else {}
        self.scene = Scene(folder, version, replica=False, gtid=gtid, binlog_row_image='FULL', **options)
        self.primary, self.unghost = self.scene.primary, self.scene.unghost
        self.folder = folder
        self.program = program
        self.make_tables = tables
        self.consumers = []
        self.primary.sql(f"CREATE DATABASE {SCHEMA}; CREATE USER {zoo.USER}@'%' IDENTIFIED BY '{zoo.PASSWORD}'; "
                         f"GRANT {rights} ON *.* TO {zoo.USER}@'%'")
        if setup:
            setup(self.primary)
        self.snapshot = snapshot
        if not snapshot:
            self.follow()
        self.primary.sql(f'CREATE TABLE {SCHEMA}.finish (id int PRIMARY KEY)')
        for table in ('orders', 'items'):
            self.scene.table(table)
        self.writer = self.scene.writer('orders', 'items')
        self.writer.wait_for(20)

    def follow(self, name=''):
        """Starts a program at each end, and waits until both follow the log, behind their snapshots."""
        folder = self.folder / f'consumers{name}'
        folder.mkdir()
        old = {end: self.dumps(end) for end in ('direct', 'unghost')}
        self.consumers = [zoo.Consumer(end, self.program, port, self.place_at(port), folder, self.make_tables())
                          for end, port in (('direct', self.primary.port), ('unghost', self.unghost.port))]
        for consumer in self.consumers:
            self.asks(consumer, 'its start', old[consumer.end])
            check(consumer.error is None, consumer.error)
            if self.snapshot:  # a dump may be a part of it: what tells is an event of the log that counted
                consumer.wait('follows after its snapshot', lambda: consumer.model.kept[0], 90)

    def asks(self, consumer, after, old):
        consumer.wait(f'asks for the log after {after}', lambda: self.dumps(consumer.end) not in ([], old), 90)

    def start_again(self):
        """SIGTERM, and a start from its own place."""
        for consumer in self.consumers:
            if not consumer.alive():
                continue
            old = self.dumps(consumer.end)
            consumer.may_end = True
            consumer.stop()
            consumer.ended.wait(20)
            places = consumer.places
            consumer.alive()
            self.asks(consumer, 'it was started again', old)
            consumer.wait('follows after it was started again', lambda: consumer.places > places)
            consumer.may_end = False

    # --- migrations, held in the middle of their copies

    def rows_of(self, helper):
        with contextlib.suppress(testbed.pymysql.err.ProgrammingError):
            return self.primary.value(f'SELECT COUNT(*) FROM {SCHEMA}.{helper}')
        return 0

    def held_gh_ost(self, alter):
        tool = testbed.gh_ost(self.primary, '1.1.8', SCHEMA, 'orders', alter, wait=False, postpone=True, chunk_size=10,
                              nice_ratio=100)
        wait_until('gh-ost copies rows', lambda: tool.code is not None or self.rows_of('_orders_gho') > 10)
        check(tool.code is None, 'gh-ost ended:\n' + testbed.tail(tool.log_file))
        tool.command('throttle')
        return tool

    def held_pt_osc(self, alter):
        tool = testbed.pt_osc(self.primary, '3.7.1', SCHEMA, 'items', alter, wait=False, check_unique_key_change=None,
                              no_check_unique_key_change=True, chunk_time='0', chunk_size=20, sleep='0.2')
        wait_until('pt-online-schema-change copies rows',
                   lambda: tool.code is not None or self.rows_of('_items_new') > 20)
        check(tool.code is None, 'pt-online-schema-change ended:\n' + testbed.tail(tool.log_file))
        os.kill(tool.process.pid, signal.SIGSTOP)
        return tool

    def finish(self, tool):
        """Lets go of it, and waits for its success."""
        helpers = ('_orders_gho', '_items_new')
        check(any(map(self.rows_of, helpers)), 'no copy is under way')
        if isinstance(tool, testbed.GhOst):
            tool.command('nice-ratio=0')
            tool.command('no-throttle')
            tool.postpone_flag.unlink()
        else:
            os.kill(tool.process.pid, signal.SIGCONT)
        tool.succeed()

    def expect(self, mark, verdict):
        wait_until('unghost has read all', lambda: len(self.scene.said(mark, verdict)) >= 2, 30)
        for table in ('orders', 'items'):
            self.scene.expect(mark, table, verdict)

    # --- workloads

    def workload(self):
        if self.snapshot:
            self.follow()
        for verdict, orders, items in MIGRATIONS:
            mark = self.scene.mark()
            tool = self.held_gh_ost(orders)
            self.writer.wait_for(20)
            self.lose_connections()
            self.finish(tool)
            self.primary.sql('FLUSH BINARY LOGS')
            tool = self.held_pt_osc(items)
            self.writer.wait_for(20)
            self.start_again()
            self.lose_connections(restart=True)
            self.finish(tool)
            self.writer.wait_for(20)
            self.expect(mark, verdict)
        self.writer.stop()
        self.go_on_alike()

    def in_the_middle(self, number, verdict, orders, items):
        """New consumers take their snapshots while two copies are under way; the last rows are at both ends."""
        mark = self.scene.mark()
        tools = [self.held_gh_ost(orders), self.held_pt_osc(items)]
        self.follow(number)
        self.writer.wait_for(20)
        for tool in tools:
            self.finish(tool)
        self.writer.wait_for(20)
        self.expect(mark, verdict)
        self.writer.stop()
        self.primary.sql(f'INSERT INTO {SCHEMA}.finish VALUES ({number})')
        for consumer in self.consumers:
            consumer.wait('the last row', lambda: str(number) in consumer.model.tables.get((SCHEMA, 'finish'), ()))


def run(folder, version, name, program, tries=1, **options):
    """options: of SnapshotZoo. Prints and fails as zoo.run(). tries: of a consumer that loses events at the primary, too."""
    for number in range(1, tries + 1):
        one = SnapshotZoo(folder / f'{number}', version, program, **options)
        one.workload()
        try:
            return zoo.report(one, name)
        except zoo.WrongAtThePrimary as failure:
            if number == tries:
                raise
            print(f'      run {number} shows nothing: {failure}', flush=True)
            one.scene.end()


def run_in_the_middle(folder, version, name, program, **options):
    """A snapshot while two copies that fold are under way, and one while two that pass are."""
    one = SnapshotZoo(folder, version, program, **options)
    for number, (verdict, *alters) in enumerate(MIGRATIONS, 1):
        if number > 1:
            one.writer = one.scene.writer('orders', 'items')
        one.in_the_middle(number, verdict, *alters)
        zoo.report(one, f'{name}, snapshot in the middle of {verdict},')
