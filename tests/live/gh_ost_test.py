"""gh-ost, real and as it ends: the replica downstream of unghost is equal, and the verdict is the one stated here."""

import contextlib
import itertools
import time

import testbed
from scene import SCHEMA, Scene, run_scenarios
from testbed import check

ADD = 'ADD COLUMN added int NOT NULL DEFAULT 7'
_names = itertools.count(1)


def migrate(scene, table, alter, wait=True, **flags):
    tool = testbed.gh_ost(scene.primary, scene.gh_ost, SCHEMA, table, alter, wait=False, **flags)
    return tool.succeed(90) if wait else tool


def fresh_table(scene, rows=300, name=None, **more):
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


def equal_unless_lost(scene, mark, *tables):
    """After a migration under load.

    gh-ost 1.1.6 can let a change into the original between its lock and its RENAME (so it is in the log, and
    the source loses it). Then publishing must have stopped, and what differs is just rows of that table.
    """
    scene.caught_up_or_stopped()
    lost = []
    while stop := scene.stop():
        line = scene.said(mark, 'error publishing stopped at ' + stop)[-1]
        check('the source lost them' in line and scene.gh_ost == '1.1.6', line)
        table = next(t for t in tables if f' {SCHEMA}.{t} ' in line)
        # The source hands the lost id out again: the replica has a row there.
        mode = 'replica_exec_mode' if scene.replica.at_least('9.0') else 'slave_exec_mode'
        scene.replica.sql(f"STOP REPLICA SQL_THREAD; SET GLOBAL {mode} = 'IDEMPOTENT'; START REPLICA SQL_THREAD")
        scene.unghost.command('resume', stop, '--sql', f'ALTER TABLE {SCHEMA}.{table} {ADD}', '--yes')
        lost.append(table)
        scene.caught_up_or_stopped()
    for table in lost:
        print(f'            gh-ost {scene.gh_ost} lost rows of {table}', flush=True)
        testbed.wait_caught_up(scene.primary, scene.replica)
        found = [d for d in testbed.compare(scene.primary, scene.replica) if f'{SCHEMA}.{table}:' in d]
        check(all('rows only on the' in d for d in found), str(found))
        scene.primary.sql(f'DROP TABLE {SCHEMA}.{table}')
    scene.equal()
    if lost:
        scene.replica.sql(f"SET GLOBAL {'replica' if scene.replica.at_least('9.0') else 'slave'}_exec_mode = 'STRICT'")
    return not lost


def drop_helpers(scene, table):
    """What a person does after an aborted run."""
    for helper in (f'_{table}_gho', f'_{table}_ghc', f'_{table}_del'):
        scene.primary.sql(f'DROP TABLE IF EXISTS {SCHEMA}.{helper}')


def normal(scene):
    table = fresh_table(scene, rows=2000)
    mark = scene.mark()
    with writing(scene, table):
        migrate(scene, table, ADD)
    whole = equal_unless_lost(scene, mark, table)
    scene.expect(mark, table, 'folding')
    check(len(scene.said(mark, 'cut over', table)) == 1 or not whole, 'no cut-over')
    check(not scene.rows_served(f'_{table}_gho'), 'rows of the ghost were served')
    check(not scene.rows_served(f'_{table}_ghc'), 'rows of the changelog were served')


def retried_cut_over(scene):
    table = fresh_table(scene)
    mark = scene.mark()
    holder = scene.primary.connect(autocommit=False)
    holder.cursor().execute(f'SELECT * FROM {SCHEMA}.{table} LIMIT 1')
    tool = migrate(scene, table, ADD, wait=False, cut_over_lock_timeout_seconds=1)
    testbed.wait_until('two failed cut-overs', lambda: tool.output.count('Dropping magic cut-over table') >= 2, 60)
    holder.rollback()
    tool.succeed(60)
    scene.equal()
    scene.expect(mark, table, 'folding')


def two_step(scene):
    table = fresh_table(scene)
    mark = scene.mark()
    migrate(scene, table, ADD, cut_over='two-step')
    scene.equal()
    scene.expect(mark, table, 'folding')


def killed_in_the_copy_and_run_again(scene):
    table = fresh_table(scene, rows=1500)
    mark = scene.mark()
    with writing(scene, table):
        tool = migrate(scene, table, ADD, wait=False, chunk_size=10, max_lag_millis=60000, nice_ratio=100)
        tool.wait_for_output('# Migrating')
        tool.wait_for_output('Copy: ')
        time.sleep(2)
        tool.kill9()
    scene.equal(ignore=[f'{SCHEMA}._{table}_*'])
    check(not {t for t in scene.tables(scene.replica) if t.startswith(f'_{table}_')}, 'helpers were served')
    with writing(scene, table):
        migrate(scene, table, ADD)
    equal_unless_lost(scene, mark, table)
    scene.expect(mark, table, 'folding', 'folding')


def noop(scene):
    table = fresh_table(scene)
    mark = scene.mark()
    migrate(scene, table, ADD, execute=None)
    scene.equal()
    scene.expect(mark, table, 'folding')
    check(not scene.said(mark, 'cut over', table), 'a dry run was cut over')


def postponed_over_a_restart_of_unghost(scene):
    table = fresh_table(scene)
    mark = scene.mark()
    with writing(scene, table):
        tool = migrate(scene, table, ADD, wait=False, postpone=True)
        tool.wait_for_output('State: postponing cut-over')
        scene.wait_said(mark, 'folding', table)
        scene.unghost.restart()
        scene.unghost.kill9()
        scene.unghost.start()
        tool.command('unpostpone')
        tool.succeed(60)
    equal_unless_lost(scene, mark, table)
    scene.expect(mark, table, 'folding')
    check(not scene.rows_served(f'_{table}_gho'), 'rows of the ghost were served')


def names_of_64_bytes(scene):
    table = fresh_table(scene, name='n' * 55 + f'{next(_names):09}')
    mark = scene.mark()
    migrate(scene, table, ADD)
    scene.equal()
    scene.expect(mark, table, 'folding')


def a_comment_with_everything(scene):
    table = fresh_table(scene)
    mark = scene.mark()
    migrate(scene, table, "ADD COLUMN added int COMMENT 'one\ntwo ''three'' \"four\" -- five /* six */ # seven \\\\ 🐬'")
    scene.equal()
    scene.expect(mark, table, 'folding')


def text_ending_in_a_comment(scene):
    for end in ('-- note', '/* note */', '# note'):
        table = fresh_table(scene)
        mark = scene.mark()
        migrate(scene, table, f'{ADD} {end}')
        scene.equal()
        scene.expect(mark, table, 'folding')


def text_with_prefix_and_lines(scene):
    table = fresh_table(scene)
    mark = scene.mark()
    migrate(scene, table, f"\n  {ADD} /* one */,\n  ADD KEY by_code (code),\n  COMMENT 'x'\n")
    scene.equal()
    scene.expect(mark, table, 'folding')


def two_at_once(scene):
    one, other = fresh_table(scene, rows=1000), fresh_table(scene, rows=1000)
    mark = scene.mark()
    with writing(scene, one, other):
        tools = [migrate(scene, table, ADD, wait=False) for table in (one, other)]
        for tool in tools:
            tool.succeed(60)
    equal_unless_lost(scene, mark, one, other)
    scene.expect(mark, one, 'folding')
    scene.expect(mark, other, 'folding')


def disturbed(scene, statement):
    """A run that waits for its cut-over, and a person's statement on the original."""
    table = fresh_table(scene)
    mark = scene.mark()
    tool = migrate(scene, table, ADD, wait=False, postpone=True)
    tool.wait_for_output('State: postponing cut-over')
    scene.primary.sql(statement.format(f'{SCHEMA}.{table}'))
    scene.wait_said(mark, 'disturbed', table)
    return table, tool, mark


def altered_by_a_person_and_aborted(scene):
    for statement in ('ALTER TABLE {} ADD KEY person (code)', 'TRUNCATE TABLE {}', 'CREATE INDEX person ON {} (code)'):
        table, tool, mark = disturbed(scene, statement)
        tool.panic_flag.touch()
        tool.wait(30)
        drop_helpers(scene, table)
        scene.equal()
        scene.expect(mark, table, 'folding')


def altered_by_a_person_stops_at_the_cut_over(scene):
    table, tool, _ = disturbed(scene, 'ALTER TABLE {} ADD KEY person (code)')
    tool.command('unpostpone')
    tool.succeed(60)
    stop = scene.wait_stopped()
    check('person' not in str(scene.primary.sql(f'SHOW CREATE TABLE {SCHEMA}.{table}')), 'the key is still there')
    scene.unghost.command('resume', stop, '--sql', f'ALTER TABLE {SCHEMA}.{table} {ADD}, DROP KEY person', '--yes')
    scene.equal()


def truncated_by_a_person_stops_at_the_cut_over(scene):
    table, tool, _ = disturbed(scene, 'TRUNCATE TABLE {}')
    tool.command('unpostpone')
    tool.succeed(60)
    stop = scene.wait_stopped()
    check(scene.unghost.stop() == 0, 'it did not end well')
    scene.unghost.start()
    check(scene.wait_stopped() == stop, 'the stop did not outlive a restart')
    scene.unghost.command('resume', stop, '--sql', f'ALTER TABLE {SCHEMA}.{table} {ADD}', '--yes')
    # gh-ost's copy kept the rows that the person's TRUNCATE took from the original.
    scene.equal(ignore=[f'{SCHEMA}.{table}'])
    scene.primary.sql(f'TRUNCATE TABLE {SCHEMA}.{table}')
    scene.equal()


def altered_by_a_person_and_passed(scene):
    """--pass: the RENAME comes as it is, so the replica must be given the ghost first."""
    table, tool, _ = disturbed(scene, 'ALTER TABLE {} ADD KEY person (code)')
    tool.command('unpostpone')
    tool.succeed(60)
    stop = scene.wait_stopped()
    scene.replica.sql(f'SET sql_log_bin = 0; CREATE TABLE {SCHEMA}._{table}_gho LIKE {SCHEMA}.{table}; '
                      f'ALTER TABLE {SCHEMA}._{table}_gho {ADD}, DROP KEY person; '
                      f'INSERT INTO {SCHEMA}._{table}_gho SELECT *, 7 FROM {SCHEMA}.{table}; SET sql_log_bin = 1')
    scene.unghost.command('resume', stop, '--pass', '--yes')
    scene.equal()


def add_unique_20_times(scene):
    for number in range(20):
        table = fresh_table(scene, rows=50)
        mark = scene.mark()
        # Every other time rows are lost to the key: the tool drops duplicates as it copies.
        migrate(scene, table, f'ADD UNIQUE KEY one ({("code", "customer")[number % 2]}), '
                'ADD COLUMN made timestamp')
        scene.equal()
        scene.expect(mark, table, 'passing')


def other_passes(scene):
    for alter in ('ADD COLUMN seen timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP',
                  'MODIFY note varchar(200) CHARACTER SET utf32'):
        table = fresh_table(scene, rows=50)
        mark = scene.mark()
        migrate(scene, table, alter)
        scene.equal()
        scene.expect(mark, table, 'passing')


def column_renamed(scene):
    """gh-ost is told to copy it: rows show that, or have nothing to show."""
    for what, update in (('values', None), ('NULLs alone', 'note = NULL'), ('no rows', '')):
        table = fresh_table(scene, rows=300)
        if update:
            scene.primary.sql(f'UPDATE {SCHEMA}.{table} SET {update}')
        elif update == '':
            scene.primary.sql(f'DELETE FROM {SCHEMA}.{table}')
        mark = scene.mark()
        # Long enough for a count that knows what to look for.
        migrate(scene, table, 'CHANGE note remark varchar(200), ADD COLUMN more int', approve_renamed_columns=True,
                chunk_size=10, nice_ratio=2)
        scene.equal()
        scene.expect(mark, table, 'folding')
        check(scene.said(mark, 'cut over', table), f'{what}: no cut-over')


def column_renamed_and_left_out(scene):
    """gh-ost is told to leave it out: all its values are gone, and a fold would keep them."""
    table = fresh_table(scene, rows=300)
    mark = scene.mark()
    change = 'CHANGE note remark varchar(200)'
    migrate(scene, table, change, skip_renamed_columns=True)
    stop = scene.wait_stopped()
    check('shows whether it copies `note`' in scene.said(mark, f'error publishing stopped at {stop}')[-1],
          scene.unghost.log()[mark:])
    scene.unghost.command('resume', stop, '--sql', f'ALTER TABLE {SCHEMA}.{table} DROP COLUMN note, '
                          'ADD COLUMN remark varchar(200) AFTER code', '--yes')
    scene.equal()


def instant_taken(scene):
    table = fresh_table(scene)
    mark = scene.mark()
    tool = migrate(scene, table, ADD, wait=False, attempt_instant_ddl=True)
    with contextlib.suppress(testbed.Failure):
        tool.wait(15)  # some versions hang at their end
    tool.panic_flag.touch()
    scene.wait_said(mark, 'ended', table)
    scene.equal(ignore=[f'{SCHEMA}._{table}_*'])
    migrate(scene, table, 'ADD COLUMN again int')
    scene.equal()
    scene.expect(mark, table, 'folding', 'folding')


def reverted(scene):
    """By gh-ost's own --revert: its run passes, its swap stops, and the word that undoes the ALTER leaves equal tables."""
    table = fresh_table(scene)
    mark = scene.mark()
    kept = {'checkpoint': True, 'gtid': True, 'ok_to_drop_table': False, 'initially_drop_old_table': False}
    with writing(scene, table):
        migrate(scene, table, ADD, **kept)
    scene.expect(mark, table, 'folding')
    with writing(scene, table):
        migrate(scene, table, None, revert=True, old_table=f'_{table}_del', initially_drop_ghost_table=False, **kept)
        stop = scene.wait_stopped()
    check('a hidden table is renamed back' in scene.said(mark, f'error publishing stopped at {stop}')[-1], scene.unghost.log()[mark:])
    scene.unghost.command('resume', stop, '--sql', f'ALTER TABLE {SCHEMA}.{table} DROP COLUMN added', '--yes')
    scene.primary.sql(f'DROP TABLE {SCHEMA}._{table}_rev_del; DROP TABLE {SCHEMA}._{table}_ghk')
    scene.equal()


SCENARIOS = [normal, retried_cut_over, two_step, killed_in_the_copy_and_run_again, noop,
             postponed_over_a_restart_of_unghost, names_of_64_bytes, a_comment_with_everything,
             text_ending_in_a_comment, text_with_prefix_and_lines, two_at_once, altered_by_a_person_and_aborted,
             altered_by_a_person_stops_at_the_cut_over, truncated_by_a_person_stops_at_the_cut_over,
             altered_by_a_person_and_passed, add_unique_20_times, other_passes, column_renamed,
             column_renamed_and_left_out, instant_taken]


def run_all(folder, server, gh_ost):
    def make_scene(number):
        scene = Scene(folder / f'{number}', server)
        scene.gh_ost = gh_ost
        return scene
    run_scenarios(make_scene, SCENARIOS + [reverted] * (gh_ost == '1.1.8'))


def test_gh_ost_1_1_8_on_9_7_leaves_the_replica_equal(folder):
    run_all(folder, '9.7', '1.1.8')


def test_gh_ost_1_1_8_on_8_0_leaves_the_replica_equal(folder):
    run_all(folder, '8.0', '1.1.8')


def test_gh_ost_1_1_6_on_8_0_leaves_the_replica_equal(folder):
    run_all(folder, '8.0', '1.1.6')


def test_a_control_replica_behind_unghost_sees_the_changelog(folder):
    scene = Scene(folder, '9.7', config='[fold]\nchangelog = "pass"\n')
    scene.gh_ost = '1.1.8'
    table = fresh_table(scene, rows=1000)
    mark = scene.mark()
    with writing(scene, table):
        migrate(scene, table, ADD, throttle_control_replicas=f'{scene.replica.host}:{scene.replica.port}')
    scene.equal()
    scene.expect(mark, table, 'folding')
    check(scene.rows_served(f'_{table}_ghc'), 'the changelog was not served')
    check(not scene.rows_served(f'_{table}_gho'), 'rows of the ghost were served')


for _test in (test_gh_ost_1_1_8_on_9_7_leaves_the_replica_equal, test_gh_ost_1_1_8_on_8_0_leaves_the_replica_equal,
              test_gh_ost_1_1_6_on_8_0_leaves_the_replica_equal):
    _test.timeout = 1200
