"""What a folded ALTER finds in the consumer's own surroundings: its time zone, and how its tables are stored.

The primary lives in a zone with summer time, what replicates from it in UTC; all take time_zone = SYSTEM. A second
replica follows the primary directly: downstream of unghost everything is as it is there, and rows are as on the primary.
"""

import testbed
from scene import SCHEMA, Scene, run_scenarios
from testbed import check

BERLIN = {'TZ': 'CET-1CEST,M3.5.0,M10.5.0/3'}
UTC = {'TZ': 'UTC0'}
LITERAL = "'2020-06-01 00:00:00'"


class TwoZones(Scene):
    """A scene with a control replica straight at the primary."""

    def __init__(self, folder, version, **options):
        super().__init__(folder, version, environment=BERLIN, replica_options={'environment': UTC}, **options)
        self.control = testbed.Server(version, folder / 'control', environment=UTC)
        testbed.replicate(self.control, self.primary.host, self.primary.port, self.primary.user, self.primary.password)
        self.primary.sql(f'CREATE DATABASE {SCHEMA}')
        self.computed = set()  # tables with values that each server computes in a zone of its own

    def end(self):
        self.control.kill9()
        super().end()

    def equal(self, ignore=(), timeout=60):
        for replica in (self.control, self.replica):
            testbed.wait_caught_up(self.primary, replica, timeout=timeout)
        testbed.check_equal(self.control, self.replica, ignore=ignore)
        differences = [line for table in self.tables(self.primary) - self.computed
                       for line in testbed._compare_rows(self.primary, self.replica, SCHEMA, table)]
        check(not differences, 'rows differ:\n  ' + '\n  '.join(differences))


def gh_ost(scene, table, alter):
    return testbed.gh_ost(scene.primary, '1.1.8', SCHEMA, table, alter).succeed()


def pt_osc(scene, table, alter, **flags):
    # In a few steps with pauses: a copy that is over before the source has told the definition passes.
    rows = scene.primary.value(f'SELECT COUNT(*) FROM {SCHEMA}.{table}')
    flags = {'chunk_time': '0', 'chunk_size': max(1, rows // 3), 'sleep': '0.3', **flags}
    return testbed.pt_osc(scene.primary, '3.7.1', SCHEMA, table, alter, **flags).succeed()


def migrate(scene, tool, table, alter, word, **flags):
    """Runs the tool on a table that is there; the verdict and what comes of it."""
    mark = scene.mark()
    tool(scene, table, alter, **flags)
    scene.equal()
    scene.expect(mark, table, word)
    return scene.said(mark, word, table)[0]


# --- the time zone

def an_added_timestamp_with_a_literal_passes_where_the_zone_is_the_consumers_own(scene):
    for number, (tool, alter) in enumerate((
            (gh_ost, f'ADD COLUMN at timestamp NOT NULL DEFAULT {LITERAL}'),
            (pt_osc, f'ADD COLUMN at timestamp NULL DEFAULT {LITERAL}'),
            (pt_osc, 'ADD COLUMN at timestamp(3) NOT NULL DEFAULT 20200601000000'))):
        table = f'literal{number}'
        scene.table(table)
        line = migrate(scene, tool, table, alter, 'passing')
        check('time_zone' in line, line)


def an_added_timestamp_folds_where_the_zone_is_an_offset(scene):
    scene.table('offset_pt')
    scene.table('offset_gh')
    migrate(scene, pt_osc, 'offset_pt', f'ADD COLUMN at timestamp NOT NULL DEFAULT {LITERAL}', 'folding',
            set_vars=["time_zone='+02:00'"])
    scene.primary.sql("SET GLOBAL time_zone = '-05:30'")
    try:
        migrate(scene, gh_ost, 'offset_gh', f'ADD COLUMN at timestamp NULL DEFAULT {LITERAL}', 'folding')
    finally:
        scene.primary.sql('SET GLOBAL time_zone = SYSTEM')
    check(scene.replica.value(f"SELECT COUNT(*) FROM {SCHEMA}.offset_gh WHERE UNIX_TIMESTAMP(at) = "
                              f"UNIX_TIMESTAMP('2020-06-01 05:30:00')") == 300, 'another instant')


def an_added_timestamp_of_zeros_folds(scene):
    scene.table('zeros')
    mode = scene.primary.value('SELECT @@global.sql_mode')
    scene.primary.sql("SET GLOBAL sql_mode = 'STRICT_TRANS_TABLES'")
    try:
        migrate(scene, pt_osc, 'zeros', "ADD COLUMN at timestamp NOT NULL DEFAULT '0000-00-00 00:00:00'", 'folding')
    finally:
        scene.primary.sql('SET GLOBAL sql_mode = %s', (mode,))


def a_literal_with_an_offset_is_read_in_the_zone_too(scene):
    if scene.primary.version == '5.7':
        return  # knows none
    for number, definition in enumerate((
            *(f"{kind} NULL DEFAULT '2020-06-01 00:00:00+05:00'" for kind in ('datetime', 'date', 'time', 'timestamp')),
            "datetime NULL DEFAULT '2020-06-01 00:00:00.+05:00 '",
            "datetime NULL DEFAULT '2020-06-01 00:00:00' '\\+05:00\\n'")):
        table = f'with_offset{number}'
        scene.table(table)
        migrate(scene, pt_osc, table, f'ADD COLUMN at {definition}', 'passing')


def other_literals_fold(scene):
    scene.table('datetimes')
    migrate(scene, gh_ost, 'datetimes', f"ADD COLUMN at datetime NOT NULL DEFAULT {LITERAL}, ADD COLUMN day date "
            "DEFAULT '2020-06-01', ADD COLUMN clock time DEFAULT '-10:30', ADD COLUMN text varchar(40) DEFAULT "
            "'2020-06-01 00:00:00+05:00', ADD COLUMN nothing timestamp NULL", 'folding')


def a_stored_column_that_is_computed_from_the_session_passes(scene):
    cases = [(gh_ost, 'hour int AS (HOUR(seen)) STORED,'),
             (pt_osc, 'hour int AS (HOUR(seen)) STORED,'),
             (gh_ost, 'hour int AS (HOUR(FROM_UNIXTIME(customer))) STORED,')]
    if scene.primary.at_least('8.0'):  # gh-ost cannot copy it in 5.7
        cases.append((gh_ost, 'instant timestamp AS (changed) STORED NULL,'))
        cases.append((pt_osc, 'day int AS (TO_DAYS(code)) STORED,'))
    for number, (tool, stored) in enumerate(cases):
        table = f'stored{number}'
        scene.computed.add(table)
        scene.table(table, rows=0, more='seen timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP,' + stored)
        # Written in another zone than the tool's session; the copy's rows are computed in the tool's.
        with scene.primary.connect(database=SCHEMA) as connection, connection.cursor() as cursor:
            cursor.execute("SET time_zone = '+07:00'")
            cursor.execute(f"INSERT INTO {table} (customer, code, changed, seen) "
                           f"VALUES (5, '2020-06-01 00:00:00+05:00', {LITERAL}, {LITERAL})")
        line = migrate(scene, tool, table, 'ADD COLUMN a int', 'passing')
        check('generated column' in line, line)


def generated_columns_that_are_not_fold(scene):
    scene.table('generated', more='seen timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP, twice int AS (customer / 2) STORED,'
                ' hour int AS (HOUR(seen)) VIRTUAL, KEY hour (hour),')
    migrate(scene, gh_ost, 'generated', 'ADD COLUMN a int', 'folding')


def a_unique_key_that_is_computed_from_the_session_passes(scene):
    cases = [(gh_ost, 'day date AS (DATE(seen)) VIRTUAL, UNIQUE KEY day (day),'),
             (pt_osc, 'day date AS (DATE(seen)) VIRTUAL, UNIQUE KEY day (day),')]
    if scene.primary.at_least('8.0'):
        cases.append((pt_osc, 'UNIQUE KEY day ((DATE(seen))),'))
    for number, (tool, key) in enumerate(cases):
        table = f'keyed{number}'
        scene.table(table, rows=0, more='seen timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP,' + key)
        # Two days in UTC, one in the zone of the tool's session: the copy takes only one of the rows.
        with scene.primary.connect(database=SCHEMA) as connection, connection.cursor() as cursor:
            cursor.execute("SET time_zone = '+00:00'")
            for at in ('2020-06-01 23:00:00', '2020-06-02 01:00:00'):
                cursor.execute(f"INSERT INTO {table} (customer, code, seen) VALUES (5, 'a', '{at}')")
        line = migrate(scene, tool, table, 'ADD COLUMN a int', 'passing')
        check('unique key' in line, line)
        check(scene.primary.value(f'SELECT COUNT(*) FROM {SCHEMA}.{table}') == 1, 'the copy took both rows')


def a_unique_key_that_asks_only_whether_there_is_a_value_folds(scene):
    scene.table('alive', more='gone timestamp NULL, alive char(32) AS (IF(gone IS NULL, code, NULL)) VIRTUAL,'
                ' UNIQUE KEY alive (alive),')
    migrate(scene, gh_ost, 'alive', 'ADD COLUMN a int', 'folding')


def existing_timestamps_fold(scene):
    scene.table('existing', more=f'seen timestamp NULL DEFAULT {LITERAL},')
    migrate(scene, gh_ost, 'existing', "MODIFY seen timestamp NULL DEFAULT '2021-07-01 00:00:00'", 'folding')
    migrate(scene, pt_osc, 'existing', 'MODIFY seen timestamp(3) NULL DEFAULT NULL', 'folding')
    migrate(scene, pt_osc, 'existing', 'FORCE', 'folding')


def a_change_to_or_from_timestamp_passes(scene):
    scene.table('turned', more=f'seen timestamp NULL DEFAULT {LITERAL}, at datetime NULL DEFAULT {LITERAL},')
    migrate(scene, gh_ost, 'turned', 'MODIFY seen datetime NULL', 'passing')
    migrate(scene, pt_osc, 'turned', 'MODIFY at timestamp NULL', 'passing')


def partitions_by_timestamp_fold(scene):
    scene.primary.sql(f"""CREATE TABLE {SCHEMA}.parts (id int AUTO_INCREMENT, at timestamp NOT NULL DEFAULT
        CURRENT_TIMESTAMP, PRIMARY KEY (id, at)) PARTITION BY RANGE (UNIX_TIMESTAMP(at)) (PARTITION p0 VALUES LESS THAN
        (UNIX_TIMESTAMP({LITERAL})), PARTITION p1 VALUES LESS THAN MAXVALUE)""")
    scene.primary.sql(f"INSERT INTO {SCHEMA}.parts (at) VALUES ('2020-05-31 23:30:00'), ('2020-05-31 21:30:00'), "
                      "('2020-06-01 00:00:00')")
    migrate(scene, gh_ost, 'parts', 'ADD COLUMN a int, FORCE', 'folding')


ZONES = (an_added_timestamp_with_a_literal_passes_where_the_zone_is_the_consumers_own,
         an_added_timestamp_folds_where_the_zone_is_an_offset,
         an_added_timestamp_of_zeros_folds,
         a_literal_with_an_offset_is_read_in_the_zone_too,
         other_literals_fold,
         a_stored_column_that_is_computed_from_the_session_passes,
         generated_columns_that_are_not_fold,
         a_unique_key_that_is_computed_from_the_session_passes,
         a_unique_key_that_asks_only_whether_there_is_a_value_folds,
         existing_timestamps_fold,
         a_change_to_or_from_timestamp_passes,
         partitions_by_timestamp_fold)


# --- how tables are stored

def compact(scene, table, more='', columns=''):
    """A table of the days when COMPACT was the default, on every server; the default is DYNAMIC since."""
    servers = (scene.primary, scene.control, scene.replica)
    scene.equal()
    for server in servers:
        server.sql('SET GLOBAL innodb_default_row_format = COMPACT')
    scene.primary.sql(f"""CREATE TABLE {SCHEMA}.{table} (id int AUTO_INCREMENT PRIMARY KEY, v varchar(255), n int {columns})
        DEFAULT CHARSET = utf8mb4 {more}""")
    scene.equal()
    for server in servers:
        server.sql('SET GLOBAL innodb_default_row_format = DYNAMIC')
    scene.primary.sql(f"INSERT INTO {SCHEMA}.{table} (v, n) VALUES (REPEAT('a', 255), 1), ('b', 2), (NULL, 3)")
    check({row_format(server, table) for server in servers} == {'Compact'}, 'not every server has the table in COMPACT')


def row_format(server, table):
    return server.value('SELECT ROW_FORMAT FROM information_schema.TABLES WHERE TABLE_SCHEMA = %s AND TABLE_NAME = %s',
                        (SCHEMA, table))


def same_row_format(scene, table, expected='Dynamic'):
    got = [row_format(server, table) for server in (scene.primary, scene.control, scene.replica)]
    check(got == [expected] * 3, f'row formats of {table}: {got}')


def an_index_that_only_the_copys_row_format_takes_folds(scene):
    for tool in (gh_ost, pt_osc):
        table = f'wide_{tool.__name__}'
        compact(scene, table)
        line = migrate(scene, tool, table, 'ADD INDEX iv (v)', 'folding')
        check('Compact' in line, line)
        same_row_format(scene, table)


def a_column_under_an_index_that_gets_as_wide_folds(scene):
    compact(scene, 'grows', columns=', w varchar(150), KEY iw (w)')
    migrate(scene, pt_osc, 'grows', 'MODIFY w varchar(255)', 'folding')
    same_row_format(scene, 'grows')


def what_comes_after_an_instant_clause_is_taken_too(scene):
    compact(scene, 'later')
    migrate(scene, gh_ost, 'later', 'ADD COLUMN a int NOT NULL DEFAULT 7', 'folding')
    same_row_format(scene, 'later')
    scene.primary.sql(f'ALTER TABLE {SCHEMA}.later ADD INDEX iv (v)')
    scene.equal()
    mark = scene.mark()
    migrate(scene, pt_osc, 'later', 'ADD COLUMN b int', 'folding')
    check('Compact' not in scene.said(mark, 'folding', 'later')[0], 'rebuilt once more')


def a_row_format_that_is_written_stays(scene):
    compact(scene, 'written', more='ROW_FORMAT = COMPACT')
    line = migrate(scene, gh_ost, 'written', 'ADD INDEX (n)', 'folding')
    check('FORCE' not in line, line)
    same_row_format(scene, 'written', 'Compact')
    migrate(scene, pt_osc, 'written', 'ROW_FORMAT = DYNAMIC', 'folding')
    same_row_format(scene, 'written')


def partitions_of_another_row_format_fold(scene):
    compact(scene, 'parted', more='PARTITION BY HASH (id) PARTITIONS 2')
    migrate(scene, pt_osc, 'parted', 'ADD INDEX iv (v), ADD COLUMN c int', 'folding')


def a_partition_that_was_added_with_another_row_format_folds(scene):
    servers = (scene.primary, scene.control, scene.replica)
    scene.primary.sql(f"""CREATE TABLE {SCHEMA}.grown (id int PRIMARY KEY, v varchar(255)) DEFAULT CHARSET = utf8mb4
        PARTITION BY RANGE (id) (PARTITION p0 VALUES LESS THAN (100))""")
    scene.equal()
    for server in servers:
        server.sql('SET GLOBAL innodb_default_row_format = COMPACT')
    scene.primary.sql(f'ALTER TABLE {SCHEMA}.grown ADD PARTITION (PARTITION p1 VALUES LESS THAN MAXVALUE)')
    scene.equal()
    for server in servers:
        server.sql('SET GLOBAL innodb_default_row_format = DYNAMIC')
    same_row_format(scene, 'grown')
    scene.primary.sql(f"INSERT INTO {SCHEMA}.grown VALUES (1, 'a'), (200, 'b')")
    line = migrate(scene, pt_osc, 'grown', 'ADD INDEX iv (v)', 'folding')
    check('Compact' in line, line)
    line = migrate(scene, gh_ost, 'grown', 'ADD COLUMN c int', 'folding')
    check('FORCE' not in line, 'rebuilt once more')


def a_row_format_that_was_written_without_effect_folds(scene):
    if scene.primary.version != '5.7':
        return  # newer ones write down what they do
    replicas = (scene.control, scene.replica)

    def have(file_format, strict):
        for server in (scene.primary, *replicas):
            server.sql(f'SET GLOBAL innodb_file_format = {file_format}, innodb_strict_mode = {strict}')
        scene.primary.sql(f'SET innodb_strict_mode = {strict}')
        for replica in replicas:
            replica.sql('STOP SLAVE SQL_THREAD')
            replica.sql('START SLAVE SQL_THREAD')

    have('Antelope', 'OFF')
    compact(scene, 'without_effect', more='KEY_BLOCK_SIZE = 8')
    have('Barracuda', 'ON')
    line = migrate(scene, gh_ost, 'without_effect', 'ADD INDEX iv (v)', 'folding')
    check('Compact' in line, line)
    same_row_format(scene, 'without_effect', 'Compressed')


def the_row_format_is_known_after_a_restart(scene):
    compact(scene, 'restarted')
    mark = scene.mark()
    run = testbed.gh_ost(scene.primary, '1.1.8', SCHEMA, 'restarted', 'ADD INDEX iv (v)', wait=False, postpone=True)
    run.wait_for_output('State: postponing cut-over')
    scene.wait_said(mark, 'folding', 'restarted')
    scene.unghost.restart()
    run.command('unpostpone')
    run.succeed()
    scene.equal()
    same_row_format(scene, 'restarted')


def a_copy_that_is_made_from_a_verbose_definition_passes(scene):
    compact(scene, 'verbose')
    scene.primary.sql('SET GLOBAL show_create_table_verbosity = ON')
    try:
        scene.unghost.restart()
        migrate(scene, pt_osc, 'verbose', 'ADD COLUMN a int', 'passing')
    finally:
        scene.primary.sql('SET GLOBAL show_create_table_verbosity = OFF')


ROW_FORMATS = (an_index_that_only_the_copys_row_format_takes_folds,
               a_column_under_an_index_that_gets_as_wide_folds,
               what_comes_after_an_instant_clause_is_taken_too,
               a_row_format_that_is_written_stays,
               partitions_of_another_row_format_fold,
               a_partition_that_was_added_with_another_row_format_folds,
               a_row_format_that_was_written_without_effect_folds,
               the_row_format_is_known_after_a_restart,
               a_copy_that_is_made_from_a_verbose_definition_passes)


def test_time_zones_of_9_7(folder):
    run_scenarios(lambda number: TwoZones(folder / str(number), '9.7'), ZONES)


def test_time_zones_of_8_0(folder):
    run_scenarios(lambda number: TwoZones(folder / str(number), '8.0'), ZONES)


def test_time_zones_of_5_7(folder):
    run_scenarios(lambda number: TwoZones(folder / str(number), '5.7'), ZONES)


def test_row_formats_of_9_7(folder):
    run_scenarios(lambda number: TwoZones(folder / str(number), '9.7'), ROW_FORMATS)


def test_row_formats_of_8_0(folder):
    run_scenarios(lambda number: TwoZones(folder / str(number), '8.0'), ROW_FORMATS)


def test_row_formats_of_5_7(folder):
    run_scenarios(lambda number: TwoZones(folder / str(number), '5.7'), ROW_FORMATS)


def test_a_copy_that_its_schema_encrypts_passes(folder):
    scene = Scene(folder, '8.0', early_plugin_load='keyring_file.so', keyring_file_data='keyring')
    scene.table('alike')
    scene.table('by_text')
    scene.primary.sql(f"ALTER DATABASE {SCHEMA} ENCRYPTION = 'Y'")
    migrate(scene, gh_ost, 'alike', 'ADD COLUMN a int', 'passing')
    migrate(scene, pt_osc, 'by_text', 'ADD COLUMN a int', 'folding')


def test_a_table_that_is_rebuilt_at_consumers_too_can_be_exchanged(folder):
    forced = ''.join(f'[fold.table."{SCHEMA}.{table}"]\nforce = true\n' for table in ('parted', 'spare'))
    for version in ('9.7', '8.0'):
        scene = Scene(folder / version, version, config=forced)
        scene.primary.sql(f'CREATE DATABASE {SCHEMA}')
        scene.primary.sql(f'CREATE TABLE {SCHEMA}.spare (id int PRIMARY KEY, v int)')
        scene.primary.sql(f'CREATE TABLE {SCHEMA}.parted (id int PRIMARY KEY, v int) '
                          'PARTITION BY RANGE (id) (PARTITION p0 VALUES LESS THAN (100), PARTITION pm VALUES LESS THAN MAXVALUE)')
        for table in ('parted', 'spare'):
            scene.primary.sql(f'INSERT INTO {SCHEMA}.{table} VALUES (1, 1), (2, 2)')
        migrate(scene, gh_ost, 'parted', 'ADD COLUMN a int, ALGORITHM=INPLACE', 'folding')
        migrate(scene, pt_osc, 'spare', 'ADD COLUMN a int, ALGORITHM=INPLACE', 'folding')
        scene.primary.sql(f'ALTER TABLE {SCHEMA}.parted EXCHANGE PARTITION p0 WITH TABLE {SCHEMA}.spare')
        scene.equal()
        scene.end()


for _test in (test_time_zones_of_9_7, test_time_zones_of_8_0, test_time_zones_of_5_7,
              test_row_formats_of_9_7, test_row_formats_of_8_0, test_row_formats_of_5_7):
    _test.timeout = 900
