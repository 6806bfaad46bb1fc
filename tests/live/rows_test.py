"""The rows of real servers' events, walked by print_rows, are those that the statements changed.

A table with a column of every type, edge values, every row image; what was changed is known from the
statements, and mysqlbinlog -v must see the same.
"""

import collections
import contextlib
import re

import testbed

ENUM_OF_TWO_BYTES = ', '.join(f"'e{n}'" for n in range(300))
SET_OF_EIGHT_BYTES = ', '.join(f"'s{n}'" for n in range(64))

# Name, type, the least value, the greatest, another, as SQL. sql_mode is empty: a zero date and an ENUM of index 0 pass.
COLUMNS = [
    ('i1', 'TINYINT', '-128', '127', '0'),
    ('i1u', 'TINYINT UNSIGNED', '0', '255', '1'),
    ('i2', 'SMALLINT', '-32768', '32767', '256'),
    ('i3', 'MEDIUMINT', '-8388608', '8388607', '65536'),
    ('i4', 'INT', '-2147483648', '2147483647', '16777216'),
    ('i8', 'BIGINT UNSIGNED', '0', '18446744073709551615', '4294967296'),
    ('f4', 'FLOAT', '-3.4e38', '3.4e38', '0'),
    ('f8', 'DOUBLE', '-1.7e308', '1.7e308', '0'),
    ('d1', 'DECIMAL(1,0)', '-9', '9', '0'),
    ('d10', 'DECIMAL(10,2)', '-99999999.99', '99999999.99', '0.01'),
    ('d18', 'DECIMAL(18,14)', '-9999.5', '9999.99999999999999', '0'),
    ('d65', 'DECIMAL(65,30)', "-1e34", "1e34", '0'),
    ('b1', 'BIT(1)', "b'0'", "b'1'", "b'1'"),
    ('b9', 'BIT(9)', "b'0'", "b'111111111'", "b'1'"),
    ('b64', 'BIT(64)', '0', '18446744073709551615', '1'),
    ('y', 'YEAR', '0', '2155', '2000'),
    ('da', 'DATE', "'0000-00-00'", "'9999-12-31'", "'2024-02-00'"),
    ('t0', 'TIME', "'-838:59:59'", "'838:59:59'", "'00:00:00'"),
    ('t1', 'TIME(1)', "'-838:59:58.9'", "'838:59:58.9'", "'00:00:00.5'"),
    ('t6', 'TIME(6)', "'-838:59:58.999999'", "'838:59:58.999999'", "'-00:00:00.000001'"),
    ('dt0', 'DATETIME', "'0000-00-00 00:00:00'", "'9999-12-31 23:59:59'", "'2024-00-01 01:02:03'"),
    ('dt3', 'DATETIME(3)', "'0000-00-00 00:00:00'", "'9999-12-31 23:59:59.999'", "'2024-02-29 00:00:00.001'"),
    ('dt6', 'DATETIME(6)', "'1000-01-01 00:00:00'", "'9999-12-31 23:59:59.999999'", "'2024-02-29 00:00:00.000001'"),
    ('ts0', 'TIMESTAMP NULL', "'0000-00-00 00:00:00'", "'2038-01-19 03:14:07'", "'1970-01-01 00:00:01'"),
    ('ts6', 'TIMESTAMP(6) NULL', "'0000-00-00 00:00:00'", "'2038-01-19 03:14:07.999999'", "'2000-01-01 00:00:00.5'"),
    ('c0', 'CHAR(0)', "''", "''", "''"),
    ('c10', 'CHAR(10) CHARACTER SET latin1', "''", "'0123456789'", "'a '"),
    ('c255', 'CHAR(255) CHARACTER SET utf8mb4', "''", "REPEAT(_utf8mb4 0xF09F9880, 255)", "'x'"),
    ('bi', 'BINARY(16)', "''", "REPEAT(X'FF', 16)", "X'0100'"),
    ('v10', 'VARCHAR(10) CHARACTER SET latin1', "''", "'0123456789'", "'a '"),
    ('v255', 'VARCHAR(255) CHARACTER SET utf8mb4', "''", "REPEAT(_utf8mb4 0xF09F9880, 255)", "'x'"),
    ('vb255', 'VARBINARY(255)', "''", "REPEAT(X'FF', 255)", "X'00'"),
    ('vb256', 'VARBINARY(256)', "''", "REPEAT(X'FF', 256)", "X'00'"),
    ('tb', 'TINYBLOB', "''", "REPEAT(X'FF', 255)", "X'00'"),
    ('bl', 'BLOB', "''", "REPEAT(X'FF', 65535)", "X'00'"),
    ('mb', 'MEDIUMBLOB', "''", "REPEAT(X'FF', 70000)", "X'00'"),
    ('lb', 'LONGBLOB', "''", "REPEAT(X'FF', 70000)", "X'00'"),
    ('tt', 'TINYTEXT', "''", "REPEAT('t', 255)", "'x'"),
    ('te', 'TEXT', "''", "REPEAT('t', 300)", "'x'"),
    ('mt', 'MEDIUMTEXT', "''", "REPEAT('t', 300)", "'x'"),
    ('lt', 'LONGTEXT', "''", "REPEAT('t', 300)", "'x'"),
    ('e1', "ENUM('a', 'b')", "''", "'b'", "'a'"),
    ('e2', f'ENUM({ENUM_OF_TWO_BYTES})', "''", "'e299'", "'e0'"),
    ('s1', "SET('a', 'b')", "''", "'a,b'", "'b'"),
    ('s8', f'SET({SET_OF_EIGHT_BYTES})', "''", "'s0,s63'", "'s33'"),
    ('j', 'JSON', "'null'", '\'{"a": [1, 2, 3], "b": "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"}\'', '\'{"a": [7]}\''),
    ('j2', 'JSON', "'[]'", '\'{"k": 1}\'', '\'"s"\''),
]
# mysqlbinlog -v cannot print a GEOMETRY, and leaves the event there.
UNPRINTED = [
    ('g', 'GEOMETRY', "ST_GeomFromText('POINT(0 0)')", "ST_GeomFromText('LINESTRING(0 0, 1 1, 2 2)')",
     "ST_GeomFromText('POINT(1 2)')"),
    ('v10', 'VARCHAR(10)', "''", "'0123456789'", "'a '"),
]
VECTOR = ('ve', 'VECTOR(3)', "STRING_TO_VECTOR('[0,0,0]')", "STRING_TO_VECTOR('[1,2,3]')", "STRING_TO_VECTOR('[1,0,0]')")
# Bytes that lie in an image as HEX() gives them.
PLAIN = ('v10', 'v255', 'vb255', 'vb256', 'tb', 'bl', 'mb', 'lb', 'tt', 'te', 'mt', 'lt', 'c255')


class Rows:
    """What print_rows and mysqlbinlog see in a server's last binlog file, and what was done there."""

    def __init__(self, server):
        self.server = server
        self.known = collections.Counter()
        self.sizes = None
        server.sql('FLUSH BINARY LOGS')

    def change(self, connection, kind, table, text, rows=None):
        with connection.cursor() as cursor:
            cursor.execute(text)
            # What an UPDATE changed, and so logged; not what it found.
            self.known[kind, table] += cursor.rowcount if rows is None else rows

    def walk(self):
        """Closes the file; checks counts; the lines of print_rows, split."""
        file = self.server.binlog_files()[-1]
        self.server.sql('FLUSH BINARY LOGS')
        lines = [line.split(' ') for line in testbed.run([tool(), file], what='print_rows').splitlines()]
        counted, walked = collections.Counter(), collections.Counter()
        for line in lines:
            if line[0] == 'event':
                counted[line[1], line[2]] += int(line[3])
            elif line[:2] != ['update', 'after']:
                walked[line[0], line[2]] += 1
        testbed.check(counted == walked == self.known,
                      f'{file}:\n counted {counted}\n walked {walked}\n known {self.known}')
        printed = printed_rows(self.server, file)
        for change, number in self.known.items():
            testbed.check(printed[change] == number or change[1] == 'd1.shapes',
                          f'{file}: {change}: mysqlbinlog {printed[change]}, known {number}')
        return lines


def tool():
    built = [p for p in (testbed.ROOT / 'build' / preset / 'print_rows' for preset in ('bench', 'release', 'dev'))
             if p.exists()]
    testbed.check(built, 'print_rows is not built: cmake --build build/dev --target print_rows')
    return max(built, key=lambda p: p.stat().st_mtime)


def printed_rows(server, file):
    program = server.client('mysqlbinlog', login=False) if server.at_least('8.0') else \
        [str(testbed.cached('mysql-8.0') / 'run' / 'mysqlbinlog')]
    kinds = {'INSERT INTO': 'insert', 'UPDATE': 'update', 'DELETE FROM': 'delete'}
    printed = collections.Counter()
    for line in testbed.run([*program, '-v', '--base64-output=DECODE-ROWS', file], what='mysqlbinlog').splitlines():
        found = re.match(r'### (INSERT INTO|UPDATE|DELETE FROM) `(.*?)`\.`(.*?)`( VALUES \(\))?$', line)
        if found:
            printed[kinds[found[1]], f'{found[2]}.{found[3]}'] += 1
    return printed


def columns_of(server, table='every'):
    if table == 'shapes':
        return UNPRINTED
    return COLUMNS + ([VECTOR] if server.at_least('9.0') else [])


def make_tables(server):
    server.sql('CREATE DATABASE d1')
    # Hidden columns, which no event has.
    indexes = ", KEY many ((CAST(j->'$.a' AS UNSIGNED ARRAY))), KEY low ((LOWER(v10)))" if server.at_least('8.0') else ''
    generated = f'gv INT AS (i4 DIV 2) VIRTUAL, gs VARCHAR(20) AS (CONCAT(id, v10)) STORED{indexes}'
    for table, more in (('every', f', {generated}'), ('shapes', '')):
        columns = ', '.join(f'{name} {kind}' for name, kind, *_ in columns_of(server, table))
        server.sql(f'CREATE TABLE d1.{table} (id INT PRIMARY KEY, {columns}{more}) CHARACTER SET latin1')
    server.sql("CREATE TABLE d1.lone (a INT NOT NULL DEFAULT 7, b VARCHAR(10) DEFAULT 'x')")
    server.sql('CREATE TABLE d1.pairs (a INT, b INT, PRIMARY KEY (a, b))')


@contextlib.contextmanager
def session(server, **settings):
    connection = server.connect()
    with connection.cursor() as cursor:
        cursor.execute("SET sql_mode = '', time_zone = '+00:00'")
        for name, value in settings.items():
            cursor.execute(f'SET SESSION {name} = {value}')
    yield connection
    connection.close()


def values_of_every_type(rows, connection, table):
    columns = columns_of(rows.server, table)
    table = f'd1.{table}'
    names = ', '.join(name for name, *_ in columns)
    least, greatest, another = (', '.join(one[place] for one in columns) for place in (2, 3, 4))
    rows.change(connection, 'insert', table, f'INSERT INTO {table} (id) VALUES (1), (2), (3)')  # all NULL
    rows.change(connection, 'insert', table, f'INSERT INTO {table} (id, {names}) VALUES (4, {least}),'
                f' (5, {greatest}), (6, {another}), (7, {greatest})')
    for place, target in ((2, 1), (3, 2), (4, 5), (2, 7)):
        changes = ', '.join(f'{one[0]} = {one[place]}' for one in columns)
        rows.change(connection, 'update', table, f'UPDATE {table} SET {changes} WHERE id = {target}')
    changes = ', '.join(f'{name} = NULL' for name, *_ in columns)
    rows.change(connection, 'update', table, f'UPDATE {table} SET {changes} WHERE id IN (4, 6)')
    rows.change(connection, 'update', table, f'UPDATE {table} SET v10 = id')
    rows.change(connection, 'update', table, f'UPDATE {table} SET id = id + 100 ORDER BY id DESC')
    rows.change(connection, 'delete', table, f'DELETE FROM {table} WHERE id > 105')


def work(rows, connection, large=False):
    """Inserts, updates and deletes; the same in every image."""
    server = rows.server
    for table in ('every', 'shapes'):
        values_of_every_type(rows, connection, table)
    rows.change(connection, 'delete', 'd1.shapes', 'DELETE FROM d1.shapes')
    if server.at_least('8.0'):
        rows.change(connection, 'update', 'd1.every', "UPDATE d1.every SET j = JSON_SET(j, '$.a[1]', 9, '$.c', 1)"
                    " WHERE j->'$.b' IS NOT NULL")
        rows.change(connection, 'update', 'd1.every', "UPDATE d1.every SET j = JSON_SET(j, '$.a[1]', 10), te = 'new',"
                    " j2 = JSON_REMOVE(j2, '$.k') WHERE j->'$.b' IS NOT NULL")
    rows.change(connection, 'delete', 'd1.every', 'DELETE FROM d1.every')
    # More than one event.
    rows.change(connection, 'insert', 'd1.every', 'INSERT INTO d1.every (id, i4, v255, bl) SELECT a.n * 10 + b.n, b.n,'
                " REPEAT('v', a.n), IF(b.n = 3, NULL, REPEAT('b', a.n * b.n)) FROM"
                ' (SELECT ' + ' UNION SELECT '.join(f'{n} AS n' if n == 0 else str(n) for n in range(100)) + ') a,'
                ' (SELECT ' + ' UNION SELECT '.join(f'{n} AS n' if n == 0 else str(n) for n in range(10)) + ') b')
    rows.change(connection, 'update', 'd1.every', "UPDATE d1.every SET v10 = 'w', te = IF(id % 2, NULL, 'odd')")
    if large:  # a value above 16 MiB
        rows.change(connection, 'update', 'd1.every', "UPDATE d1.every SET lb = REPEAT('L', 17000000) WHERE id = 5")
    rows.change(connection, 'delete', 'd1.every', 'DELETE FROM d1.every')
    rows.change(connection, 'insert', 'd1.lone', 'INSERT INTO d1.lone VALUES ()')  # MINIMAL: a row without a column
    rows.change(connection, 'update', 'd1.lone', "UPDATE d1.lone SET b = 'y'")
    rows.change(connection, 'delete', 'd1.lone', 'DELETE FROM d1.lone')
    rows.change(connection, 'insert', 'd1.pairs', 'INSERT INTO d1.pairs VALUES (1, 1), (1, 2), (2, 1)')
    rows.change(connection, 'update', 'd1.pairs', 'UPDATE d1.pairs SET b = b + 10')
    rows.change(connection, 'delete', 'd1.pairs', 'DELETE FROM d1.pairs WHERE a = 1')
    rows.change(connection, 'delete', 'd1.pairs', 'DELETE FROM d1.pairs')


def lacking(lines, kind, table='d1.every'):
    return {line[4] for line in lines if line[:3] == ['event', kind, table]}


def check_values(server, rows):
    """Values in the log are those in the table."""
    columns = columns_of(server)
    place = {name: n + 1 for n, (name, *_) in enumerate(columns)}
    names = ', '.join(place)
    with session(server) as connection:
        for number, values in ((1, 2), (2, 3), (3, 4)):
            rows.change(connection, 'insert', 'd1.every', f'INSERT INTO d1.every (id, {names}) VALUES'
                        f' ({number}, {", ".join(one[values] for one in columns)})')
    images = [dict(field.split('=') for field in line[3:]) for line in rows.walk() if line[:3] == ['insert', 'after', 'd1.every']]
    for image in images:
        testbed.check(list(image) == [str(n) for n in range(len(columns) + 3)], f'columns {list(image)}')
        number = int.from_bytes(bytes.fromhex(image['0']), 'little')
        wanted = server.sql(f'SELECT {", ".join(f"HEX({name})" for name in PLAIN)} FROM d1.every WHERE id = {number}')[0]
        for name, value in zip(PLAIN, wanted):
            testbed.check(image[str(place[name])] == value.lower(), f'{name} of row {number}: {image[str(place[name])]}, not {value}')
        for name, size in (('i1u', 1), ('i8', 8)):
            value = int.from_bytes(bytes.fromhex(image[str(place[name])]), 'little')
            testbed.check(value == server.value(f'SELECT {name} FROM d1.every WHERE id = {number}'), f'{name}: {value}')
            testbed.check(len(image[str(place[name])]) == 2 * size, f'size of {name}')
    first = {name: images[0][str(n)] for name, n in place.items()}
    zero = {'e1': '00', 'e2': '0000', 'da': '000000', 'y': '00', 's8': '00' * 8, 'dt0': '8000000000', 'ts6': '00' * 7}
    testbed.check({name: first[name] for name in zero} == zero, f'zero values: {first}')
    server.sql('SET sql_log_bin = 0; DELETE FROM d1.every; SET sql_log_bin = 1')


def walk_full(server):
    make_tables(server)
    check_values(server, Rows(server))
    rows = Rows(server)
    with session(server) as connection:
        work(rows, connection, large=True)
        rows.change(connection, 'insert', 'd1.lone', 'INSERT INTO d1.lone VALUES (), (), ()')
    lines = rows.walk()
    testbed.check({line[4] for line in lines if line[0] == 'event'} == {'full'}, 'a FULL image lacks columns')


def walk_lacking(server):
    make_tables(server)
    for image in ('MINIMAL', 'NOBLOB'):
        rows = Rows(server)
        with session(server, binlog_row_image=f"'{image}'") as connection:
            work(rows, connection)
        lines = rows.walk()
        testbed.check(lacking(lines, 'update') == {'lacks'}, f'{image}: updates: {lacking(lines, "update")}')


def walk_json_diffs(server):
    make_tables(server)
    for more in ({}, {'binlog_row_image': "'MINIMAL'"}, {'binlog_transaction_compression': 'ON'}):
        rows = Rows(server)
        with session(server, binlog_row_value_options="'PARTIAL_JSON'", **more) as connection:
            work(rows, connection)
        lines = rows.walk()
        diffs = [line for line in lines if line[0] == 'update' and any('~' in field for field in line[3:])]
        testbed.check(diffs and all(line[1] == 'after' for line in diffs), f'{more}: no JSON came as a diff')


def server_of(version, folder, **options):
    return testbed.Server(version, folder / 'server', max_allowed_packet='64M', **options)


def test_full_rows_of_9_7(folder):
    walk_full(server_of('9.7', folder))


def test_full_rows_of_8_0(folder):
    walk_full(server_of('8.0', folder))


def test_full_rows_of_5_7(folder):
    walk_full(server_of('5.7', folder))


def test_rows_that_lack_columns_of_9_7(folder):
    walk_lacking(server_of('9.7', folder))


def test_rows_that_lack_columns_of_8_0(folder):
    walk_lacking(server_of('8.0', folder))


def test_rows_that_lack_columns_of_5_7(folder):
    walk_lacking(server_of('5.7', folder))


def test_json_diffs_of_9_7(folder):
    walk_json_diffs(server_of('9.7', folder))


def test_json_diffs_of_8_0(folder):
    walk_json_diffs(server_of('8.0', folder))


def test_full_rows_of_version_1(folder):
    walk_full(server_of('5.7', folder, log_bin_use_v1_row_events=True))


def test_rows_of_version_1_that_lack_columns(folder):
    walk_lacking(server_of('5.7', folder, log_bin_use_v1_row_events=True))


def test_metadata_and_partitions_change_no_row(folder):
    server = server_of('9.7', folder, binlog_row_metadata='FULL')
    make_tables(server)
    server.sql('ALTER TABLE d1.pairs PARTITION BY HASH (a) PARTITIONS 3')  # extra information in each event
    rows = Rows(server)
    with session(server) as connection:
        work(rows, connection)
    rows.walk()
