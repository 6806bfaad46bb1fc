"""What unghost remembers of the source's tables: verdicts without a question, also of what ran while it was down."""

import os
import sqlite3
import time

import testbed
from scene import SCHEMA, Scene
from testbed import check

ADD = 'ADD COLUMN added int NOT NULL DEFAULT 7'
AGAIN = 'ADD COLUMN again int NOT NULL DEFAULT 8'


def gh_ost(scene, table, alter=ADD, **flags):
    return testbed.gh_ost(scene.primary, '1.1.8', SCHEMA, table, alter, wait=False, **flags).succeed(120)


def pt_osc(scene, table, alter=ADD, **flags):
    return testbed.pt_osc(scene.primary, '3.7.1', SCHEMA, table, alter, wait=False, **flags).succeed(120)


def numbers(scene):
    seen = scene.unghost.metrics()
    return {name: int(seen[f'unghost_{name}']) for name in (
        'remembered_tables', 'remembered_answers_total', 'facts_questions_total', 'remembered_asked_total')}


def wait_remembered(scene, *tables, timeout=60):
    """All of these tables are remembered, as they are now."""
    def all_there():
        known = remembered(scene)
        return all(f'{SCHEMA}.{table}' in known for table in tables)
    testbed.wait_until(f'{len(tables)} tables are remembered', all_there, timeout)


def remembered(scene):
    with sqlite3.connect(f'file:{scene.unghost.folder}/data/ledger?mode=ro', uri=True) as ledger:
        return {f'{schema}.{table}' for schema, table in ledger.execute(
            'SELECT schema_name, table_name FROM remembered_tables')}


def test_a_verdict_asks_nothing_and_what_the_log_changes_is_asked_again(folder):
    scene = Scene(folder, '9.7')
    for table in ('orders', 'items'):
        scene.table(table)
    wait_remembered(scene, 'orders', 'items')
    before = numbers(scene)
    mark = scene.mark()
    gh_ost(scene, 'orders')
    pt_osc(scene, 'items')
    scene.equal()
    for table in ('orders', 'items'):
        scene.expect(mark, table, 'folding')
    after = numbers(scene)
    print(f'      before {before}, after {after}', flush=True)
    check(after['facts_questions_total'] == before['facts_questions_total'], 'a verdict asked the source')
    check(after['remembered_answers_total'] == before['remembered_answers_total'] + 2, 'not answered from memory')
    # Both were changed, and are asked for again.
    wait_remembered(scene, 'orders', 'items')
    scene.primary.sql(f'CREATE TABLE {SCHEMA}.other LIKE {SCHEMA}.orders')
    wait_remembered(scene, 'other')
    scene.primary.sql(f'DROP TABLE {SCHEMA}.other')
    testbed.wait_until('a dropped table is forgotten', lambda: f'{SCHEMA}.other' not in remembered(scene))
    gh_ost(scene, 'orders', AGAIN)
    scene.equal()
    check(numbers(scene)['facts_questions_total'] == before['facts_questions_total'], 'the second run asked')


def runs_while_down(scene, gh_ost_tables, pt_osc_tables, twice, load_megabytes=0):
    """Migrations of tables that are remembered, while unghost does not run; twice: some of them once more."""
    tables = [*gh_ost_tables, *pt_osc_tables]
    for table in tables:
        scene.table(table, rows=200)
    wait_remembered(scene, *tables)
    time.sleep(1.5)  # a checkpoint
    scene.unghost.stop()
    writer = scene.writer(*tables)
    if load_megabytes:
        scene.primary.sql(f'CREATE TABLE {SCHEMA}.bulk (id int AUTO_INCREMENT PRIMARY KEY, text mediumblob)')
        for _ in range(load_megabytes // 10):
            scene.primary.sql(f"INSERT INTO {SCHEMA}.bulk (text) VALUES (REPEAT('x', 10000000))")
    for table in gh_ost_tables:
        gh_ost(scene, table)
    for table in pt_osc_tables:
        pt_osc(scene, table)
    for table in twice:
        (gh_ost if table in gh_ost_tables else pt_osc)(scene, table, AGAIN)
    writer.stop()
    mark = scene.mark()
    scene.unghost.start()
    scene.equal(timeout=120)
    after = numbers(scene)
    print(f'      {len(tables)} tables, {len(twice)} of them twice: {after}', flush=True)
    check(after['remembered_answers_total'] == len(tables), 'not every first run was judged from memory')
    check(after['facts_questions_total'] == len(twice), 'only second runs may ask')
    for table in tables:
        # The source shows a table that the second run has changed already.
        scene.expect(mark, table, *(('folding', 'passing') if table in twice else ('folding',)))


def names(word, count):
    return [f'{word}{number}' for number in range(count)]


def test_what_ran_while_unghost_was_down_folds(folder):
    scene = Scene(folder, '9.7')
    runs = int(os.environ.get('UNGHOST_RUNS', '4'))
    runs_while_down(scene, names('g', runs), names('p', runs), ['g0', 'p0'])


def test_the_same_a_hundred_megabytes_later(folder):
    scene = Scene(folder, '9.7')
    runs_while_down(scene, names('g', 2), names('p', 2), ['g1'], load_megabytes=100)


def late_folds(folder, version, config):
    scene = Scene(folder / version, version, config=config)
    for table in ('orders', 'items'):
        scene.table(table, rows=2000)
    wait_remembered(scene, 'orders', 'items')
    mark = scene.mark()
    with_writer = scene.writer('orders', 'items')
    for table in ('orders', 'items'):
        gh_ost(scene, table)
    with_writer.stop()
    scene.equal()
    late = scene.unghost.log()[mark:].count("it is made at the tool's ALTER")
    drops = sum(file.read_bytes().count(b'_gho`,`shop`.`_') for file in scene.clean_files())
    print(f'      {version}: {late} of 2 waits ran out, {drops} DROPs in the place of an ALTER', flush=True)
    check(late == drops, 'a late verdict without its DROP')
    for table in ('orders', 'items'):
        scene.expect(mark, table, 'folding')
        check(not scene.rows_served(f'_{table}_gho'), 'rows of the ghost were served')
    check(scene.tables(scene.replica) == {'orders', 'items'}, f'the replica has {scene.tables(scene.replica)}')
    return late


def test_a_wait_that_runs_out_folds_at_the_alter(folder):
    """verdict_wait is far below what gh-ost takes from its first CREATE to its ALTER."""
    config = '[fold]\nverdict_wait = "1ms"\n'
    late = sum(late_folds(folder, version, config) for version in ('9.7', '8.0'))
    check(late > 0, 'no wait ran out')
