"""Random tables, random ALTERs, both tools, random writers: what folds gives the primary's table, and so does what passes.

The tables come from random_tables.py. A few migrations run at a time, each in a schema of its own; now and then unghost is
killed in the middle of them, some tables get rows that the ALTER loses in the copy, some values that gh-ost spoils. After each
the replica has the primary's rows and definition; or publishing stopped before, and the next ones get new servers. Anything
else is printed with all that makes it again, and fails.

UNGHOST_SEED repeats the tables, rows and ALTERs of a run (not the moments at which writers and tools meet), UNGHOST_RUNS says
how many migrations there are (default 100 on each server), UNGHOST_MINUTES when no new ones begin, UNGHOST_CASE=12,40 picks some.
"""

import collections
import contextlib
import json
import os
import random
import threading
import time

import pymysql

import testbed
from random_tables import Table
from scene import Scene
from testbed import check

SEED = os.environ.get('UNGHOST_SEED') or str(random.SystemRandom().randrange(10**9))
RUNS = int(os.environ.get('UNGHOST_RUNS') or 100)
MINUTES = float(os.environ.get('UNGHOST_MINUTES') or 110)
TOGETHER = 4
FILLER = 260  # rows: a copy that is over before the source has told the definition passes
# Before a difference is served: what the tool lost or spoilt, or what nobody could count.
STOPS = {'rows_differ', 'not_counted', 'disturbed_cut_over', 'lost_rows'}


def gh_ost(server, schema, alter):
    return testbed.gh_ost(server, '1.1.8', schema, 't', alter, wait=False, default_retries=12, chunk_size=50,
                          approve_renamed_columns=True, postpone=True)


def pt_osc(server, schema, alter):
    return testbed.pt_osc(server, '3.7.1', schema, 't', alter, wait=False, no_check_alter=True, chunk_time='0', chunk_size=60,
                          no_check_unique_key_change=True, sleep='0.3')


TOOLS = {'gh-ost': gh_ost, 'pt-osc': pt_osc}


class Writers:
    """Two threads; what their statements meet undoes a transaction and no more."""

    def __init__(self, case, server):
        self.case, self.server = case, server
        self.committed = 0
        self._stopping = threading.Event()
        self._threads = [threading.Thread(target=self._write, args=(n,), daemon=True) for n in range(2)]
        for thread in self._threads:
            thread.start()

    def stop(self):
        self._stopping.set()
        for thread in self._threads:
            thread.join(60)

    def _write(self, number):
        dice = random.Random(f'{self.case.seed} writer {number}')
        n = 10_000 + number
        connection = self.server.connect(database=self.case.schema, autocommit=False)
        with connection.cursor() as cursor:
            if dice.random() < 0.6:  # values are cut to what fits: the edges of every type
                cursor.execute("SET sql_mode = ''")
        while not self._stopping.is_set():
            time.sleep(dice.random() * 0.15)
            try:
                with connection.cursor() as cursor:
                    for _ in range(dice.choice((1, 1, 3))):
                        n += 2
                        cursor.execute(self.case.table.change(n, dice, self.case.mild, self.case.spoiling))
                connection.rollback() if dice.random() < 0.05 else connection.commit()
                self.committed += 1
            except pymysql.err.Error:
                if not connection.open:
                    return
                connection.rollback()
        connection.close()


class Case:
    """One migration."""

    def __init__(self, number, scene, losing, spoiling):
        self.number, self.scene, self.losing, self.spoiling = number, scene, losing, spoiling
        self.seed = f'{SEED} {number}'
        self.dice = random.Random(self.seed)
        self.schema = f'random{number}'
        self.name = self.dice.choice(tuple(TOOLS))
        # gh-ost ends where it cannot apply what is written.
        self.mild = not spoiling and self.dice.random() < (0.85 if self.name == 'gh-ost' else 0.5)
        self.outcome, self.reason, self.served = '', '', ''
        self.differences = []
        self.tool = self.writers = None

    def make(self):
        """A table and an ALTER that the server takes, and rows."""
        server = self.scene.primary
        with contextlib.closing(server.root()) as connection, connection.cursor() as cursor:
            cursor.execute("SET sql_log_bin = 0; CREATE DATABASE IF NOT EXISTS scratch")
            while not self._accepted(cursor):
                pass
            cursor.execute(f'DROP DATABASE scratch; SET sql_log_bin = 1; CREATE DATABASE {self.schema}; USE {self.schema}')
            cursor.execute(self.create)
            cursor.execute("SET sql_mode = 'NO_ENGINE_SUBSTITUTION', time_zone = '+00:00'; BEGIN")
            for n in range(FILLER):
                with contextlib.suppress(pymysql.err.Error):
                    cursor.execute(self.table.insert(n, self.dice, self.spoiling, ignore=True))
            cursor.execute('COMMIT')
        server.sql(f'ANALYZE NO_WRITE_TO_BINLOG TABLE {self.schema}.t')

    def _accepted(self, cursor):
        self.table = Table(self.dice)
        self.create = self.table.create()
        cursor.execute('USE scratch; DROP TABLE IF EXISTS t')
        try:
            cursor.execute(self.create)
        except pymysql.err.Error:
            return False
        for _ in range(10):
            self.alter = self.table.alter(self.losing)
            try:
                # Names in it are those of the tool's copy.
                cursor.execute('DROP TABLE IF EXISTS t; ' + self.create.replace('CONSTRAINT `ck`', 'CONSTRAINT `_ck`'))
                cursor.execute(f'ALTER TABLE t {self.alter}')
                return True
            except pymysql.err.Error:
                continue
        return False

    def start(self):
        self.writers = Writers(self, self.scene.primary)
        self.began = time.monotonic()
        self.tool = TOOLS[self.name](self.scene.primary, self.schema, self.alter)

    def finish(self):
        if self.name == 'gh-ost' and self.tool.code is None:
            # The copy is over at once: longer, or there is nothing to kill unghost in.
            time.sleep(max(0, self.began + 2.5 - time.monotonic()))
            self.tool.postpone_flag.unlink()
        try:
            self.tool.wait(60)
        except testbed.Failure:
            pass  # killed: as refused
        time.sleep(0.3)
        self.writers.stop()

    def judge(self, found):
        """found: unghost's migrations."""
        found = [m for m in found if m['original']['schema'] == self.schema]
        last = found[-1] if found else None
        if last:
            self.reason, self.served = last['verdict']['reason'], last['served']
        if self.tool.code != 0:
            self.outcome = 'refused'
            self.reason = ' '.join(testbed.tail(self.tool.log_file, 12).split())[-700:]
        elif last:
            self.outcome = {'fold': 'folded', 'pass': 'passed'}[last['verdict']['outcome']]
        else:
            self.outcome = 'passed'  # over before anything was to be judged

    def compare(self):
        ignore = [] if self.outcome != 'refused' else [f'{self.schema}._*', f'{self.schema}.pt_osc_*']
        self.differences = testbed.compare(self.scene.primary, self.scene.replica, schemas=[self.schema], ignore=ignore)

    def show(self, more=''):
        told = [f'{word}: {text}' for word, text in (
            ('CREATE', self.create), ('ALTER', self.alter), ('served', self.served), ('reason', self.reason), ('', more))
            if text.strip()] + self.differences
        seconds = f' ({time.monotonic() - self.began:.0f} s)' if self.tool else ''
        print(f'      {"DIFFERENT" if self.differences else self.outcome or "?"}{seconds}: case {self.number} of seed {SEED}, {self.name}, '
              f'{self.scene.primary.version}\n        ' + '\n        '.join(told), flush=True)


class Runs:
    """Batches of cases on one pair of servers after another."""

    def __init__(self, folder, version):
        self.folder, self.version = folder, version
        self.scene = None
        self.counts = collections.Counter()
        self.stops = collections.Counter()
        self.finds = []
        self.scenes = 0

    def go(self):
        print(f'      UNGHOST_SEED={SEED}', flush=True)
        end = time.monotonic() + MINUTES * 60
        chosen = [int(one) for one in os.environ.get('UNGHOST_CASE', '').split(',') if one]
        number = 0
        while number < RUNS and time.monotonic() < end:
            dice = random.Random(f'{SEED} batch {number}')
            losing, spoiling, killing = (dice.random() < chance for chance in (0.12, 0.1, 0.25))
            numbers = range(number, number := min(number + TOGETHER, RUNS))
            numbers = [one for one in numbers if not chosen or one in chosen]
            if numbers:
                self.batch(numbers, losing, spoiling, dice if killing else None)
        self.end_scene()
        words = ('runs', 'folded', 'passed', 'stopped', 'refused', 'silent differences')
        print('      ' + ', '.join(f'{self.counts[word]} {word}' for word in words) + f' (seed {SEED}, {self.version})')
        print('      stops: ' + (', '.join(f'{n} {word}' for word, n in self.stops.items()) or 'none'), flush=True)
        check(self.counts['folded'], 'nothing folded')
        check(not self.finds, f'{len(self.finds)} finds: ' + '; '.join(self.finds))

    def end_scene(self):
        if self.scene:
            self.scene.end()
        self.scene = None

    def batch(self, numbers, losing, spoiling, kills):
        """kills: the dice for when unghost is killed; None: it is not."""
        if self.scene is None:
            self.scenes += 1
            self.scene = Scene(self.folder / str(self.scenes), self.version)
        cases = [Case(number, self.scene, losing, spoiling) for number in numbers]
        try:
            for case in cases:
                case.make()
            testbed.wait_caught_up(self.scene.primary, self.scene.replica)
            self.run(cases, kills)
            self.look(cases)
        except (testbed.Failure, pymysql.err.Error) as failure:
            self.find(f'cases {numbers[0]} to {numbers[-1]}', str(failure))
            for case in cases:
                if case.schema in str(failure) or 'random' not in str(failure):
                    case.show(str(failure))
            self.end_scene()

    def run(self, cases, kills):
        for case in cases:
            case.start()
        if kills:
            for _ in range(kills.choice((1, 2))):
                time.sleep(0.5 + 3 * kills.random())
                check(self.scene.unghost.process.poll() is None, 'unghost ended')
                self.scene.unghost.kill9()
                self.scene.unghost.start()
        for case in cases:
            case.finish()
        check(self.scene.unghost.process.poll() is None, 'unghost ended')

    def look(self, cases):
        self.counts['runs'] += len(cases)
        self.scene.caught_up_or_stopped(90)
        found = json.loads(self.scene.unghost.command('migrations', '--json'))
        for case in cases:
            case.judge(found)
        if self.scene.stop():
            self.stopped(cases)
            return
        testbed.wait_caught_up(self.scene.primary, self.scene.replica, timeout=60)
        for case in cases:
            case.compare()
            self.counts[case.outcome] += 1
            if case.differences:
                self.counts['silent differences'] += case.outcome == 'folded'
                self.find(f'case {case.number}', 'folded, not equal' if case.outcome == 'folded' else 'not equal')
                case.show()
            elif os.environ.get('UNGHOST_VERBOSE'):
                case.show()
        hidden = self.scene.unghost.status()['hidden']
        check(not [one for case in cases if case.tool.code == 0 for one in hidden if one.startswith(case.schema + '.')],
              f'still hidden: {hidden}')
        if any(case.differences for case in cases):
            self.end_scene()
            return
        for case in cases:
            self.scene.primary.sql(f'DROP DATABASE {case.schema}')

    def stopped(self, cases):
        stop = self.scene.unghost.status()['stop']
        self.counts['stopped'] += len(cases)
        self.stops[stop['reason']] += 1
        if stop['reason'] not in STOPS or os.environ.get('UNGHOST_VERBOSE'):
            for case in cases:
                if case.schema + '.' in stop['text']:
                    case.show(f'{stop["reason"]}: {stop["text"]}')
        if stop['reason'] not in STOPS:
            self.find(f'cases {cases[0].number} to {cases[-1].number}', f'{stop["reason"]}: {stop["text"]}')
        errors = testbed.replica_errors(self.scene.replica)
        self.end_scene()
        check(not errors, f'the replica stopped: {errors}')

    def find(self, where, what):
        self.finds.append(f'{where}: {what[:300]}')
        print(f'      FIND {where}: {what[:600]}', flush=True)


def test_random_alters_on_9_7(folder):
    Runs(folder, '9.7').go()


def test_random_alters_on_8_0(folder):
    Runs(folder, '8.0').go()


test_random_alters_on_9_7.timeout = test_random_alters_on_8_0.timeout = 7000
