"""What an ALTER does to rows at the edge, and what the tools' copies make of them: run by classes_test.py.

A case: a table `t (id int AUTO_INCREMENT PRIMARY KEY, COLUMNS) OPTIONS`, a row for each of the values (of the columns
behind id), and the ALTER of it. `old` is False where MySQL 5.7 does not know it, or its class there if it is another one.
Classes, written before the servers are asked:

    same                the ALTER as recorded gives the table that the copy gave
    lenient             so does the ALTER without the strict bits of its sql_mode
    counted             as same, if the copy has as many rows as the original
    lenient, counted    as lenient, if it has
    passed              not folded
"""

import collections

Case = collections.namedtuple('Case', 'kind columns values clauses options old', defaults=('', True))


INTS = ('NULL', '0', '1', '-1', '127', '128', '-128', '-129', '255', '256', '-32769', '65535', '2147483647', '-2147483648')
BIGS = (*INTS, '4294967295', '4294967296', '9223372036854775807', '-9223372036854775808')
UNSIGNED = ('NULL', '0', '1', '127', '128', '255', '65536', '2147483648', '4294967295')
UNSIGNED_BIGS = (*UNSIGNED, '9223372036854775807', '9223372036854775808', '18446744073709551615')
DECIMALS = ('NULL', '0', '-0.01', '0.05', '0.5', '-0.5', '1.5', '2.5', '12.34', '12.35', '-12.345', '12345.67', '99999999.99',
            '-99999999.99')
DOUBLES = ('NULL', '0', '-0e0', '0.1', '0.5', '1.5', '2.5', '-2.5', '1e10', '1e15', '1e19', '-1e19', '1e30', '1e300', '-1e300',
           '1e-300', '3.4028235e38', '123456789.125', '2147483647.5')
FLOATS = ('NULL', '0', '-0e0', '0.1', '1.5', '2.5', '-2.5', '1e10', '1e30', '1e38', '-1e38', '16777217', '1e-38', '255.5')
TEXTS = ('NULL', "''", "' '", "'a'", "'A'", "'a '", "'  padded  '", "'12abc'", "'-5'", "'1e3'", "'12'", "'é'", "'漢字'", "'😀'",
         "'a😀b'", "'ß'", "REPEAT('b', 40)", "REPEAT('é', 40)", "CONCAT(REPEAT('x', 10), '   ')", "'2020-02-30'", "CHAR(0)",
         "CONCAT('a', CHAR(0), 'b')", "'tab\\tnew\\nline'")
LONG = (*TEXTS, "REPEAT('z', 256)", "REPEAT('é', 255)", "REPEAT('漢', 100)", "REPEAT('y', 70000)", "CONCAT(REPEAT('x', 255), ' ')")
LATIN = ('NULL', "''", "' '", "'a'", "'A'", "'é'", "'É'", "'ß'", "'Müller'", "'€'", "REPEAT('é', 40)", "'a '", "CHAR(0)",
         "x'81'", "x'ff'", "'ñ'")
BYTES = ('NULL', "''", "' '", "'a'", "x'00'", "x'6100'", "x'ff'", "x'c3a9'", "x'c328'", "REPEAT('b', 40)")
DATETIMES = ('NULL', "'0000-00-00'", "'2024-02-29 23:59:59.999999'", "'2024-02-29 23:59:59.4'", "'2024-02-29 23:59:59.5'",
             "'1970-01-01 00:00:01'", "'9999-12-31 23:59:59.999999'", "'9999-12-31 23:59:59.4'", "'0001-01-01'", "'2023-06-15'",
             "'2023-06-15 12:00:00.123456'", "'2038-01-19 03:14:08'")
DATES = ('NULL', "'0000-00-00'", "'2024-02-29'", "'9999-12-31'", "'0001-01-01'")
TIMES = ('NULL', "'0'", "'-838:59:59'", "'838:59:59'", "'23:59:59.999999'", "'23:59:59.4'", "'-00:00:00.6'", "'00:00:00.000001'",
         "'838:59:58.999999'", "'100:00:00.5'")
TIMESTAMPS = ('NULL', "'0000-00-00'", "'1970-01-02 00:00:01'", "'2024-02-29 23:59:59.999999'", "'2024-06-15 12:00:00.5'",
              "'2038-01-18 03:14:07.9'", "'2023-06-15 12:00:00.123456'")
ENUMS = ('NULL', "'a'", "'b'", "'c'", "0")
SETS = ('NULL', "''", "'x'", "'y'", "'x,y'", "'x,y,z'")
JSONS = ('NULL', "'{}'", "'null'", "'[1, 2.50, \"a\"]'", "'{\"a\": {\"b\": 1}}'", "'\"text\"'", "'12'", "'true'")
BITS = ('NULL', "b'0'", "b'1'", "b'101'", "b'11111111'", "b'01000001'")
YEARS = ('NULL', "0", "'1901'", "'2024'", "'2155'")
ONE = ('NULL', '0', '1', '7')

UTF8 = 'DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_general_ci'
LATIN1 = 'DEFAULT CHARSET = latin1'
UTF8MB3 = 'DEFAULT CHARSET = utf8mb3'


def cases(kind, columns, values, *clauses, **more):
    return [Case(kind, columns, values, one, **more) for one in clauses]


def modified(kind, before, values, *after, **more):
    return cases(kind, f'a {before}', values, *(f'MODIFY a {one}' for one in after), **more)


ADDED = [
    *cases('lenient', 'a int', ONE, *(f'ADD COLUMN n {kind} NOT NULL' for kind in (
        'int', 'bigint unsigned', 'decimal(10,2)', 'double', 'bit(4)', 'varchar(20)', 'char(3)', 'text', 'blob', 'binary(16)',
        "enum('b','a')", "set('x')", 'json', 'date', 'time', 'datetime(6)', 'year'))),
    *cases('lenient', 'a int', ONE, 'ADD COLUMN n int NOT NULL AFTER id', 'ADD COLUMN n int NOT NULL FIRST'),
    *cases('lenient', 'a int', ONE, *(f'ADD COLUMN n {what}' for what in (
        'json NOT NULL DEFAULT (json_object())', "json DEFAULT (json_array('a', 1))", 'int NOT NULL DEFAULT (1 + 1)',
        "varchar(20) DEFAULT (concat('a', 'b'))", "text NOT NULL DEFAULT ('é')", "varchar(3) DEFAULT ('abcdef')",
        "int DEFAULT (length('abc'))", "blob DEFAULT (x'00ff')", "binary(16) DEFAULT (unhex('00ff'))")), old=False),
    *cases('passed', 'a int', ONE, 'ADD COLUMN n timestamp NOT NULL', 'ADD COLUMN n datetime DEFAULT CURRENT_TIMESTAMP'),
    *cases('passed', 'a int', ONE, 'ADD COLUMN n int DEFAULT (a)', 'ADD COLUMN n decimal(10,4) DEFAULT (1/3)', old=False),
]

_MANY = 'a int, b int NOT NULL DEFAULT 3, s varchar(20), d decimal(10,2), dt datetime(6), j json'
_ROWS = ("1, 2, 'abc', 1.50, '2024-02-29 10:00:00', '{\"x\":1}'", 'NULL, 0, NULL, NULL, NULL, NULL',
         "2147483647, -1, '12x', 99999999.99, '9999-12-31', '[1,2]'", "0, 0, 'é😀', -1, '0001-01-01', '{\"x\":\"t\"}'",
         "-5, 7, '', 0.00, '1970-01-01', 'null'")
COMPUTED = [
    *(case for stored in ('VIRTUAL', 'STORED') for case in cases('lenient', _MANY, _ROWS, *(
        f'ADD COLUMN n {what} {stored}' for what in (
            'int AS (a + b)', 'bigint AS (a + b)', 'decimal(12,2) AS (b * d)', 'int AS (s)', 'int AS (CAST(s AS SIGNED))',
            'varchar(50) AS (CONCAT(s, b))', 'varchar(2) AS (s)', 'varchar(20) AS (UPPER(s))', 'int AS (YEAR(dt))',
            'date AS (DATE(dt))', 'tinyint AS (a)', "int AS (JSON_EXTRACT(j, '$.x'))", "varchar(20) AS (j->>'$.x')",
            'int AS (a % b)', "json AS (JSON_OBJECT('a', a))", 'bool AS (a > b)')))),
    *cases('lenient', _MANY, _ROWS, *(f'ADD INDEX k ({part})' for part in (
        '(lower(s))', '(a + b)', '(CAST(s AS SIGNED))', '(YEAR(dt))', "(CAST(j->>'$.x' AS CHAR(20)))",
        "(CAST(j->>'$.x' AS UNSIGNED))", 'a, (b * 2) DESC', '(CAST(s AS CHAR(1)))')), old=False),
    *(case for stored in ('VIRTUAL', 'STORED') for case in cases(
        'lenient', f'a int, g bigint AS (a + 1) {stored}, KEY kg (g)', ('1, DEFAULT', 'NULL, DEFAULT', '40000, DEFAULT'),
        'MODIFY a bigint', 'MODIFY a smallint', 'MODIFY a varchar(20)', 'MODIFY a int NOT NULL',
        f'MODIFY g bigint AS (a + 2) {stored}', f'MODIFY g smallint AS (a + 1) {stored}',
        f'MODIFY g varchar(1) AS (CONCAT(a, 2)) {stored} NOT NULL')),
    *cases('lenient', 'a int, b bigint', ('1, 5', 'NULL, NULL', '40000, 6'), 'MODIFY b smallint AS (a + 1) STORED'),
    *cases('passed', 'a int, g bigint AS (a + 1) STORED', ('1, DEFAULT', 'NULL, DEFAULT'), 'MODIFY g bigint'),
]

NULLS = [
    *(case for kind, values in (
        ('int', INTS), ('varchar(60)', TEXTS), ('text', TEXTS), ('decimal(10,2)', DECIMALS), ('datetime(6)', DATETIMES),
        ('date', DATES), ('time(6)', TIMES), ("enum('a','b','c')", ENUMS), ("set('x','y','z')", SETS), ('json', JSONS),
        ('bit(8)', BITS), ('double', DOUBLES), ('float', FLOATS), ('year', YEARS), ('blob', BYTES), ('binary(10)', BYTES))
      for case in modified('lenient', kind, values, f'{kind} NOT NULL')),
    *modified('lenient', 'int', INTS, 'int NOT NULL DEFAULT 5', 'bigint NOT NULL DEFAULT 5'),
    *modified('lenient', "enum('a','b')", ENUMS, "enum('a','b') NOT NULL DEFAULT 'b'"),
    *modified('lenient', 'varchar(60)', TEXTS, "varchar(60) NOT NULL DEFAULT 'x'", 'text NOT NULL'),
    *modified('lenient', 'datetime', DATETIMES, 'datetime NOT NULL DEFAULT CURRENT_TIMESTAMP'),
    *modified('passed', 'timestamp NULL', TIMESTAMPS, "timestamp NOT NULL DEFAULT '2020-01-01 00:00:00'"),
]

NUMBERS = [
    *modified('lenient', 'int', INTS, 'smallint', 'tinyint', 'int unsigned', 'bigint unsigned', 'decimal(10,2)', 'decimal(5,2)',
              'double', 'varchar(20)', 'char(3)', 'text'),
    *modified('lenient', 'bigint', BIGS, 'int', 'bigint unsigned', 'decimal(20,0)', 'double', 'float'),
    *modified('lenient', 'int unsigned', UNSIGNED, 'smallint unsigned'),
    *modified('lenient', 'int unsigned', UNSIGNED, 'int', 'tinyint', old='passed'),
    *modified('lenient', 'bigint unsigned', UNSIGNED_BIGS, 'varchar(30)'),
    *modified('lenient', 'bigint unsigned', UNSIGNED_BIGS, 'bigint', old='passed'),
    *modified('lenient', 'decimal(10,2)', DECIMALS, 'decimal(10,3)', 'decimal(12,1)', 'decimal(5,2)', 'decimal(10,2) unsigned',
              'decimal(8,0)', 'double'),
    *modified('lenient', 'float', FLOATS, 'double'),
    *modified('lenient', 'double', DOUBLES, 'decimal(10,2)', 'decimal(65,30)'),
    *modified('lenient', 'bit(8)', BITS, 'bit(3)', 'int', 'tinyint', 'bigint unsigned'),
    *modified('same', 'bit(8)', BITS, 'bit(16)'),
    *modified('passed', 'float', FLOATS, 'int', 'varchar(30)'),
    *modified('passed', 'int', INTS, "enum('0','1','x')", 'date', 'datetime', 'json', "set('x','y')"),
]

TIMES_AND_MEMBERS = [
    *modified('lenient', 'datetime(6)', DATETIMES, 'datetime', 'datetime(3)', 'datetime NOT NULL'),
    *modified('lenient', 'time(6)', TIMES, 'time', 'time(2)'),
    *modified('lenient', 'timestamp(6) NULL', TIMESTAMPS, 'timestamp NULL', 'timestamp(3) NULL'),
    *modified('lenient', "enum('a','b','c')", ENUMS, "enum('a','b')", "enum('x')", 'varchar(1)', 'char(3)', 'text',
              "varchar(20) NOT NULL DEFAULT ''"),
    *modified('same', "enum('a','b','c')", ENUMS, "enum('c','a','b')", "enum('a','x','b','c')", "enum('a','b','c','d')"),
    *modified('same', "set('x','y','z')", SETS, "set('x','y','z','w')"),
    *modified('passed', "set('x','y','z')", SETS, "set('x','y')", "set('z','y','x')"),
]

STRINGS = [
    *modified('lenient', 'varchar(60)', TEXTS, 'varchar(10)', 'varchar(60) NOT NULL', 'varchar(0)', options=UTF8),
    *modified('lenient', 'text', LONG, 'varchar(20)', 'varchar(300)', options=UTF8),
    *modified('lenient', 'text', LONG, 'tinytext', options=UTF8, old='passed'),
    *modified('lenient', 'char(60)', TEXTS, 'char(10)', options=UTF8),
    *modified('same', 'char(60)', TEXTS, 'char(100)', options=UTF8),
    *modified('lenient', 'varbinary(60)', BYTES, 'varbinary(3)'),
    *modified('lenient', 'blob', BYTES, 'varbinary(2)'),
]

CHARSETS = [
    *modified('same', 'varchar(60)', LATIN, 'varchar(60) CHARACTER SET utf8mb4', 'varchar(60) CHARACTER SET utf8mb3',
              'varchar(60) COLLATE latin1_bin', options=LATIN1),
    *modified('lenient', 'varchar(60)', LATIN, 'varchar(10) CHARACTER SET utf8mb4', 'text CHARACTER SET utf8mb4',
              'varchar(60) CHARACTER SET latin2', 'varchar(60) CHARACTER SET ascii', 'varchar(60) CHARACTER SET cp1250',
              'varchar(60) CHARACTER SET gbk', 'varchar(60) CHARACTER SET utf16', options=LATIN1),
    *modified('same', "enum('a','é','ß')", ("'é'", "'ß'", 'NULL'), "enum('a','é','ß') CHARACTER SET utf8mb4", options=LATIN1),
    *modified('lenient', "enum('a','é','ß')", ("'é'", "'ß'", 'NULL'), "enum('a','é') CHARACTER SET utf8mb4", options=LATIN1),
    *modified('lenient', "enum('a','é','ß')", ("'é'", "'ß'", 'NULL'), 'varchar(20) CHARACTER SET utf8mb4', 'char(1)', options=LATIN1),
    *modified('lenient', 'text', (*LATIN, "REPEAT('é', 40000)", "REPEAT('é', 32767)"), 'text CHARACTER SET utf8mb4',
              options=LATIN1),
    *modified('same', 'varchar(60)', TEXTS, 'varchar(60) CHARACTER SET utf8mb4', options=UTF8MB3),
    *modified('lenient', 'varchar(60)', TEXTS, 'varchar(60) CHARACTER SET latin1', options=UTF8MB3),
    *modified('lenient', 'varchar(60)', TEXTS, 'varchar(60) CHARACTER SET latin1', 'varchar(60) CHARACTER SET utf8mb3',
              'varchar(60) CHARACTER SET ascii', 'varchar(60) CHARACTER SET gbk', options=UTF8),
    *modified('same', 'varchar(60)', TEXTS, 'varchar(60) COLLATE utf8mb4_bin', options=UTF8),
    *modified('passed', 'varchar(60)', LATIN, 'varchar(60) CHARACTER SET binary', options=LATIN1),
    *(case for options in (LATIN1, UTF8MB3) for charset in ('utf8mb4', 'utf8mb4 COLLATE utf8mb4_bin', 'ascii') for case in cases(
        'lenient', "a varchar(60), b text, c tinytext, d char(10), e enum('a','é'), f mediumtext, j json, v varbinary(10)",
        (*(f"'{x}','{x}','{x}','{x}','a','{x}','{{}}','{x}'" for x in ('', 'a', 'é', '漢', '  x ')),
         "REPEAT('é',60),REPEAT('é',40000),REPEAT('é',120),'é','é',REPEAT('é',30000),'{}','é'"),
        f'CONVERT TO CHARACTER SET {charset}', options=options)),
    *cases('counted', 's varchar(20), UNIQUE KEY u (s)', ("'é'", "'ß'", "'ss'", "'a'"), 'CONVERT TO CHARACTER SET utf8mb4',
           'CONVERT TO CHARACTER SET utf8mb4 COLLATE utf8mb4_bin', 'MODIFY s varchar(20) COLLATE latin1_bin',
           'MODIFY s varchar(20) COLLATE latin1_german2_ci', options=LATIN1),
]

_PAIRS = ('1, 1', '2, NULL', '3, NULL', 'NULL, 4', 'NULL, 0')
_TWICE = (*_PAIRS, '1, 9', '2, 2')
_CODE = 'code varchar(20) NOT NULL, UNIQUE KEY u (code)'
KEYS = [
    *(case for rows in (_PAIRS, _TWICE) for case in (
        *cases('counted', 'a int, b int', rows, 'ADD UNIQUE (a)', 'ADD UNIQUE KEY u (a, b)', 'MODIFY a bigint UNIQUE',
               'ADD COLUMN n int DEFAULT 5, ADD UNIQUE (n)', 'ADD COLUMN n int DEFAULT 5, ADD UNIQUE (a, n)'),
        *cases('same', 'a int, b int', rows, 'ADD COLUMN n int, ADD UNIQUE un (n)', 'ADD COLUMN n int UNIQUE',
               'ADD COLUMN n int UNIQUE KEY, ADD COLUMN m varchar(10), ADD UNIQUE (m, n)'),
        *cases('counted', 'a int, b int', rows, 'ADD CONSTRAINT ck CHECK (a < 3)', 'ADD CHECK (b >= 0)',
               'ADD COLUMN n int CHECK (n > 0)', old='same'),
        *cases('same', 'a int, b int', rows, 'ADD CONSTRAINT ck CHECK (a < 3) NOT ENFORCED', old=False),
        *cases('lenient, counted', 'a int, b int', rows, 'MODIFY a int NOT NULL, ADD CHECK (a > 0)', old='lenient'),
        *cases('passed', 'a int, b int', rows, 'ADD COLUMN n int NOT NULL, ADD UNIQUE (n)', 'MODIFY b int NOT NULL, ADD UNIQUE (b)'))),
    *(case for rows in (("'a', 1", "'A', 2", "'b', 2"), ("'a', 1", "'c', 2", "'b', 2")) for case in (
        *cases('counted', 's varchar(20), b int', rows, 'ADD UNIQUE (s)', 'ADD UNIQUE (s(1))'),
        *cases('lenient, counted', 's varchar(20), b int', rows, 'ADD UNIQUE ((lower(s)))', old=False))),
    *(case for rows in (('1, 1', '2, 7', '3, 8'), ('1, 1', '2, 7', '3, 7')) for case in cases(
        'counted', 'a int NOT NULL, b int NOT NULL, UNIQUE KEY f (a)', rows, 'DROP PRIMARY KEY, ADD PRIMARY KEY (id, b)',
        'DROP PRIMARY KEY, ADD PRIMARY KEY (b), ADD KEY (id)')),
    *cases('counted', 'a int NOT NULL, b int NOT NULL, UNIQUE KEY f (a, b)', ('1, 1', '2, 7', '2, 8'),
           'DROP PRIMARY KEY, DROP KEY f, ADD PRIMARY KEY (b, a), ADD UNIQUE KEY i (id)', 'DROP PRIMARY KEY, ADD UNIQUE (id)',
           'DROP PRIMARY KEY, DROP KEY f, ADD UNIQUE (id), ADD PRIMARY KEY (a, b), MODIFY b bigint NOT NULL'),
    *cases('same', 'a int NOT NULL, b int, UNIQUE KEY u (a), UNIQUE KEY w (b)', ('5, 1', '3, NULL', '-1, 0'), 'DROP INDEX u',
           'DROP INDEX w', 'DROP PRIMARY KEY, ADD KEY (id)'),
    *(case for rows in (("'abcdef'", "'x'"), ("'abcdef'", "'abcdeg'", "'x'")) for case in cases(
        'lenient, counted', _CODE, rows, 'MODIFY code varchar(3) NOT NULL', 'MODIFY code varchar(6) NOT NULL')),
    *(case for rows in (('-1', '2', '5'), ('-1', '0', '5', '-7')) for case in cases(
        'lenient, counted', 'n int, UNIQUE KEY u (n)', rows, 'MODIFY n int unsigned', 'MODIFY n tinyint')),
    *(case for rows in (('NULL', "'x'"), ('NULL', "''", "'x'", 'NULL')) for case in cases(
        'lenient, counted', 'code varchar(20), UNIQUE KEY u (code)', rows, 'MODIFY code varchar(20) NOT NULL')),
    *cases('counted', 'b int', ('1', '2'), 'MODIFY id bigint unsigned NOT NULL AUTO_INCREMENT',
           'MODIFY id smallint NOT NULL AUTO_INCREMENT'),
    *cases('lenient, counted', "e enum('a','b','c') NOT NULL, f int, UNIQUE KEY u (e, f)", ("'a', 1", "'b', 1", "'c', 1", '0, 1'),
           "MODIFY e enum('a','b') NOT NULL"),
    *cases('same', "e enum('a','b','c') NOT NULL, f int, UNIQUE KEY u (e, f)", ("'a', 1", "'b', 1", "'c', 1", '0, 1'),
           "MODIFY e enum('c','a','b') NOT NULL"),
]

_RANGE = 'PARTITION BY RANGE (id) (PARTITION p0 VALUES LESS THAN (3), PARTITION p1 VALUES LESS THAN (2000))'
_VALUES = ('1', 'NULL', '7', '20', '0')
PARTITIONS = [
    *cases('same', 'b int', _VALUES, 'PARTITION BY HASH (id) PARTITIONS 3', 'PARTITION BY KEY () PARTITIONS 2',
           'PARTITION BY KEY (id) PARTITIONS 2', 'ADD COLUMN c int PARTITION BY HASH (id) PARTITIONS 2',
           'PARTITION BY RANGE (id) (PARTITION p0 VALUES LESS THAN (3), PARTITION pm VALUES LESS THAN MAXVALUE)',
           'PARTITION BY RANGE COLUMNS (id) (PARTITION p0 VALUES LESS THAN (3), PARTITION pm VALUES LESS THAN (MAXVALUE))'),
    *cases('lenient', 'b int', _VALUES, 'PARTITION BY HASH (id DIV 0) PARTITIONS 2'),
    *cases('passed', 'b int', _VALUES, 'PARTITION BY RANGE (id) (PARTITION p0 VALUES LESS THAN (3))',
           'PARTITION BY LIST (id) (PARTITION p0 VALUES IN (1, 2, 4))'),
    *cases('same', 'b int', _VALUES, 'REMOVE PARTITIONING', 'COALESCE PARTITION 2', 'ADD PARTITION PARTITIONS 2',
           'REBUILD PARTITION ALL', options='PARTITION BY HASH (id) PARTITIONS 4'),
    *cases('same', 'b int', _VALUES, 'REMOVE PARTITIONING', 'REBUILD PARTITION p0', 'OPTIMIZE PARTITION ALL',
           'ANALYZE PARTITION ALL', 'ADD PARTITION (PARTITION p2 VALUES LESS THAN (3000))',
           'REORGANIZE PARTITION p0, p1 INTO (PARTITION b VALUES LESS THAN (2000))',
           'REORGANIZE PARTITION p1 INTO (PARTITION a VALUES LESS THAN (5), PARTITION b VALUES LESS THAN MAXVALUE)',
           'PARTITION BY HASH (id) PARTITIONS 2', options=_RANGE),
    *cases('same', 'b int', _VALUES, 'ADD PARTITION (PARTITION p1 VALUES IN (3000))',
           options='PARTITION BY LIST (id) (PARTITION p0 VALUES IN (1, 2, 3, 4, 5))'),
]
