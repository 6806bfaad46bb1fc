"""The rows of both tables are counted before an ALTER is served: a whole copy folds, one that lacks rows stops before."""

import contextlib
import itertools
import os
import re
import subprocess

import testbed
from scene import SCHEMA, Scene, run_scenarios
from testbed import check

ADD = 'ADD COLUMN added int NOT NULL DEFAULT 7'
# Rows that are equal in `customer` and `code` are put in by hand.
UNIQUE = 'ADD UNIQUE KEY once (customer, code)'
_names = itertools.count(1)


def fresh_table(scene, rows=500, **more):
    name = f'orders{next(_names)}'
    scene.table(name, rows=rows, **more)
    return name


def run(scene, tool, table, alter, **flags):
    if tool == 'gh-ost':
        return testbed.gh_ost(scene.primary, '1.1.8', SCHEMA, table, alter, wait=False, **flags)
    flags = {'chunk_time': '0', 'chunk_size': 200, 'no_check_unique_key_change': True, 'no_check_alter': True, **flags}
    return testbed.pt_osc(scene.primary, '3.7.1', SCHEMA, table, alter, wait=False, **flags)


TOOLS = ('gh-ost', 'pt-osc')


def numbers_said(scene, mark, table):
    """(rows in both) of the cut-over."""
    line = scene.wait_said(mark, 'cut over', table)
    found = re.search(r'(\d+) rows in both', line)
    check(found, f'the cut-over does not tell the numbers: {line}')
    return int(found.group(1))


@contextlib.contextmanager
def writing(scene, *tables, connections=1, rate=40):
    writer = testbed.Writer(scene.primary, [f'{SCHEMA}.{t}' for t in tables], rate=rate, connections=connections)
    writer.wait_for(5)
    yield writer
    writer.stop()


def check_stopped(scene, mark, table, original, copy):
    """Stopped before the ALTER, with both numbers; goes on once the consumers' rows are as the source's."""
    stop = scene.wait_stopped(60)
    said = scene.unghost.log()[mark:]
    wanted = f'{SCHEMA}.{table} has {original} rows, and the tool\'s copy {copy}'
    check(wanted in said, f'not said: {wanted}\n{said[-2000:]}')
    check(scene.unghost.status()['stop']['reason'] == 'rows_differ', scene.unghost.status()['stop'])
    check(not scene.said(mark, 'cut over', table), 'it was cut over')
    return stop


def whole_copies_fold(scene):
    for tool in TOOLS:
        for rows in (0, 1, 3, 1500):
            table = fresh_table(scene, rows=rows)
            mark = scene.mark()
            with writing(scene, table) if rows > 3 else contextlib.nullcontext():
                run(scene, tool, table, ADD).succeed(90)
            scene.equal()
            passed = scene.said(mark, 'passing', table)
            if rows <= 3 and passed and 'the tool had swapped the tables' in passed[0]:
                continue  # over before the source could be asked
            scene.expect(mark, table, 'folding')
            line = scene.wait_said(mark, 'cut over', table)
            if 'rows in both' not in line:
                # Over before the source was asked: said, and only where no row may be missing.
                check(rows <= 3 and 'rows not counted: ' in line, line)


def a_copy_of_some_rows_stops(scene):
    table = fresh_table(scene, rows=600)
    mark = scene.mark()
    run(scene, 'pt-osc', table, ADD, where='id <= 250', force=True, chunk_size=100).succeed(60)
    stop = check_stopped(scene, mark, table, 600, 250)
    # What the source lost consumers still have: undone there, then the ALTER is right.
    scene.replica.sql(f'SET SESSION sql_log_bin = 0; DELETE FROM {SCHEMA}.{table} WHERE id > 250')
    scene.unghost.command('resume', stop, '--sql', f'ALTER TABLE {SCHEMA}.{table} {ADD}', '--yes')
    scene.equal()


def a_copy_of_some_rows_is_seen_in_its_text(scene):
    """The tool's statements are logged beside its rows: an alarm long before the cut-over."""
    table = fresh_table(scene, rows=600)
    mark = scene.mark()
    schema = scene.folder / 'schema.sql'
    schema.write_text(testbed.run([*scene.primary.client('mysqldump'), '--no-data', '--databases', SCHEMA], what='mysqldump'))
    scene.primary.sql('FLUSH BINARY LOGS; SET GLOBAL binlog_rows_query_log_events = ON')
    file = scene.primary.binlog_files()[-1]
    run(scene, 'pt-osc', table, ADD, where='id <= 250', force=True, chunk_size=100).succeed(60)
    scene.primary.sql('SET GLOBAL binlog_rows_query_log_events = OFF')
    check('(--where)' in scene.wait_said(mark, 'disturbed', table), 'no alarm')
    stop = scene.wait_stopped(60)
    scene.replica.sql(f'SET SESSION sql_log_bin = 0; DELETE FROM {SCHEMA}.{table} WHERE id > 250')
    scene.unghost.command('resume', stop, '--sql', f'ALTER TABLE {SCHEMA}.{table} {ADD}', '--yes')
    scene.equal()
    # Offline, from the same file, nothing is hidden yet: it passes.
    said = subprocess.run([testbed.unghost_binary(), 'fold', file, '-o', scene.folder / 'folded', '--schema', schema],
                          capture_output=True, text=True, timeout=60)
    check(said.returncode == 0 and re.search(r'^passed .*\(--where\)', said.stdout + said.stderr, re.M),
          f'rc {said.returncode}: {said.stdout}{said.stderr}')


def a_unique_key_over_equal_rows_stops(scene):
    for tool in TOOLS:
        table = fresh_table(scene, rows=400)
        scene.primary.sql(f"INSERT INTO {SCHEMA}.{table} (customer, code) VALUES (1, 'twin'), (1, 'TWIN'), (1, 'twin')")
        mark = scene.mark()
        run(scene, tool, table, UNIQUE).wait(90)
        stop = check_stopped(scene, mark, table, 403, 401)
        scene.replica.sql(f"SET SESSION sql_log_bin = 0; DELETE FROM {SCHEMA}.{table} WHERE id IN (402, 403)")
        scene.unghost.command('resume', stop, '--sql', f'ALTER TABLE {SCHEMA}.{table} {UNIQUE}', '--yes')
        scene.equal()


def a_unique_key_folds(scene):
    for tool in TOOLS:
        table = fresh_table(scene, rows=900)
        mark = scene.mark()
        with writing(scene, table):
            run(scene, tool, table, UNIQUE).succeed(90)
        scene.equal()
        scene.expect(mark, table, 'folding')
        numbers_said(scene, mark, table)


def counted_after_a_restart(scene):
    for tool in TOOLS:
        table = fresh_table(scene, rows=900)
        mark = scene.mark()
        with writing(scene, table):
            slow = {'postpone': True} if tool == 'gh-ost' else {'sleep': '1', 'chunk_size': 50}
            started = run(scene, tool, table, ADD, **slow)
            scene.wait_said(mark, 'folding', table)
            scene.unghost.kill9()
            scene.unghost.start()
            if tool == 'gh-ost':
                started.postpone_flag.unlink()
            started.succeed(90)
        scene.equal()
        numbers_said(scene, mark, table)


def hammered(scene):
    """Eight writers that do nothing but change it. UNGHOST_RUNS: how many migrations."""
    table = fresh_table(scene, rows=2000)
    snapshots = []
    with writing(scene, table, connections=8, rate=2000):
        for number in range(int(os.environ.get('UNGHOST_RUNS', 6))):
            mark = scene.mark()
            alter = f'DROP COLUMN c{number - 2}' if number % 4 > 1 else f'ADD COLUMN c{number} int'
            run(scene, TOOLS[number % 2], table, alter).succeed(300)
            rows = numbers_said(scene, mark, table)
            said = re.search(r'rows counted at the source, in (?:a|one of (\d+)) snapshot', scene.unghost.log()[mark:])
            snapshots.append(int(said.group(1) or 1))
            print(f'        {rows} rows, snapshots: {snapshots[-1]}', flush=True)
    scene.equal()
    print(f'        {len(snapshots)} runs, snapshots: {sum(snapshots) / len(snapshots):.1f} each, at most {max(snapshots)}')


SCENARIOS = [whole_copies_fold, a_copy_of_some_rows_stops, a_copy_of_some_rows_is_seen_in_its_text,
             a_unique_key_over_equal_rows_stops, a_unique_key_folds, counted_after_a_restart, hammered]


def test_rows_are_counted_on_9_7(folder):
    run_scenarios(lambda number: Scene(folder / f'{number}', '9.7'), SCENARIOS)


def test_rows_are_counted_on_8_0(folder):
    run_scenarios(lambda number: Scene(folder / f'{number}', '8.0'), SCENARIOS)


def test_rows_are_counted_on_5_7(folder):
    run_scenarios(lambda number: Scene(folder / f'{number}', '5.7'), SCENARIOS[:2] + SCENARIOS[5:6])


def without(scene):
    """count = "never": a new unique key passes; what needs no count folds."""
    for tool in TOOLS:
        table = fresh_table(scene, rows=300)
        mark = scene.mark()
        run(scene, tool, table, UNIQUE).succeed(60)
        run(scene, tool, table, ADD).succeed(60)
        scene.equal()
        scene.expect(mark, table, 'passing', 'folding')
        check('rows' not in scene.wait_said(mark, 'cut over', table), 'it was counted')


def where_needed(scene):
    """count = "needed": a new unique key is counted, an added column is not."""
    for tool in TOOLS:
        table = fresh_table(scene, rows=300)
        mark = scene.mark()
        run(scene, tool, table, UNIQUE).succeed(60)
        numbers_said(scene, mark, table)
        mark = scene.mark()
        run(scene, tool, table, ADD).succeed(60)
        check('rows' not in scene.wait_said(mark, 'cut over', table), 'it was counted')
        scene.equal()


def test_count_is_a_setting(folder):
    for setting, scenario in (('never', without), ('needed', where_needed)):
        run_scenarios(lambda number, s=setting: Scene(folder / s, '9.7', config=f'[fold]\ncount = "{s}"\n'), [scenario])


def test_a_count_that_takes_too_long_is_given_up(folder):
    """It is broken off by the source, and not begun again: what needs no count folds."""
    for version in ('9.7', '8.0', '5.7'):
        scene = Scene(folder / version, version, config='[fold]\ncount_time = "1ms"\n')
        table = fresh_table(scene, rows=60000)
        mark = scene.mark()
        run(scene, 'gh-ost', table, ADD, chunk_size=2000, nice_ratio=1).succeed(120)
        line = scene.wait_said(mark, 'cut over', table)
        check('rows not counted: ' in line and 'interrupted' in line, line)
        scene.equal()
        counts = scene.primary.value("""SELECT SUM(COUNT_STAR) FROM performance_schema.events_statements_summary_by_digest
            WHERE DIGEST_TEXT LIKE 'SELECT COUNT%%FROM `shop` . `orders%%'""")
        check(1 <= counts <= 3, f'{counts} counts on {version}')
        scene.end()
