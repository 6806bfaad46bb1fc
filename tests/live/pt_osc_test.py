"""pt-online-schema-change, real, in every binlog format and as it ends: the replica downstream of unghost is equal."""

import contextlib
import itertools
import re

import testbed
from scene import SCHEMA, Scene, run_scenarios
from testbed import check

ADD = 'ADD COLUMN added int NOT NULL DEFAULT 7'
_names = itertools.count(1)


def migrate(scene, table, alter, wait=True, **flags):
    flags = {'chunk_time': '0', 'chunk_size': 200, 'sleep': '0.3', **flags}
    tool = testbed.pt_osc(scene.primary, scene.pt_osc, SCHEMA, table, alter, wait=False, **flags)
    return tool.succeed(90) if wait else tool


def fresh_table(scene, rows=500, name=None, **more):
    name = name or f'orders{next(_names)}'
    scene.table(name, rows=rows, **more)
    return name


@contextlib.contextmanager
def writing(scene, *tables):
    writer = scene.writer(*tables)
    writer.wait_for(5)
    yield writer
    writer.wait_for(5)
    writer.stop()


def ghost_rows(scene, table):
    with contextlib.suppress(Exception):
        return scene.primary.value(f'SELECT COUNT(*) FROM {SCHEMA}.{table}')
    return 0


def normal(scene):
    table, other = fresh_table(scene, rows=1500), fresh_table(scene)
    mark = scene.mark()
    with writing(scene, table, other):  # transactions of both: the ghost's rows lie among others
        migrate(scene, table, ADD)
    scene.equal()
    scene.expect(mark, table, 'folding')
    check(len(scene.said(mark, 'cut over', table)) == 1, 'no cut-over')
    check(not scene.rows_served(f'_{table}_new'), 'rows of the ghost were served')


def restarted_in_the_copy(scene):
    table = fresh_table(scene, rows=600)
    mark = scene.mark()
    with writing(scene, table):
        tool = migrate(scene, table, ADD, wait=False, chunk_size=50, sleep='0.2')
        scene.wait_said(mark, 'folding', table)
        scene.unghost.kill9()
        scene.unghost.start()
        tool.succeed(60)
    scene.equal()
    scene.expect(mark, table, 'folding')
    check(not scene.rows_served(f'_{table}_new'), 'rows of the ghost were served')


def old_table_kept(scene):
    table = fresh_table(scene)
    mark = scene.mark()
    with writing(scene, table):
        migrate(scene, table, ADD, no_drop_old_table=True)
    scene.equal(ignore=[f'{SCHEMA}._{table}_old'])
    check(f'_{table}_old' not in scene.tables(scene.replica), 'the old table came to the replica')
    scene.primary.sql(f'DROP TABLE {SCHEMA}._{table}_old')
    scene.equal()
    scene.expect(mark, table, 'folding')


def not_swapped(scene):
    table = fresh_table(scene)
    mark = scene.mark()
    with writing(scene, table):
        migrate(scene, table, ADD, no_swap_tables=True)
    scene.equal()
    scene.expect(mark, table, 'folding')
    check(not scene.said(mark, 'cut over', table), 'a cut-over that never was')
    check(not scene.said(mark, 'disturbed', table), 'an alarm for its own end')


def dry_run(scene):
    table = fresh_table(scene)
    mark = scene.mark()
    migrate(scene, table, ADD, execute=None, dry_run=True)
    scene.equal()
    scene.expect(mark, table)


def tables_of_one_row(scene):
    """The swap comes while the definition is asked for. After the answer it does not count; before it the run passes."""
    tables = [fresh_table(scene, rows=1) for _ in range(8)]
    mark = scene.mark()
    for table in tables:
        migrate(scene, table, ADD, sleep=None)
    scene.equal()
    folded = 0
    for table in tables:
        folded += len(scene.said(mark, 'folding', table))
        for line in scene.said(mark, 'passing', table):
            check('the tool had swapped the tables' in line, line)
    check(folded > 0, 'none was folded')


def fails_by_itself(scene):
    """It drops its triggers, then its table: nobody need do anything."""
    table = fresh_table(scene)
    mark = scene.mark()
    with writing(scene, table):
        tool = migrate(scene, table, ADD, wait=False, max_load='Questions=1000000000', critical_load='Questions=1')
        tool.wait(60)
        check(tool.code != 0 and 'Dropped new table OK' in tool.output, f'it did not fail:\n{tool.output}')
    scene.equal()
    scene.expect(mark, table, 'folding')
    check(scene.said(mark, 'ended', table), 'the run is not over')
    check(not scene.said(mark, 'disturbed', table), 'an alarm for an ordinary failure')
    check(f'_{table}_new' not in str(scene.unghost.status()['hidden']), 'its table is still hidden')


def killed_cleaned_by_hand_and_run_again(scene):
    table = fresh_table(scene, rows=1000)
    mark = scene.mark()
    with writing(scene, table) as writer:
        tool = migrate(scene, table, ADD, wait=False, chunk_size=50, sleep='0.5')
        testbed.wait_until('a part was copied', lambda: ghost_rows(scene, f'_{table}_new') > 60)
        tool.kill9()
        writer.wait_for(20)  # the triggers go on writing the ghost
        scene.wait_said(mark, 'folding', table)
        for end in ('del', 'upd', 'ins'):
            scene.primary.sql(f'DROP TRIGGER {SCHEMA}.pt_osc_{SCHEMA}_{table}_{end}')
        scene.primary.sql(f'DROP TABLE {SCHEMA}._{table}_new')
        writer.wait_for(10)
        migrate(scene, table, ADD)
    scene.equal()
    scene.expect(mark, table, 'folding', 'folding')


def killed_and_its_ghost_left(scene):
    """The next run takes another name: two ghosts of one table."""
    table = fresh_table(scene, rows=600)
    mark = scene.mark()
    with writing(scene, table):
        tool = migrate(scene, table, ADD, wait=False, chunk_size=50, sleep='0.5')
        testbed.wait_until('a part was copied', lambda: ghost_rows(scene, f'_{table}_new') > 60)
        tool.kill9()
        for end in ('del', 'upd', 'ins'):
            scene.primary.sql(f'DROP TRIGGER IF EXISTS {SCHEMA}.pt_osc_{SCHEMA}_{table}_{end}')
        migrate(scene, table, ADD)
    scene.primary.sql(f'DROP TABLE {SCHEMA}._{table}_new')
    scene.equal()
    scene.expect(mark, table, 'folding', 'folding')


def interrupted(scene, table):
    """A run that was killed in its copy; the number by which --resume goes on with it."""
    scene.primary.sql(f'ANALYZE TABLE {SCHEMA}.{table}')  # else it may think that all fits into one chunk
    tool = migrate(scene, table, ADD, wait=False, chunk_size=50, history=True, no_drop_new_table=True,
                   no_drop_triggers=True)
    testbed.wait_until('a part was copied', lambda: ghost_rows(scene, f'_{table}_new') > 120)
    tool.kill9()
    return re.search(r'Job (\d+) started', tool.output)[1]


def resumed(scene):
    table = fresh_table(scene, rows=900)
    mark = scene.mark()
    with writing(scene, table):
        job = interrupted(scene, table)
        migrate(scene, table, ADD, chunk_size=50, sleep='0.05', history=True, resume=job)
    scene.equal()
    scene.expect(mark, table, 'folding')
    check(not scene.said(mark, 'disturbed', table), 'an alarm for a run that goes on')


def with_reverse_triggers(scene):
    """Triggers on the new table write the old one after the swap."""
    table = fresh_table(scene)
    mark = scene.mark()
    with writing(scene, table) as writer:
        migrate(scene, table, ADD, reverse_triggers=True, no_drop_old_table=True)
        writer.wait_for(10)
    left = scene.primary.sql('SELECT COUNT(*) FROM information_schema.TRIGGERS WHERE EVENT_OBJECT_TABLE = %s', (table,))
    check(left[0][0] == 3, f'{left} triggers on the new table')
    for end in ('del', 'upd', 'ins'):
        scene.primary.sql(f'DROP TRIGGER {SCHEMA}.rt_pt_osc_{SCHEMA}__{table}_new_{end}')
    scene.equal(ignore=[f'{SCHEMA}._{table}_old'])
    scene.primary.sql(f'DROP TABLE {SCHEMA}._{table}_old')
    scene.primary.sql(f'INSERT INTO {SCHEMA}.{table} (customer, code) VALUES (1, "last")')
    scene.equal()
    scene.expect(mark, table, 'folding')
    check(not scene.said(mark, 'disturbed', table), "an alarm for the tool's own triggers")


def a_comment_with_everything(scene):
    table = fresh_table(scene)
    mark = scene.mark()
    migrate(scene, table, "ADD COLUMN added int COMMENT 'one\ntwo ''three'' \"four\" -- five /* six */ # seven \\\\'")
    scene.equal()
    scene.expect(mark, table, 'folding')


def text_ending_in_a_comment(scene):
    table = fresh_table(scene)
    mark = scene.mark()
    migrate(scene, table, f'{ADD} -- note')
    scene.equal()
    scene.expect(mark, table, 'folding')


def names_of_64_bytes(scene):
    table = fresh_table(scene, name='n' * 55 + f'{next(_names):09}')
    mark = scene.mark()
    with writing(scene, table):
        migrate(scene, table, ADD)
    scene.equal()
    scene.expect(mark, table, 'folding')


def two_at_once(scene):
    one, other = fresh_table(scene, rows=800), fresh_table(scene, rows=800)
    mark = scene.mark()
    with writing(scene, one, other):
        tools = [migrate(scene, table, ADD, wait=False) for table in (one, other)]
        for tool in tools:
            tool.succeed(90)
    scene.equal()
    scene.expect(mark, one, 'folding')
    scene.expect(mark, other, 'folding')


def passed_ones(scene):
    for alter in ('ADD UNIQUE KEY one (code), ADD COLUMN made timestamp', 'ADD UNIQUE KEY one (customer), ADD COLUMN made timestamp',
                  'ADD COLUMN seen timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP'):
        table = fresh_table(scene, rows=50)
        mark = scene.mark()
        with writing(scene, table):
            migrate(scene, table, alter, no_check_unique_key_change=True)
        scene.equal()
        scene.expect(mark, table, 'passing')


ALL = [normal, restarted_in_the_copy, old_table_kept, not_swapped, dry_run, tables_of_one_row, fails_by_itself,
       killed_cleaned_by_hand_and_run_again, killed_and_its_ghost_left, a_comment_with_everything,
       text_ending_in_a_comment, names_of_64_bytes, two_at_once, passed_ones]
# From 3.6 on.
NEWER = [resumed, with_reverse_triggers]
# What the way it is logged makes a difference to.
LOGGED = [normal, restarted_in_the_copy, old_table_kept, fails_by_itself, killed_cleaned_by_hand_and_run_again, passed_ones]


def run_all(folder, server, pt_osc, scenarios, **options):
    def make_scene(number):
        scene = Scene(folder / f'{number}', server, **options)
        scene.pt_osc = pt_osc
        return scene
    run_scenarios(make_scene, scenarios)


def test_pt_osc_3_7_1_on_9_7_leaves_the_replica_equal(folder):
    run_all(folder, '9.7', '3.7.1', ALL + NEWER)


def test_pt_osc_3_2_1_on_8_0_leaves_the_replica_equal(folder):
    run_all(folder, '8.0', '3.2.1', ALL)


def test_pt_osc_3_7_1_on_5_7_leaves_the_replica_equal(folder):
    run_all(folder, '5.7', '3.7.1', LOGGED, workers=0)


def test_pt_osc_3_2_1_on_9_7_leaves_the_replica_equal(folder):
    run_all(folder, '9.7', '3.2.1', LOGGED)


def test_statement_format(folder):
    run_all(folder, '8.0', '3.7.1', LOGGED + NEWER, binlog_format='STATEMENT')


def test_mixed_format(folder):
    run_all(folder, '8.0', '3.2.1', LOGGED, binlog_format='MIXED')


def test_without_gtids(folder):
    run_all(folder, '8.0', '3.7.1', LOGGED, gtid=False)


def test_compressed_transactions(folder):
    run_all(folder, '9.7', '3.7.1', LOGGED + NEWER, binlog_transaction_compression='ON')


def test_full_metadata_and_logged_texts(folder):
    run_all(folder, '9.7', '3.7.1', LOGGED + NEWER, binlog_row_metadata='FULL', binlog_rows_query_log_events='ON')


def test_minimal_row_image(folder):
    run_all(folder, '8.0', '3.7.1', LOGGED + NEWER, binlog_row_image='MINIMAL')


def test_without_checksums(folder):
    run_all(folder, '9.7', '3.7.1', LOGGED, binlog_checksum='NONE')


def stopped_run(folder, **more):
    """A resumed run whose swap no ALTER may stand for. The rows of the original: the source's, and its consumer's."""
    scene = Scene(folder, '9.7')
    scene.pt_osc = '3.7.1'
    with contextlib.ExitStack() as end:
        end.callback(scene.end)
        table = fresh_table(scene, rows=900)
        job = interrupted(scene, table)
        migrate(scene, table, ADD, resume=job, **more)
        stop = scene.wait_stopped()
        rows = [server.value(f'SELECT COUNT(*) FROM {SCHEMA}.{table}') for server in (scene.primary, scene.replica)]
        scene.unghost.command('resume', stop, '--sql', f'ALTER TABLE {SCHEMA}.{table} {ADD}', '--yes')
        testbed.wait_caught_up(scene.primary, scene.replica)
        if rows[0] == rows[1]:
            scene.equal()
        return rows


def test_a_resumed_run_that_copies_nothing_stops(folder):
    """All fits into one chunk by then: the tool swaps as it is, and the source loses rows."""
    left, kept = stopped_run(folder, chunk_size=1000, history=True)
    check(left < kept == 900, f'{left} of {kept} rows')


def test_a_resumed_run_that_nothing_shows_stops(folder):
    """Without --history and without texts its rows could be anybody's."""
    left, kept = stopped_run(folder, chunk_size=50, sleep='0.05')
    check(left == kept == 900, f'{left} of {kept} rows')


for _test in [test for name, test in vars().copy().items() if name.startswith('test_')]:
    _test.timeout = 900
