"""Migrations one after another, each of a table of its own with writers on it: what becomes of each was written before.

A suite has a Run (what it makes, who writes, which tool runs) and calls run_all() with one function for each run. After
each the tables are compared, then dropped, and unghost must hide nothing of them any more.
"""

import csv
import json
import random
import threading
import time

import pymysql

import testbed
from testbed import check, wait_until

FIELDS = ('name', 'table', 'tool', 'server', 'expected', 'got', 'equal', 'class', 'cost', 'seconds', 'reason', 'alter')
STOP = 'stopped'


class Writers:
    """Two threads that change rows until stop().

    statement(cursor, dice, own, n) runs one statement; own: what the thread keeps of the rows it has made; n is never twice
    the same. What they meet in a schema change (a column that is gone, one that wants a value, a lock wait) undoes a
    transaction and no more.
    """
    EXPECTED = frozenset((1054, 1205, 1213, 1364, 1412))

    def __init__(self, server, schema, statement, rate=20, expected=(), session=None):
        self.server, self.schema, self.statement, self.rate, self.session = server, schema, statement, rate, session
        self.expected = self.EXPECTED.union(expected)
        self.committed = [0, 0]
        self.errors = []
        self._stopping = threading.Event()
        self._threads = [threading.Thread(target=self._write, args=(n,), daemon=True) for n in range(2)]
        for thread in self._threads:
            thread.start()

    def wait_for(self, more):
        goals = [n + more for n in self.committed]
        wait_until(f'both writers commit {more} transactions more', lambda: self.errors or all(
            n >= goal for n, goal in zip(self.committed, goals)), 30)

    def stop(self):
        """Ends them; the errors nobody expects, in words."""
        self._stopping.set()
        for thread in self._threads:
            thread.join(60)
        return self.errors

    def _write(self, number):
        dice = random.Random(f'{self.schema} {number}')
        connection = self.server.connect(database=self.schema, autocommit=False, init_command=self.session)
        own, n = [], 2000 + number
        while not self._stopping.is_set():
            time.sleep(dice.random() * 2 / self.rate)
            kept = list(own)
            try:
                with connection.cursor() as cursor:
                    for _ in range(dice.choice((1, 1, 3))):
                        n += 2
                        self.statement(cursor, dice, kept, n)
                connection.commit()
                own = kept
                self.committed[number] += 1
            except pymysql.err.Error as error:
                connection.rollback()
                if error.args[0] not in self.expected:
                    self.errors.append(str(error))
        connection.close()


class Run:
    """One ALTER by one tool: what was expected, and what was found. Subclasses say how."""

    def __init__(self, scene, name, table, alter, tool, expected, schema, kind=''):
        self.scene, self.name, self.table, self.alter, self.tool = scene, name, table, alter, tool
        self.expected, self.schema, self.kind = expected, schema, kind
        self.differences = []  # of the tables, or what keeps the replica from having them
        self.trouble = []      # else
        self.got = self.reason = self.cost = ''
        self.began = time.monotonic()

    def make(self):
        """The schema, its tables, rows."""

    def writers(self):
        """Those who write from now on."""

    def migrate(self, writers):
        """The tool, at its end."""

    def go(self):
        self.make()
        self.scene.caught_up_or_stopped()
        writers = self.writers()
        try:
            writers.wait_for(3)
            tool = self.migrate(writers)
        finally:
            errors = writers.stop()
        self.judge(tool)
        if tool.code == 0 and errors:
            self.trouble.append(f'the writers met {sorted(set(errors))[:3]}')
        self.compare(whole=tool.code == 0)

    def judge(self, tool):
        self.scene.caught_up_or_stopped()
        found = [m for m in json.loads(self.scene.unghost.command('migrations', '--json'))
                 if m['original']['schema'] == self.schema]
        if found:
            verdict = found[-1]['verdict']
            self.reason, self.cost = verdict['reason'], verdict['cost'] or ''
        if tool.code != 0:
            self.got = 'refused'
            self.reason = self.last_words(tool) + (f' [{found[-1]["verdict"]["outcome"]}: {self.reason}]' if found else '')
        elif self.scene.stop():
            self.got = STOP
            self.reason = self.scene.unghost.status()['stop']['text']
        else:
            self.got = self.outcome(tool, found)

    def outcome(self, tool, found):
        """Of a tool that succeeded. found: unghost's migrations of this table."""
        if not found:
            return 'unseen'
        got = found[-1]['verdict']['outcome']
        if len(found) > 1 or (got == 'fold' and found[-1]['state'] != 'cut over'):
            self.trouble.append(f'{len(found)} migrations, {found[-1]["state"]}, {found[-1]["disturbed_by"]}')
        return got

    @staticmethod
    def last_words(tool):
        lines = [line.strip() for line in tool.output.splitlines()]
        told = [line for line in lines if line.startswith(('Message: ', 'Error ')) or ' FATAL ' in line] or lines
        return told[-1][:300]

    def compare(self, whole):
        """Also that nothing is left of the run once its tables are dropped."""
        primary, replica = self.scene.primary, self.scene.replica
        if self.got == STOP:
            return
        try:
            testbed.wait_caught_up(primary, replica, timeout=60)
            self.differences = testbed.compare(primary, replica, schemas=[self.schema],
                                               ignore=[] if whole else [f'{self.schema}._*', f'{self.schema}.pt_osc_*'])
            primary.sql(f'DROP DATABASE {self.schema}')
            testbed.wait_caught_up(primary, replica, timeout=60)
        except testbed.Failure as failure:
            self.differences.append(str(failure))
        hidden = [name for name in self.scene.unghost.status()['hidden'] if name.startswith(self.schema + '.')]
        if hidden:
            self.trouble.append(f'still hidden: {hidden}')

    @property
    def good(self):
        return self.got == self.expected and not self.differences and not self.trouble

    @property
    def servers_are_usable(self):
        return not self.differences and self.got != STOP and not self.trouble

    def row(self):
        words = ' '.join([self.reason, *self.trouble, *self.differences])
        return {'name': self.name, 'table': self.table, 'tool': self.tool,
                'server': self.scene.primary.version, 'expected': self.expected, 'got': self.got,
                'equal': 'no' if self.differences else '' if self.got == STOP else 'yes', 'class': self.kind,
                'cost': self.cost, 'seconds': f'{time.monotonic() - self.began:.1f}',
                'reason': ' '.join(words.split()), 'alter': self.alter}


def show(run):
    row = run.row()
    print(f'      {"ok  " if run.good else "FAIL"}  {row["name"]}, {row["tool"]}, {row["server"]}: {row["got"]}'
          + (f', not {row["expected"]}' if row['got'] != row['expected'] else '')
          + {'yes': ', equal', 'no': ', DIFFERENT', '': ''}[row['equal']] + f' ({row["seconds"]} s): {row["reason"][:700]}',
          flush=True)


def counted(runs):
    """(how many the tool went through with, how many of them folded, their share in percent)"""
    accepted = [run for run in runs if run.got not in ('refused', 'instant')]
    folded = [run for run in accepted if run.got == 'fold']
    return len(accepted), len(folded), 100 * len(folded) / len(accepted) if accepted else 0


def totals(runs):
    accepted, folded, share = counted(runs)
    return (f'{len(runs)} runs, {accepted} accepted by the tool, {folded} of them folded ({share:.1f} %), '
            f'{sum(bool(run.differences) for run in runs)} with differences')


def run_one(run):
    try:
        run.go()
    except (testbed.Failure, pymysql.err.Error) as failure:
        run.trouble.append(str(failure))
    show(run)
    return run


def run_all(folder, log_name, make_scene, make_runs):
    """make_scene(folder): new servers, at the beginning and after what went wrong. make_runs: functions of (scene, schema).

    A table of all runs is written to build/log/LOG_NAME. Returns the runs.
    """
    scene, runs = None, []
    log = testbed.ROOT / 'build' / 'log'
    log.mkdir(parents=True, exist_ok=True)
    with open(log / log_name, 'w', newline='') as file:
        table = csv.DictWriter(file, FIELDS, delimiter='\t', quoting=csv.QUOTE_NONE, quotechar=None)
        table.writeheader()
        for number, make_run in enumerate(make_runs):
            scene = scene or make_scene(folder / str(number))
            run = run_one(make_run(scene, f'day{number}'))
            runs.append(run)
            table.writerow(run.row())
            file.flush()
            if not run.servers_are_usable:
                scene.end()
                scene = None
    print('      ' + totals(runs), flush=True)
    bad = [run for run in runs if not run.good]
    check(not bad, f'{len(bad)} of {len(runs)} runs are not as they should be: ' + '; '.join(r.name for r in bad))
    return runs
