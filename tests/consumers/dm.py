#!/usr/bin/python3
"""TiDB Data Migration downstream of unghost; dm.sh says how to run it.

Two primaries with an unghost each; TiDB with embedded storage, one dm-master, two dm-workers, all on loopback. A case
is a way to set a task up:

    single-whole          one source, a whole database on the allow-list
    single-list           one source, a list of tables
    pessimistic-whole ... optimistic-list     two sources merge into one table, in either mode

    true, false           online-ddl
    all, incremental      task-mode: a dump first, or from a place before the tables were made
    gtid, position        how DM reads the log
    relay, direct         through DM's relay log or not

In each case, for each tool, a table is migrated under load: first so that unghost folds it, then so that it passes.
TiDB's rows, columns and indexes must be the primaries', or the task must have paused with the error that DM documents.

**What is expected** (each was seen with a real DM and TiDB). Folded migrations: equal; they arrive as plain ALTERs. But
gh-ost begins with a DROP TABLE IF EXISTS of its helpers, before anybody knows that it runs. Optimistic shard merge of
whole databases stops on it, also at the primary: 44007; with online-ddl true a trash-table-rule heals that. What the
tools drop later does not arrive (helper_drops = "hide"). Passed ones:

* online-ddl true: DM folds them itself. What passes here is an ALTER that DM's fold gets right (a column with a
  literal default, and a unique key over unique values); of others it does not promise that. Pessimistic shard merge
  waits for ever on gh-ost, without an error, also at the primary: its AUTO_INCREMENT = n is another on each shard.
* false, one source, whole database: equal. DM follows what the tool does.
* false with a list of tables: either half of the RENAME names a table that is not listed, and DM drops both. The next
  row has more columns than DM knows: 36027.
* false, shard merge: DM refuses the RENAME: 36022 (pessimistic), 36068 (optimistic).
"""

import contextlib
import itertools
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parent), str(Path(__file__).resolve().parents[1] / 'live')]
import pymysql  # noqa: E402

import testbed  # noqa: E402
from testbed import HOST, Failure, check, quote, wait_until  # noqa: E402

PROGRAMS = ('tidb-server', 'dm-master', 'dm-worker', 'dmctl')
USER, PASSWORD = 'dm', 'dm-pass'
TABLE, OTHER, MERGED = 'orders', 'items', 'merged'
FOLDED = 'ADD COLUMN a int NOT NULL DEFAULT 7'
PASSED = 'ADD COLUMN b int NOT NULL DEFAULT 3, ADD UNIQUE KEY one (code), ADD COLUMN made timestamp'
TOOLS = ('gh-ost', 'pt-osc')
BLOCKED = 'blocked'  # the task waits for another shard, for ever
TRASH = ['^_(.+)_(?:(?:ghc)|(?:ghk)|(?:del)|(?:old))$']


# --- cases

class Case:
    def __init__(self, shape, online_ddl, mode, by, relay):
        self.shape = shape
        self.shards, self.tables = shape.split('-')  # single, pessimistic, optimistic; whole, list
        self.online_ddl = online_ddl == 'true'
        self.mode = mode
        self.gtid = by == 'gtid'
        self.relay = relay == 'relay'
        self.name = ' '.join((shape, online_ddl, mode, by, relay))

    @property
    def sources(self):
        return 1 if self.shards == 'single' else 2

    def expected(self, verdict, tool):
        """[] if tables must be equal, BLOCKED, or the codes of DM's errors one of which must pause the task."""
        drops = [44007] if self.shape == 'optimistic-whole' and tool == 'gh-ost' and not self.online_ddl else []
        if verdict == 'folded' or self.shape == 'single-whole':
            return drops
        if self.online_ddl:
            return BLOCKED if self.shards == 'pessimistic' and tool == 'gh-ost' else []
        refused = {'pessimistic': [36022], 'optimistic': [36068]}.get(self.shards, [])
        return drops + refused + ([36027] if self.tables == 'list' else [])


def cases(words=()):
    shapes = [f'{shards}-{tables}' for shards in ('single', 'pessimistic', 'optimistic') for tables in ('whole', 'list')]
    everything = itertools.product(shapes, ('true', 'false'), ('all', 'incremental'), ('gtid', 'position'),
                                   ('direct', 'relay'))
    return [case for case in itertools.starmap(Case, everything)
            if all(word in case.name.split() or word in case.shape for word in words)]


# --- DM's files. They are YAML, of which JSON is a part.

def source_file(case, name, number, port, place):
    """place: file, position and GTIDs from which DM's relay log starts."""
    result = {'source-id': f'{name}-{number}', 'enable-gtid': case.gtid, 'enable-relay': case.relay,
              'from': {'host': HOST, 'port': port, 'user': USER, 'password': PASSWORD},
              'checker': {'check-enable': False}}  # a task that has paused stays so, for us to see why
    if case.relay:
        result.update({'relay-binlog-gtid': place[2]} if case.gtid else {'relay-binlog-name': place[0]})
    return result


def task_file(case, name, schema, places, port):
    """port: TiDB's."""
    allow = {'do-dbs': [schema]}
    if case.tables == 'list':
        allow['do-tables'] = [{'db-name': schema, 'tbl-name': TABLE}]
    result = {'name': name, 'task-mode': case.mode, 'online-ddl': case.online_ddl, 'meta-schema': 'dm_meta',
              'target-database': {'host': HOST, 'port': port, 'user': 'root', 'password': ''},
              'mysql-instances': [], 'block-allow-list': {'allow': allow}}
    if case.online_ddl:
        result['trash-table-rules'] = TRASH
    if case.shards != 'single':
        result['shard-mode'] = case.shards
        result['routes'] = {'merge': {'schema-pattern': schema, 'table-pattern': TABLE,
                                      'target-schema': schema, 'target-table': MERGED}}
    for number, (file, position, gtids) in enumerate(places, 1):
        instance = {'source-id': f'{name}-{number}', 'block-allow-list': 'allow'}
        if case.shards != 'single':
            instance['route-rules'] = ['merge']
        if case.mode == 'incremental':
            instance['meta'] = {'binlog-name': file, 'binlog-pos': position}
            if case.gtid:
                instance['meta']['binlog-gtid'] = gtids
        result['mysql-instances'].append(instance)
    return result


def write(path, content):
    path.write_text(json.dumps(content, indent=2) + '\n')
    return path


# --- programs

def missing_programs():
    """What keeps us from running, in words, or None."""
    folder = os.environ.get('TIDB_BIN')
    if not folder:
        return 'TIDB_BIN is not set: the folder with ' + ', '.join(PROGRAMS)
    missing = [p for p in PROGRAMS if not os.access(Path(folder) / p, os.X_OK) or not (Path(folder) / p).is_file()]
    return f'TIDB_BIN={folder} has no {", ".join(missing)}' if missing else None


def program(name):
    return Path(os.environ['TIDB_BIN']).resolve() / name


class TiDB:
    """Has of testbed.Server what comparing needs: sql() and root()."""

    def __init__(self, folder):
        folder.mkdir()
        self.port = testbed.free_port()
        self.log_file = folder / 'tidb.log'
        self.process = testbed.start_process(
            [program('tidb-server'), '--store=unistore', f'--path={folder / "data"}', f'--host={HOST}', '-P', self.port,
             f'--status={testbed.free_port()}', f'--status-host={HOST}', f'--socket={folder / "tidb.sock"}',
             f'--temp-dir={folder / "tmp"}', f'--log-file={self.log_file}'], log=folder / 'output.log', cwd=folder)

        def ready():
            check(self.process.poll() is None, 'tidb-server ended:\n' + testbed.tail(folder / 'output.log')
                  + testbed.tail(self.log_file))
            with contextlib.suppress(pymysql.err.OperationalError):
                return self.sql('SELECT 1')
        wait_until(f'TiDB answers (see {self.log_file})', ready, 120, 0.5)
        for setting in ('tidb_ddl_enable_fast_reorg', 'tidb_enable_dist_task'):  # embedded storage has no use for them
            with contextlib.suppress(pymysql.err.Error):
                self.sql(f'SET GLOBAL {setting} = 0')

    def root(self, **options):
        return pymysql.connect(host=HOST, port=self.port, user='root',
                               **{'charset': 'utf8mb4', 'autocommit': True, 'connect_timeout': 10, **options})

    def sql(self, text, parameters=None):
        with contextlib.closing(self.root()) as connection, connection.cursor() as cursor:
            cursor.execute(text, parameters)
            return list(cursor.fetchall())


def read_answer(text):
    """The JSON in what dmctl printed; {}: there is none. Its warnings hold line breaks as they are."""
    with contextlib.suppress(ValueError):
        return json.loads(text[text.index('{'):text.rindex('}') + 1], strict=False)
    return {}


def read_status(answer):
    """Of each source of a query-status: (stage, unit); and all errors, [(code, text)]."""
    stages, errors = [], []
    for source in answer.get('sources') or []:
        parts = list(source.get('subTaskStatus') or [])
        stages += [(one.get('stage'), one.get('unit')) for one in parts]
        about = source.get('sourceStatus') or {}
        for one in (*parts, about, about.get('relayStatus') or {}):
            for error in (one.get('result') or {}).get('errors') or []:
                text = error.get('Message') or error.get('RawCause') or str(error)
                code = error.get('ErrCode') or int((re.search(r'code=(\d+)', text) or (0, 0))[1])
                errors.append((code, text))
    return stages, errors


class DM:
    """dm-master, two dm-workers, and dmctl."""

    def __init__(self, folder):
        folder.mkdir()
        self.folder = folder
        self.address = f'{HOST}:{testbed.free_port()}'
        self.processes = {}
        self._start('dm-master', 'master', f'--master-addr={self.address}', f'--advertise-addr={self.address}',
                    f'--peer-urls=http://{HOST}:{testbed.free_port()}', f'--data-dir={folder / "master" / "data"}')
        wait_until('dm-master answers', self._master_answers, 120, 0.5)
        for name in ('worker1', 'worker2'):
            address = f'{HOST}:{testbed.free_port()}'
            self._start('dm-worker', name, f'--worker-addr={address}', f'--advertise-addr={address}',
                        f'--join={self.address}')
        wait_until('both dm-workers have joined', lambda: self.ctl('list-member', '--worker', must=False)[1].count(
            '"stage": "free"') == 2, 120, 0.5)

    def _start(self, kind, name, *arguments):
        folder = self.folder / name  # relay logs and dumps go into its current folder
        folder.mkdir()
        self.processes[name] = testbed.start_process(
            [program(kind), f'--name={name}', f'--log-file={folder / "dm.log"}', *arguments], log=folder / 'output.log',
            cwd=folder)

    def alive(self):
        for name, process in self.processes.items():
            check(process.poll() is None, f'{name} ended with {process.returncode}:\n'
                  + testbed.tail(self.folder / name / 'output.log') + testbed.tail(self.folder / name / 'dm.log'))

    def _master_answers(self):
        self.alive()
        return self.ctl('list-member', '--master', must=False)[0].get('result')

    def ctl(self, *arguments, must=True):
        """dmctl's answer: read, and as text."""
        done = subprocess.run([str(a) for a in (program('dmctl'), f'--master-addr={self.address}', *arguments)],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300)
        answer = read_answer(done.stdout)
        refused = [one for one in answer.get('sources') or [] if not one.get('result', True)]
        check(not must or (answer.get('result') and not refused),
              f'dmctl {" ".join(str(a) for a in arguments)}:\n{done.stdout}{done.stderr}')
        return answer, done.stdout

    def status(self, task):
        """Of each source: (stage, unit); and all errors, [(code, text)]."""
        return read_status(self.ctl('query-status', task, must=False)[0])


class Source:
    """A primary and unghost behind it; DM is told unghost's port. Row ids of two of them do not meet."""

    def __init__(self, folder, number, count):
        self.primary = testbed.Server(os.environ.get('DM_MYSQL') or '8.0', folder / f'primary-{number}',
                                      auto_increment_increment=count, auto_increment_offset=number)
        (folder / f'unghost-{number}.toml').write_text('[fold]\nhelper_drops = "hide"\n')
        self.unghost = testbed.Unghost(None, self.primary, folder / f'unghost-{number}',
                                       ['--config', folder / f'unghost-{number}.toml'])
        self.primary.sql(f"CREATE USER {USER}@'%' IDENTIFIED BY '{PASSWORD}'; GRANT SELECT, RELOAD, LOCK TABLES, PROCESS, "
                         f"REPLICATION SLAVE, REPLICATION CLIENT ON *.* TO {USER}@'%'; CREATE DATABASE before_dm")

    def place(self):
        """File, position and GTIDs, as unghost tells them."""
        statement = 'SHOW BINARY LOG STATUS' if self.primary.at_least('8.4') else 'SHOW MASTER STATUS'
        with contextlib.closing(pymysql.connect(host=HOST, port=self.unghost.port, user=USER, password=PASSWORD)) as one, \
                one.cursor() as cursor:
            cursor.execute(statement)
            file, position, *_, gtids = cursor.fetchone()
        return file, position, gtids.replace('\n', '')

    def verdicts(self, schema, table):
        lines = {line.split(' ', 1)[1] for line in self.unghost.log().splitlines() if f' of {schema}.{table} ' in line}
        return [word for line in sorted(lines, key=lambda line: int(re.search(r'migration (\d+)', line)[1]))
                for word in ('folding', 'passing') if f'{word}: ' in line]


# --- comparing

def columns(server, schema, table):
    return [row[0] for row in server.sql('SELECT COLUMN_NAME FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = %s '
                                         'AND TABLE_NAME = %s ORDER BY ORDINAL_POSITION', (schema, table))]


def indexes(server, schema, table):
    """Name, unique or not, columns."""
    result = {}
    for name, several, column in server.sql(
            'SELECT INDEX_NAME, NON_UNIQUE, COLUMN_NAME FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = %s '
            'AND TABLE_NAME = %s ORDER BY INDEX_NAME, SEQ_IN_INDEX', (schema, table)):
        result.setdefault((name.upper(), int(several)), []).append(column)
    return result


def rows(server, schema, table, names):
    with contextlib.closing(server.root(conv={})) as connection, connection.cursor() as cursor:
        cursor.execute("SET time_zone = '+00:00'")
        cursor.execute(f'SELECT {", ".join(map(quote, names))} FROM {quote(schema)}.{quote(table)}')
        return {row[0]: row for row in cursor.fetchall()}


def compare(sources, tidb, schema, table, target):
    """What differs between the table on the primaries and TiDB's, in words; [] if nothing."""
    names, their_names = columns(sources[0].primary, schema, table), columns(tidb, schema, target)
    if names != their_names:
        return [f'{target}: the columns {their_names or "of nothing"}, not {names}']
    ours, theirs = indexes(sources[0].primary, schema, table), indexes(tidb, schema, target)
    result = [f'{target}: the indexes {theirs}, not {ours}'] if ours != theirs else []
    wanted = {}
    for source in sources:
        wanted.update(rows(source.primary, schema, table, names))
    got = rows(tidb, schema, target, names)
    wrong = [key for key in wanted.keys() | got.keys() if wanted.get(key) != got.get(key)]
    if wrong:
        key = min(wrong)
        result.append(f'{target}: {len(wrong)} rows differ: {wanted.get(key)}, TiDB {got.get(key)}')
    return result


# --- running

class Bed:
    def __init__(self, folder):
        self.folder = folder
        self.tidb = TiDB(folder / 'tidb')
        self.dm = DM(folder / 'dm')
        self.sources = [Source(folder, number, 2) for number in (1, 2)]
        self.tasks = self.writers = 0

    def run(self, case, tool):
        """A case with one tool: (verdict, what came of it) twice; a Failure ends it."""
        self.tasks += 1
        name = schema = f'dm_{self.tasks}'
        sources = self.sources[:case.sources]
        places = [source.place() for source in sources]
        for number, source in enumerate(sources):
            for table in (TABLE,) if case.shards != 'single' else (TABLE, OTHER):
                testbed.make_table(source.primary, f'{schema}.{table}', rows=300, seed=number)
        folder = self.folder / name
        folder.mkdir()
        files = [write(folder / f'source-{n}.yaml', source_file(case, name, n, source.unghost.port, place))
                 for n, (source, place) in enumerate(zip(sources, places), 1)]
        task = write(folder / 'task.yaml', task_file(case, name, schema, places, self.tidb.port))
        created, started = [], False
        try:
            for file in files:
                created.append(file)
                self.dm.ctl('operate-source', 'create', file)
            started = True
            self.dm.ctl('start-task', task, '--remove-meta')
            self.wait_syncing(name, len(sources))
            for verdict, alter in (('folded', FOLDED), ('passed', PASSED)):
                yield verdict, self.migrate(case, tool, name, schema, sources, verdict, alter)
        finally:
            if started:
                self.dm.ctl('stop-task', name, must=False)
            for file in created:
                self.dm.ctl('operate-source', 'stop', file, must=False)
            self.tidb.sql(f'DROP DATABASE IF EXISTS {schema}')
            for source in sources:
                source.primary.sql(f'DROP DATABASE IF EXISTS {schema}')

    def wait_syncing(self, task, count):
        def syncing():
            self.dm.alive()
            stages, errors = self.dm.status(task)
            check(not errors, f'the task does not start: {errors}')
            return stages == [('Running', 'Sync')] * count
        wait_until(f'the task {task} follows the log', syncing, 120, 0.5)

    def migrate(self, case, tool, task, schema, sources, verdict, alter):
        # No code is written twice, by whichever of them: it is to become unique.
        self.writers += len(sources)
        writers = [testbed.Writer(source.primary, [f'{schema}.{TABLE}'], rate=30, connections=1, seed=self.writers + number)
                   for number, source in enumerate(sources, 1)]
        for writer in writers:
            writer.wait_for(20)
        for source in sources:
            if tool == 'gh-ost':
                testbed.gh_ost(source.primary, '1.1.8', schema, TABLE, alter).succeed()
            else:
                testbed.pt_osc(source.primary, '3.7.1', schema, TABLE, alter, check_unique_key_change=None,
                               no_check_unique_key_change=True, chunk_time='0', chunk_size=100, sleep='0.2').succeed()
        for writer in writers:
            writer.wait_for(20)
            writer.stop()
        word = {'folded': 'folding', 'passed': 'passing'}[verdict]
        for source in sources:
            wait_until(f'unghost says {word}', lambda: source.verdicts(schema, TABLE)[-1:] == [word])

        tables = [(TABLE, TABLE if case.shards == 'single' else MERGED)]
        if case.shape == 'single-whole':
            tables.append((OTHER, OTHER))
        expected = case.expected(verdict, tool)
        seen = {}

        def settled():
            self.dm.alive()
            stages, seen['errors'] = self.dm.status(task)
            seen['differences'] = [d for table, target in tables for d in compare(sources, self.tidb, schema, table, target)]
            return seen['errors'] or (not seen['differences'] and not expected)
        with contextlib.suppress(Failure):
            wait_until('equal, or paused', settled, 90, 1)
        errors, differences = seen.get('errors', []), seen.get('differences', ['not compared'])
        if expected == BLOCKED:
            check(not errors and differences, f'DM must wait for the other shard; its errors: {errors or "none"}')
            return 'blocked, as expected'
        if expected:
            check(any(code in expected for code, _ in errors),
                  f'DM must stop with {" or ".join(map(str, expected))}; its errors: {errors or "none"}; '
                  f'{"; ".join(differences) or "equal"}')
            return f'stopped with DM\'s error {errors[0][0]}, as expected'
        check(not errors and not differences, '; '.join([*(f'{code}: {text}' for code, text in errors), *differences]))
        return 'equal'


def run(wanted):
    folder = Path(tempfile.mkdtemp(prefix='unghost-dm-'))
    good = bad = 0
    try:
        bed = Bed(folder)
        for case, tool in itertools.product(wanted, TOOLS):
            done = 0
            try:
                for verdict, outcome in bed.run(case, tool):
                    done += 1
                    good += 1
                    print(f'dm    {case.name}, {tool}, {verdict}: {outcome}', flush=True)
            except (Failure, pymysql.err.Error, subprocess.TimeoutExpired) as failure:
                bad += 2 - done
                print(f'dm    {case.name}, {tool}, {("folded", "passed")[done]}: FAILED: {failure}', flush=True)
    finally:
        testbed.end_all_processes()
        if os.environ.get('UNGHOST_KEEP'):
            print(f'kept: {folder}')
        else:
            shutil.rmtree(folder, ignore_errors=True)
    print(f'{good} as expected, {bad} not', flush=True)
    return 1 if bad or not good else 0


def show(case):
    def words(expected):
        if expected == BLOCKED:
            return 'blocked'
        return f'refused by DM with {" or ".join(map(str, expected))}' if expected else 'equal'
    return f'{case.name}: ' + '; '.join(
        f'{tool}: folded {words(case.expected("folded", tool))}, passed {words(case.expected("passed", tool))}' for tool in TOOLS)


def main(arguments):
    if arguments and arguments[0] in ('-h', '--help'):
        lines = (Path(__file__).parent / 'dm.sh').read_text().splitlines()
        print('\n'.join(line.removeprefix('#').removeprefix(' ') for line in lines[1:] if line.startswith('#')))
        return 0
    option, folder = '', None
    if arguments and arguments[0] in ('--list', '--write'):
        option = arguments.pop(0)
        if option == '--write':
            if not arguments:
                print('dm: --write needs a folder', file=sys.stderr)
                return 2
            folder = Path(arguments.pop(0))
    unknown = [a for a in arguments if a.startswith('-')]
    wanted = cases(arguments)
    if unknown or not wanted:
        print(f'dm: no case is named {" ".join(arguments)}; see --help', file=sys.stderr)
        return 2
    if option == '--list':
        print('\n'.join(map(show, wanted)))
        return 0
    if option == '--write':
        place = ('mysql-bin.1000000001', 4, '')
        for case in wanted:
            to = folder / case.name.replace(' ', '-')
            to.mkdir(parents=True, exist_ok=True)
            for number in range(1, case.sources + 1):
                write(to / f'source-{number}.yaml', source_file(case, 'dm_1', number, 3306 + number, place))
            write(to / 'task.yaml', task_file(case, 'dm_1', 'dm_1', [place] * case.sources, 4000))
        return 0
    missing = missing_programs()
    if missing:
        print(f'dm: {missing}', file=sys.stderr)
        return 2
    testbed.end_on_sigterm()
    return run(wanted)


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
