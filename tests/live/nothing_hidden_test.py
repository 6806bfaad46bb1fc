"""With nothing to hide, what unghost stores and serves is the source's log: each event, byte for byte."""

import os
import random
import struct
import zlib
from pathlib import Path

import testbed

ROTATE, FORMAT_DESCRIPTION = 4, 15
LOG_EVENT_BINLOG_IN_USE = 0x1
SEED = int(os.environ.get('UNGHOST_SEED') or random.SystemRandom().randrange(1 << 31))


def events(path):
    """(header and body without position and checksum, type, position) of each event of a binlog file."""
    sum_size = 0
    with open(path, 'rb') as log:
        testbed.check(log.read(4) == b'\xfebin', f'{path} is no binlog')
        place = 4
        while header := log.read(19):
            timestamp, kind, server_id, size, end, flags = struct.unpack('<IBIIIH', header)
            whole = header + log.read(size - 19)
            testbed.check(len(whole) == size, f'{path} ends in an event at {place}')
            testbed.check(end == (place + size) % (1 << 32), f'{path}:{place}: end_log_pos is {end}')
            if kind == FORMAT_DESCRIPTION:
                sum_size = 4 if whole[-5] == 1 else 0
                flags &= ~LOG_EVENT_BINLOG_IN_USE
                body = whole[19:-4]
            else:
                body = whole[19:size - sum_size]
            if sum_size and kind != FORMAT_DESCRIPTION:
                testbed.check(zlib.crc32(whole[:-4]) == struct.unpack('<I', whole[-4:])[0],
                              f'{path}:{place}: wrong checksum')
            if kind == ROTATE:
                # Its file name is ours.
                size, body = 0, body[:8]
            yield (timestamp, kind, server_id, size, flags, body), kind, place
            place += size if kind != ROTATE else len(whole)


def compare_logs(source_files, clean_files):
    """Every event of the source is there, and no other. Counts of events by type."""
    testbed.check(len(source_files) == len(clean_files), f'the source has {len(source_files)} files, unghost '
                  f'{len(clean_files)}: {[p.name for p in clean_files]}')
    counts = {}
    for source, clean in zip(source_files, clean_files):
        theirs = events(clean)
        for event, kind, place in events(source):
            other = next(theirs, None)
            testbed.check(other, f'{clean} ends where the source has an event of type {kind}, {source.name}:{place}')
            testbed.check(event == other[0], f'{clean.name}:{other[2]} (type {other[1]}) is not what {source.name}:'
                          f'{place} (type {kind}) is: {event[:5]} {other[0][:5]}')
            counts[kind] = counts.get(kind, 0) + 1
        more = next(theirs, None)
        testbed.check(not more, f'{clean} has more events than {source}')
    return counts


class Load:
    """Everything a binlog can hold that no migration tool is needed for."""

    def __init__(self, server, dice, folder):
        self.server, self.dice, self.folder = server, dice, folder
        self.new = server.at_least('8.0')
        self.connection = server.connect(local_infile=True, max_allowed_packet=1 << 30)
        self.cursor = self.connection.cursor()
        self.numbers = 0
        self.run('SET GLOBAL local_infile = 1; CREATE DATABASE mix; USE mix')
        self.run('CREATE TABLE rows_ (id bigint AUTO_INCREMENT PRIMARY KEY, n int, text varchar(200), data longblob, '
                 'j json, at timestamp(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6))')
        self.run('CREATE TABLE copy_ LIKE rows_; CREATE TABLE isam (id int AUTO_INCREMENT PRIMARY KEY, n int) '
                 'ENGINE = MyISAM; CREATE TABLE nokey (a int, b varchar(50))')
        self.run('CREATE TABLE logged (id int AUTO_INCREMENT PRIMARY KEY, n int); CREATE TRIGGER after_row AFTER '
                 'INSERT ON rows_ FOR EACH ROW INSERT INTO logged (n) VALUES (NEW.n)')

    def run(self, sql, parameters=None):
        self.cursor.execute(sql, parameters)
        while self.cursor.nextset():
            pass

    def number(self):
        self.numbers += 1
        return self.numbers

    def data(self, size):
        return self.dice.randbytes(size)

    def set_format(self, name):
        self.run(f'SET SESSION binlog_format = {name}')

    def one_row(self):
        self.run('INSERT INTO rows_ (n, text) VALUES (%s, %s)', (self.number(), 'søt'))

    def some_rows(self):
        self.run('INSERT INTO rows_ (n, text, j) VALUES ' + ', '.join(
            f"({self.number()}, '{self.dice.getrandbits(400):x}', '{{\"a\": {i}, \"b\": [1, 2]}}')" for i in range(40)))
        self.run('UPDATE rows_ SET n = n + 1, j = JSON_SET(j, "$.a", n) WHERE id > (SELECT MAX(id) - 20 FROM '
                 '(SELECT id FROM rows_) x)')
        self.run('DELETE FROM rows_ ORDER BY id DESC LIMIT 3')

    def transaction(self):
        self.run('BEGIN')
        for _ in range(self.dice.randrange(2, 20)):
            self.some_rows()
        self.run('SAVEPOINT a')
        self.one_row()
        self.run('ROLLBACK TO a')
        if not self.server.gtid:
            self.run('INSERT INTO isam (n) VALUES (1), (2)')
        self.run(self.dice.choice(('COMMIT', 'COMMIT', 'ROLLBACK')))

    def statements(self):
        self.set_format('STATEMENT')
        self.run("SET @u = 'user variable'; SET @n = 17")
        self.run('INSERT INTO rows_ (n, text) VALUES (@n, @u), (RAND() * 1000, NULL)')
        self.run('UPDATE rows_ SET text = RIGHT(CONCAT(text, n), 200) WHERE n = 17')
        if not self.server.gtid:
            self.run('CREATE TEMPORARY TABLE passing (a int); INSERT INTO passing VALUES (1), (2); '
                     "INSERT INTO nokey SELECT a, 'from a temporary one' FROM passing; DROP TEMPORARY TABLE passing")
        self.run('INSERT INTO isam (n) VALUES (LAST_INSERT_ID())')
        self.set_format('ROW')

    def mixed(self):
        self.set_format('MIXED')
        self.run('INSERT INTO rows_ (n, text) VALUES (1, UUID())')
        self.run('INSERT INTO nokey VALUES (1, "a")')
        self.run('BEGIN; INSERT INTO nokey VALUES (2, UUID()); UPDATE nokey SET a = 3; COMMIT')
        self.run('DELETE FROM nokey WHERE a = 3 LIMIT 1')
        self.set_format('ROW')

    def minimal(self):
        self.run(f"SET SESSION binlog_row_image = {self.dice.choice(('MINIMAL', 'NOBLOB'))}; "
                 'SET SESSION binlog_rows_query_log_events = ON')
        if self.new:
            self.run("SET SESSION binlog_row_value_options = 'PARTIAL_JSON'")
        self.some_rows()
        if self.new:
            self.run("SET SESSION binlog_row_value_options = ''")
        self.run('SET SESSION binlog_row_image = FULL; SET SESSION binlog_rows_query_log_events = OFF')

    def compressed(self):
        if not self.new:
            return
        self.run('SET SESSION binlog_transaction_compression = ON')
        self.some_rows()
        self.run('BEGIN')
        for _ in range(self.dice.randrange(1, 30)):
            self.some_rows()
        self.run('INSERT INTO rows_ (n, data) VALUES (5, %s), (6, REPEAT("x", 3000000))',
                 (self.data(self.dice.randrange(1, 2_000_000)),))
        self.run('COMMIT')
        self.run('SET SESSION binlog_transaction_compression = OFF')

    def xa(self):
        name = f"'x{self.number()}'"
        self.run(f'XA START {name}')
        self.some_rows()
        self.run(f'XA END {name}')
        if self.dice.random() < 0.3:
            self.run(f'XA COMMIT {name} ONE PHASE')
            return
        self.run(f'XA PREPARE {name}')
        if self.new and self.dice.random() < 0.5:
            # Another transaction in between needs a connection of its own.
            with self.server.connect(database='mix') as other, other.cursor() as cursor:
                cursor.execute('INSERT INTO nokey VALUES (9, "between")')
        self.run(f"XA {self.dice.choice(('COMMIT', 'ROLLBACK'))} {name}")

    def load_data(self):
        path = self.folder / 'load.txt'
        path.write_text(''.join(f'{self.number()}\t{self.dice.getrandbits(300):x}\n'
                                for _ in range(self.dice.randrange(1, 8000))))
        self.set_format(self.dice.choice(('ROW', 'STATEMENT', 'MIXED')))
        self.run(f"LOAD DATA LOCAL INFILE '{path}' INTO TABLE rows_ (n, text)")
        self.set_format('ROW')

    def definitions(self):
        name = f'd{self.number()}'
        self.run(f'CREATE TABLE {name} (a int, b text); ALTER TABLE {name} ADD COLUMN c int DEFAULT 3, ADD KEY (a); '
                 f'INSERT INTO {name} VALUES (1, "b", 2); CREATE VIEW v{name} AS SELECT a FROM {name}; '
                 f'RENAME TABLE {name} TO r{name}; RENAME TABLE r{name} TO {name}; TRUNCATE {name}; '
                 f'DROP VIEW v{name}; DROP TABLE {name}')
        if self.new:
            self.run(f'CREATE TABLE s{name} AS SELECT id, n FROM rows_ LIMIT 50; DROP TABLE s{name}')
            self.run(f'SET sql_generate_invisible_primary_key = ON; CREATE TABLE g{name} (a int); '
                     f'INSERT INTO g{name} VALUES (1); DROP TABLE g{name}; SET sql_generate_invisible_primary_key = OFF')

    def ordinary_tables_with_a_tools_names(self):
        self.run('CREATE TABLE IF NOT EXISTS _rows__new (a int); INSERT INTO _rows__new VALUES (1); '
                 'CREATE TABLE IF NOT EXISTS _copy__gho (a int); INSERT INTO _copy__gho VALUES (1)')

    def large(self, size):
        """One transaction of about this many bytes of log."""
        self.run('BEGIN')
        left = size
        while left > 0:
            part = min(left, self.dice.choice((100_000, 1_000_000, 4_000_000)))
            self.run('INSERT INTO rows_ (n, data) VALUES (%s, %s)', (self.number(), self.data(part)))
            left -= part
        self.run('COMMIT')

    def short_steps(self):
        return [self.one_row, self.some_rows, self.transaction, self.statements, self.mixed, self.minimal,
                self.compressed, self.xa, self.load_data, self.definitions, self.ordinary_tables_with_a_tools_names]


def _log_of(version, folder, megabytes=300, **options):
    dice = random.Random(SEED)
    print(f'      seed {SEED} (UNGHOST_SEED)', flush=True)
    source = testbed.Server(version, folder / 'source', max_allowed_packet='1G', max_binlog_size='80M', **options)
    unghost = testbed.Unghost(None, source, folder / 'unghost', ['--start', 'earliest'])
    load = Load(source, dice, folder)
    large = [100 << 20, 40 << 20, 20 << 20, 5 << 20, 1 << 20]
    sizes = iter(large)

    def written():
        return sum(p.stat().st_size for p in source.binlog_files()) >> 20
    rounds = 0
    while written() < megabytes or rounds < 60:
        for step in dice.sample(load.short_steps(), 6):
            step()
        if rounds % 8 == 3:
            load.large(next(sizes, dice.randrange(1 << 20, 30 << 20)))
        if rounds == 5:
            # An event in three packets.
            load.run('INSERT INTO rows_ (n, data) VALUES (1, %s)', (load.data(40 << 20),))
        if rounds % 10 == 9:
            source.sql('FLUSH BINARY LOGS')
        if rounds in (20, 30):
            source.sql(f"SET GLOBAL binlog_checksum = {'NONE' if rounds == 20 else 'CRC32'}")
        rounds += 1
    load.connection.close()
    source.sql('FLUSH BINARY LOGS')
    files = source.binlog_files()
    data = unghost.folder / 'data'

    def clean():
        return sorted(p for p in data.glob('*.1?????????') if p.suffix[1:].isdigit())
    # The last file of the source: its size is ours, but for ROTATE there is nothing in it.
    testbed.wait_until('unghost has all', lambda: len(clean()) == len(files)
                       and clean()[-1].stat().st_size == files[-1].stat().st_size, 120)
    counts = compare_logs(files, clean())
    total = sum(p.stat().st_size for p in clean())
    testbed.check(total > megabytes << 20, f'only {total} bytes')

    reader = source.client('mysqlbinlog', login=False) if version != '5.7' else \
        [str(testbed.cached('mysql-8.0') / 'run' / 'mysqlbinlog')]
    for file in clean():
        testbed.run([*reader, '--verify-binlog-checksum', '--result-file=/dev/null', file])
    out = folder / 'pulled'
    out.mkdir()
    testbed.run([*reader, f'--host={unghost.host}', f'--port={unghost.port}', f'--user={unghost.user}',
                 f'--password={unghost.password}', '--raw', '--read-from-remote-server', '--to-last-log',
                 f'--result-file={out}/', clean()[0].name], timeout=600)
    for file in clean():
        testbed.run(['cmp', file, out / file.name])
    log = unghost.log()
    testbed.check('folding' not in log and 'passing' not in log, 'a migration was seen:\n' + testbed.tail(unghost.log_file))
    unghost.stop()
    print(f'      {version}: {total >> 20} MiB in {len(files)} files, {sum(counts.values())} events of '
          f'{len(counts)} types: {dict(sorted(counts.items()))}', flush=True)


def test_the_log_of_mysql_9_7_passes_byte_for_byte(folder):
    _log_of('9.7', folder, binlog_row_metadata='FULL')


def test_the_log_of_mysql_8_0_without_gtids_passes_byte_for_byte(folder):
    _log_of('8.0', folder, gtid=False)


def test_the_log_of_mysql_5_7_passes_byte_for_byte(folder):
    _log_of('5.7', folder)


for _test in (test_the_log_of_mysql_9_7_passes_byte_for_byte,
              test_the_log_of_mysql_8_0_without_gtids_passes_byte_for_byte,
              test_the_log_of_mysql_5_7_passes_byte_for_byte):
    _test.timeout = 1200
