"""With what is remembered, and helper_drops = "hide", nothing that is served of a folding run names a tool's tables."""

import json
import random
import re
import subprocess
import time

import testbed
from scene import SCHEMA, Scene
from schema_memory_test import wait_remembered
from testbed import check

ADD = 'ADD COLUMN added int NOT NULL DEFAULT 7'
CONFIG = '[fold]\nhelper_drops = "hide"\n'
# The tool sleeps where its table is made and altered, and nothing proves yet that it is the tool.
PAUSE = """package pt_online_schema_change_plugin;
use strict;
sub new { my ($class, %args) = @_; return bless {%args}, $class; }
sub before_create_triggers { sleep 4; }
1;
"""


def served(scene):
    """All that consumers may read, as text: rows and compressed transactions decoded, statements as they are."""
    reader = testbed.cached('mysql-9.7') / 'run' / 'mysqlbinlog'
    shown = subprocess.run([reader, '-vv', *scene.clean_files()], capture_output=True, check=False)
    check(shown.returncode == 0, f'mysqlbinlog: {shown.stderr.decode(errors="replace")}')
    return shown.stdout.decode(errors='replace')


def check_not_named(scene, *names):
    text = served(scene)
    for name in names:
        found = [line for line in text.splitlines() if re.search(rf'(?<!\w){re.escape(name)}(?!\w)', line)]
        check(not found, f'{name} is named by what is served:\n' + '\n'.join(found[:10]))


def of_pt_osc(table):
    return [f'_{table}_new', f'_{table}_old']


def of_gh_ost(table):
    return [f'_{table}_{end}' for end in ('gho', 'ghc', 'ghk', 'del')]


def pt_osc(scene, table, **flags):
    return testbed.pt_osc(scene.primary, '3.7.1', SCHEMA, table, ADD, wait=False, **flags)


def gh_ost(scene, table, alter=ADD, **flags):
    return testbed.gh_ost(scene.primary, '1.1.8', SCHEMA, table, alter, wait=False, **flags).succeed(120)


def _nothing_is_named(folder, version, compresses=False, **options):
    scene = Scene(folder, version, config=CONFIG, **options)
    for table in ('orders', 'items', 'left'):
        scene.table(table)
    # Of an earlier run that unghost cannot know the end of: consumers have it, and must drop it.
    scene.primary.sql(f'CREATE TABLE {SCHEMA}._left_gho (a int)')
    wait_remembered(scene, 'orders', 'items', 'left', '_left_gho')
    mark = scene.mark()
    writer = scene.writer('orders', 'items')
    writer.wait_for(5)
    if compresses:
        scene.primary.sql('SET GLOBAL binlog_transaction_compression = ON')
    pt_osc(scene, 'orders').succeed(120)
    if compresses:  # gh-ost does not read such a log
        scene.primary.sql('SET GLOBAL binlog_transaction_compression = OFF')
    gh_ost(scene, 'items')
    gh_ost(scene, 'left')
    writer.stop()
    scene.equal()
    for table in ('orders', 'items', 'left'):
        scene.expect(mark, table, 'folding')
    check_not_named(scene, *of_pt_osc('orders'), *of_gh_ost('items'), '_left_ghc', '_left_del')
    check('DROP TABLE IF EXISTS `_left_gho`' in served(scene), 'a table that consumers had was not dropped there')
    check('_left_gho' not in scene.tables(scene.replica), 'it is still there')

    # Their names were used since; the log and a new list say that they are free again.
    wait_remembered(scene, 'items')
    time.sleep(4)
    gh_ost(scene, 'items', 'ADD COLUMN again int NOT NULL DEFAULT 8')
    scene.equal()
    scene.expect(mark, 'items', 'folding', 'folding')
    check_not_named(scene, *of_pt_osc('orders'), *of_gh_ost('items'))
    same_offline(scene, folder)
    scene.end()


def same_offline(scene, folder):
    """`unghost fold --ledger` makes the clean files anew, of the source's files and what was decided."""
    scene.unghost.stop()
    out = folder / 'again'
    testbed.run([testbed.unghost_binary(), 'fold', '--helper-drops', 'hide', '--ledger',
                 scene.unghost.folder / 'data' / 'ledger', *scene.primary.binlog_files(), '-o', out])
    theirs = {file.name: file for file in out.iterdir()}
    check(theirs, 'nothing was folded')
    for file in scene.clean_files():
        mine = next((f for name, f in theirs.items() if _number(name) == _number(file.name)), None)
        check(mine, f'{file.name} was not made: {sorted(theirs)}')
        same = file.read_bytes()
        check(mine.read_bytes()[:len(same)] == same, f'{mine} differs from {file}')


def _number(name):
    return int(name.rpartition('.')[2]) % 1_000_000_000


def test_nothing_that_is_served_names_a_tools_tables_on_mysql_9_7(folder):
    _nothing_is_named(folder, '9.7')


def test_nothing_that_is_served_names_a_tools_tables_on_mysql_8_0_compressed(folder):
    _nothing_is_named(folder, '8.0', compresses=True, binlog_rows_query_log_events='ON')


def test_nothing_that_is_served_names_a_tools_tables_on_mysql_5_7(folder):
    _nothing_is_named(folder, '5.7')


def test_a_kill_between_create_and_trigger_changes_nothing(folder):
    plugin = folder / 'pause.pm'
    folder.mkdir(parents=True, exist_ok=True)
    plugin.write_text(PAUSE)
    scene = Scene(folder, '9.7', config=CONFIG + 'verdict_wait = "20s"\n')
    scene.table('orders')
    # The checkpoint lies behind the table's own CREATE: a replay of that would forget what is remembered of it,
    # and the copy's CREATE would be served.
    scene.unghost.restart()
    wait_remembered(scene, 'orders')
    mark = scene.mark()
    tool = pt_osc(scene, 'orders', plugin=plugin)
    testbed.wait_until('the copy is made', lambda: '_orders_new' in scene.tables(scene.primary))
    time.sleep(random.Random(1).uniform(0.5, 1))
    check(not scene.said(mark, 'folding', 'orders'), 'the verdict is there already: nothing was waited for')
    scene.unghost.kill9()
    scene.unghost.start()
    check('_orders_new' in scene.tables(scene.primary), 'it took too long')
    tool.succeed(120)
    scene.equal()
    scene.expect(mark, 'orders', 'folding')
    check_not_named(scene, *of_pt_osc('orders'))
    same_offline(scene, folder)


def test_a_persons_table_that_looks_the_same_is_served_after_the_wait(folder):
    scene = Scene(folder, '9.7', config=CONFIG + 'verdict_wait = "1s"\n')
    scene.table('orders')
    wait_remembered(scene, 'orders')
    text = scene.primary.sql(f'SHOW CREATE TABLE {SCHEMA}.orders')[0][1]
    scene.primary.sql(f'USE {SCHEMA}; ' + text.replace('`orders`', '`_orders_new`', 1))
    scene.equal()
    check('_orders_new' in scene.tables(scene.replica), 'it was not served')
    scene.primary.sql(f'INSERT INTO {SCHEMA}._orders_new SELECT * FROM {SCHEMA}.orders LIMIT 5')
    scene.equal()


# There `_t_new` is a person's table, and the tool's is called otherwise; elsewhere it is not called so at all.
NOT_LOOKED_BEHIND = ('collision', 'newtablename', 'oddname-unicode')


def test_captures_that_fold_with_the_schema_name_no_copy(folder):
    golden = testbed.ROOT / 'tests' / 'golden'
    reader = testbed.cached('mysql-9.7') / 'run' / 'mysqlbinlog'

    def shown(*files):
        return subprocess.run([reader, '-vv', *files], capture_output=True, check=True).stdout.decode(errors='replace')
    captures = [c['file'] for c in json.loads((golden / 'captures.json').read_text())
                if c['verdict'] == 'fold' and not any(word in c['file'] for word in NOT_LOOKED_BEHIND)]
    for file in captures:
        # What the tool made its copy from is the definition.
        copy = re.search(r'CREATE TABLE `d1`\.`_t_new` (\(.*?)\n/\*!\*/;', shown(golden / file), re.DOTALL)
        check(copy, f'{file} has no CREATE TABLE of a copy')
        out = folder / file
        out.mkdir(parents=True)
        schema = out / 'schema.sql'
        schema.write_text(f'USE `d1`;\nCREATE TABLE `t` {copy[1]};\n')
        testbed.run([testbed.unghost_binary(), 'fold', '--helper-drops', 'hide', '--schema', schema, golden / file,
                     '-o', out / 'clean'])
        named = [line for line in shown(*sorted((out / 'clean').iterdir())).splitlines() if '_t_new' in line]
        check(not named, f'{file}: ' + '\n'.join(named[:5]))
    check(len(captures) >= 14, f'only {len(captures)} captures fold')
