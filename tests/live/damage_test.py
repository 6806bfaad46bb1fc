"""What a tool's copy does to rows by itself, whatever the ALTER: docs/verdicts.md, "What the tool does to rows".

The primary lives in a zone with summer time. Beside each table NAME a table NAME_was gets the same statements and is
never migrated: what the application wrote. Where a migration passes, the replica is as the primary, damage and all;
where values are kept, the primary differs from NAME_was and the replica does not; where rows are lost it never folds.
"""

import collections

import testbed
from scene import SCHEMA, Scene, run_scenarios
from testbed import check, wait_until

BERLIN = {'TZ': 'CET-1CEST,M3.5.0,M10.5.0/3'}
ALTER = 'ADD COLUMN added int'
KEEP = '[fold]\ndamage = "keep"\n'

COUNTED = False  # the rows of both tables are counted before the cut-over (stop rows_differ)


class Damage(Scene):
    def __init__(self, folder, version, **options):
        super().__init__(folder, version, environment=BERLIN, **options)
        self.primary.sql(f'CREATE DATABASE {SCHEMA}; SET NAMES utf8mb4')

    def both(self, table, *statements):
        """Statements about {t}, for the table and for what stays as it was."""
        for name in (table, table + '_was'):
            for statement in statements:
                self.primary.sql(statement.replace('{t}', f'{SCHEMA}.{name}'))

    def make(self, table, columns, *values):
        """A table, with rows."""
        self.both(table, f'CREATE TABLE {{t}} ({columns}) DEFAULT CHARSET = utf8mb4',
                  *(f'INSERT INTO {{t}} VALUES {row}' for row in values))
        self.primary.sql(f'ANALYZE NO_WRITE_TO_BINLOG TABLE {SCHEMA}.{table}')

    def spoilt(self, server, table):
        """How many rows of NAME_was are not in the table."""
        columns = server.sql('SELECT COLUMN_NAME, DATA_TYPE FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = %s '
                             'AND TABLE_NAME = %s ORDER BY ORDINAL_POSITION', (SCHEMA, table + '_was'))
        forms = {'timestamp': 'UNIX_TIMESTAMP({})', 'json': 'CAST({} AS CHAR)', 'bit': '{} + 0', 'float': '{} + 0e0',
                 'set': '{} + 0', 'enum': '{} + 0', 'date': 'CAST({} AS CHAR)', 'datetime': 'CAST({} AS CHAR)'}
        wanted = ', '.join(forms.get(kind, 'HEX({})').format(f'`{name}`') for name, kind in columns)
        was, now = (collections.Counter(server.sql(f'SELECT {wanted} FROM {SCHEMA}.{name}'))
                    for name in (table + '_was', table))
        return (was - now).total()

    def caught_up(self):
        testbed.wait_caught_up(self.primary, self.replica)


def gh_ost(scene, table, live=None, alter=ALTER, **flags):
    """live() runs when all rows are copied, before the cut-over."""
    tool = testbed.gh_ost(scene.primary, '1.1.8', SCHEMA, table, alter, wait=False, postpone=True,
                          **{'chunk_size': 20, **flags})
    tool.wait_for_output('State: postponing cut-over')
    if live:
        live()
    tool.command('unpostpone')
    return tool.succeed()


def pt_osc(scene, table, live=None, alter=ALTER, **flags):
    """live() runs when the triggers are there."""
    tool = testbed.pt_osc(scene.primary, '3.7.1', SCHEMA, table, alter, wait=False,
                          **{'chunk_time': '0', 'chunk_size': 20, 'sleep': '0.3', **flags})
    if live:
        wait_until('its triggers are there', lambda: triggers(scene, table) == 3)
        live()
    return tool.succeed()


def triggers(scene, table):
    return scene.primary.value('SELECT COUNT(*) FROM information_schema.TRIGGERS WHERE EVENT_OBJECT_TABLE = %s', (table,))


def passes(scene, tool, table, live=None, reason='', spoils=True, **flags):
    """The replica is as the primary, which is not as it was."""
    mark = scene.mark()
    tool(scene, table, live, **flags)
    scene.expect(mark, table, 'passing')
    line = scene.said(mark, 'passing', table)[0]
    check(reason in line, line)
    scene.equal()
    primary, replica = (scene.spoilt(server, table) for server in (scene.primary, scene.replica))
    check(replica == primary, f'{table}: {primary} rows are spoilt on the primary, {replica} on the replica')
    check(not spoils or primary, f'{table}: the tool spoils nothing')


def keeps(scene, tool, table, live=None, reason='', **flags):
    """The replica keeps what was written."""
    mark = scene.mark()
    tool(scene, table, live, **flags)
    scene.expect(mark, table, 'folding')
    line = scene.said(mark, 'folding', table)[0]
    check('consumers keep what was written (damage = "keep")' in line and reason in line, line)
    scene.caught_up()
    check(scene.spoilt(scene.primary, table), f'{table}: the tool spoils nothing')
    check(not scene.spoilt(scene.replica, table), f'{table}: {scene.spoilt(scene.replica, table)} rows of the replica')


def folds(scene, tool, table, live=None, **flags):
    """Nothing is spoilt anywhere."""
    mark = scene.mark()
    tool(scene, table, live, **flags)
    scene.expect(mark, table, 'folding')
    check('damage' not in scene.said(mark, 'folding', table)[0], scene.said(mark, 'folding', table)[0])
    check(not scene.said(mark, 'disturbed', table), str(scene.said(mark, 'disturbed', table)))
    scene.caught_up()
    for server in (scene.primary, scene.replica):
        check(not scene.spoilt(server, table), f'{table}: {scene.spoilt(server, table)} rows are spoilt')


def disturbed_gh_ost(scene, table, live, reason):
    """live() disturbs the run, which is then aborted: everything goes on."""
    mark = scene.mark()
    tool = testbed.gh_ost(scene.primary, '1.1.8', SCHEMA, table, ALTER, wait=False, postpone=True)
    tool.wait_for_output('State: postponing cut-over')
    live()
    line = scene.wait_said(mark, 'disturbed', table)
    check(reason in line, line)
    tool.panic_flag.touch()
    check(tool.wait().code != 0, 'gh-ost was not aborted')
    scene.primary.sql(f'DROP TABLE {SCHEMA}._{table}_gho, {SCHEMA}._{table}_ghc')
    scene.expect(mark, table, 'folding')
    check(scene.stop() is None, 'publishing has stopped')
    scene.equal(ignore=(f'{SCHEMA}.*_kept',))


# --- the hour that comes twice

def with_timestamps(scene, table, key='PRIMARY KEY (id)'):
    # Two hours of UTC: the second one is the first one again on the clocks of Berlin.
    rows = ', '.join(f"({i}, '2020-10-25 0{i // 60}:{i % 60:02}:00', 0)" for i in range(120))
    scene.both(table, f'CREATE TABLE {{t}} (id int, at timestamp NOT NULL, n int, {key})',
               f"SET time_zone = '+00:00'; INSERT INTO {{t}} VALUES {rows}; SET time_zone = DEFAULT")
    scene.primary.sql(f'ANALYZE NO_WRITE_TO_BINLOG TABLE {SCHEMA}.{table}')


def timestamps_pass_in_a_zone_with_summer_time(scene):
    for tool in (gh_ost, pt_osc):
        table = f'hours_{tool.__name__}'
        with_timestamps(scene, table)
        passes(scene, tool, table, reason='time zone is SYSTEM')


def timestamps_are_kept(scene):
    for tool in (gh_ost, pt_osc):
        table = f'hours_{tool.__name__}'
        with_timestamps(scene, table)
        keeps(scene, tool, table, reason='time zone is SYSTEM')
        # What comes later arrives.
        scene.primary.sql(f"UPDATE {SCHEMA}.{table} SET n = 1, at = at; DELETE FROM {SCHEMA}.{table} WHERE id < 10")
        scene.caught_up()
        check(scene.replica.value(f'SELECT COUNT(*) FROM {SCHEMA}.{table} WHERE n = 1') == 110, 'rows are missing')


def timestamps_in_a_key_pass(scene):
    # By the copy rows may meet in one key.
    for number, key in enumerate(('PRIMARY KEY (at, id)', 'PRIMARY KEY (id), UNIQUE KEY (at)')):
        with_timestamps(scene, f'key{number}', key)
        passes(scene, pt_osc, f'key{number}', reason='time zone is SYSTEM')


def timestamps_fold_where_the_copy_takes_them_as_they_are(scene):
    mode = scene.primary.value('SELECT @@global.sql_mode')
    for number, (change, back) in enumerate((
            ("SET GLOBAL time_zone = '+02:00'", 'SET GLOBAL time_zone = SYSTEM'),
            ("SET GLOBAL sql_mode = 'STRICT_TRANS_TABLES'", f"SET GLOBAL sql_mode = '{mode}'"))):
        for tool in (gh_ost, pt_osc):
            table = f'right{number}_{tool.__name__}'
            with_timestamps(scene, table)
            scene.primary.sql(change)
            try:
                folds(scene, tool, table)
            finally:
                scene.primary.sql(back)


def a_zone_of_the_tools_own_session_disturbs(scene):
    # Fixed when the verdict was made, and another one in the copy's session.
    scene.primary.sql('INSERT INTO mysql.time_zone (Time_zone_id) VALUES (9001); INSERT INTO mysql.time_zone_name '
                      "VALUES ('Two/Offsets', 9001); INSERT INTO mysql.time_zone_transition_type VALUES (9001, 0, 7200, "
                      "1, 'A'), (9001, 1, 3600, 0, 'B'); INSERT INTO mysql.time_zone_transition VALUES (9001, 0, 0), "
                      "(9001, 1603587600, 1)")
    with_timestamps(scene, 'session')
    scene.primary.sql("SET GLOBAL time_zone = '+02:00'")
    mark = scene.mark()
    try:
        tool = testbed.pt_osc(scene.primary, '3.7.1', SCHEMA, 'session', ALTER, wait=False, chunk_time='0', chunk_size=20,
                              sleep='2', set_vars=["time_zone='Two/Offsets'"])
        line = scene.wait_said(mark, 'disturbed', 'session')
        check('time zone is Two/Offsets' in line, line)
        scene.expect(mark, 'session', 'folding')
        tool.process.terminate()
        tool.wait()
    finally:
        scene.primary.sql('SET GLOBAL time_zone = SYSTEM')
    scene.primary.sql(f'USE {SCHEMA}; DROP TRIGGER IF EXISTS pt_osc_{SCHEMA}_session_del; DROP TRIGGER IF EXISTS '
                      f'pt_osc_{SCHEMA}_session_upd; DROP TRIGGER IF EXISTS pt_osc_{SCHEMA}_session_ins; '
                      'DROP TABLE IF EXISTS _session_new')
    scene.equal()


# --- the key along which the tool copies

def spread(kind, rows):
    """A table with such a key, and a row for each value."""
    return (f'k {kind} NOT NULL, n int, PRIMARY KEY (k)', ', '.join(f'({value}, {i})' for i, value in enumerate(rows)))


SET_OF_8 = "set('x','y','z','w','v','u','t','s')"


def keys_that_gh_ost_compares_otherwise_pass(scene):
    for name, kind, rows in (('set', SET_OF_8, range(150)), ('bit', 'bit(8)', range(150)),
                             ('utf16le', 'varchar(9) CHARACTER SET utf16le', [f"'й{i}'" for i in range(150)]),
                             ('latin1', 'varchar(9) CHARACTER SET latin1', ["'a'", "'é'", "'z'"])):
        scene.make(f'gh_{name}', *spread(kind, rows))
        passes(scene, gh_ost, f'gh_{name}', reason='gh-ost loses rows where it copies along a column', spoils=name != 'latin1')


def keys_that_gh_ost_compares_alike_fold(scene):
    for name, kind, rows in (('double', 'double', [f'{i} / 3e0' for i in range(1, 120)]),
                             ('enum', 'enum({})'.format(','.join(f"'{(i * 37) % 120}'" for i in range(120))),
                              range(1, 121)),
                             ('binary', 'varbinary(9)', [f'0xFF27{i:02x}5C' for i in range(120)]),
                             ('text', 'varchar(9)', [f"'é{i}'" for i in range(120)])):
        scene.make(f'alike_{name}', *spread(kind, rows))
        folds(scene, gh_ost, f'alike_{name}')


def keys_that_pt_osc_compares_otherwise_pass(scene):
    for name, kind, rows in (('set', SET_OF_8, range(150)), ('float', 'float', [f'{i}.1' for i in range(150)]),
                             ('double', 'double', [f'{i} / 3e0' for i in range(1, 150)])):
        scene.make(f'pt_{name}', *spread(kind, rows))
        passes(scene, pt_osc, f'pt_{name}',
               reason='pt-online-schema-change loses rows where it copies along a column', sleep='0.1')


def a_table_without_a_key_of_its_own_passes(scene):
    scene.make('nullable', 'k int, n int, UNIQUE KEY (k)', ', '.join(f'(NULL, {i})' for i in range(5)))
    passes(scene, gh_ost, 'nullable', reason='without a unique key of NOT NULL columns', allow_nullable_unique_key=True)


def a_generated_key_that_sessions_do_not_see_passes(scene):
    if not scene.primary.at_least('8.0.30') and scene.primary.version != '8.0':
        return
    scene.primary.sql('SET sql_generate_invisible_primary_key = ON')
    scene.make('unseen', 'n int NOT NULL', *(f'({i * 7 % 31})' for i in range(31)))
    scene.primary.sql('SET sql_generate_invisible_primary_key = OFF')
    scene.both('unseen', 'DELETE FROM {t} WHERE n < 5', 'ALTER TABLE {t} ADD UNIQUE KEY (n)')
    scene.primary.sql('SET GLOBAL show_gipk_in_create_table_and_information_schema = OFF')
    try:
        passes(scene, gh_ost, 'unseen', reason='generated primary key', spoils=False)
    finally:
        scene.primary.sql('SET GLOBAL show_gipk_in_create_table_and_information_schema = ON')


# --- values that gh-ost writes otherwise

JSON = """'{"a": 10.0, "b": 1e3, "c": -0.0}'"""


def with_json(scene, table):
    scene.make(table, 'id int PRIMARY KEY, j json', ', '.join(f'({i}, NULL)' for i in range(60)))
    return lambda: scene.both(table, f'UPDATE {{t}} SET j = {JSON} WHERE id < 5',
                              "UPDATE {t} SET j = JSON_OBJECT('d', CAST(1.10 AS DECIMAL(5,2))) WHERE id = 7")


def json_passes_with_gh_ost(scene):
    passes(scene, gh_ost, 'j_gh', with_json(scene, 'j_gh'), reason='JSON column `j`')
    folds(scene, pt_osc, 'j_pt', with_json(scene, 'j_pt'))


def json_is_kept(scene):
    keeps(scene, gh_ost, 'j_kept', with_json(scene, 'j_kept'), reason='JSON column `j`')
    kept = scene.replica.value(f'SELECT CAST(j AS CHAR) FROM {SCHEMA}.j_kept WHERE id = 1')
    check(kept == '{"a": 10.0, "b": 1000.0, "c": -0.0}', kept)


# --- changes that the tool does not get

def plain(scene, table):
    scene.make(table, 'id int PRIMARY KEY, n int, text varchar(40), UNIQUE KEY (n)',
               ', '.join(f"({i}, {i}, 'x')" for i in range(100)))


def compressed_transactions_disturb_gh_ost(scene):
    plain(scene, 'packed')

    def live():
        scene.both('packed', "SET binlog_transaction_compression = ON; UPDATE {t} SET text = REPEAT('y', 40); "
                             'SET binlog_transaction_compression = OFF')
    disturbed_gh_ost(scene, 'packed', live, 'does not read compressed transactions')
    plain(scene, 'packed_pt')
    folds(scene, pt_osc, 'packed_pt', lambda: scene.both('packed_pt', (
        "SET binlog_transaction_compression = ON; UPDATE {t} SET text = REPEAT('y', 40); "
        'SET binlog_transaction_compression = OFF')))


def xa_that_is_rolled_back_disturbs_gh_ost(scene):
    def transaction(table, end):
        scene.both(table, f"XA START 'x'; UPDATE {{t}} SET text = 'xa' WHERE id = 1; INSERT INTO {{t}} VALUES (900, 900, 'xa'); "
                          f"XA END 'x'; XA PREPARE 'x'; XA {end} 'x'")
    plain(scene, 'committed')
    folds(scene, gh_ost, 'committed', lambda: transaction('committed', 'COMMIT'))
    plain(scene, 'undone')
    disturbed_gh_ost(scene, 'undone', lambda: transaction('undone', 'ROLLBACK'), 'is rolled back')


def rows_without_triggers_disturb_pt_osc(folder, version):
    upstream = testbed.Server(version, folder / 'upstream')
    scene = Scene(folder, version)
    testbed.replicate(scene.primary, upstream.host, upstream.port, upstream.user, upstream.password)
    upstream.sql(f'CREATE DATABASE {SCHEMA}; CREATE TABLE {SCHEMA}.t (id int PRIMARY KEY, n int)')
    upstream.sql(f'INSERT INTO {SCHEMA}.t VALUES ' + ', '.join(f'({i}, 0)' for i in range(100)))
    testbed.wait_caught_up(upstream, scene.primary)
    mark = scene.mark()
    tool = testbed.pt_osc(scene.primary, '3.7.1', SCHEMA, 't', ALTER, wait=False, chunk_time='0', chunk_size=10, sleep='1',
                          force=True)
    wait_until('its triggers are there', lambda: triggers(scene, 't') == 3)
    # Written here, of rows that are copied and that are not: triggers fire.
    scene.primary.sql(f'SET sql_log_bin = 1; UPDATE {SCHEMA}.t SET n = 1 WHERE id IN (1, 98); '
                      f'DELETE FROM {SCHEMA}.t WHERE id IN (2, 99); INSERT INTO {SCHEMA}.t VALUES (200, 1); '
                      f'REPLACE INTO {SCHEMA}.t VALUES (3, 1), (97, 1); '
                      f'INSERT INTO {SCHEMA}.t VALUES (4, 1), (96, 1) ON DUPLICATE KEY UPDATE n = 7')
    scene.caught_up = testbed.wait_caught_up(scene.primary, scene.replica)
    check(not scene.said(mark, 'disturbed', 't'), 'disturbed by rows for which triggers ran')
    upstream.sql(f'UPDATE {SCHEMA}.t SET n = 2 WHERE id = 50')
    line = scene.wait_said(mark, 'disturbed', 't')
    check("came without pt-online-schema-change's triggers" in line, line)
    tool.succeed()
    stop = scene.wait_stopped()
    scene.expect(mark, 't', 'folding')
    check(scene.unghost.status()['stop']['reason'] == 'disturbed_cut_over', str(scene.unghost.status()['stop']))
    check(stop, 'no stop')


# --- what only counting sees

def rows_differ(scene, table, run):
    run()
    scene.wait_stopped()
    check(scene.unghost.status()['stop']['reason'] == 'rows_differ', str(scene.unghost.status()['stop']))
    scene.expect(0, table, 'folding')


def values_swapped_in_a_unique_key(scene):
    plain(scene, 'swapped')

    def live():
        for i in range(0, 100, 2):
            scene.both('swapped', f'BEGIN; UPDATE {{t}} SET n = -1 WHERE id = {i}; UPDATE {{t}} SET n = {i} WHERE '
                                  f'id = {i + 1}; UPDATE {{t}} SET n = {i + 1} WHERE id = {i}; COMMIT')
    rows_differ(scene, 'swapped', lambda: gh_ost(scene, 'swapped', live))


def a_copy_of_some_rows(scene):
    plain(scene, 'some')
    rows_differ(scene, 'some', lambda: pt_osc(scene, 'some', where='id < 50', force=True))


# --- what only the rows show

def images_without_columns(scene):
    for image in ('MINIMAL', 'NOBLOB'):
        scene.make(image.lower(), 'id int PRIMARY KEY, n int, b blob', ', '.join(f"({i}, 0, 'x')" for i in range(60)))
        disturbed_gh_ost(scene, image.lower(), lambda: scene.both(image.lower(), (
            f'SET binlog_row_image = {image}; UPDATE {{t}} SET n = 1 WHERE id = 5; SET binlog_row_image = FULL')),
            'lack columns')


def an_enum_of_index_0(scene):
    scene.make('enums', "id int PRIMARY KEY, e enum('a', 'b')", ', '.join(f"({i}, 'a')" for i in range(60)))
    disturbed_gh_ost(scene, 'enums', lambda: scene.both(
        'enums', "SET sql_mode = ''; UPDATE {t} SET e = 'none of them' WHERE id = 5; SET sql_mode = DEFAULT"), 'ENUM')


def dates_with_a_zero_part(scene):
    scene.make('dates', 'id int PRIMARY KEY, d date', ', '.join(f"({i}, '2020-01-01')" for i in range(60)))
    disturbed_gh_ost(scene, 'dates', lambda: scene.both(
        'dates', "SET sql_mode = ''; UPDATE {t} SET d = '2020-00-00' WHERE id = 5; SET sql_mode = DEFAULT"), 'date')


def whole_images_fold(scene):
    scene.both('computed', 'CREATE TABLE {t} (id int PRIMARY KEY, n int, v int AS (n + 1) VIRTUAL, KEY f ((n * 2)))',
               'INSERT INTO {t} (id, n) VALUES ' + ', '.join(f'({i}, 0)' for i in range(60)))
    folds(scene, gh_ost, 'computed', lambda: scene.both(
        'computed', 'UPDATE {t} SET n = 1 WHERE id = 5', 'INSERT INTO {t} (id, n) VALUES (100, 2)',
        'DELETE FROM {t} WHERE id = 6'))


def values_that_rows_show_are_kept(scene):
    scene.make('row_kept', "id int PRIMARY KEY, e enum('a', 'b'), d date, b blob",
               ', '.join(f"({i}, 'a', '2020-01-01', 'x')" for i in range(60)))
    mark = scene.mark()
    gh_ost(scene, 'row_kept', lambda: scene.both(
        'row_kept', "SET sql_mode = ''; UPDATE {t} SET e = 'none of them' WHERE id = 5; SET sql_mode = DEFAULT",
        "SET binlog_row_image = NOBLOB; UPDATE {t} SET e = 'b' WHERE id = 6; SET binlog_row_image = FULL"))
    scene.expect(mark, 'row_kept', 'folding')
    line = scene.wait_said(mark, 'damaged', 'row_kept')
    check('an ENUM of index 0' in line and 'consumers keep what was written' in line, line)
    check(len(scene.said(mark, 'damaged', 'row_kept')) == 1, 'said more than once')
    scene.caught_up()
    check(scene.spoilt(scene.primary, 'row_kept') == 2, f'{scene.spoilt(scene.primary, "row_kept")} rows are spoilt')
    check(not scene.spoilt(scene.replica, 'row_kept'), f'{scene.spoilt(scene.replica, "row_kept")} rows of the replica')


PASSES = (timestamps_pass_in_a_zone_with_summer_time,
          timestamps_in_a_key_pass,
          timestamps_fold_where_the_copy_takes_them_as_they_are,
          a_zone_of_the_tools_own_session_disturbs,
          keys_that_gh_ost_compares_otherwise_pass,
          keys_that_gh_ost_compares_alike_fold,
          keys_that_pt_osc_compares_otherwise_pass,
          a_table_without_a_key_of_its_own_passes,
          a_generated_key_that_sessions_do_not_see_passes,
          json_passes_with_gh_ost,
          compressed_transactions_disturb_gh_ost,
          xa_that_is_rolled_back_disturbs_gh_ost,
          images_without_columns,
          whole_images_fold,
          an_enum_of_index_0,
          dates_with_a_zero_part)
# Rows are lost: kept by nobody. Then what leaves the two servers different.
KEEPS = (timestamps_in_a_key_pass,
         keys_that_pt_osc_compares_otherwise_pass,
         a_table_without_a_key_of_its_own_passes,
         xa_that_is_rolled_back_disturbs_gh_ost,
         timestamps_are_kept,
         json_is_kept,
         values_that_rows_show_are_kept)


def test_damage_of_9_7(folder):
    run_scenarios(lambda number: Damage(folder / str(number), '9.7'), PASSES)


def test_damage_of_8_0(folder):
    run_scenarios(lambda number: Damage(folder / str(number), '8.0'), PASSES)


def test_values_are_kept_of_9_7(folder):
    run_scenarios(lambda number: Damage(folder / str(number), '9.7', config=KEEP), KEEPS)


def test_values_are_kept_of_8_0(folder):
    run_scenarios(lambda number: Damage(folder / str(number), '8.0', config=KEEP), KEEPS)


def test_rows_without_triggers_disturb_pt_osc(folder):
    rows_without_triggers_disturb_pt_osc(folder, '9.7')


if COUNTED:
    def test_swapped_values_are_counted(folder):
        values_swapped_in_a_unique_key(Damage(folder, '9.7'))

    def test_a_copy_of_some_rows_is_counted(folder):
        a_copy_of_some_rows(Damage(folder, '9.7'))


for _test in (test_damage_of_9_7, test_damage_of_8_0, test_values_are_kept_of_9_7, test_values_are_kept_of_8_0):
    _test.timeout = 900
