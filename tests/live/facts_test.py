"""What unghost must know of a table to fold its migration. Where it cannot know, it passes; never a wrong fold."""

import contextlib
import time

import testbed
from scene import SCHEMA, Scene
from testbed import check

ADD = 'ADD COLUMN added int NOT NULL DEFAULT 7'


def gh_ost(scene, table, alter=ADD, wait=True, **flags):
    tool = testbed.gh_ost(scene.primary, '1.1.8', SCHEMA, table, alter, wait=False, **flags)
    return tool.succeed(90) if wait else tool


def pt_osc(scene, table, alter=ADD, wait=True, **flags):
    flags = {'chunk_time': '0', 'chunk_size': 200, 'sleep': '0.3', **flags}
    tool = testbed.pt_osc(scene.primary, '3.7.1', SCHEMA, table, alter, wait=False, **flags)
    return tool.succeed(90) if wait else tool


def without_a_right(folder, version):
    """Each right left out in turn: a migration passes and says which GRANT is missing; granted again it folds."""
    scene = Scene(folder, version)
    account = "'repl'@'%'"

    def root(text):
        scene.primary.sql(f'SET sql_log_bin = 0; {text}; SET sql_log_bin = 1')

    for number, right in enumerate(('SELECT', 'TRIGGER', 'PROCESS')):
        table = f'orders{number}'
        scene.table(table, rows=300)
        root(f'REVOKE {right} ON *.* FROM {account}')
        scene.unghost.restart()
        mark = scene.mark()
        gh_ost(scene, table)
        scene.equal()
        scene.expect(mark, table, 'passing')
        line = scene.said(mark, 'passing', table)[0]
        check(f'lacks {right}' in line and 'GRANT ' in line, line)
        root(f'GRANT {right} ON *.* TO {account}')
        scene.unghost.restart()
        mark = scene.mark()
        gh_ost(scene, table, 'ADD COLUMN again int')
        scene.equal()
        scene.expect(mark, table, 'folding')
    # Without REPLICATION CLIENT there is no fence, and nothing else that the source's log can be seen by.
    root(f'REVOKE REPLICATION CLIENT ON *.* FROM {account}')
    scene.unghost.stop()
    with contextlib.suppress(testbed.Failure):
        scene.unghost.start(timeout=10)
    if scene.unghost.process.poll() is None:
        scene.table('orders9', rows=300)
        mark = scene.mark()
        gh_ost(scene, 'orders9')
        time.sleep(2)
        check(not scene.said(mark, 'folding', 'orders9'), 'a fold without a fence')
    check('REPLICATION CLIENT' in scene.unghost.log(), 'the missing right is not named:\n' + testbed.tail(scene.unghost.log_file))
    root(f'GRANT REPLICATION CLIENT ON *.* TO {account}')
    scene.unghost.restart()
    scene.equal()


def test_without_a_right_migrations_pass_9_7(folder):
    without_a_right(folder, '9.7')


def test_without_a_right_migrations_pass_8_0(folder):
    without_a_right(folder, '8.0')


def test_a_partial_revoke_on_the_schema_passes(folder):
    scene = Scene(folder, '8.0')
    scene.primary.sql("SET sql_log_bin = 0; SET GLOBAL partial_revokes = ON; "
                      f"REVOKE SELECT ON {SCHEMA}.* FROM 'repl'@'%'; SET sql_log_bin = 1")
    scene.table('orders', rows=300)
    mark = scene.mark()
    gh_ost(scene, 'orders')
    scene.equal()
    scene.expect(mark, 'orders', 'passing')


def test_a_child_in_a_schema_the_account_cannot_see(folder):
    """Foreign keys to the original: the tool is told to ignore them, unghost may not."""
    for version in ('8.0', '9.7'):
        scene = Scene(folder / version, version)
        scene.table('orders', rows=500)
        scene.primary.sql(f"""CREATE DATABASE hidden; CREATE TABLE hidden.child (id int PRIMARY KEY,
            parent bigint unsigned, CONSTRAINT c FOREIGN KEY (parent) REFERENCES {SCHEMA}.orders (id));
            INSERT INTO hidden.child VALUES (1, 1)""")
        if version == '8.0':
            scene.primary.sql("SET sql_log_bin = 0; SET GLOBAL partial_revokes = ON; "
                              "REVOKE SELECT ON hidden.* FROM 'repl'@'%'; SET sql_log_bin = 1")
        mark = scene.mark()
        pt_osc(scene, 'orders', alter_foreign_keys_method='rebuild_constraints')
        scene.equal()
        scene.expect(mark, 'orders', 'passing')
        scene.end()


def test_ddl_on_the_original_between_create_and_fence_passes(folder):
    """A person's statement right behind the tool's: the facts are asked for after it."""
    scene = Scene(folder, '9.7')
    scene.unghost.stop()
    for table, tool in (('orders', gh_ost), ('items', pt_osc)):
        scene.table(table, rows=500)
        if tool is gh_ost:
            run = gh_ost(scene, table, wait=False, postpone=True)
            run.wait_for_output('State: postponing cut-over')
        else:
            run = pt_osc(scene, table, wait=False, chunk_size=50, sleep='0.5')
            testbed.wait_until('the triggers are there', lambda: scene.primary.sql(f"SHOW TRIGGERS FROM {SCHEMA}"))
            time.sleep(0.5)
        scene.primary.sql(f'SET lock_wait_timeout = 20; ALTER TABLE {SCHEMA}.{table} COMMENT = "changed meanwhile"')
        scene.unghost.start()
        if tool is gh_ost:
            testbed.wait_until('a verdict', lambda: scene.said(0, 'passing', table))
            run.command('unpostpone')
        run.succeed(90)
        scene.equal()
        scene.expect(0, table, 'passing')
        scene.unghost.stop()


def test_a_tool_trigger_dropped_in_mid_run_stops_at_the_cut_over(folder):
    """Writes are missing in the ghost from then on: what the RENAME shows, no ALTER can make."""
    scene = Scene(folder, '9.7')
    scene.table('orders', rows=800)
    mark = scene.mark()
    run = pt_osc(scene, 'orders', wait=False, chunk_size=50, sleep='0.3')
    scene.wait_said(mark, 'folding', 'orders')
    scene.primary.sql(f'DROP TRIGGER {SCHEMA}.pt_osc_{SCHEMA}_orders_ins')
    scene.primary.sql(f'INSERT INTO {SCHEMA}.orders (id, customer, code) VALUES (1000000, 1, "lost by the tool")')
    scene.wait_said(mark, 'disturbed', 'orders')
    run.wait(90)
    if f'_orders_new' in scene.tables(scene.primary):  # some versions notice, and give up
        for end in ('del', 'upd', 'ins'):
            scene.primary.sql(f'DROP TRIGGER IF EXISTS {SCHEMA}.pt_osc_{SCHEMA}_orders_{end}')
        scene.primary.sql(f'DROP TABLE {SCHEMA}._orders_new')
        scene.equal()
        return
    stop = scene.wait_stopped()
    scene.unghost.command('resume', stop, '--sql', f'ALTER TABLE {SCHEMA}.orders {ADD}', '--yes')
    scene.equal(ignore=[f'{SCHEMA}.orders'])
    # The tool may have come to the row by itself.
    if not scene.primary.sql(f'SELECT id FROM {SCHEMA}.orders WHERE id = 1000000'):
        scene.replica.sql(f'SET sql_log_bin = 0; DELETE FROM {SCHEMA}.orders WHERE id = 1000000; SET sql_log_bin = 1')
    scene.equal()


def test_another_server_behind_the_address_is_followed_if_it_has_all(folder):
    scene = Scene(folder, '9.7')
    scene.table('orders', rows=300)
    scene.equal()
    scene.unghost.stop()
    scene.primary.stop()
    (scene.primary.datadir / 'auto.cnf').unlink()  # the same data, another identity
    scene.primary.start()
    mark = scene.mark()
    scene.unghost.start()
    gh_ost(scene, 'orders')
    scene.equal()
    check('another server is followed' in scene.unghost.log()[mark:], scene.unghost.log()[mark:])
    scene.expect(mark, 'orders', 'folding')


def test_a_ghost_dropped_unlogged_and_its_name_used_again_is_replicated(folder):
    scene = Scene(folder, '9.7')
    scene.table('orders', rows=300)
    mark = scene.mark()
    run = gh_ost(scene, 'orders', wait=False, postpone=True)
    run.wait_for_output('State: postponing cut-over')
    scene.wait_said(mark, 'folding', 'orders')
    run.kill9()
    scene.primary.sql(f'SET sql_log_bin = 0; DROP TABLE {SCHEMA}._orders_gho, {SCHEMA}._orders_ghc; SET sql_log_bin = 1')
    scene.primary.sql(f'CREATE TABLE {SCHEMA}._orders_gho (id int PRIMARY KEY, mine varchar(20)); '
                      f'INSERT INTO {SCHEMA}._orders_gho VALUES (1, "a"), (2, "b")')
    scene.equal()
    check(scene.rows_served('_orders_gho'), 'rows of an ordinary table were hidden')
    scene.primary.sql(f'UPDATE {SCHEMA}._orders_gho SET mine = "c"; DROP TABLE {SCHEMA}._orders_gho')
    gh_ost(scene, 'orders')
    scene.equal()


def test_tables_that_only_look_like_a_tools_are_ordinary(folder):
    scene = Scene(folder, '9.7')
    for table in ('orders', '_orders_new', '_orders_old', '_orders_gho', '_orders_ghc', 'orders_new', '_x_old'):
        scene.table(table, rows=50)
    scene.primary.sql(f'RENAME TABLE {SCHEMA}.orders TO {SCHEMA}.gone, {SCHEMA}._orders_new TO {SCHEMA}.orders; '
                      f'ALTER TABLE {SCHEMA}._orders_gho ADD COLUMN c int; DROP TABLE {SCHEMA}._orders_old')
    scene.equal()
    check(scene.rows_served('_orders_gho'), 'rows were hidden')


def test_original_with_what_cannot_be_folded_passes(folder):
    scene = Scene(folder, '8.0')
    scene.primary.sql(f'CREATE DATABASE {SCHEMA}')
    scene.table('checked', rows=300, more='CONSTRAINT positive CHECK (customer >= 0),')
    scene.table('triggered', rows=300)
    scene.primary.sql(f'CREATE TRIGGER {SCHEMA}.theirs BEFORE INSERT ON {SCHEMA}.triggered FOR EACH ROW SET NEW.amount = 1')
    mark = scene.mark()
    gh_ost(scene, 'checked')
    pt_osc(scene, 'triggered', preserve_triggers=True)
    scene.equal()
    scene.expect(mark, 'checked', 'passing')
    check(not scene.said(mark, 'folding', 'triggered'), 'a fold that would lose the trigger')
