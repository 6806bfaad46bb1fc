"""SQL through unghost with accounts of the source: the same answers as there, but for positions."""

import contextlib
import re
import subprocess
import threading
import time

import pymysql
from pymysql.constants import CLIENT

import testbed
from testbed import check, wait_until


class Behind:
    """A source's clients, pointed at unghost instead. `through`: makes what unghost takes for the source."""

    def __init__(self, folder, version, through=lambda source: source, binary=None, **options):
        self.source = testbed.Server(version, folder / 'source', **options)
        self.source.sql('CREATE DATABASE d; CREATE TABLE d.t (id int PRIMARY KEY, b longblob)')
        self.unghost = testbed.Unghost(binary, through(self.source), folder / 'unghost')
        self.caught_up()

    def caught_up(self):
        """SHOW MASTER STATUS waits for us."""
        with contextlib.closing(self.connect()) as connection:
            self.ask(connection, self.log_status())

    def log_status(self):
        return 'SHOW BINARY LOG STATUS' if self.source.at_least('8.4') else 'SHOW MASTER STATUS'

    def connect(self, user=None, password=None, **options):
        options = {'charset': 'utf8mb4', 'autocommit': True, 'connect_timeout': 10,
                   'client_flag': CLIENT.MULTI_STATEMENTS, 'local_infile': True, **options}
        return pymysql.connect(host=testbed.HOST, port=self.unghost.port, user=user or self.source.user,
                               password=self.source.password if password is None else password, **options)

    @staticmethod
    def ask(connection, text, parameters=None):
        with connection.cursor() as cursor:
            cursor.execute(text, parameters)
            return cursor.fetchall()

    def client(self, program, user=None, password=None):
        return [*self.source.client(program, login=False), f'--host={testbed.HOST}', f'--port={self.unghost.port}',
                f'--user={user or self.source.user}', f'--password={password or self.source.password}']


def refused(code, function, *arguments, **options):
    try:
        function(*arguments, **options)
    except pymysql.err.Error as error:
        check(error.args[0] == code, f'error {error.args} instead of {code}')
        return error.args[1]
    raise testbed.Failure(f'no error {code}')


def accounts_of_every_plugin(folder, version, plugins):
    behind = Behind(folder, version, local_infile=True)
    for plugin in plugins:
        behind.source.sql(f"CREATE USER {plugin}@'%' IDENTIFIED WITH {plugin} BY 'pass'; "
                          f"CREATE USER {plugin}_empty@'%' IDENTIFIED WITH {plugin}; GRANT SELECT ON d.* TO {plugin}@'%'")
    for tls in ({}, {'ssl': {'ssl': True}}) if behind.source.tls else ({},):
        for plugin in plugins:
            for _ in range(2):  # caching_sha2: the full exchange, then the fast one
                connection = behind.connect(plugin, 'pass', database='d', **tls)
                check(behind.ask(connection, 'SELECT CURRENT_USER(), DATABASE()') == ((f'{plugin}@%', 'd'),), plugin)
                cipher = behind.ask(connection, "SHOW STATUS LIKE 'Ssl_cipher'")[0][1]
                check(bool(cipher) == behind.source.tls, f'TLS to the source: "{cipher}" for {tls}')
                refused(1142, behind.ask, connection, 'INSERT INTO t VALUES (1, 1)')
                check({row[0] for row in behind.ask(connection, 'SHOW DATABASES')}
                      <= {'d', 'information_schema', 'performance_schema'}, 'sees more than it may')
                connection.close()
            refused(1045, behind.connect, plugin, 'wrong', **tls)
            behind.connect(f'{plugin}_empty', '', **tls).close()
        refused(1045, behind.connect, 'nobody', 'pass', **tls)
        refused(1049, behind.connect, database='nowhere', **tls)
    if behind.source.tls:
        behind.source.sql(f"CREATE USER strict@'%' IDENTIFIED BY 'pass' REQUIRE SSL")
        behind.connect('strict', 'pass', ssl={'ssl': True}).close()
        refused(1045, behind.connect, 'strict', 'pass')  # the source, which sees our TLS, would let it in
        with contextlib.closing(behind.connect(plugins[0], 'pass')) as connection:
            behind.source.sql("GRANT SELECT ON d.* TO strict@'%'")
            refused(1045, change_user, connection, 'strict', 'pass', 'd')
        behind.source.sql('SET GLOBAL require_secure_transport = ON')
        refused(3159, behind.connect, plugins[0], 'pass')
        behind.connect(plugins[0], 'pass', ssl={'ssl': True}).close()
        behind.source.sql('SET GLOBAL require_secure_transport = OFF')


def test_accounts_log_in_as_they_do_at_the_source_9_7(folder):
    accounts_of_every_plugin(folder, '9.7', ['caching_sha2_password', 'sha256_password'])


def test_accounts_log_in_as_they_do_at_the_source_8_0(folder):
    accounts_of_every_plugin(folder, '8.0', ['caching_sha2_password', 'sha256_password', 'mysql_native_password'])


def test_accounts_log_in_as_they_do_at_the_source_5_7(folder):
    accounts_of_every_plugin(folder, '5.7', ['mysql_native_password'])


def test_only_some_accounts_are_passed_on(folder):
    source = testbed.Server('9.7', folder / 'source')
    for user, right in (('app', 'SELECT'), ('cdc', 'REPLICATION SLAVE')):
        source.sql(f"CREATE USER {user}@'%' IDENTIFIED BY 'pass'; GRANT {right} ON *.* TO {user}@'%'")
    source.sql("CREATE ROLE reader; GRANT REPLICATION SLAVE ON *.* TO reader; CREATE USER byrole@'%' IDENTIFIED BY 'pass' "
               "DEFAULT ROLE reader")
    everybody = {'app', 'cdc', 'byrole'}
    for number, (text, let_in) in enumerate((
            ('', everybody),
            ('relay_not_accounts = ["%role"]', everybody - {'byrole'}),
            ('relay_accounts = ["a%"]', {'app'}),
            ('relay = "replication"', {'cdc', 'byrole'}),
            ('relay = "none"', set()))):
        file = folder / f'{number}.toml'
        file.write_text(f'[listen]\n{text}\n')
        ours = testbed.Unghost(None, source, folder / f'{number}', ['--config', file])
        for user in everybody:
            options = {'host': testbed.HOST, 'port': ours.port, 'user': user, 'password': 'pass', 'connect_timeout': 20}
            if user in let_in:
                pymysql.connect(**options).close()
            else:
                refused(1045, pymysql.connect, **options)
        pymysql.connect(host=testbed.HOST, port=ours.port, user=ours.user, password=ours.password).close()
        if not number:  # the source would say that it is of localhost
            words = refused(1045, pymysql.connect, host=testbed.HOST, port=ours.port, user='root', password='x')
            check("'root'@'127.0.0.1'" in words, words)
        ours.stop()


def test_a_source_without_tls_gets_no_password_in_clear(folder):
    behind = Behind(folder, '9.7', tls=False)
    for plugin in ('caching_sha2_password', 'sha256_password'):
        behind.source.sql(f"CREATE USER {plugin}@'%' IDENTIFIED WITH {plugin} BY 'pass'")
        for _ in range(2):
            behind.connect(plugin, 'pass', ssl={'ssl': True}).close()
        refused(1045, behind.connect, plugin, 'wrong', ssl={'ssl': True})


def test_statements_of_all_kinds_are_passed_on(folder):
    behind = Behind(folder, '8.0', local_infile=True, max_allowed_packet='64M')
    connection = behind.connect(database='d', max_allowed_packet=64 << 20)
    # Results behind each other, errors among them.
    with connection.cursor() as cursor:
        cursor.execute('SELECT 1; SELECT 2, 3; DO 1; SELECT 4')
        results = [cursor.fetchall()]
        while cursor.nextset():
            results.append(cursor.fetchall())
    check(results == [((1,),), ((2, 3),), (), ((4,),)], results)
    refused(1146, behind.ask, connection, 'SELECT * FROM nowhere')
    behind.source.sql('CREATE PROCEDURE d.p() BEGIN SELECT 1; SELECT 2; END')
    check(behind.ask(connection, 'CALL p()') == ((1,),), 'CALL')
    # Packets of 16 MiB and more, both ways.
    for size in ((1 << 24) - 1 - 30, (1 << 24) + 5, 40 << 20):
        blob = b'x' * size
        behind.ask(connection, 'REPLACE INTO t VALUES (1, %s)', (blob,))
        check(behind.ask(connection, 'SELECT b FROM t')[0][0] == blob, f'{size} bytes came back differently')
    # A file of the client's.
    file = folder / 'rows.tsv'
    file.write_text(''.join(f'{i}\tvalue{i}\n' for i in range(100, 90_000)))
    behind.ask(connection, f"LOAD DATA LOCAL INFILE '{file}' INTO TABLE t (id, b)")
    check(behind.ask(connection, 'SELECT COUNT(*), MAX(b) FROM t WHERE id >= 100') == ((89_900, b'value9999'),), 'rows')
    file.write_text('')
    behind.ask(connection, f"LOAD DATA LOCAL INFILE '{file}' INTO TABLE t (id, b)")
    # A command that the server does not take: its own words, then the end.
    small = behind.connect(max_allowed_packet=1 << 30)
    try:
        behind.ask(small, 'SELECT LENGTH(%s)', (b'y' * (70 << 20),))
        raise testbed.Failure('more than max_allowed_packet was taken')
    except pymysql.err.Error as error:  # a server closes on what it has not read, and the words may be lost
        check(error.args[0] in (1153, 2006, 2013), error.args)
    check(behind.ask(connection, 'SELECT COUNT(*) FROM t') == ((89_901,),), 'the other session')
    connection.ping(reconnect=False)


def test_the_compressed_protocol_carries_sql(folder):
    behind = Behind(folder, '9.7')
    behind.source.sql("INSERT INTO d.t VALUES (1, REPEAT('x', 1000000)), (2, RANDOM_BYTES(1000)), (3, 'y')")

    def sums(port, *flags):
        return testbed.run([*behind.source.client('mysql', login=False), f'--host={testbed.HOST}', f'--port={port}',
                            f'--user={behind.source.user}', f'--password={behind.source.password}', '--batch',
                            '--max-allowed-packet=64M', *flags, '-e', 'SELECT id, HEX(b) FROM d.t; SELECT 1; SHOW TABLES FROM d'])
    wanted = sums(behind.source.port)
    for compression in ('zlib', 'zstd'):
        for tls in ('DISABLED', 'REQUIRED'):
            got = sums(behind.unghost.port, f'--compression-algorithms={compression}', f'--ssl-mode={tls}',
                       '--get-server-public-key')
            check(got == wanted, f'{compression}, TLS {tls}: another answer')


def test_sessions_end_with_their_other_side(folder):
    behind = Behind(folder, '8.0')
    idle = behind.connect()
    behind.ask(idle, 'SET wait_timeout = 1')
    time.sleep(2.5)
    try:
        behind.ask(idle, 'SELECT 1')
        raise testbed.Failure('an idle session outlives wait_timeout')
    except pymysql.err.OperationalError as error:  # the source's words; pymysql takes them for a lost connection
        check(error.args[0] in (4031, 2013), error.args)

    gone = behind.connect()
    thread = behind.ask(gone, 'SELECT CONNECTION_ID()')[0][0]
    gone._force_close()
    wait_until('its connection at the source ends', lambda: not behind.source.sql(
        'SELECT 1 FROM performance_schema.threads WHERE processlist_id = %s', (thread,)))

    killed = behind.connect()
    behind.source.sql(f'KILL {behind.ask(killed, "SELECT CONNECTION_ID()")[0][0]}')
    with contextlib.suppress(pymysql.err.Error):
        behind.ask(killed, 'SELECT 1')
        raise testbed.Failure('a killed session answers')

    # KILL by the id of our greeting, of the query and of the connection.
    sleeper, killer = behind.connect(), behind.connect()
    seen = []

    def sleep():
        try:
            seen.append(behind.ask(sleeper, 'SELECT SLEEP(30)'))
        except pymysql.err.Error as error:
            seen.append(error.args[0])
    thread = threading.Thread(target=sleep)
    thread.start()
    time.sleep(0.5)
    behind.ask(killer, f'KILL QUERY {sleeper.thread_id()}')
    thread.join(10)
    check(seen == [((1,),)], f'KILL QUERY: {seen}')
    behind.ask(killer, f'KILL {sleeper.thread_id()}')
    with contextlib.suppress(pymysql.err.Error):
        behind.ask(sleeper, 'SELECT 1')
        raise testbed.Failure('a killed session answers')
    refused(1094, behind.ask, killer, 'KILL 4000000000')
    behind.source.sql("CREATE USER weak@'%' IDENTIFIED BY 'pass'")
    refused(1095, behind.ask, behind.connect('weak', 'pass'), f'KILL {killer.thread_id()}')


def change_user(connection, user, password, database):
    """COM_CHANGE_USER, which pymysql does not have."""
    packet = b'\x11' + user.encode() + b'\0\0' + database.encode() + b'\0' + b'\xff\0' + b'mysql_native_password\0'
    connection._next_seq_id = 0
    connection.write_packet(packet)
    connection.password = password.encode()
    answer = connection._read_packet()
    while not answer.is_ok_packet():
        if answer.is_auth_switch_request():
            answer.read_uint8()
            plugin = answer.read_string()
            answer = connection._process_auth(plugin, answer)
        else:
            raise testbed.Failure('neither OK nor a switch')
        if answer.is_extra_auth_data():
            answer = connection._read_packet()


def test_the_user_can_be_changed(folder):
    behind = Behind(folder, '8.0')
    behind.source.sql("CREATE USER other@'%' IDENTIFIED WITH mysql_native_password BY 'other'; GRANT SELECT ON d.* TO other@'%'")
    connection = behind.connect()
    behind.ask(connection, 'SET @x = 5')
    change_user(connection, 'other', 'other', 'd')
    check(behind.ask(connection, 'SELECT CURRENT_USER(), DATABASE(), @x') == (('other@%', 'd', None),), 'not changed')
    refused(1045, change_user, connection, 'other', 'wrong', 'd')


def positions_are_ours(folder, version):
    behind = Behind(folder, version)
    connection = behind.connect()
    for _ in range(3):
        behind.source.sql("INSERT INTO d.t SELECT IFNULL(MAX(id), 0) + 1, REPEAT('x', 1000) FROM d.t; FLUSH BINARY LOGS")
    for text in (behind.log_status(), behind.log_status().lower() + ' ;', f'/* who */ {behind.log_status()}'):
        ours, theirs = behind.ask(connection, text)[0], behind.source.sql(behind.log_status())[0]
        check(re.fullmatch(r'mysql-bin\.1\d{9}', ours[0]), f'{ours[0]} is no file of ours')
        check(ours[2:] == theirs[2:], f'{ours} beside {theirs}')
    logs = [row[0] for row in behind.ask(connection, 'SHOW BINARY LOGS')]
    check(ours[0] == logs[-1], f'{ours[0]} is not the last of {logs}')
    check(len(behind.ask(connection, 'SHOW BINARY LOGS')[0]) == len(behind.source.sql('SHOW BINARY LOGS')[0]), 'columns')
    # Events, in the server's words.
    ours = behind.ask(connection, f"SHOW BINLOG EVENTS IN '{logs[-2]}'")
    upstream = behind.source.sql('SHOW BINARY LOGS')[-2][0]
    theirs = behind.source.sql(f"SHOW BINLOG EVENTS IN '{upstream}'")
    check(len(ours) == len(theirs), f'{ours} beside {theirs}')
    for mine, yours in zip(ours, theirs):
        check(mine[2:4] == yours[2:4] and (mine[2] == 'Rotate' or mine[5] == yours[5]), f'{mine} beside {yours}')
    check(behind.ask(connection, f"SHOW BINLOG EVENTS IN '{logs[-2]}' FROM {ours[1][1]} LIMIT 1, 2") == ours[2:4], 'limit')
    refused(1220, behind.ask, connection, "SHOW BINLOG EVENTS IN 'nowhere.000001'")
    refused(1220, behind.ask, connection, f"SHOW BINLOG EVENTS IN '{logs[-2]}' FROM 5")
    # What is not there yet is waited for.
    for i in range(20):
        behind.source.sql('INSERT INTO d.t VALUES (%s, 1)', (1000 + i,))
        position = int(behind.ask(connection, behind.log_status())[0][1])
        listed = dict(row[:2] for row in behind.ask(connection, 'SHOW BINARY LOGS'))
        check(int(listed[logs[-1]]) >= position, 'a position beyond what is published')
    if behind.source.at_least('8.0'):
        check(behind.ask(connection, 'SELECT @@global.gtid_executed AS e')[0][0]
              == behind.source.value('SELECT @@global.gtid_executed'), 'gtid_executed')
    purged = behind.ask(connection, 'SELECT @@GLOBAL.gtid_purged')[0][0]
    listed = behind.ask(connection, "SHOW GLOBAL VARIABLES LIKE 'gtid_purged'")[0][1]
    check(purged == listed, f'{purged} and {listed}')
    # What the source has no words for, or the account no right to, is its own error.
    if behind.source.at_least('8.4'):
        refused(1064, behind.ask, connection, 'SHOW MASTER STATUS')
    behind.source.sql("CREATE USER weak@'%' IDENTIFIED BY 'pass'")
    weak = behind.connect('weak', 'pass')
    for text in (behind.log_status(), 'SHOW BINARY LOGS'):
        refused(1227, behind.ask, weak, text)
    # A source that is stuck is no reason to wait for ever, nor to guess.
    behind.source.sql('FLUSH TABLES WITH READ LOCK; UNLOCK TABLES')


def test_positions_are_ours_9_7(folder):
    positions_are_ours(folder, '9.7')


def test_positions_are_ours_8_0(folder):
    positions_are_ours(folder, '8.0')


def test_positions_are_ours_5_7(folder):
    positions_are_ours(folder, '5.7')


def mysqlbinlog_gets_all(folder, version):
    """By our names and by the source's, in every way: all events of the file, or an error. Never nothing with exit code 0."""
    behind = Behind(folder, version)
    for file in range(3):
        for row in range(20):
            behind.source.sql(f"INSERT INTO d.t VALUES ({100 * file + row}, REPEAT('x', 3000))")
        behind.source.sql('FLUSH BINARY LOGS')
    behind.caught_up()
    connection = behind.connect()
    ours = [row[0] for row in behind.ask(connection, 'SHOW BINARY LOGS')]
    theirs = [row[0] for row in behind.source.sql('SHOW BINARY LOGS')]
    check(len(ours) == len(theirs) and not set(ours) & set(theirs), f'{ours} beside {theirs}: each place has one name')
    data = folder / 'unghost' / 'data'
    base = [*behind.client('mysqlbinlog'), '--read-from-remote-server', '--verify-binlog-checksum']
    written = folder / 'written'
    written.mkdir()

    def xids(*arguments):
        done = subprocess.run([*base, *arguments], capture_output=True, text=True, timeout=60)
        check(done.returncode == 0, f'{arguments}: {done.returncode}, {done.stderr}')
        return done.stdout.count('Table_map: `d`.`t`')
    for number, (name, clean) in enumerate(zip(theirs, ours)):
        rows = 20 if number < 3 else 0
        for asked in (name, clean):
            check(xids(asked) == rows, f'{asked}: {xids(asked)} transactions, not {rows}')
            check(xids('--to-last-log', asked) == 20 * (3 - number), f'{asked} and all that follow')
        # An archive job: it has the file's name as it asked for it, and the file's bytes.
        for asked in (name, clean):
            testbed.run([*base, '--raw', f'--result-file={written}/', asked])
            got, here = (written / asked).read_bytes(), (data / clean).read_bytes()
            check(got == here[:len(got)] and len(here) == len(got), f'{asked}: {len(got)} of {len(here)} bytes')
    begin = behind.ask(connection, f"SHOW BINLOG EVENTS IN '{ours[1]}'")
    gtid = next(int(row[1]) for row in begin if row[2] == 'Gtid' and int(row[1]) > 20_000)
    upstream = testbed.run([testbed.unghost_binary(), 'position', f'{ours[1]}:{gtid}', '--data', data]).split()[0]
    place = int(upstream.rpartition(':')[2].rstrip('.,'))
    check(xids(f'--start-position={place}', theirs[1]) == xids(f'--start-position={gtid}', ours[1]) > 0, 'from a place on')
    for wrong in (['--start-position=5', theirs[1]], ['other-bin.000001']):
        done = subprocess.run([*base, *wrong], capture_output=True, text=True, timeout=90)
        check(done.returncode != 0 and done.stderr.strip(), f'{wrong}: no error, {done.stdout[-200:]}')
    check(len(behind.ask(connection, f"SHOW BINLOG EVENTS IN '{theirs[1]}'")) == len(begin), 'events by the name of the source')
    refused(1220, behind.ask, connection, f"SHOW BINLOG EVENTS IN '{theirs[1]}' FROM 4")


def test_mysqlbinlog_gets_all_9_7(folder):
    mysqlbinlog_gets_all(folder, '9.7')


def test_mysqlbinlog_gets_all_8_0(folder):
    mysqlbinlog_gets_all(folder, '8.0')


def test_dumps_need_the_right_that_the_source_asks_for(folder):
    behind = Behind(folder, '8.0')
    behind.source.sql("CREATE USER weak@'%' IDENTIFIED BY 'pass'; CREATE USER dumper@'%' IDENTIFIED BY 'pass'; "
                      "GRANT REPLICATION SLAVE ON *.* TO dumper@'%'")
    status = behind.ask(behind.connect(), 'SHOW MASTER STATUS')[0]

    def binlog(user, port, file, *flags):
        return subprocess.run([*behind.source.client('mysqlbinlog', login=False), f'--host={testbed.HOST}', f'--port={port}',
                               f'--user={user}', '--password=pass', '--read-from-remote-server', '--ssl-mode=DISABLED',
                               '--get-server-public-key', *flags, file], capture_output=True, text=True)
    done, direct = binlog('weak', behind.unghost.port, status[0]), binlog('weak', behind.source.port, 'mysql-bin.000001')
    check(done.returncode != 0 and done.stderr == direct.stderr, f'{done.stderr} instead of {direct.stderr}')
    for compression in ('uncompressed', 'zlib', 'zstd'):
        done = binlog('dumper', behind.unghost.port, status[0], f'--compression-algorithms={compression}')
        check(done.returncode == 0 and 'CREATE TABLE d.t' in done.stdout, f'{compression}: {done.stderr}')
    check(not behind.source.sql("SELECT 1 FROM performance_schema.threads WHERE processlist_user = 'dumper'"),
          'the dump holds a connection at the source')

    # Its own account ends a dump, and who has the right: at once, and by a role once it is active.
    def dumps():
        return re.findall(r'consumer (\d+) \(dumper@[^)]*\): dump (?:by GTID|from)', behind.unghost.log())

    def killed_by(user, *before):
        known = len(dumps())
        with subprocess.Popen([*behind.source.client('mysqlbinlog', login=False), f'--host={testbed.HOST}',
                               f'--port={behind.unghost.port}', '--user=dumper', '--password=pass',
                               '--read-from-remote-server', '--ssl-mode=DISABLED', '--get-server-public-key',
                               '--stop-never', status[0]], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as following:
            try:
                wait_until('the dump has begun', lambda: len(dumps()) > known)
                connection = behind.connect(user, 'pass')
                for statement in before:
                    behind.ask(connection, statement)
                behind.ask(connection, f'KILL {dumps()[-1]}')
                wait_until('the dump has ended', lambda: following.poll() is not None)
            finally:
                following.kill()
    behind.source.sql("CREATE ROLE killer; GRANT CONNECTION_ADMIN ON *.* TO killer; CREATE ROLE outer_role; "
                      "GRANT killer TO outer_role; GRANT outer_role TO weak@'%'; "
                      "CREATE USER ender@'%' IDENTIFIED BY 'pass'; GRANT CONNECTION_ADMIN ON *.* TO ender@'%'")
    killed_by('dumper')
    killed_by('ender')
    refused(1095, killed_by, 'weak')
    killed_by('weak', 'SET ROLE outer_role')
    # A system user's only by another, as at the source; by an active role too.
    behind.source.sql("GRANT SYSTEM_USER ON *.* TO dumper@'%'; CREATE ROLE system_users; GRANT SYSTEM_USER ON *.* TO "
                      "system_users; GRANT system_users TO ender@'%'")
    refused(1095, killed_by, 'ender')
    killed_by('dumper')
    killed_by('ender', 'SET ROLE ALL')


def test_a_source_that_is_down_is_told_and_the_log_is_served(folder):
    behind = Behind(folder, '8.0')
    status = behind.ask(behind.connect(), 'SHOW MASTER STATUS')[0]
    wait_until('what is known of the source is on the disk', (folder / 'unghost' / 'data' / 'source.json').exists, 30)
    behind.source.stop()

    def stored():
        return testbed.run([*behind.unghost.client('mysqlbinlog'), '--read-from-remote-server', '--ssl-mode=DISABLED',
                            '--get-server-public-key', status[0]])
    for _ in range(2):
        check('CREATE TABLE d.t' in stored(), 'the stored log is not served')
        check(f':{behind.source.port}' in refused(1105, behind.connect), 'the source is not named')
        behind.unghost.restart()  # it greets with what the source was
    behind.source.start()
    wait_until('its accounts can log in again', lambda: behind.ask(behind.connect(), 'SELECT 1'))


def test_consumers_and_positions_are_told(folder):
    behind = Behind(folder, '8.0')
    behind.source.sql('INSERT INTO d.t VALUES (1, 1)')
    theirs = behind.source.sql('SHOW MASTER STATUS')[0]
    ours = behind.ask(behind.connect(), 'SHOW MASTER STATUS')[0]
    check(behind.unghost.command('position', f'{theirs[0]}:{theirs[1]}') == f'{ours[0]}:{ours[1]}\n', 'to ours')
    check(behind.unghost.command('position', f'{ours[0]}:{ours[1]}') == f'{theirs[0]}:{theirs[1]}\n', 'and back')
    dump = testbed.start_process([*behind.client('mysqlbinlog'), '--read-from-remote-server', '--ssl-mode=DISABLED', '--raw',
                                  '--get-server-public-key', '--stop-never', f'--result-file={folder}/', ours[0]])
    text = wait_until('the dump is at the end', lambda: (lambda text: text if f'{ours[0]}:{ours[1]}' in text else None)(
        behind.unghost.command('consumers')))
    check('mysqlbinlog' in text and behind.source.user in text, text)
    testbed.end_process(dump)


def replica_from_a_dump(folder, version):
    """mysqldump through unghost in the middle of writes; a replica from it, downstream of unghost, ends equal."""
    behind = Behind(folder, version)
    testbed.make_table(behind.source, 'shop.orders', rows=2000)
    writer = testbed.Writer(behind.source, ['shop.orders'], rate=100)
    writer.wait_for(50)
    flag = '--source-data=1' if version != '5.7' else '--master-data=1'
    dump = testbed.run([*behind.client('mysqldump'), '--ssl-mode=DISABLED', '--single-transaction', flag,
                        '--databases', 'shop', 'd', *(['--get-server-public-key'] if version != '5.7' else [])],
                       what='mysqldump')
    check('mysql-bin.1' in dump, 'the dump holds no position of ours')
    writer.wait_for(50)
    replica = testbed.Server(version, folder / 'replica')
    statement = re.search(r'^CHANGE (?:REPLICATION SOURCE|MASTER) TO .*?;$', dump, re.M)[0]
    file, position = re.search(r"_FILE='([^']+)', \w+_POS=(\d+)", statement).groups()
    dump = dump.replace(statement, '')
    subprocess.run([*replica.client('mysql')], input=re.sub(r'^SET @@GLOBAL.GTID_PURGED=.*?;$', '', dump, flags=re.M | re.S),
                   text=True, check=True, capture_output=True)
    replica.reset_binlogs()
    testbed.replicate(replica, testbed.HOST, behind.unghost.port, behind.source.user, behind.source.password,
                      auto_position=False, file=file, position=int(position))
    writer.wait_for(50)
    writer.stop()
    wait_until('the replica is equal', lambda: equal(behind.source, replica), 30)


def equal(source, replica):
    try:
        testbed.check_equal(source, replica)
        return True
    except testbed.Failure:
        return False


def test_a_replica_starts_from_a_dump_9_7(folder):
    replica_from_a_dump(folder, '9.7')


def test_a_replica_starts_from_a_dump_8_0(folder):
    replica_from_a_dump(folder, '8.0')
