"""The ALTERs people run every day, with both tools: what folds, what passes, and that the replica is equal all the same.

everyday/alters.tsv holds them, with what becomes of each. Every run has tables of its own (everyday/tables.sql, with
the edge values of everyday/rows.sql) and two writers on them. UNGHOST_SCENARIO=index,json picks some by their names.
A table of all runs is written to build/log/everyday-TOOL-SERVER.tsv.
"""

import contextlib
import csv
import itertools
import json
import os
import random
import time
from typing import NamedTuple

import pymysql

import everyday_shop
import testbed
from scene import Scene
from testbed import check

BERLIN = {'TZ': 'Europe/Berlin'}
UTC = {'TZ': 'UTC0'}
FIELDS = ('name', 'table', 'tool', 'server', 'expected', 'got', 'equal', 'class', 'cost', 'seconds', 'reason', 'alter')
STOP = 'stopped'


class Everyday(NamedTuple):
    name: str
    table: str
    alter: str
    kind: str
    expected: dict  # by tool: 'fold', 'pass', 'refused' (the tool or the server does not do it), STOP


def everyday_alters():
    with open(everyday_shop.HERE / 'alters.tsv', newline='') as file:
        lines = (line for line in file if not line.startswith('#'))
        rows = list(csv.DictReader(lines, delimiter='\t', quoting=csv.QUOTE_NONE))
    words = os.environ.get('UNGHOST_SCENARIO', '').split(',')
    chosen = [Everyday(row['name'], row['table'], row['alter'], row['class'], {tool: row[tool] for tool in TOOLS})
              for row in rows if any(word in row['name'] for word in words)]
    check(chosen, f'no ALTER is called {" or ".join(words)}')
    return chosen


def gh_ost(server, schema, table, alter):
    # Fewer retries than seconds of its lock timeout, and it gives up a RENAME that then goes through all the same.
    return testbed.gh_ost(server, '1.1.8', schema, table, alter, wait=False, default_retries=20,
                          approve_renamed_columns=True)


def pt_osc(server, schema, table, alter):
    # In a few steps with pauses: a copy that is over before the source has told the definition passes.
    flags = {'no_check_alter': True, 'no_check_unique_key_change': True, 'chunk_time': '0', 'chunk_size': 50,
             'sleep': '0.3'}
    if table == 'customers':
        flags['alter_foreign_keys_method'] = 'rebuild_constraints'
    return testbed.pt_osc(server, '3.7.1', schema, table, alter, wait=False, **flags)


TOOLS = {'gh-ost': gh_ost, 'pt-osc': pt_osc}


def has_timestamps(server, schema, table):
    return server.sql('SELECT 1 FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = %s AND TABLE_NAME = %s '
                      "AND DATA_TYPE = 'timestamp'", (schema, table))


class Run:
    """One ALTER by one tool: what was expected, and what was found."""

    def __init__(self, scene, tool, alter, schema):
        self.scene, self.tool, self.alter, self.schema = scene, tool, alter, schema
        self.expected = alter.expected[tool]
        self.differences = []  # of the tables, or what keeps the replica from having them
        self.trouble = []      # else
        self.got = self.reason = self.cost = ''
        self.began = time.monotonic()

    def go(self):
        primary = self.scene.primary
        edges = everyday_shop.make_tables(primary, self.schema, self.alter.table)
        if self.scene.summer_time and self.expected == 'fold' and has_timestamps(primary, self.schema, self.alter.table):
            self.expected = 'pass'  # the tool's copy goes through local time
        self.scene.caught_up_or_stopped()
        writers = everyday_shop.Writers(primary, self.schema, self.alter.table, edges,
                                         wide=self.alter.kind.startswith('S'))
        try:
            writers.wait_for(3)
            tool = TOOLS[self.tool](primary, self.schema, self.alter.table, self.alter.alter).wait(120)
            if tool.code == 0 and not self.inserts_fail():
                writers.wait_for(3)
        finally:
            errors = writers.stop()
        self.judge(tool)
        if tool.code == 0 and errors:
            self.trouble.append(f'the writers met {sorted(set(errors))[:3]}')
        self.compare(whole=tool.code == 0)

    def inserts_fail(self):
        """The new definition refuses what the writers insert."""
        try:
            with contextlib.closing(self.scene.primary.connect(database=self.schema, autocommit=False)) as connection, \
                    connection.cursor() as cursor:
                row = everyday_shop.row_of(self.alter.table, 10**6, random.Random(1), wide=False)
                cursor.execute(everyday_shop.insert_text(self.alter.table, row), tuple(row.values()))
        except pymysql.err.Error:
            return True
        return False

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
            self.got = found[-1]['verdict']['outcome'] if found else 'unseen'
            if len(found) > 1 or (self.got == 'fold' and found[-1]['state'] != 'cut over'):
                self.trouble.append(f'{len(found)} migrations, {found[-1]["state"]}, {found[-1]["disturbed_by"]}')

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
        hidden = [name for name in self.scene.unghost.status()['hidden'] if name.startswith(self.schema)]
        if hidden:
            self.trouble.append(f'still hidden: {hidden}')

    @property
    def good(self):
        return self.got == self.expected and not self.differences and not self.trouble

    @property
    def servers_are_usable(self):
        return not self.differences and self.got != STOP

    def row(self):
        words = ' '.join([self.reason, *self.trouble, *self.differences])
        return {'name': self.alter.name, 'table': self.alter.table, 'tool': self.tool,
                'server': self.scene.primary.version, 'expected': self.expected, 'got': self.got,
                'equal': 'no' if self.differences else '' if self.got == STOP else 'yes', 'class': self.alter.kind,
                'cost': self.cost, 'seconds': f'{time.monotonic() - self.began:.1f}',
                'reason': ' '.join(words.split()), 'alter': self.alter.alter}


def show(run):
    row = run.row()
    print(f'      {"ok  " if run.good else "FAIL"}  {row["name"]}, {row["tool"]}, {row["server"]}: {row["got"]}'
          + (f', not {row["expected"]}' if row['got'] != row['expected'] else '')
          + {'yes': ', equal', 'no': ', DIFFERENT', '': ''}[row['equal']] + f' ({row["seconds"]} s): {row["reason"][:700]}',
          flush=True)


def totals(runs):
    accepted = [run for run in runs if run.got != 'refused']
    folded = [run for run in accepted if run.got == 'fold']
    share = 100 * len(folded) / len(accepted) if accepted else 0
    return (f'{len(runs)} runs, {len(accepted)} accepted by the tool, {len(folded)} of them folded ({share:.1f} %), '
            f'{sum(bool(run.differences) for run in runs)} with differences')


def run_one(scene, tool, alter, number):
    run = Run(scene, tool, alter, f'day{number}')
    try:
        run.go()
    except testbed.Failure as failure:
        run.trouble.append(str(failure))
    show(run)
    return run


def run_all(folder, tool, version, alters, summer_time=False):
    scene, runs = None, []
    numbers = itertools.count(1)
    name = f'everyday-{tool}-{version}{"-berlin" * summer_time}.tsv'
    log = testbed.ROOT / 'build' / 'log'
    log.mkdir(parents=True, exist_ok=True)
    with open(log / name, 'w', newline='') as file:
        table = csv.DictWriter(file, FIELDS, delimiter='\t', quoting=csv.QUOTE_NONE, quotechar=None)
        table.writeheader()
        for alter in alters:
            if scene is None:
                options = {'environment': BERLIN, 'replica_options': {'environment': UTC}} if summer_time else {}
                scene = Scene(folder / str(next(numbers)), version, **options)
                scene.summer_time = summer_time
            run = run_one(scene, tool, alter, next(numbers))
            runs.append(run)
            table.writerow(run.row())
            file.flush()
            if not run.servers_are_usable or run.trouble:
                scene.end()
                scene = None
    print('      ' + totals(runs), flush=True)
    bad = [run for run in runs if not run.good]
    check(not bad, f'{len(bad)} of {len(runs)} runs are not as they should be: ' + '; '.join(r.alter.name for r in bad))


def test_gh_ost_on_9_7(folder):
    run_all(folder, 'gh-ost', '9.7', everyday_alters())


def test_gh_ost_on_8_0(folder):
    run_all(folder, 'gh-ost', '8.0', everyday_alters())


def test_pt_osc_on_9_7(folder):
    run_all(folder, 'pt-osc', '9.7', everyday_alters())


def test_pt_osc_on_8_0(folder):
    run_all(folder, 'pt-osc', '8.0', everyday_alters())


def in_berlin(folder, tool, version):
    """The source has summer time, its replica has none: whatever has to do with time."""
    def about_time(alter):
        return alter.table == 'legacy' or 'timestamp' in alter.alter or 'updated_at' in alter.alter
    run_all(folder, tool, version, [alter for alter in everyday_alters() if about_time(alter)], summer_time=True)


def test_gh_ost_in_berlin_on_9_7(folder):
    in_berlin(folder, 'gh-ost', '9.7')


def test_gh_ost_in_berlin_on_8_0(folder):
    in_berlin(folder, 'gh-ost', '8.0')


def test_pt_osc_in_berlin_on_9_7(folder):
    in_berlin(folder, 'pt-osc', '9.7')


def test_pt_osc_in_berlin_on_8_0(folder):
    in_berlin(folder, 'pt-osc', '8.0')


for _name, _test in list(globals().items()):
    if _name.startswith('test_'):
        _test.timeout = 5400
