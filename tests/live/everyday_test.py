"""The ALTERs people run every day, with both tools: what folds, what passes, and that the replica is equal all the same.

everyday/alters.tsv holds them, with what becomes of each. Every run has tables of its own (everyday/tables.sql, with
the edge values of everyday/rows.sql) and two writers on them. UNGHOST_SCENARIO=index,json picks some by their names.
A table of all runs is written to build/log/everyday-TOOL-SERVER.tsv.
"""

import contextlib
import csv
import functools
import os
import random
from typing import NamedTuple

import pymysql

import everyday_shop
import migration_runs
import testbed
from scene import Scene
from testbed import check

BERLIN = {'TZ': 'Europe/Berlin'}
UTC = {'TZ': 'UTC0'}


class Everyday(NamedTuple):
    name: str
    table: str
    alter: str
    kind: str
    expected: dict  # by tool: 'fold', 'pass', 'refused' (the tool or the server does not do it), 'stopped'


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


class Run(migration_runs.Run):
    def __init__(self, scene, schema, tool, alter):
        expected = alter.expected[tool]
        super().__init__(scene, alter.name, alter.table, alter.alter, tool, expected, schema, alter.kind)

    def make(self):
        primary = self.scene.primary
        self.edges = everyday_shop.make_tables(primary, self.schema, self.table)
        if self.scene.summer_time and self.expected == 'fold' and has_timestamps(primary, self.schema, self.table):
            self.expected = 'pass'  # the tool's copy goes through local time

    def writers(self):
        return everyday_shop.writers(self.scene.primary, self.schema, self.table, self.edges,
                                     wide=self.kind.startswith('S'))

    def migrate(self, writers):
        tool = TOOLS[self.tool](self.scene.primary, self.schema, self.table, self.alter).wait(120)
        if tool.code == 0 and not self.inserts_fail():
            writers.wait_for(3)
        return tool

    def inserts_fail(self):
        """The new definition refuses what the writers insert."""
        try:
            with contextlib.closing(self.scene.primary.connect(database=self.schema, autocommit=False)) as connection, \
                    connection.cursor() as cursor:
                row = everyday_shop.row_of(self.table, 10**6, random.Random(1), wide=False)
                cursor.execute(everyday_shop.insert_text(self.table, row), tuple(row.values()))
        except pymysql.err.Error:
            return True
        return False


def run_all(folder, tool, version, alters, summer_time=False):
    def make_scene(scene_folder):
        options = {'environment': BERLIN, 'replica_options': {'environment': UTC}} if summer_time else {}
        scene = Scene(scene_folder, version, **options)
        scene.summer_time = summer_time
        return scene
    migration_runs.run_all(folder, f'everyday-{tool}-{version}{"-berlin" * summer_time}.tsv', make_scene,
                           [functools.partial(Run, tool=tool, alter=alter) for alter in alters])


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
