#!/usr/bin/python3
"""The test bed: real MySQL servers, replication between them, a writer, the migration tools, unghost.

    import testbed
    def test_a_sentence_about_what_holds(folder):        # in tests/live/NAME_test.py
        primary = testbed.Server('9.7', folder / 'primary')
        replica = testbed.Server('9.7', folder / 'replica')
        testbed.replicate(replica, primary.host, primary.port, primary.user, primary.password)

    tests/live/testbed.py [FOLDER] [WORD...]    runs the tests of *_test.py in the folder (default: here)
                                                whose 'file.function' holds one of the words

Servers and tools are what tests/install.sh put into the cache; what is missing fails the test.
Every process started here is ended by its id: at the end of its test, at exit, on SIGTERM; and by
the kernel if this process is killed (if it was started by the main thread).
"""

import atexit
import collections
import contextlib
import fcntl
import fnmatch
import hashlib
import importlib.util
import inspect
import itertools
import json
import multiprocessing
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import traceback
import urllib.error
import urllib.request
from pathlib import Path

import pymysql
from pymysql.constants import CLIENT

CACHE = Path(os.environ.get('UNGHOST_CACHE') or Path.home() / '.cache' / 'unghost')
ROOT = Path(__file__).resolve().parents[2]
HOST = '127.0.0.1'
SYSTEM_SCHEMAS = ('mysql', 'sys', 'information_schema', 'performance_schema')


class Failure(Exception):
    """What a test found wrong, in words."""


def check(condition, message):
    if not condition:
        raise Failure(message)


def wait_until(what, condition, timeout=60, interval=0.05):
    """Calls condition() until it is true; returns its value. Failure names `what` after timeout seconds."""
    end = time.monotonic() + timeout
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise Failure(f'after {timeout} s still not: {what}')
        time.sleep(interval)


def tail(path, lines=25):
    try:
        return '\n'.join(Path(path).read_text(errors='replace').splitlines()[-lines:])
    except OSError as error:
        return str(error)


def quote(name):
    return '`' + name.replace('`', '``') + '`'


# --- processes and ports ---------------------------------------------------------------------------

_processes = []


def start_process(arguments, log=None, **options):
    """A child process that does not outlive us. `log`: file for its output (appended)."""
    arguments = [str(a) for a in arguments]
    if threading.current_thread() is threading.main_thread():
        # The kernel sends this when the *thread* that started the child ends.
        arguments = ['setpriv', '--pdeathsig', 'KILL', '--'] + arguments
    if log is None:
        process = subprocess.Popen(arguments, stdin=subprocess.DEVNULL, **options)
    else:
        with open(log, 'ab') as output:
            process = subprocess.Popen(arguments, stdin=subprocess.DEVNULL, stdout=output,
                                       stderr=subprocess.STDOUT, **options)
    _processes.append(process)
    return process


def end_process(process, timeout=60):
    """SIGTERM, then SIGKILL. Returns the exit code."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    return process.returncode


def end_all_processes():
    for process in _processes:
        if process.poll() is None:
            process.kill()
    for process in _processes:
        process.wait()
    _processes.clear()


atexit.register(end_all_processes)


def end_on_sigterm():
    """Makes SIGTERM an ordinary exit, so that what we started ends too."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))


def run(arguments, what=None, timeout=600, **options):
    """Runs a command to its end; its standard output. A non-zero exit is a Failure with its output."""
    done = subprocess.run([str(a) for a in arguments], stdin=subprocess.DEVNULL, capture_output=True, timeout=timeout,
                          text=True, errors='replace', **options)
    check(done.returncode == 0, f'{what or arguments[0]} ended with {done.returncode}:\n'
          + (done.stdout + done.stderr)[-4000:])
    return done.stdout


_ports = set()


def free_port():
    """A loopback port nobody listens on, below the range of outgoing connections."""
    while True:
        port = random.SystemRandom().randrange(12000, 32000)
        with contextlib.closing(socket.socket()) as probe:
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
        if port not in _ports:
            _ports.add(port)
            return port


def flag_list(flags):
    """{'a_b': 1, 'c': True, 'd': None} -> ['--a-b=1', '--c']; a list value repeats the flag."""
    result = []
    for name, value in flags.items():
        name = '--' + name.replace('_', '-')
        for one in value if isinstance(value, (list, tuple)) else [value]:
            if one is True:
                result.append(name)
            elif one is not None and one is not False:
                result.append(f'{name}={one}')
    return result


def cached(name):
    path = CACHE / name
    check(path.exists(), f'{path} is missing: run tests/install.sh')
    return path


# --- servers ---------------------------------------------------------------------------------------

_server_ids = itertools.count(random.SystemRandom().randrange(1, 10_000) * 1000)
# What must be known when a data directory is made.
_INITIALIZE_OPTIONS = ('lower_case_table_names', 'innodb_page_size', 'character_set_server')


class Server:
    """A MySQL server: started, with binlog, an administrator `user`/`password`, and ready for SQL.

    version        '9.7', '8.0' or '5.7'
    folder         its own folder; made if it is not there, and used again if it is
    gtid           gtid_mode
    tls            certificates of its own making (5.7 has none)
    log_bin        base name of the binlog files
    environment    variables of its process on top of ours: {'TZ': 'UTC0'}
    options        any option of mysqld: binlog_row_image='MINIMAL', require_secure_transport=True ...
    """
    user = 'admin'
    password = 'admin-pass'
    replication_user = 'repl'        # with exactly the rights unghost asks for
    replication_password = 'repl-pass'
    host = HOST

    def __init__(self, version, folder, gtid=True, tls=True, log_bin='mysql-bin', environment=None, **options):
        self.version = version
        self.folder = Path(folder)
        self.gtid = gtid
        self.tls = tls and (version != '5.7' or 'ssl_cert' in options)
        self.log_bin = log_bin
        self.environment = {**os.environ, **(environment or {})}
        self.options = options
        self.port = free_port()
        self.server_id = next(_server_ids)
        self.programs = cached(f'mysql-{version}') / 'run'
        self.datadir = self.folder / 'data'
        self.log_file = self.folder / 'mysqld.log'
        self.socket = self.folder / 'mysql.sock'
        if len(str(self.socket)) > 100:  # the kernel's limit is 107
            self.socket = Path(tempfile.mkdtemp(prefix='unghost-')) / 'mysql.sock'
        self.process = None
        self._connection = None
        self._lock = threading.RLock()
        fresh = not self.datadir.exists()
        if fresh:
            self._copy_data_directory()
        self.start()
        if fresh:
            self._make_accounts()

    def at_least(self, version):
        return [int(n) for n in self.version.split('.')] >= [int(n) for n in version.split('.')]

    def _copy_data_directory(self):
        initial = {k: v for k, v in self.options.items() if k in _INITIALIZE_OPTIONS}
        key = hashlib.sha256(json.dumps(initial, sort_keys=True).encode()).hexdigest()[:8]
        template = CACHE / 'data' / f'{self.version}-{key}'
        self.folder.mkdir(parents=True, exist_ok=True)
        template.parent.mkdir(parents=True, exist_ok=True)
        with open(f'{template}.lock', 'w') as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not template.exists():
                new = Path(f'{template}.new')
                shutil.rmtree(new, ignore_errors=True)
                run([self.programs / 'mysqld', '--initialize-insecure', '--user=root', f'--datadir={new}',
                     *self._size_options(), *flag_list(initial)], what='mysqld --initialize-insecure')
                (new / 'auto.cnf').unlink(missing_ok=True)  # each copy makes its own server UUID
                new.rename(template)
        run(['cp', '-a', '--sparse=always', template, self.datadir])

    def _size_options(self):
        log = '--innodb-redo-log-capacity=64M' if self.at_least('8.0') else '--innodb-log-file-size=32M'
        # The caches decide what the performance schema takes: 400 MB less.
        return [log, '--innodb-buffer-pool-size=128M', '--table-open-cache=400', '--table-definition-cache=400',
                '--max-connections=150']

    def start(self, timeout=60):
        """Starts it (again) on its folder and its port."""
        arguments = [self.programs / 'mysqld', '--user=root', f'--datadir={self.datadir}', f'--port={self.port}',
                     f'--socket={self.socket}', f'--pid-file={self.folder}/mysqld.pid', f'--bind-address={HOST}',
                     f'--server-id={self.server_id}', f'--report-host={HOST}', f'--report-port={self.port}',
                     f'--log-bin={self.log_bin}', f'--relay-log={self.log_bin}-relay',
                     # Safe when the process is killed, which is all that happens here.
                     '--innodb-flush-log-at-trx-commit=2', '--sync-binlog=0', *self._size_options()]
        switch = 'ON' if self.gtid else 'OFF'  # 9.7 has them by itself
        arguments += [f'--gtid-mode={switch}', f'--enforce-gtid-consistency={switch}']
        if not self.tls:
            arguments += ['--tls-version='] if self.at_least('8.0') else ['--skip-ssl']
        if not self.at_least('8.0'):
            # The instrument is off by default, and gh-ost 1.1.8 does not begin without it.
            arguments += ['--performance-schema-instrument=wait/lock/metadata/sql/mdl=ON']
            arguments += ['--log-slave-updates', '--master-info-repository=TABLE', '--relay-log-info-repository=TABLE']
        arguments += flag_list(self.options)
        self._connection = None
        self.process = start_process(arguments, log=self.log_file, env=self.environment)

        def ready():
            check(self.process.poll() is None, f'mysqld {self.version} ended at its start:\n' + tail(self.log_file))
            with contextlib.suppress(pymysql.err.OperationalError):
                return self.sql('SELECT 1')
        wait_until(f'mysqld {self.version} answers (see {self.log_file})', ready, timeout)

    def _make_accounts(self):
        self.sql('SET sql_log_bin = 0')
        for name, password, rights in (
                (self.user, self.password, 'ALL PRIVILEGES'),
                (self.replication_user, self.replication_password,
                 'REPLICATION SLAVE, REPLICATION CLIENT, SELECT, TRIGGER, PROCESS')):
            self.sql(f"CREATE USER '{name}'@'%' IDENTIFIED BY '{password}'")
            self.sql(f"GRANT {rights} ON *.* TO '{name}'@'%'" + (' WITH GRANT OPTION' if name == self.user else ''))
        self.sql('SET sql_log_bin = 1')

    def root(self, **options):
        """A connection of root over the socket."""
        options = {'charset': 'utf8mb4', 'autocommit': True, 'client_flag': CLIENT.MULTI_STATEMENTS, **options}
        return pymysql.connect(unix_socket=str(self.socket), user='root', **options)

    def connect(self, **options):
        """A connection of the administrator over TCP."""
        options = {'user': self.user, 'password': self.password, 'charset': 'utf8mb4', 'autocommit': True,
                   'client_flag': CLIENT.MULTI_STATEMENTS, 'connect_timeout': 10, **options}
        return pymysql.connect(host=self.host, port=self.port, **options)

    def sql(self, text, parameters=None, dicts=False):
        """Runs statements as root, on one connection kept open; the rows of the last, as tuples or dicts."""
        with self._lock:
            if self._connection is None:
                self._connection = self.root()
            kind = pymysql.cursors.DictCursor if dicts else pymysql.cursors.Cursor
            try:
                with self._connection.cursor(kind) as cursor:
                    cursor.execute(text, parameters)
                    rows = list(cursor.fetchall())
                    while cursor.nextset():
                        rows = list(cursor.fetchall())
                    return rows
            except pymysql.err.Error as error:
                if not error.args or error.args[0] in (0, 2006, 2013):
                    self._connection = None
                raise

    def value(self, text, parameters=None):
        """The first column of the first row."""
        return self.sql(text, parameters)[0][0]

    def client(self, program, login=True):
        """argv prefix of this version's mysql, mysqldump or mysqlbinlog, logged in as the administrator."""
        result = [str(self.programs / program)]
        if login:
            result += [f'--host={HOST}', f'--port={self.port}', f'--user={self.user}', f'--password={self.password}']
        return result

    def stop(self, timeout=60):
        self._connection = None
        return end_process(self.process, timeout)

    def kill9(self):
        self._connection = None
        self.process.kill()
        self.process.wait()

    def restart(self, **options):
        """Stops it (if it runs) and starts it on the same data and port; options are added."""
        if self.process.poll() is None:
            self.stop()
        self.options.update(options)
        self.start()

    def reset_binlogs(self):
        self.sql('RESET BINARY LOGS AND GTIDS' if self.at_least('8.4') else 'RESET MASTER')

    def position(self):
        """(file, position, executed GTID set) of its own log."""
        row = self.sql('SHOW BINARY LOG STATUS' if self.at_least('8.4') else 'SHOW MASTER STATUS')[0]
        return row[0], row[1], row[4].replace('\n', '')

    def binlog_files(self):
        return [self.datadir / row[0] for row in self.sql('SHOW BINARY LOGS')]

    def log(self):
        return self.log_file.read_text(errors='replace')


# --- replication -----------------------------------------------------------------------------------

def replicate(replica, host, port, user, password, auto_position=True, file=None, position=4, workers=None,
              preserve_order=True, ssl=False, **more):
    """Points `replica` at host:port and starts it. With `file` it starts there, not by GTID.

    more: further fields of CHANGE REPLICATION SOURCE without their SOURCE_, such as heartbeat_period=1.
    """
    new = replica.at_least('8.0')
    word = 'replica' if new else 'slave'
    fields = {'HOST': host, 'PORT': port, 'USER': user, 'PASSWORD': password, 'CONNECT_RETRY': 1,
              'RETRY_COUNT': 86400, 'SSL': int(ssl)}
    if file is not None:
        fields.update(AUTO_POSITION=0, LOG_FILE=file, LOG_POS=position)
    elif auto_position:
        fields.update(AUTO_POSITION=1)
    fields.update({k.upper(): v for k, v in more.items()})
    text = ', '.join(f"{'SOURCE' if new else 'MASTER'}_{k} = {json.dumps(v) if isinstance(v, str) else v}"
                     for k, v in fields.items())
    if new:
        text += ', GET_SOURCE_PUBLIC_KEY = 1'
    replica.sql(f'STOP {word}')
    if workers is not None:
        if not replica.at_least('8.4'):
            replica.sql(f"SET GLOBAL {word}_parallel_type = 'LOGICAL_CLOCK'")
        if replica.at_least('8.4'):
            workers = max(workers, 1)
        replica.sql(f'SET GLOBAL {word}_parallel_workers = {workers}')
        replica.sql(f'SET GLOBAL {word}_preserve_commit_order = {int(preserve_order and workers > 0)}')
    replica.sql(f"CHANGE {'REPLICATION SOURCE' if new else 'MASTER'} TO {text}")
    replica.sql(f'START {word}')


def replica_status(replica):
    """SHOW REPLICA STATUS as a dict, with the new names (Source, Replica) in every version; {} if it is none."""
    rows = replica.sql('SHOW REPLICA STATUS' if replica.at_least('8.0') else 'SHOW SLAVE STATUS', dicts=True)
    rename = {'Master': 'Source', 'master': 'source', 'Slave': 'Replica', 'slave': 'replica'}
    return {re.sub('|'.join(rename), lambda m: rename[m[0]], k): v for k, v in rows[0].items()} if rows else {}


def replica_errors(replica):
    """What keeps it from replicating, in words; [] if nothing does."""
    status = replica_status(replica)
    errors = [f'{thread} thread: {status[f"Last_{thread}_Errno"]} {status[f"Last_{thread}_Error"]}'
              for thread in ('IO', 'SQL') if status.get(f'Last_{thread}_Errno')]
    if errors:
        errors += [f'worker: {row[0]} {row[1]}' for row in replica.sql(
            'SELECT LAST_ERROR_NUMBER, LAST_ERROR_MESSAGE '
            'FROM performance_schema.replication_applier_status_by_worker WHERE LAST_ERROR_NUMBER <> 0')]
    return errors


def wait_caught_up(primary, replica, timeout=120):
    """Waits until the replica has applied all the primary has committed by now.

    By GTID where the primary has them; else by a row written to testbed_marker.marker. An error of the
    applier ends the wait at once; errors of the receiver may pass (it connects again).
    """
    if primary.gtid:
        executed = primary.value('SELECT @@global.gtid_executed').replace('\n', '')
        wanted = 'GTIDs ' + executed

        def applied():
            return replica.value('SELECT GTID_SUBSET(%s, @@global.gtid_executed)', (executed,))
    else:
        mark = random.getrandbits(60)
        wanted = f'the row {mark} in testbed_marker.marker'
        primary.sql('CREATE DATABASE IF NOT EXISTS testbed_marker; CREATE TABLE IF NOT EXISTS testbed_marker.marker '
                    f'(id int PRIMARY KEY, mark bigint); REPLACE INTO testbed_marker.marker VALUES (1, {mark})')

        def applied():
            with contextlib.suppress(pymysql.err.ProgrammingError, pymysql.err.OperationalError):
                return replica.sql(f'SELECT 1 FROM testbed_marker.marker WHERE mark = {mark}')
    end = time.monotonic() + timeout
    while not applied():
        status = replica_status(replica)
        check(status, 'the replica is not configured')
        if status['Replica_SQL_Running'] == 'No':
            raise Failure('the replica stopped: ' + ('; '.join(replica_errors(replica)) or 'by hand'))
        if time.monotonic() > end:
            raise Failure(
                f'the replica has not caught up in {timeout} s; IO thread: {status["Replica_IO_Running"]}, '
                f'"{status["Replica_IO_State"]}"; {"; ".join(replica_errors(replica)) or "no error"}; wanted {wanted}, '
                f'has {replica.value("SELECT @@global.gtid_executed")}')
        time.sleep(0.1)


# --- comparing -------------------------------------------------------------------------------------

def _tables(server, wanted):
    rows = server.sql('SELECT TABLE_SCHEMA, TABLE_NAME FROM information_schema.TABLES '
                      "WHERE TABLE_TYPE = 'BASE TABLE'")
    return {row for row in rows if wanted(*row)}


def _definition(server, schema, table):
    row = server.sql(f"SHOW CREATE TABLE {quote(schema)}.{quote(table)}")[0]
    return re.sub(r' AUTO_INCREMENT=\d+', '', row[1])


def _select(server, schema, table):
    """A SELECT of all columns in primary key order, and whether there is a key to order by."""
    columns = server.sql('SELECT COLUMN_NAME, DATA_TYPE FROM information_schema.COLUMNS '
                         'WHERE TABLE_SCHEMA = %s AND TABLE_NAME = %s ORDER BY ORDINAL_POSITION', (schema, table))
    key = server.sql('SELECT COLUMN_NAME FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = %s '
                     "AND TABLE_NAME = %s AND INDEX_NAME = 'PRIMARY' ORDER BY SEQ_IN_INDEX", (schema, table))
    # The text of a FLOAT is rounded to 6 digits; as a DOUBLE it is exact.
    listed = ', '.join(quote(name) + ('*1e0' if kind == 'float' else '') for name, kind in columns)
    order = ' ORDER BY ' + ', '.join(quote(row[0]) for row in key) if key else ''
    return f'SELECT {listed} FROM {quote(schema)}.{quote(table)}{order}', bool(key)


def _rows(server, select):
    """Rows as tuples of the bytes the server sent (None for NULL), streamed."""
    with contextlib.closing(server.root(use_unicode=False, conv={}, cursorclass=pymysql.cursors.SSCursor)) as connection:
        with connection.cursor() as cursor:
            # No conversion on the way, and no TIMESTAMP that reads differently on two servers.
            cursor.execute("SET character_set_results = NULL, time_zone = '+00:00', sql_mode = ''")
            cursor.execute(select)
            yield from cursor


def _show_row(row):
    return '(' + ', '.join('NULL' if v is None else repr(v[:40])[1:] for v in row) + ')'


def _compare_rows(primary, replica, schema, table):
    select, ordered = _select(primary, schema, table)
    if select != _select(replica, schema, table)[0]:
        return [f'{schema}.{table}: different columns, rows not compared']
    if ordered and all(a == b for a, b in itertools.zip_longest(_rows(primary, select), _rows(replica, select))):
        return []
    ours, theirs = (collections.Counter(_rows(server, select)) for server in (primary, replica))
    result = []
    for side, rows in (('primary', ours - theirs), ('replica', theirs - ours)):
        if rows:
            some = ' '.join(_show_row(row) for row in itertools.islice(rows, 3))
            result.append(f'{schema}.{table}: {sum(rows.values())} rows only on the {side}: {some}')
    return result


_PARTS = {  # what else a schema holds: kind -> query of schema, name, definition
    'database': 'SELECT SCHEMA_NAME, "", CONCAT_WS(" ", DEFAULT_CHARACTER_SET_NAME, DEFAULT_COLLATION_NAME) '
                'FROM information_schema.SCHEMATA',
    'view': 'SELECT TABLE_SCHEMA, TABLE_NAME, CONCAT_WS(" ", CHECK_OPTION, DEFINER, SECURITY_TYPE, '
            'CHARACTER_SET_CLIENT, COLLATION_CONNECTION, VIEW_DEFINITION) FROM information_schema.VIEWS',
    'trigger': 'SELECT TRIGGER_SCHEMA, TRIGGER_NAME, CONCAT_WS(" ", ACTION_TIMING, EVENT_MANIPULATION, '
               'EVENT_OBJECT_TABLE, ACTION_ORDER, DEFINER, SQL_MODE, ACTION_STATEMENT) FROM information_schema.TRIGGERS',
    'routine': 'SELECT ROUTINE_SCHEMA, ROUTINE_NAME, CONCAT_WS(" ", ROUTINE_TYPE, DEFINER, SQL_MODE, '
               'DTD_IDENTIFIER, ROUTINE_DEFINITION) FROM information_schema.ROUTINES',
    'event': 'SELECT EVENT_SCHEMA, EVENT_NAME, CONCAT_WS(" ", EVENT_DEFINITION, INTERVAL_VALUE, INTERVAL_FIELD) '
             'FROM information_schema.EVENTS',
}


def _only_on(ours, theirs):
    """(name, 'primary' or 'replica') of what only one side has."""
    return [(name, 'primary') for name in sorted(ours - theirs)] + \
        [(name, 'replica') for name in sorted(theirs - ours)]


def compare(primary, replica, schemas=None, ignore=()):
    """What differs between two servers, a list in words; [] if nothing.

    Compared: databases, SHOW CREATE TABLE without AUTO_INCREMENT=, every row of every table byte for byte,
    views, triggers, routines, events. schemas: names, or None for all that are not the system's.
    ignore: patterns as of fnmatch on 'schema.table'.
    """
    ignore = (*ignore, 'testbed_marker.*')

    def wanted(schema, name):
        return schema.lower() not in SYSTEM_SCHEMAS and (schemas is None or schema in schemas) \
            and not any(fnmatch.fnmatchcase(f'{schema}.{name}', pattern) for pattern in ignore)

    result = []
    for kind, query in _PARTS.items():
        ours, theirs = ({(s, n): definition for s, n, definition in server.sql(query) if wanted(s, n)}
                        for server in (primary, replica))
        result += [f'{kind} {".".join(filter(None, name))}: only on the {side}' for name, side in _only_on(ours.keys(), theirs.keys())]
        result += [f'{kind} {".".join(filter(None, name))}: differs: {ours[name]} / {theirs[name]}'
                   for name in sorted(ours.keys() & theirs.keys()) if ours[name] != theirs[name]]

    ours, theirs = _tables(primary, wanted), _tables(replica, wanted)
    result += [f'{s}.{t}: only on the {side}' for (s, t), side in _only_on(ours, theirs)]
    for schema, table in sorted(ours & theirs):
        a, b = (_definition(server, schema, table).splitlines() for server in (primary, replica))
        if a != b:
            lines = [f'primary: {line.strip()}' for line in a if line not in b] + \
                [f'replica: {line.strip()}' for line in b if line not in a]
            result.append(f'{schema}.{table}: definitions differ: ' + (' / '.join(lines) or 'the order of lines'))
        result += _compare_rows(primary, replica, schema, table)
    return result


def check_equal(primary, replica, **arguments):
    """compare() must find nothing."""
    differences = compare(primary, replica, **arguments)
    check(not differences, 'the servers differ:\n  ' + '\n  '.join(differences))


# --- load ------------------------------------------------------------------------------------------

def make_table(server, name, rows=10_000, more='', seed=''):
    """CREATE TABLE `name` ('schema.table') in the shape the Writer writes, with `rows` rows.

    more: further columns or keys, each ending in a comma. seed: tables of one name have other rows with another.
    """
    schema, table = map(quote, name.split('.'))
    server.sql(f'CREATE DATABASE IF NOT EXISTS {schema}')
    server.sql(f"""CREATE TABLE {schema}.{table} (
        id bigint unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY,
        customer int NOT NULL,
        code char(32) NOT NULL,
        note varchar(200),
        amount decimal(12,2) NOT NULL DEFAULT 0,
        changed datetime(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3), {more}
        KEY customer (customer)) DEFAULT CHARSET = utf8mb4""")
    for begin in range(0, rows, 1000):
        server.sql(_insert(f'{schema}.{table}', random.Random(f'{seed}{name} {begin}'), min(1000, rows - begin)))
    # Or pt-online-schema-change may take it for one of few rows, and copy it in one chunk.
    server.sql(f'ANALYZE NO_WRITE_TO_BINLOG TABLE {schema}.{table}')


def _insert(table, dice, count):
    """An INSERT of `count` random rows; `code` is never twice the same."""
    rows = [(dice.randrange(1000), f'{dice.getrandbits(128):032x}', dice.choice(('', 'søt', None, 'x' * 120)),
             dice.randrange(100_000)) for _ in range(count)]
    values = ', '.join(pymysql.converters.escape_item(row, 'utf8mb4') for row in rows)
    return f'INSERT INTO {table} (customer, code, note, amount) VALUES {values}'


class Writer:
    """Commits a bounded mixed load on tables made by make_table, in processes of its own, until stop().

    Inserts, updates and deletes; one in four transactions touches several rows and tables, some roll
    back in part or whole. It names its columns, so it lives through schema changes, and it goes on after
    lock waits, deadlocks and lost connections. Tables keep about the size they have.
    """
    _RETRIED = {1062, 1205, 1213, 1317, 1412, 3024}
    _LOST = {0, 1053, 1927, 2003, 2006, 2013, 4031}

    def __init__(self, server, tables, rate=100, connections=2, seed=1):
        self.server = server
        self.tables = ['.'.join(map(quote, t.split('.'))) for t in tables]
        context = multiprocessing.get_context('fork')
        self._stopping = context.Event()
        self._counts = [context.Array('q', 2, lock=False) for _ in range(connections)]  # committed, retried
        self._errors = context.SimpleQueue()
        self._began = time.monotonic()
        self._processes = [context.Process(target=self._write, daemon=True,
                                           args=(counts, rate / connections, f'{seed} {n}', os.getpid()))
                           for n, counts in enumerate(self._counts)]
        for process in self._processes:
            process.start()

    @property
    def committed(self):
        return sum(counts[0] for counts in self._counts)

    @property
    def retried(self):
        return sum(counts[1] for counts in self._counts)

    def rate(self):
        """Transactions committed in a second, so far."""
        return self.committed / max(time.monotonic() - self._began, 0.001)

    def wait_for(self, more, timeout=60):
        """Waits until it has committed `more` transactions from now on."""
        goal = self.committed + more
        wait_until(f'{more} more transactions committed by the writer',
                   lambda: self.committed >= goal or not self._errors.empty(), timeout)

    def stop(self):
        """Ends it; how many transactions were committed. A Failure if it met an error it does not expect."""
        self._stopping.set()
        for process in self._processes:
            process.join(60)
            if process.is_alive():
                process.kill()
                process.join()
        if not self._errors.empty():
            raise Failure('the writer: ' + self._errors.get())
        return self.committed

    def _write(self, counts, rate, seed, parent):
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        dice = random.Random(seed)
        connection = None
        due = time.monotonic()
        while not self._stopping.is_set() and os.getppid() == parent:
            # Behind schedule it hurries, but forgets what lies more than a second back.
            due = max(due + 1 / rate, time.monotonic() - 1)
            time.sleep(max(0, due - time.monotonic()))
            try:
                if connection is None:
                    connection = self.server.connect(autocommit=False)
                with connection.cursor() as cursor:
                    commit = self._transaction(cursor, dice)
                if commit:
                    connection.commit()
                    counts[0] += 1
                else:
                    connection.rollback()
            except (pymysql.err.Error, OSError) as error:
                code = error.args[0] if error.args else 0
                counts[1] += 1
                if code in self._LOST or isinstance(error, OSError):
                    connection = None
                    time.sleep(0.1)
                elif code in self._RETRIED:
                    connection.rollback()
                else:
                    self._errors.put(f'{type(error).__name__} {error}')
                    return

    def _transaction(self, cursor, dice):
        """One transaction, open at the end; whether to commit it."""
        if dice.random() < 0.75:
            self._statement(cursor, dice)
            return True
        for _ in range(dice.randrange(2, 6)):
            self._statement(cursor, dice)
        if dice.random() < 0.1:
            cursor.execute('SAVEPOINT s')
            self._statement(cursor, dice)
            cursor.execute('ROLLBACK TO s')
        return dice.random() < 0.95

    def _statement(self, cursor, dice):
        table = dice.choice(self.tables)
        kind = dice.choice('iuud')
        if kind == 'i':
            cursor.execute(_insert(table, dice, dice.choice((1, 1, 1, 5))))
            return
        cursor.execute(f'SELECT MIN(id), MAX(id) FROM {table}')
        low, high = cursor.fetchone()
        if low is None:
            return
        some = dice.randrange(low, high + 1)
        if kind == 'u':
            cursor.execute(f'UPDATE {table} SET amount = amount + 1, note = %s WHERE id BETWEEN %s AND %s',
                           (dice.choice(('changed', None, 'ü')), some, some + dice.choice((0, 0, 3))))
        else:
            cursor.execute(f'DELETE FROM {table} WHERE id >= %s ORDER BY id LIMIT %s', (some, dice.choice((1, 1, 4))))


# --- migration tools -------------------------------------------------------------------------------

class Tool:
    """A migration tool at work. code: its exit code, None while it runs."""

    def __init__(self, name, arguments, folder):
        self.name = name
        self.folder = Path(folder)
        self.log_file = self.folder / f'{name}.log'
        self.process = start_process(arguments, log=self.log_file)

    @property
    def code(self):
        return self.process.poll()

    @property
    def output(self):
        return self.log_file.read_text(errors='replace')

    def wait(self, timeout=300):
        """Waits for its end. Returns itself."""
        try:
            self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.kill9()
            raise Failure(f'{self.name} did not end in {timeout} s:\n' + tail(self.log_file)) from None
        return self

    def succeed(self, timeout=300):
        """Waits for its end, which must be a success. Returns itself."""
        self.wait(timeout)
        check(self.code == 0, f'{self.name} ended with {self.code}:\n' + tail(self.log_file))
        return self

    def kill9(self):
        self.process.kill()
        self.process.wait()

    def wait_for_output(self, text, timeout=60):
        wait_until(f'{self.name} says "{text}" (see {self.log_file})',
                   lambda: text in self.output or self.code is not None, timeout)
        check(text in self.output, f'{self.name} ended before it said "{text}":\n' + tail(self.log_file))


class GhOst(Tool):
    @property
    def postpone_flag(self):
        return self.folder / 'postpone'

    @property
    def panic_flag(self):
        return self.folder / 'panic'

    def command(self, text):
        """Sends an interactive command ('status', 'throttle', 'unpostpone' ...); its answer."""
        with contextlib.closing(socket.socket(socket.AF_UNIX)) as connection:
            connection.settimeout(30)
            connection.connect(str(self.folder / 'gh-ost.sock'))
            connection.sendall(text.encode() + b'\n')
            return connection.makefile('rb').read().decode()


_tool_numbers = itertools.count(1)


def _tool_folder(server, folder):
    folder = Path(folder or server.folder / f'tool-{next(_tool_numbers)}')
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def gh_ost(server, version, schema, table, alter, wait=True, postpone=False, folder=None, timeout=300, **flags):
    """Runs gh-ost '1.1.8' or '1.1.6' (not on MySQL 9.7) on the primary. Returns a GhOst: .code, .output.

    wait=False returns at once. postpone=True: the cut-over waits until .postpone_flag is removed or
    .command('unpostpone'). Making .panic_flag ends it. flags: more of its flags, chunk_size=100.
    """
    folder = _tool_folder(server, folder)
    arguments = {'host': server.host, 'port': server.port, 'user': server.user, 'password': server.password,
                 'database': schema, 'table': table, 'alter': alter, 'allow_on_master': True, 'execute': True,
                 'serve_socket_file': folder / 'gh-ost.sock', 'panic_flag_file': folder / 'panic',
                 'ok_to_drop_table': True, 'initially_drop_ghost_table': True, 'initially_drop_old_table': True,
                 'default_retries': 120, 'verbose': True,
                 # Within this 1.1.8 looks a hundred times whether its RENAME waits; then it unlocks all the same,
                 # and may lose rows.
                 'cut_over_lock_timeout_seconds': 10}
    if postpone:
        (folder / 'postpone').touch()
        arguments['postpone_cut_over_flag_file'] = folder / 'postpone'
    arguments.update(flags)
    tool = GhOst(f'gh-ost-{version}', [cached(f'gh-ost-{version}') / 'gh-ost', *flag_list(arguments)], folder)
    return tool.wait(timeout) if wait else tool


def pt_osc(server, version, schema, table, alter, wait=True, folder=None, timeout=300, set_vars=(), **flags):
    """Runs pt-online-schema-change '3.7.1' or '3.2.1' on the primary. Returns a Tool: .code, .output.

    set_vars: session variables, ['lock_wait_timeout=5']. flags: more of its flags; one whose value is
    None is left out: recursion_method=None.
    """
    program = cached('pt-3.7.1') / 'pt-online-schema-change' if version == '3.7.1' else \
        Path('/usr/bin/pt-online-schema-change')
    check(program.exists(), f'{program} is missing: run tests/install.sh')
    set_vars = list(set_vars)
    if server.at_least('9.0'):
        # It reads EXPLAIN's table; without one it takes the whole table as one chunk.
        set_vars.append('explain_format=TRADITIONAL')
    # With a few hundred rows under load the optimizer now and then prefers no index, and it gives up.
    arguments = {'alter': alter, 'execute': True, 'no_version_check': True, 'no_check_plan': True, 'recursion_method': 'none',
                 'set_vars': ','.join(set_vars) or None, 'progress': 'time,5', **flags}
    dsn = f'h={server.host},P={server.port},u={server.user},p={server.password},D={schema},t={table},A=utf8mb4'
    # -CA: its arguments are UTF-8.
    tool = Tool(f'pt-osc-{version}', ['env', 'PERL5OPT=-CA', 'perl', program, *flag_list(arguments), dsn],
                _tool_folder(server, folder))
    return tool.wait(timeout) if wait else tool


# --- unghost ---------------------------------------------------------------------------------------

def unghost_binary():
    """$UNGHOST, or the newest build of this checkout."""
    if os.environ.get('UNGHOST'):
        return Path(os.environ['UNGHOST'])
    built = [p for p in (ROOT / 'build' / preset / 'unghost' for preset in ('bench', 'release', 'dev')) if p.exists()]
    check(built, 'unghost is not built: cmake --preset release && cmake --build build/release --target unghost')
    return max(built, key=lambda p: p.stat().st_mtime)


class Unghost:
    """`unghost serve` in front of `source`. Consumers connect to host:port as user/password.

    environment    variables of its process on top of ours
    others         servers that may be the source after a failover
    """
    user = 'consumer'
    password = 'consumer-pass'
    host = HOST

    def __init__(self, binary, source, folder, arguments=(), environment=None, others=()):
        self.binary = binary or unghost_binary()
        self.environment = {**os.environ, **(environment or {})}
        self.source = source
        self.addresses = ','.join(f'{s.host}:{s.port}' for s in (source, *others))
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.port = free_port()
        self.admin_port = free_port()
        self.log_file = self.folder / 'unghost.log'
        self.arguments = list(arguments)
        if not getattr(source, 'tls', True) and '--tls-mode' not in self.arguments:
            self.arguments += ['--tls-mode', 'disabled']
        for name, text in (('source-password', source.replication_password), ('consumer-password', self.password)):
            (self.folder / name).write_text(text + '\n')
            (self.folder / name).chmod(0o600)
        self.start()

    def start(self, timeout=30):
        self.process = start_process(
            [self.binary, 'serve', '--source', self.addresses,
             '--user', self.source.replication_user, '--password-file', self.folder / 'source-password',
             '--listen', f'{HOST}:{self.port}', '--data', self.folder / 'data',
             '--account', f'{self.user}:{self.folder / "consumer-password"}',
             '--admin', f'{HOST}:{self.admin_port}', *self.arguments], log=self.log_file, env=self.environment)

        def ready():
            check(self.process.poll() is None, f'unghost ended with {self.process.returncode}:\n' + tail(self.log_file))
            try:
                self.admin('/healthz')
            except urllib.error.HTTPError:
                pass  # it is there, and not well: publishing has stopped, or the source is away
            except OSError:
                return False
            return True
        try:
            wait_until('unghost answers /healthz', ready, timeout)
        except Failure as failure:
            raise Failure(f'{failure}\n{tail(self.log_file)}') from None

    def client(self, program):
        """argv prefix of mysql, mysqldump or mysqlbinlog of the source's version, logged in here."""
        return [*self.source.client(program, login=False), f'--host={HOST}', f'--port={self.port}',
                f'--user={self.user}', f'--password={self.password}']

    def admin(self, path):
        """The body of http://ADMIN/path."""
        with urllib.request.urlopen(f'http://{HOST}:{self.admin_port}{path}', timeout=10) as answer:
            return answer.read().decode()

    def status(self):
        return json.loads(self.admin('/status.json'))

    def pulled(self):
        """(file, position) of the source's log from which the next event comes."""
        place = self.status()['pulled'] or {}
        return place.get('file'), place.get('position')

    def metrics(self):
        """{'unghost_consumers': 1.0, 'unghost_migrations_total{result="folded"}': 0.0 ...}; None: no sample."""
        values = {}
        for line in self.admin('/metrics').splitlines():
            if line.startswith('# TYPE '):
                values[line.split()[2]] = None
            elif not line.startswith('#'):
                name, value = line.rsplit(' ', 1)
                if '{' in name:
                    values.pop(name.partition('{')[0], None)
                values[name] = float(value)
        return values

    def command(self, name, *arguments):
        """Output of `unghost NAME`, which finds this process by its data folder."""
        return run([self.binary, name, '--data', self.folder / 'data', *arguments], what=f'unghost {name}')

    def stop(self, timeout=30):
        return end_process(self.process, timeout)

    def kill9(self):
        self.process.kill()
        self.process.wait()

    def restart(self):
        if self.process.poll() is None:
            self.stop()
        self.start()

    def log(self):
        return self.log_file.read_text(errors='replace')


# --- runner ----------------------------------------------------------------------------------------

def run_tests(words=(), here=Path(__file__).parent):
    """Runs test_* of every *_test.py; the exit code. A test's time limit: test.timeout, else 300 s."""
    passed = failed = 0
    for file in sorted(here.glob('*_test.py')):
        tests = []
        try:
            spec = importlib.util.spec_from_file_location(file.stem, file)
            module = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(module)
            tests = [(n, f) for n, f in vars(module).items() if n.startswith('test_') and inspect.isfunction(f)]
        except Exception:
            traceback.print_exc(file=sys.stdout)
            print(f'FAIL  {file.stem}: cannot be loaded', flush=True)
            failed += 1
        for name, test in tests:
            full_name = f'{file.stem.removesuffix("_test")}.{name}'
            if words and not any(word in full_name for word in words):
                continue
            if _run_test(full_name, test):
                passed += 1
            else:
                failed += 1
    if words and not passed + failed:
        print(f'no test is named {" or ".join(words)}')
        failed += 1
    print(f'{passed} passed, {failed} failed', flush=True)
    return 1 if failed else 0


def _run_test(name, test):
    folder = Path(tempfile.mkdtemp(prefix='unghost-'))
    begin = time.monotonic()
    limit = getattr(test, 'timeout', 300)

    def too_long(*_):
        raise Failure(f'the test ran longer than {limit} s')
    signal.signal(signal.SIGALRM, too_long)
    signal.alarm(limit)
    word = 'FAIL'
    try:
        test(folder)
        word = 'ok  '
    except Exception as error:
        where = [f for f in traceback.extract_tb(error.__traceback__) if f.filename != __file__]
        print('\n'.join(f'      {Path(f.filename).name}:{f.lineno}: {f.line}' for f in where[-3:]))
        print(f'      {"" if isinstance(error, Failure) else type(error).__name__ + ": "}{error}')
        for log in sorted(folder.rglob('unghost.log')):
            print(f'      --- {log.relative_to(folder)}\n{tail(log, 15)}')
    finally:
        signal.alarm(0)
        for child in multiprocessing.active_children():
            child.kill()
        end_all_processes()
        if os.environ.get('UNGHOST_KEEP'):
            print(f'      kept: {folder}')
        else:
            shutil.rmtree(folder, ignore_errors=True)
    print(f'{word}  {name} ({time.monotonic() - begin:.1f} s)', flush=True)
    return word == 'ok  '


if __name__ == '__main__':
    sys.modules['testbed'] = sys.modules['__main__']
    sys.path.insert(0, str(Path(__file__).parent))
    end_on_sigterm()
    words = sys.argv[1:]
    folder = Path(words.pop(0)) if words and Path(words[0]).is_dir() else Path(__file__).parent
    sys.exit(run_tests(words, folder))
