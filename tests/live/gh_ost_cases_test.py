"""gh-ost 1.1.8 through the shapes of its own test cases (gh_ost_cases.py), behind unghost a replica with 8 workers.

Each case has a table of its own, and two writers on it from before the copy until after the cut-over. What folds, what passes,
what gh-ost refuses is written there. At the end stands the share that folded of what gh-ost went through with. UNGHOST_SCENARIO=enum,tz
picks some by their names; a table of all runs is written to build/log/gh_ost_cases-SERVER.tsv.
"""

import contextlib
import functools
import os
import random
import re

import migration_runs
import testbed
from gh_ost_cases import CASES, LENIENT
from scene import Scene
from testbed import check, wait_until

FILLER = 300  # rows: a copy that is over before the source has told the definition passes
UTC = {'TZ': 'UTC0'}
SHARE = 85  # percent


def filled(text, n, dice):
    return text.replace('<n>', str(n)).replace('<r>', str(dice.randrange(1000)))


def one_of(values, n, dice):
    """SQL of a value."""
    return filled(values if isinstance(values, str) else dice.choice(values), n, dice)


class Statements:
    """What a writer does: it inserts, updates and deletes rows of its own, and now and then what the case adds."""

    def __init__(self, case, table):
        self.case, self.table = case, table
        self.changed = case.update or {column: value for column, value in case.row.items() if column not in case.key}

    def insert(self, n, dice):
        """Statement, and a condition that holds for its row; of AUTO_INCREMENT the condition is not known."""
        row = {column: one_of(value, n, dice) for column, value in self.case.row.items()}
        text = f'INSERT INTO {self.table} ({", ".join(row)}) VALUES ({", ".join(row.values())})'
        return text, ' AND '.join(f'{column} = {row[column]}' for column in self.case.key)

    def __call__(self, cursor, dice, own, n):
        kind = dice.choice('iiuudaa' if self.case.also else 'iiuud')
        if kind == 'a':
            cursor.execute(filled(dice.choice(self.case.also), n, dice))
        elif kind == 'u' and own:
            columns = dice.sample(list(self.changed), dice.choice((1, len(self.changed))))
            changes = ', '.join(f'{column} = {one_of(self.changed[column], n, dice)}' for column in columns)
            cursor.execute(f'UPDATE {self.table} SET {changes} WHERE {dice.choice(own)}')
        elif kind == 'd' and own:
            cursor.execute(f'DELETE FROM {self.table} WHERE {own.pop(dice.randrange(len(own)))}')
        else:
            text, condition = self.insert(n, dice)
            cursor.execute(text)
            own.append(condition or f'id = {cursor.lastrowid}')


class Run(migration_runs.Run):
    def __init__(self, scene, schema, case):
        table = re.findall(r'CREATE TABLE (\w+)', case.create)
        # With a parent or a child: the table that the rows are of.
        table = next((one for one in table if re.search(rf'CREATE TABLE {one} \([^;]*\b{next(iter(case.row))}\b', case.create)))
        super().__init__(scene, case.name, table, case.alter, 'gh-ost', case.expected, schema)
        self.case = case

    def make(self):
        statements = Statements(self.case, self.table)
        dice = random.Random(self.schema)
        self.scene.primary.sql(f'CREATE DATABASE {self.schema} CHARACTER SET utf8mb4')
        with contextlib.closing(self.scene.primary.root(database=self.schema)) as connection, connection.cursor() as cursor:
            cursor.execute(f"SET sql_mode = '{LENIENT}', time_zone = '+00:00'")
            for statement in self.case.create.split('; '):
                cursor.execute(statement)
            cursor.execute('BEGIN')
            for n in range(FILLER):
                cursor.execute(statements.insert(1000 + n, dice)[0])
            cursor.execute('COMMIT')
            for statement in self.case.first:
                cursor.execute(statement)
        self.scene.primary.sql(f'ANALYZE NO_WRITE_TO_BINLOG TABLE {self.schema}.{self.table}')

    def writers(self):
        return migration_runs.Writers(self.scene.primary, self.schema, Statements(self.case, self.table),
                                      expected=self.case.errors, session=self.case.session)

    @contextlib.contextmanager
    def surroundings(self):
        primary, case = self.scene.primary, self.case
        mode = primary.value('SELECT @@global.sql_mode')
        for statement in case.before:
            primary.sql(statement)
        if case.sql_mode is not None:
            primary.sql('SET GLOBAL sql_mode = %s', (case.sql_mode,))
        try:
            yield
        finally:
            primary.sql('SET GLOBAL sql_mode = %s', (mode,))
            for statement in case.after:
                primary.sql(statement)

    def migrate(self, writers):
        with self.surroundings():
            # Fewer retries than seconds of its lock timeout, and it gives up a RENAME that then goes through all the same.
            tool = testbed.gh_ost(self.scene.primary, '1.1.8', self.schema, self.table, self.alter, wait=False, postpone=True,
                                  **{'default_retries': 20, 'chunk_size': 50, **self.case.flags})
            wait_until('gh-ost has copied all rows, or has ended', lambda: tool.code is not None
                       or 'State: postponing cut-over' in tool.output, 60)
            if tool.code is None:
                writers.wait_for(5)
                tool.postpone_flag.unlink()
            return tool.wait(120)

    def outcome(self, tool, found):
        # The source altered the table itself, and the copy was not needed.
        if 'migrated instantly' in tool.output.lower() or 'instant' in self.expected and not found:
            return 'instant'
        return super().outcome(tool, found)

    def compare(self, whole):
        # Of an instant ALTER gh-ost leaves its copy behind.
        super().compare(whole and self.got != 'instant')


def cases_on(version):
    words = os.environ.get('UNGHOST_SCENARIO', '').split(',')
    chosen = [case for case in CASES if version in case.servers and any(word in case.name for word in words)]
    check(chosen, f'no case of {version} is called {" or ".join(words)}')
    return chosen


def run_all(folder, version):
    def make_scene(scene_folder):
        return Scene(scene_folder, version, workers=8, environment=UTC)
    runs = migration_runs.run_all(folder, f'gh_ost_cases-{version}.tsv', make_scene,
                                  [functools.partial(Run, case=case) for case in cases_on(version)])
    unspoilt = [run for run in runs if not run.case.spoilt]
    accepted, folded, share = migration_runs.counted(unspoilt)
    print(f'      of {accepted} whose rows gh-ost does not spoil {folded} folded ({share:.1f} %)', flush=True)
    check(share >= SHARE or os.environ.get('UNGHOST_SCENARIO'), f'{share:.1f} % folded, not {SHARE}')


def test_gh_ost_cases_on_9_7(folder):
    run_all(folder, '9.7')


def test_gh_ost_cases_on_8_0(folder):
    run_all(folder, '8.0')


def test_gh_ost_cases_on_5_7(folder):
    run_all(folder, '5.7')


for _name, _test in list(globals().items()):
    if _name.startswith('test_'):
        _test.timeout = 5400
