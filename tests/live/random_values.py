"""What random_tables.py draws from: charsets, values of every kind of column, expressions over it."""

import class_cases

INTS = ('tinyint', 'smallint', 'mediumint', 'int', 'bigint')
CHARSETS = {'utf8mb4': ('utf8mb4_0900_ai_ci', 'utf8mb4_general_ci', 'utf8mb4_bin', 'utf8mb4_0900_bin', 'utf8mb4_unicode_ci'),
            'utf8mb3': ('utf8mb3_general_ci', 'utf8mb3_bin'), 'latin1': ('latin1_swedish_ci', 'latin1_bin'),
            'ascii': ('ascii_general_ci', 'ascii_bin')}
ENUMS = (('a', 'b', 'c'), ('a', 'b', 'c', 'd'), ('c', 'a', 'b'), ('b', 'a'), ('a', 'A b', 'c', 'é', 'b'))
SETS = (('x', 'y'), ('x', 'y', 'z'), ('y', 'x', 'z'), ('x', 'y', 'z', 'w'))


def plain(literals):
    return tuple(one.replace("'😀'", "_utf8mb4 x'F09F9880'").replace("'a😀b'", "_utf8mb4 x'61F09F988062'") for one in literals)


VALUES = {
    'int': (*class_cases.BIGS, *class_cases.UNSIGNED_BIGS, '32767', '-32768', '32768', '8388607', '-8388608', '16777215'),
    'decimal': class_cases.DECIMALS, 'float': class_cases.FLOATS, 'double': class_cases.DOUBLES,
    'text': plain((*class_cases.TEXTS, "'A '", "'e'", "'E'", "'Ss'", "REPEAT('z', 256)", "REPEAT('漢', 100)")),
    'bytes': class_cases.BYTES, 'enum': class_cases.ENUMS, 'set': class_cases.SETS, 'bit': class_cases.BITS,
    'date': class_cases.DATES, 'time': class_cases.TIMES, 'datetime': class_cases.DATETIMES,
    'timestamp': class_cases.TIMESTAMPS, 'year': class_cases.YEARS, 'json': class_cases.JSONS}
MILD = {'int': ('1', '2', '7', '100'), 'decimal': ('1', '0', '1.5', '9'), 'float': ('1', '0.5', '7'), 'double': ('1', '0.5', '7'),
        'text': ("'a'", "'b'", "'A'", "'é'", "''"), 'bytes': ("'a'", "'b'", "''"), 'enum': ("'a'", "'b'"),
        'set': ("'x'", "'y'", "'x,y'"), 'bit': ("b'1'", "b'0'"), 'date': ("'2024-02-29'", "'2020-01-01'"),
        'time': ("'10:00:00'", "'01:02:03'"), 'datetime': ("'2023-06-15'", "'2024-02-29 23:59:59'"),
        'timestamp': ("'2023-06-15'", "'2024-02-29 23:59:59'"), 'year': ("'2024'", "'2000'"), 'json': ("'{}'", "'[1]'")}
# What gh-ost spoils when it is written during the run.
SPOILT = {"'0000-00-00'", '0'}
KINDS = ('int', 'int', 'int', 'decimal', 'float', 'double', 'text', 'text', 'text', 'text', 'bytes', 'enum', 'set', 'bit', 'date',
         'time', 'datetime', 'datetime', 'timestamp', 'year', 'json')
NUMBERED = {  # kind -> a value that is never twice the same
    'int': '{n}', 'text': "'k{n}'", 'decimal': '{n}', 'bytes': "'k{n}'", 'datetime': "'2001-01-01' + INTERVAL {n} SECOND"}
DEFAULTS = {'int': ('0', '7'), 'decimal': ('0', '1'), 'float': ('0', '1.5'), 'double': ('0', '-2.5'), 'text': ("''", "'a'"),
            'bytes': ("''", "'a'"), 'enum': ("'a'", "'b'"), 'set': ("'x'", "''"), 'bit': ("b'1'",), 'date': ("'2020-02-29'",),
            'time': ("'10:00:00'", "'-01:00:00'"), 'datetime': ("'2020-02-29 12:00:00'",), 'year': ("'2024'",)}
EXPRESSIONS = {  # kind -> (expression, the type that it may have)
    'int': (('{c} DIV 2', 'bigint'), ('{c} % 7', 'int'), ('coalesce({c}, 0)', 'decimal(30,0)'), ('{c} is null', 'tinyint'),
            ('concat({c})', 'varchar(40)')),
    'decimal': (('round({c})', 'bigint'), ('abs({c})', 'decimal(30,4)'), ('{c} > 0', 'int')),
    'float': (('{c} > 0', 'int'), ('{c} * 2', 'double')), 'double': (('{c} > 0', 'int'), ('abs({c})', 'double')),
    'text': (('lower({c})', 'varchar(300)'), ('left({c}, 3)', 'varchar(3)'), ('char_length({c})', 'int'),
             ("concat({c}, 'x')", 'varchar(400)'), ('upper(left({c}, 5))', 'char(10)'), ('length({c})', 'int')),
    'bytes': (('length({c})', 'int'), ('hex(left({c}, 4))', 'varchar(8)')),
    'enum': (('{c} + 0', 'int'), ("concat({c}, '')", 'varchar(20)')), 'set': (('{c} + 0', 'int'),), 'bit': (('{c} + 0', 'int'),),
    'date': (('year({c})', 'int'), ('to_days({c})', 'int')), 'time': (('hour({c})', 'int'), ('{c} is null', 'int')),
    'datetime': (('year({c})', 'int'), ('date({c})', 'date'), ('to_days({c})', 'int')), 'timestamp': (('{c} is null', 'int'),),
    'year': (('{c} + 1', 'int'),), 'json': (("json_extract({c}, '$.a')", 'json'), ('json_type({c})', 'varchar(20)'))}
CHECKS = {  # kind -> those that all rows keep, those that some do not
    'int': (('{c} < 18446744073709551615 or {c} is not null', '({c} is null) in (0, 1)'), ('{c} > 0', '{c} <> 1')),
    'decimal': (('({c} > 0) in (0, 1) or {c} is null',), ('{c} >= 0',)),
    'text': (('char_length({c}) < 100000', "{c} not like '%nothing%'"), ("{c} <> ''", 'char_length({c}) < 5')),
    'datetime': (("{c} < '9999-12-31 23:59:59.9' or {c} is not null",), ("{c} > '2000-01-01'",)),
    'enum': (("{c} in ('a', 'b', 'c') or {c} is not null",), ("{c} = 'a'",))}
