"""Tables, writers and ALTERs in the shapes of gh-ost's own test cases, and what is to become of each migration.

A case is named after gh-ost's. Values of rows are SQL, `<n>` in them is never twice the same number, `<r>` one of
0 to 999; of several alternatives each row has one. Rows made before the migration have edge values as well (`first`).
"""

from typing import NamedTuple

NEW = ('9.7', '8.0')
ALL = ('9.7', '8.0', '5.7')
LENIENT = 'NO_ENGINE_SUBSTITUTION'
ZERO_DATES = 'STRICT_TRANS_TABLES,NO_ENGINE_SUBSTITUTION'
REBUILD = 'ENGINE=InnoDB'
APPROVED = {'approve_renamed_columns': True}


class Case(NamedTuple):
    name: str
    create: str
    row: dict               # column -> SQL of its value, or several
    alter: str = REBUILD
    expected: str = 'fold'  # 'pass', 'refused' (by gh-ost or the server), 'instant', 'stopped'
    why: str = ''           # it does not fold
    key: tuple = ()         # columns of `row` by which a row is found; none: `id`, AUTO_INCREMENT
    first: tuple = ()       # statements after the table is made
    update: dict = None     # what an UPDATE may set, if it is not `row` without its key
    also: tuple = ()        # more statements for the writers
    flags: dict = {}        # of gh-ost
    spoilt: bool = False    # gh-ost spoils the source's rows, or loses some: passes by design
    sql_mode: str = None    # the source's, while the tool runs
    session: str = None     # what writers set first
    before: tuple = ()      # statements on the source while the tool runs,
    after: tuple = ()       # and what takes them back
    errors: tuple = ()      # that the writers may meet
    servers: tuple = NEW


ID = 'id int NOT NULL AUTO_INCREMENT PRIMARY KEY'
WORDS = ("'plain <n>'", "'naïve café <n>'", "''")
LATER = ("'2024-02-29 12:30:<r>'", "'2031-12-31 23:59:59'", "'1999-01-01 00:00:00'")
CLOCK = ("'2024-02-29 12:30:45'", "'2031-12-31 23:59:59'", 'NOW()')
FINE = ("'2019-07-04 05:06:07.0891'", "'2019-07-04 05:06:07.9'", "'2019-07-04 05:06:07.000001'", 'NOW(6)')


# --- numbers, and what hangs on AUTO_INCREMENT

TALLY = f'CREATE TABLE tally ({ID}, points int NOT NULL)'
TALLY_ROW = {'points': ('<r>', '-<r>')}

numbers = [
    Case('trivial', f'CREATE TABLE lamps ({ID}, watts int NOT NULL, shade varchar(40))',
         {'watts': '<r>', 'shade': ("'amber'", "'opal'", 'NULL')}, servers=ALL),
    Case('autoinc-copy-simple', TALLY, TALLY_ROW),
    Case('autoinc-copy-deletes', TALLY, TALLY_ROW,
         first=('INSERT INTO tally (points) VALUES (3), (6), (9), (12), (15)', 'DELETE FROM tally WHERE id > 302')),
    Case('autoinc-copy-deletes-user-defined', TALLY, TALLY_ROW, 'AUTO_INCREMENT=5000',
         first=('DELETE FROM tally WHERE id > 290',)),
    Case('autoinc-zero-value', TALLY, TALLY_ROW,
         first=("SET sql_mode = 'NO_AUTO_VALUE_ON_ZERO'", 'INSERT INTO tally VALUES (0, 77)'), servers=ALL),
    Case('bigint-change-nullable', 'CREATE TABLE stars (id bigint NOT NULL AUTO_INCREMENT PRIMARY KEY, '
         'distance bigint NOT NULL)', {'distance': ('18446744073709551610 + <r> MOD 5', '9223372036854775807', '-<r>')},
         'CHANGE distance distance bigint', session="SET sql_mode = ''"),
    Case('unsigned', f'CREATE TABLE ranges ({ID}, s int NOT NULL, b bigint NOT NULL, u int unsigned NOT NULL, '
         'bu bigint unsigned NOT NULL)',
         {'s': ('-2147483648 + <r>', '2147483647'), 'b': ('-9223372036854775807 + <r>', '9223372036854775807'),
          'u': ('4294967295 - <r>', '0'), 'bu': ('18446744073709551615 - <r>', '0')}, servers=ALL),
    Case('unsigned-reorder', f'CREATE TABLE ranges ({ID}, s int NOT NULL, b bigint NOT NULL, u int unsigned NOT NULL, '
         'bu bigint unsigned NOT NULL)',
         {'s': '-2147483648 + <r>', 'b': '-9223372036854775807 + <r>', 'u': '4294967295 - <r>',
          'bu': '18446744073709551615 - <r>'},
         'CHANGE COLUMN bu bu bigint unsigned NOT NULL AFTER id', flags=APPROVED),
    Case('unsigned-rename', f'CREATE TABLE ranges ({ID}, s int NOT NULL, u int unsigned NOT NULL)',
         {'s': '-2147483648 + <r>', 'u': '4294967295 - <r>'}, 'CHANGE COLUMN u top int unsigned NOT NULL',
         flags=APPROVED),
    Case('unsigned-modify', 'CREATE TABLE seats (id bigint NOT NULL AUTO_INCREMENT, hall int NOT NULL, '
         'place smallint unsigned NOT NULL, price mediumint unsigned NOT NULL, class tinyint unsigned NOT NULL, '
         'sold int NOT NULL, PRIMARY KEY (id), UNIQUE KEY hall_place (hall, place))',
         {'hall': '<n>', 'place': ('60000 + <r>', '7'), 'price': ('16777215 - <r>', '8388607'), 'class': '200', 'sold': '1'},
         'ADD UNIQUE INDEX (id), DROP COLUMN sold, DROP INDEX hall_place, DROP PRIMARY KEY, ADD PRIMARY KEY (hall, place), '
         'MODIFY place smallint unsigned NOT NULL, MODIFY price int NOT NULL',
         update={'price': '16777215 - <r>', 'class': '100 + <r> MOD 50'}),
    Case('decimal', f"CREATE TABLE sums ({ID}, whole decimal(65,30) unsigned NOT NULL DEFAULT '0', "
         "part decimal(65,30) unsigned NOT NULL DEFAULT '2.5')",
         {'whole': ('0', '99999999999999999999999999999999999.5', '<r>.25'), 'part': ('<n>.125', '1e-30')}),
    Case('decimal-pk-unsigned', "CREATE TABLE slips (nr decimal(32,0) NOT NULL DEFAULT '0', holder varchar(20) NOT NULL "
         "DEFAULT '', PRIMARY KEY (nr))", {'nr': '91500020220000000000 + <n>', 'holder': ("'ann'", "'bo <r>'")},
         key=('nr',)),
    Case('bit-add', TALLY, TALLY_ROW, 'ADD COLUMN valid bit NULL DEFAULT 0', servers=ALL),
    Case('bit-dml', f'CREATE TABLE flags ({ID}, points int NOT NULL, valid bit NULL DEFAULT 0)',
         {'points': '<r>', 'valid': ("b'0'", "b'1'")}, 'MODIFY COLUMN valid bit NOT NULL DEFAULT 0', flags=APPROVED,
         servers=ALL),
    Case('bit-unique-key', 'CREATE TABLE switches (nr bigint NOT NULL, side bit NOT NULL, note varchar(20), '
         'PRIMARY KEY (nr, side)) COLLATE=utf8mb4_bin', {'nr': '<n>', 'side': ("b'0'", "b'1'"), 'note': "'<r>'"},
         REBUILD, 'pass', 'gh-ost loses rows along a BIT', spoilt=True, key=('nr', 'side')),
    Case('keyword-column', TALLY, TALLY_ROW, 'ADD COLUMN `order` int unsigned'),
]


# --- keys

TWO_KEYS = 'CREATE TABLE marks (nr bigint NOT NULL, lane int NOT NULL, at datetime(6) NOT NULL, note varchar(30), {})'
TWO_KEYS_ROW = {'nr': '<n>', 'lane': '<r>', 'at': "'2022-03-04 05:06:07' + INTERVAL <n> MINUTE", 'note': ("'ok'", 'NULL')}

keys = [
    Case('compound-pk', f'CREATE TABLE parts (id int NOT NULL AUTO_INCREMENT, weight int NOT NULL, label varchar(90), '
         'seen tinyint unsigned DEFAULT 0, PRIMARY KEY (id, label))',
         {'weight': '<r>', 'label': ("'bolt'", "'écrou <r>'", "'a longer name of a part'"), 'seen': '0'},
         update={'seen': '1', 'weight': '<r>'}, servers=ALL),
    Case('compound-pk-ts', 'CREATE TABLE calls (id int NOT NULL AUTO_INCREMENT, length int NOT NULL, '
         'began timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP, seen tinyint unsigned DEFAULT 0, PRIMARY KEY (id, began))',
         {'length': '<r>', 'began': CLOCK, 'seen': '0'}, update={'seen': '1', 'length': '<r>'}),
    Case('compound-pk-dml', "CREATE TABLE cells (x int NOT NULL, text varchar(50) NOT NULL DEFAULT '', y int NOT NULL, "
         'PRIMARY KEY (x, y))', {'x': '<n> DIV 7', 'y': '<n>', 'text': WORDS}, key=('x', 'y'),
         update={'text': "LEFT(CONCAT(text, '+'), 50)"}),
    Case('fail-update-pk-column', TALLY, TALLY_ROW, errors=(1062,),
         also=('UPDATE tally SET id = -<n> WHERE id = 1 + <r> MOD 300', 'UPDATE tally SET id = 900000 + <n> WHERE id < 60 LIMIT 1')),
    Case('swap-pk-uk', TWO_KEYS.format('PRIMARY KEY (nr), UNIQUE KEY lane_at (lane, at)'), TWO_KEYS_ROW,
         'DROP PRIMARY KEY, DROP KEY lane_at, ADD PRIMARY KEY (lane, at), ADD UNIQUE KEY by_nr (nr)', key=('nr',)),
    Case('swap-uk', TWO_KEYS.format('PRIMARY KEY (nr)'), TWO_KEYS_ROW, 'DROP PRIMARY KEY, ADD UNIQUE KEY (nr)', key=('nr',)),
    Case('swap-uk-uk', TWO_KEYS.format('UNIQUE KEY by_nr (nr), UNIQUE KEY by_lane (lane, at)'), TWO_KEYS_ROW,
         'DROP KEY by_nr, DROP KEY by_lane, ADD UNIQUE KEY lane_at (lane, at), ADD UNIQUE KEY nr_only (nr)', key=('nr',)),
    Case('enum-pk', "CREATE TABLE fruit (id int NOT NULL AUTO_INCREMENT, grams int NOT NULL, kind "
         "enum('apple','pear','plum') COLLATE utf8mb3_bin NOT NULL DEFAULT 'pear', PRIMARY KEY (id, kind))",
         {'grams': '<r>', 'kind': ("'apple'", "'pear'", "'plum'")},
         "CHANGE kind kind enum('apple','pear','plum','fig') COLLATE utf8mb3_bin NOT NULL DEFAULT 'pear'"),
    Case('enum-pk, may be NULL', "CREATE TABLE fruit (id int NOT NULL AUTO_INCREMENT, grams int NOT NULL, kind "
         "enum('apple','pear') NOT NULL DEFAULT 'pear', PRIMARY KEY (id, kind))",
         {'grams': '<r>', 'kind': ("'apple'", "'pear'")}, "CHANGE kind kind enum('apple','pear','fig') NULL DEFAULT NULL",
         'refused', 'parts of a primary key are NOT NULL'),
    Case('varbinary', 'CREATE TABLE blobs (tag binary(16) NOT NULL, title varchar(200) COLLATE utf8mb3_unicode_ci NOT NULL, '
         'body binary(8) NOT NULL, PRIMARY KEY (tag), UNIQUE KEY title (title))',
         {'tag': ("UNHEX(CONCAT(LPAD(HEX(<n>), 8, '0'), REPEAT('AB', 12)))",
                  "UNHEX(CONCAT(LPAD(HEX(<n>), 8, '0'), REPEAT('00', 12)))"),
          'title': "'title <n>'", 'body': ("x'0102030405060700'", "x'FF00FF00FF000000'", "x'1122334455667788'")},
         key=('tag',), servers=ALL),
    Case('binary-to-varbinary', f'CREATE TABLE prints ({ID}, label varchar(60) NOT NULL, hash binary(20) NOT NULL)',
         {'label': WORDS, 'hash': ("x'0102030405060708091011121314151617181920'", "x'AABBCC'")},
         'MODIFY hash varbinary(40)', 'pass', 'gh-ost 1.1.8 writes a BINARY of the log without its last zeros', spoilt=True),
]


# --- time

TIMES = f'CREATE TABLE trips ({ID}, km int NOT NULL, {{}}, seen tinyint unsigned DEFAULT 0, KEY by_km (km))'
STAMPS = TIMES.format('made timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP, left_at timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP, '
                      'back_at timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP')
STAMPS_ROW = {'km': '<r>', 'made': 'NOW()', 'left_at': CLOCK, 'back_at': ('NOW() + INTERVAL <r> SECOND', *CLOCK), 'seen': '0'}
BOOKED = TIMES.format('made timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP, left_at timestamp NULL, planned datetime, booked datetime {}')
BOOKED_ROW = {'km': '<r>', 'made': 'NOW()', 'left_at': ('NOW()', 'NULL'), 'planned': (*CLOCK, 'NULL'),
              'booked': ("'2011-12-13 14:15:16'", "'2011-12-13 14:15:16' + INTERVAL <r> MINUTE"), 'seen': '1'}
PARTIAL = f"CREATE TABLE births ({ID}, grams int NOT NULL, born datetime NOT NULL DEFAULT '1980-00-00 00:00:00')"

times = [
    Case('datetime', TIMES.format('made datetime DEFAULT CURRENT_TIMESTAMP, left_at datetime, back_at datetime'),
         {'km': '<r>', 'made': ('NULL', 'NOW()'), 'left_at': ('NOW()', *CLOCK), 'back_at': (*CLOCK, 'NULL'), 'seen': '0'},
         servers=ALL),
    Case('datetime-1970', f"CREATE TABLE doors ({ID}, made timestamp NULL DEFAULT '0000-00-00 00:00:00', "
         'used timestamp NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP, count int unsigned)',
         {'made': "'0000-00-00 00:00:00'", 'used': 'NOW()', 'count': '<r>'}, 'ADD COLUMN note varchar(1)',
         sql_mode=ZERO_DATES, session=f"SET time_zone = '+00:00', sql_mode = '{ZERO_DATES}'", servers=ALL),
    Case('datetime-submillis', TIMES.format('made datetime(6), left_at datetime(6), back_at timestamp(6) NULL'),
         {'km': '<r>', 'made': FINE, 'left_at': FINE, 'back_at': FINE, 'seen': '0'}),
    Case('datetime-submillis-zeroleading', TIMES.format('made datetime(6), left_at datetime(6), back_at timestamp(6) NULL'),
         {'km': '<r>', 'made': "'2019-07-04 05:06:07.0109'", 'left_at': "'2019-07-04 05:06:07.00<r>'",
          'back_at': "'2019-07-04 05:06:07.0000<r>'", 'seen': '0'}, servers=ALL),
    Case('datetime-to-timestamp', BOOKED.format('NULL'), BOOKED_ROW, 'CHANGE COLUMN booked booked timestamp NULL',
         'pass', "a zone reads the values: the tool's"),
    Case('datetime-to-timestamp-pk-fail', 'CREATE TABLE trips (id int unsigned NOT NULL AUTO_INCREMENT, km int NOT NULL, '
         'booked datetime NOT NULL DEFAULT CURRENT_TIMESTAMP, PRIMARY KEY (id, booked))',
         {'km': '<r>', 'booked': CLOCK}, 'CHANGE COLUMN booked booked timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP', 'refused',
         'gh-ost copies along it', update={'km': '<r>'}),
    Case('datetime-with-zero', f'CREATE TABLE births ({ID}, grams int NOT NULL, born datetime)',
         {'grams': '<r>', 'born': CLOCK}, "CHANGE COLUMN born born datetime NOT NULL DEFAULT '1980-00-00 00:00:00'",
         flags={'allow_zero_in_date': True}),
    Case('fail-datetime-with-zero', f'CREATE TABLE births ({ID}, grams int NOT NULL, born datetime)',
         {'grams': '<r>', 'born': CLOCK}, "CHANGE COLUMN born born datetime NOT NULL DEFAULT '1980-00-00 00:00:00'",
         'refused', 'its sql_mode has no such default'),
    Case('existing-datetime-with-zero', PARTIAL, {'grams': '<r>', 'born': CLOCK}, flags={'allow_zero_in_date': True}, servers=ALL),
    Case('fail-existing-datetime-with-zero', PARTIAL, {'grams': '<r>', 'born': CLOCK}, REBUILD, 'refused',
         'its sql_mode has no such default'),
    Case('timestamp', STAMPS, STAMPS_ROW, servers=ALL),
    Case('timestamp-datetime', f'CREATE TABLE pairs ({ID}, n int NOT NULL, ts timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP, '
         'dt datetime, a timestamp NULL, b datetime NULL, c timestamp NULL, d datetime NULL)',
         {'n': '<r>', 'ts': CLOCK, 'dt': CLOCK, 'a': 'NULL', 'b': 'NULL', 'c': 'NULL', 'd': 'NULL'},
         also=('UPDATE pairs SET a = ts, b = ts, c = dt, d = dt WHERE n = <r>',)),
    Case('timestamp-to-datetime', BOOKED.format(''), BOOKED_ROW, 'CHANGE COLUMN booked booked datetime NOT NULL'),
    Case('tz', STAMPS, STAMPS_ROW, also=("SET time_zone = '+00:00'", "SET time_zone = '+06:30'", "SET time_zone = '-04:00'",
                                         "SET time_zone = 'SYSTEM'")),
    Case('tz-datetime-ts', BOOKED.format(''), BOOKED_ROW,
         'CHANGE COLUMN booked booked timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP', 'pass', "a zone reads the values: the tool's",
         also=("SET time_zone = '+00:00'", "SET time_zone = '+06:30'", "SET time_zone = '-04:00'", "SET time_zone = 'SYSTEM'")),
]


# --- texts

FOUR = "_utf8mb4 0xF09F9A80F09F8E88"  # characters of four bytes, which gh-ost meets in the process list otherwise
MIXED = (f'CREATE TABLE notes ({ID}, west varchar(120) CHARACTER SET latin1, {{}}three varchar(120) CHARACTER SET utf8mb3, '
         'four varchar(120) CHARACTER SET utf8mb4)')
MIXED_ROW = {'west': ("'Bär <n>'", "'plain'"), 'three': ("'Übung <n>'", "'plain'"), 'four': (FOUR, "'añejo <n>'")}
TO_OTHERS = ('MODIFY west varchar(120) CHARACTER SET utf8mb4 NOT NULL, MODIFY east varchar(120) CHARACTER SET latin2 NOT NULL, '
             'MODIFY three varchar(120) CHARACTER SET latin1 NOT NULL')
SPOILT = 'gh-ost spoils bytes of latin1 when it converts them'
CAFE = ("'Crème brûlée <n>'", "'plain <n>'", "''")
POEMS = f'CREATE TABLE poems ({ID}, {{}})'

texts = [
    Case('alter-charset', MIXED.format('east varchar(120) CHARACTER SET latin1, '), {**MIXED_ROW, 'east': "'Ökonom <n>'"},
         TO_OTHERS, 'pass', SPOILT, spoilt=True),
    Case('alter-charset-all-dml', MIXED.format('east varchar(120) CHARACTER SET latin1, id_text varchar(64) CHARACTER SET ascii, '),
         {**MIXED_ROW, 'east': "'Ökonom <n>'", 'id_text': "LPAD(HEX(<n> * 7919), 32, 'ab')"}, TO_OTHERS, 'pass', SPOILT, spoilt=True,
         also=("DELETE FROM notes WHERE west = 'plain' ORDER BY id DESC LIMIT 1",)),
    Case('mixed-charset', MIXED.format(''), MIXED_ROW, servers=ALL),
    Case('convert-utf8mb4', POEMS.format('line varchar(120) CHARACTER SET utf8mb3, tag varchar(120) CHARACTER SET ascii NOT NULL'),
         {'line': ("'às três horas <n>'", "'plain'"), 'tag': ("'a'", "'b <n>'")}, 'CONVERT TO CHARACTER SET utf8mb4',
         also=("DELETE FROM poems WHERE tag = 'a' ORDER BY id DESC LIMIT 1",)),
    Case('latin1', POEMS.format('line varchar(120)') + ' CHARSET=latin1', {'line': CAFE}, servers=ALL,
         also=("DELETE FROM poems WHERE line LIKE 'Crème%' ORDER BY id DESC LIMIT 1",)),
    Case('latin1text', POEMS.format('line text') + ' CHARSET=latin1', {'line': CAFE},
         also=("UPDATE poems SET line = 'âpre' WHERE line = '' LIMIT 1",)),
    Case('latin1text-to-utf8mb4', POEMS.format('line text') + ' CHARSET=latin1', {'line': (*CAFE, 'CHAR(128)', 'CHAR(229)')},
         'CONVERT TO CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci', 'pass', SPOILT, spoilt=True,
         errors=(1366,)),
    Case('utf8', POEMS.format('line varchar(120) CHARACTER SET utf8mb3'), {'line': ("'não <n>'", "'漢字'", "''")}),
    Case('utf8mb4', POEMS.format('line varchar(120) CHARACTER SET utf8mb4'), {'line': (FOUR, "'não <n>'", "'漢字'")}),
    Case('gbk-charset', POEMS.format("line varchar(400), name varchar(200) COMMENT '诗歌'") + ' CHARSET=gbk',
         {'line': ("'default'", "'春眠不觉晓'"), 'name': ("'静夜思 <n>'", 'NULL', "'李白'")}, servers=ALL),
    Case('modify-change-case', f'CREATE TABLE pairs ({ID}, low int NOT NULL DEFAULT 0, high int NOT NULL DEFAULT 0)',
         {'low': '<r>', 'high': '<n>'}, 'MODIFY HIGH int NOT NULL DEFAULT 0', 'pass', "the column's name is spelled in another way"),
    Case('modify-change-case-pk', 'CREATE TABLE pairs (id int NOT NULL, low int NOT NULL, PRIMARY KEY (id))',
         {'id': '<n>', 'low': '<r>'}, 'MODIFY ID int', 'refused', 'gh-ost finds no shared key under another spelling', key=('id',)),
]


# --- members of ENUM

SHIRTS = f"CREATE TABLE shirts ({ID}, size int NOT NULL, cut enum('slim','wide','boxy','long') {{}})"
CUTS = ("'slim'", "'wide'", "'boxy'", "'long'", 'NULL')

enums = [
    Case('enum', SHIRTS.format('COLLATE utf8mb3_bin DEFAULT NULL'), {'size': '<r>', 'cut': CUTS},
         "CHANGE cut cut enum('slim','wide','boxy','long','crop') COLLATE utf8mb3_bin DEFAULT NULL", servers=ALL),
    Case('enum-modified', SHIRTS.format('NOT NULL') + ' CHARSET=latin1', {'size': '<r>', 'cut': CUTS[:4]},
         "MODIFY COLUMN cut enum('slim','wide','boxy','long','crop') NOT NULL"),
    Case('enum-remove-middle-options', SHIRTS.format('COLLATE utf8mb3_bin DEFAULT NULL'),
         {'size': '<r>', 'cut': ("'slim'", "'long'", 'NULL')},
         "CHANGE cut cut enum('slim','long') COLLATE utf8mb3_bin DEFAULT NULL",
         first=("INSERT INTO shirts (size, cut) VALUES (1, 'wide'), (2, 'boxy')",)),
    Case('enum-to-varchar', SHIRTS.format('COLLATE utf8mb3_bin DEFAULT NULL'), {'size': '<r>', 'cut': CUTS[:4]},
         "CHANGE cut cut varchar(30) NOT NULL DEFAULT ''", servers=ALL),
]


# --- columns that come, go, move, get another name

TWO = f'CREATE TABLE rooms ({ID}, beds int NOT NULL, baths int NOT NULL)'
TWO_ROW = {'beds': '<r>', 'baths': ('<n>', '-1')}

columns = [
    Case('drop-null-add-not-null', f'CREATE TABLE rooms ({ID}, beds int NULL, baths int NOT NULL)',
         {'beds': ('<r>', 'NULL'), 'baths': '<n>'}, 'DROP COLUMN beds, ADD COLUMN beds int NOT NULL DEFAULT 3', 'pass',
         'one name in two clauses', update={'baths': '<r>'}, errors=(1048,)),
    Case('rename', TWO, TWO_ROW, 'CHANGE COLUMN baths showers int NOT NULL', flags=APPROVED),
    Case('rename-inserts-only', TWO, TWO_ROW, 'CHANGE COLUMN baths showers int NOT NULL', flags=APPROVED),
    Case('rename-none-column', f'CREATE TABLE rooms ({ID}, beds int NOT NULL)', {'beds': '<r>'},
         "ADD COLUMN changed double COMMENT 'rate of change, as of today'"),
    Case('rename-none-comment', f'CREATE TABLE rooms ({ID}, beds int NOT NULL)', {'beds': '<r>'},
         "ADD COLUMN rate double COMMENT 'change it, and rename it, by hand'"),
    Case('rename-reorder-columns', f'CREATE TABLE rooms ({ID}, beds int NOT NULL, baths int NOT NULL, doors int NOT NULL)',
         {**TWO_ROW, 'doors': '4'}, 'CHANGE COLUMN baths showers int NOT NULL, CHANGE COLUMN doors doors int NOT NULL AFTER id',
         flags=APPROVED),
    # gh-ost looks for these words with patterns, also where they are no clauses.
    Case('rename-none-comment, in other quotes', f'CREATE TABLE rooms ({ID}, beds int NULL)', {'beds': '<r>'},
         'ADD COLUMN rate int COMMENT "change beds rate as it is"', 'pass', 'gh-ost takes it for a renaming', flags=APPROVED, spoilt=True),
    Case('rename-none-comment, with an escape', f'CREATE TABLE rooms ({ID}, beds int NULL)', {'beds': '<r>'},
         "ADD COLUMN rate int COMMENT 'today\\'s change beds rate as it is'", 'pass', 'gh-ost takes it for a renaming', flags=APPROVED,
         spoilt=True),
    Case('rename-none-comment, behind the text', f'CREATE TABLE rooms ({ID}, beds int NULL)', {'beds': '<r>'},
         'ADD COLUMN rate int -- next we drop beds', 'pass', 'gh-ost takes it for a column that goes', spoilt=True),
    Case('rename-none-comment, between', f'CREATE TABLE rooms ({ID}, beds int NULL)', {'beds': '<r>'},
         'ADD COLUMN rate int /* not change beds rate */', 'pass', 'gh-ost takes it for a renaming', flags=APPROVED, spoilt=True),
    # gh-ost converts what it reads in the log for columns that keep their names.
    Case('rename, other members', SHIRTS.format('DEFAULT NULL'), {'size': '<r>', 'cut': CUTS[:4]},
         "CHANGE cut form enum('boxy','slim','wide','long') DEFAULT NULL", 'pass', 'gh-ost writes places of members', flags=APPROVED,
         spoilt=True),
    Case('rename, members as texts', SHIRTS.format('DEFAULT NULL'), {'size': '<r>', 'cut': CUTS[:4]},
         'CHANGE cut form varchar(20) DEFAULT NULL', 'pass', 'gh-ost writes places of members', flags=APPROVED, spoilt=True),
    Case('rename, other charset', f'CREATE TABLE poems ({ID}, line varchar(120) CHARACTER SET utf8mb4)', {'line': CAFE},
         'CHANGE line verse varchar(120) CHARACTER SET latin1', 'pass', 'gh-ost writes bytes as they are', flags=APPROVED, spoilt=True),
    Case('rename, more members', SHIRTS.format('DEFAULT NULL'), {'size': '<r>', 'cut': CUTS[:4]},
         "CHANGE cut form enum('slim','wide','boxy','long','crop') DEFAULT NULL", flags=APPROVED),
    Case('rename, utf8mb3 to utf8mb4', f'CREATE TABLE poems ({ID}, line varchar(120) CHARACTER SET utf8mb3)', {'line': CAFE},
         'CHANGE line verse varchar(120) CHARACTER SET utf8mb4', flags=APPROVED),
    Case('reorder-columns', TWO, TWO_ROW, 'CHANGE COLUMN baths baths int NOT NULL AFTER id'),
    Case('attempt-instant-ddl', TWO, TWO_ROW, flags={'attempt_instant_ddl': True}),
    Case('attempt-instant-ddl, which is', TWO, TWO_ROW, 'ADD COLUMN floor int', 'instant', 'the source altered the table itself',
         flags={'attempt_instant_ddl': True}),
    Case('gtid', POEMS.format('line varchar(120) CHARACTER SET utf8mb4'), {'line': "LPAD(HEX(<n> * 7919), 32, 'ab')"}, flags={'gtid': True}),
]


# --- columns that are computed, JSON, places

SUMS = f'CREATE TABLE sums ({ID}, a int NOT NULL, b int NOT NULL{{}})'
SUMS_ROW = {'a': ('2', '<r>'), 'b': ('<r>', '-3')}
DOCUMENTS = ("'\"a word <n>\"'", "'{\"name\": \"<n>\", \"list\": [1, 2, {}]}'", "'{\"open\": false, \"n\": <n>}'")
BY_DOCUMENT = ('CREATE TABLE papers (id int NOT NULL AUTO_INCREMENT, code varchar(40) CHARACTER SET utf8mb4 AS '
               "(JSON_UNQUOTE(JSON_EXTRACT(body, '$.code'))) STORED NOT NULL, body json NOT NULL, changed datetime, "
               'PRIMARY KEY (id, code))')
SPOILT_JSON = 'gh-ost spoils numbers in JSON'

computed = [
    Case('generated-columns', SUMS.format(', total int AS (a + b) VIRTUAL NOT NULL'), SUMS_ROW,
         also=('UPDATE sums SET b = b + 1 WHERE id < 5', 'UPDATE sums SET b = b - 1 WHERE id BETWEEN 5 AND 9'), servers=ALL),
    Case('generated-columns-add', SUMS.format(''), SUMS_ROW, 'ADD COLUMN total int AS (a + b) VIRTUAL NOT NULL', servers=ALL),
    Case('generated-columns-rename', SUMS.format(', total int AS (a + b) VIRTUAL'), SUMS_ROW,
         'CHANGE total both_of int AS (a + b) VIRTUAL', 'pass', 'an expression is renamed', flags=APPROVED),
    Case('generated-columns-unique', BY_DOCUMENT, {'body': "'{\"code\": <n>}'", 'changed': 'NOW()'}, REBUILD, 'pass', SPOILT_JSON, spoilt=True),
    Case('json57', f'CREATE TABLE papers ({ID}, body json)', {'body': DOCUMENTS}, REBUILD, 'pass', SPOILT_JSON, spoilt=True, servers=ALL),
    Case('json57dml', f'CREATE TABLE papers ({ID}, pages int NOT NULL, seen tinyint NOT NULL DEFAULT 0, body json)',
         {'pages': '<r>', 'body': (*DOCUMENTS, "CONCAT('{\"text\": \"', REPEAT('lorem ', 600), '\"}')")}, REBUILD, 'pass', SPOILT_JSON, spoilt=True,
         also=("UPDATE papers SET body = JSON_SET(body, '$.n', <r>), seen = 1 WHERE seen = 0 AND pages > 900",)),
    Case('geometry57', f'CREATE TABLE places ({ID}, spot geometry)',
         {'spot': ("ST_GeomFromText('POINT(4 <r>)')", "ST_GeomFromText('LINESTRING(0 0, 1 <r>)')", 'NULL')}, servers=ALL),
    Case('spatial57', f'CREATE TABLE places ({ID}, spot geometry, door point)',
         {'spot': "ST_GeomFromText('POINT(5 <r>)')", 'door': ('POINT(6, <r>)', 'NULL')}, servers=ALL),
]


# --- foreign keys, triggers

PARENT = 'CREATE TABLE owners (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, since timestamp NULL)'
OWNERS = 'INSERT INTO owners (id) VALUES (1), (2), (3)'
OWNED = f'{PARENT}; {OWNERS}; CREATE TABLE pets ({ID}, age int NOT NULL, owner int NOT NULL, ' \
    'CONSTRAINT pets_owner FOREIGN KEY (owner) REFERENCES owners (id) ON DELETE NO ACTION)'
OWNED_ROW = {'age': '<r>', 'owner': ('1', '2', '3')}
LOG = f'CREATE TABLE pets_log (nr int NOT NULL AUTO_INCREMENT PRIMARY KEY, pet int, what varchar(20))'
PETS = f'CREATE TABLE pets ({ID}, age int NOT NULL, fur varchar(40), touched int NOT NULL DEFAULT 0)'
PETS_ROW = {'age': '<r>', 'fur': ("'grey'", "'black'", "'ginger <r>'")}


def trigger(name, moment, body):
    return f'CREATE TRIGGER {name} {moment} ON pets FOR EACH ROW {body}'


def logging(name, moment, row='NEW'):
    return trigger(name, moment, f"INSERT INTO pets_log (pet, what) VALUES ({row}.id, '{moment}')")


LOGGED = (LOG, logging('pets_ai', 'AFTER INSERT'), logging('pets_au', 'AFTER UPDATE'), logging('pets_ad', 'AFTER DELETE', 'OLD'))
WITH_TRIGGERS = {'include_triggers': True, 'trigger_suffix': '_moved'}
OWN_TRIGGERS = 'the table has triggers of its own'

related = [
    Case('discard-fk', OWNED, OWNED_ROW, flags={'discard_foreign_keys': True}, servers=ALL),
    Case('fail-fk', OWNED, OWNED_ROW, REBUILD, 'refused', 'gh-ost takes no foreign keys'),
    Case('fail-fk-parent', f'CREATE TABLE houses ({ID}, floors int); CREATE TABLE flats (nr int NOT NULL AUTO_INCREMENT PRIMARY KEY, '
         'house int NOT NULL, CONSTRAINT flats_house FOREIGN KEY (house) REFERENCES houses (id))', {'floors': '<r>'},
         REBUILD, 'refused', 'gh-ost takes no parents', also=('INSERT INTO flats (house) VALUES (1 + <r> MOD 200)',),
         errors=(1451, 1452), flags={'discard_foreign_keys': True}),
    Case('trigger-basic', PETS, PETS_ROW, REBUILD, 'pass', OWN_TRIGGERS, first=LOGGED[:2], flags=WITH_TRIGGERS),
    Case('trigger-multiple', PETS, PETS_ROW, REBUILD, 'pass', OWN_TRIGGERS, flags=WITH_TRIGGERS,
         first=(*LOGGED, logging('pets_ai2', 'AFTER INSERT'))),
    Case('trigger-complex', PETS, PETS_ROW, REBUILD, 'pass', OWN_TRIGGERS, flags=WITH_TRIGGERS,
         first=('CREATE TABLE ages (what varchar(20) PRIMARY KEY, total bigint)',
                trigger('pets_sum', 'AFTER INSERT', "INSERT INTO ages VALUES ('in', NEW.age) ON DUPLICATE KEY UPDATE total = total + NEW.age"),
                trigger('pets_less', 'AFTER DELETE', "INSERT INTO ages VALUES ('out', OLD.age) ON DUPLICATE KEY UPDATE total = total + OLD.age"))),
    Case('trigger-advanced-features', PETS, PETS_ROW, REBUILD, 'pass', OWN_TRIGGERS, flags=WITH_TRIGGERS,
         first=(*LOGGED, trigger('pets_bi', 'BEFORE INSERT', "SET NEW.fur = COALESCE(NEW.fur, 'none')"),
                trigger('pets_bu', 'BEFORE UPDATE', 'SET NEW.touched = OLD.touched + 1'))),
    Case('trigger-self-reference', PETS, PETS_ROW, REBUILD, 'pass', OWN_TRIGGERS, flags=WITH_TRIGGERS, errors=(1442,),
         first=(trigger('pets_self', 'AFTER UPDATE', "IF NEW.fur <> OLD.fur THEN UPDATE pets SET touched = 1 WHERE id = NEW.id; END IF"),)),
    Case('trigger-long-name-validation', PETS, PETS_ROW, REBUILD, 'refused', 'the name of the trigger gets too long',
         first=(LOG, logging('pets_' + 'x' * 57, 'AFTER INSERT')), flags=WITH_TRIGGERS),
    Case('fail-trigger-unsupported', PETS, PETS_ROW, REBUILD, 'refused', 'triggers without --include-triggers', first=LOGGED[:2]),
]


# --- what gh-ost does not go through with

MAIL = f'CREATE TABLE users ({ID}, mail varchar(200) NOT NULL)'
MAIL_ROW = {'mail': "'u<n>@example.org'"}
PANIC = {'panic_on_warnings': True, 'default_retries': 1}

refusals = [
    Case('fail-drop-pk', f'CREATE TABLE tally ({ID}, points int NOT NULL, at timestamp NULL)', {'points': '<r>', 'at': 'NOW()'},
         'CHANGE id id int, DROP PRIMARY KEY', 'refused', 'no key is left'),
    Case('fail-no-shared-uk', 'CREATE TABLE tally (id int NOT NULL PRIMARY KEY, points int NOT NULL)', {'id': '<n>', 'points': '<r>'},
         'DROP PRIMARY KEY, ADD PRIMARY KEY (id, points)', 'pass', 'a row may be copied twice: the new key takes both', spoilt=True, key=('id',)),
    Case('fail-no-unique-key', 'CREATE TABLE tally (nr int NOT NULL, at datetime, KEY (nr))', {'nr': '<n>', 'at': 'NOW()'},
         'ADD COLUMN note varchar(20)', 'refused', 'no unique key', key=('nr',)),
    Case('fail-float-unique-key', 'CREATE TABLE tally (f float, nr int NOT NULL, KEY (nr), UNIQUE KEY (f))', {'f': '<n>', 'nr': '<n>'},
         REBUILD, 'refused', 'gh-ost takes no FLOAT', key=('nr',)),
    Case('fail-password-length', TALLY, TALLY_ROW, REBUILD, 'refused', 'no password is that long', flags={'password': 'p' * 40}),
    Case('fail-rename-table', TALLY, TALLY_ROW, 'RENAME AS scores', 'refused', 'not the table'),
    Case('fail-drop-gho-table', TALLY, TALLY_ROW, REBUILD, 'refused', 'somebody drops its copy', flags={'default_retries': 3},
         also=('DROP TABLE IF EXISTS _tally_gho',)),
    Case('fail-drop-gho-table-no-data', TALLY, TALLY_ROW, REBUILD, 'refused', 'somebody drops its copy while it waits',
         flags={'default_retries': 3}, also=('DROP TABLE IF EXISTS _tally_gho',)),
    Case('fail-drop-ghc-table', TALLY, TALLY_ROW, REBUILD, 'refused', 'somebody drops its changelog', flags={'default_retries': 3},
         also=('DROP TABLE IF EXISTS _tally_ghc',)),
    Case('copy-retries-exhausted', f'CREATE TABLE tally ({ID}, text mediumtext NOT NULL)', {'text': "REPEAT('z', 1900)"},
         'MODIFY COLUMN text mediumtext', 'refused', 'its transactions are too large', flags={'default_retries': 1},
         before=('SET GLOBAL max_binlog_cache_size = 16384',), after=('SET GLOBAL max_binlog_cache_size = DEFAULT',), errors=(1197,)),
    Case('panic-on-warnings-duplicate-values-for-unique-index', MAIL, MAIL_ROW, 'ADD UNIQUE INDEX by_mail (mail)', 'refused',
         'rows have one key', first=("INSERT INTO users (mail) VALUES ('a@example.org'), ('a@example.org')",), flags=PANIC),
    Case('panic-on-warnings-duplicate-unique-values-on-column-type-change', MAIL.replace('NOT NULL)', 'NOT NULL UNIQUE)'), MAIL_ROW,
         'CHANGE COLUMN mail mail varchar(6) NOT NULL', 'refused', 'cut to one key', flags=PANIC),
    Case('panic-on-warnings-batch-middle', MAIL, {'mail': ("'u<n>@example.org'", "'same@example.org'")}, 'ADD UNIQUE INDEX by_mail (mail)',
         'refused', 'a row that comes has the key of another', flags=PANIC),
    Case('panic-on-warnings-update-pk-with-duplicate-on-new-unique-index', MAIL, MAIL_ROW, 'ADD UNIQUE KEY by_mail (mail)', 'refused',
         'a row that changes gets the key of another', flags=PANIC,
         also=("UPDATE users SET id = 900000 + <n>, mail = 'same@example.org' WHERE id = 1 + <r> MOD 300",)),
]


# --- what sysbench writes

load = [
    Case('sysbench', "CREATE TABLE bench (id int NOT NULL AUTO_INCREMENT, k int NOT NULL DEFAULT '0', c char(120) NOT NULL DEFAULT '', "
         "pad char(60) NOT NULL DEFAULT '', PRIMARY KEY (id), KEY by_k (k))",
         {'k': '<n>', 'c': "LPAD(<n>, 110, '0123456789-')", 'pad': "LPAD(<r>, 50, 'pad')"}, servers=ALL,
         also=('UPDATE bench SET k = k + 1 WHERE id = 1 + <r> MOD 300', "UPDATE bench SET c = LPAD(<n>, 110, '987-') WHERE id = 1 + <r> MOD 300",
               'DELETE FROM bench WHERE id = 1 + <r> MOD 300')),
]

CASES = [*numbers, *keys, *times, *texts, *enums, *columns, *computed, *related, *refusals, *load]
