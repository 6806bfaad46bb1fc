"""The classes of the verdict (docs/verdicts.md) against real servers: what the tools' statements make of rows at the edge,
against the ALTER as it is emitted, by value and by SHOW CREATE TABLE. The cases, with their classes, are in class_cases.py.

The tools' statements are run here, in sessions like theirs: a whole run of a tool takes a hundred times as long, and most of
the cases are one conversion each. Whole runs are in gh_ost_test.py and pt_osc_test.py.
"""

import collections
import contextlib
import datetime
import decimal
import json
import re
import subprocess

import pymysql

import class_cases
import testbed
from testbed import check, quote

COPY, CONSUMER = 'upstream', 'consumer'  # databases: the tool's, and one where the ALTER is run on the same rows
NO_ZERO = ('NO_ZERO_DATE', 'NO_ZERO_IN_DATE')
STRICT = ('STRICT_TRANS_TABLES', 'STRICT_ALL_TABLES')


class Refused(Exception):
    """The tool itself does not come through."""


class Bench:
    """A server, and a table `t` in two databases of it."""

    def __init__(self, server):
        self.server = server
        for database in (COPY, CONSUMER):
            server.sql(f'CREATE DATABASE {database} DEFAULT CHARSET utf8mb4')
        self.modes = [m for m in server.value('SELECT @@global.sql_mode').split(',') if m]
        self.session = server.connect(database=COPY)

    def run(self, text, values=None):
        with self.session.cursor() as cursor:
            cursor.execute(text, values)
            return cursor.fetchall()

    def set_mode(self, more=(), less=()):
        self.run('SET SESSION sql_mode = %s', (','.join(m for m in (*self.modes, *more) if m not in less),))

    def make(self, case):
        self.run("SET SESSION sql_mode = ''")
        for database in (CONSUMER, COPY):
            self.run(f'USE {database}; DROP TABLE IF EXISTS t, g; '
                     f'CREATE TABLE t (id int NOT NULL AUTO_INCREMENT PRIMARY KEY, {case.columns}) {case.options}')
            for values in case.values:
                self.run(f'INSERT IGNORE INTO t VALUES (NULL, {values})')

    def columns(self, database, table):
        return self.server.sql('SELECT COLUMN_NAME, DATA_TYPE, EXTRA FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = %s '
                               'AND TABLE_NAME = %s ORDER BY ORDINAL_POSITION', (database, table))

    def shared_columns(self):
        """(name, type) of those that a tool copies."""
        def plain(table):
            return {name: kind for name, kind, extra in self.columns(COPY, table)
                    if not re.search('(VIRTUAL|STORED) GENERATED', extra)}
        new = plain('g')
        return [(name, kind) for name, kind in plain('t').items() if name in new]

    # --- what the tools do

    def alter_ghost(self, clauses):
        try:
            self.run(f'ALTER TABLE g {clauses}')
        except pymysql.err.Error as error:
            raise Refused(str(error)) from error

    def gh_ost(self, clauses):
        more = ('NO_AUTO_VALUE_ON_ZERO', 'STRICT_ALL_TABLES')
        self.set_mode(more)
        self.run('CREATE TABLE g LIKE t')
        self.alter_ghost(clauses)
        columns = self.shared_columns()
        names = ', '.join(quote(name) for name, _ in columns)
        self.copy(f'insert /* gh-ost */ ignore into g ({names}) (select {names} from t lock in share mode)')
        # Every other row is applied from the log, as literals: a FLOAT with all its digits.
        read = ', '.join(quote(name) + ('*1e0' if kind == 'float' else '') for name, kind in columns)
        for row in self.run(f'SELECT {read} FROM t WHERE MOD(id, 2) = 0'):
            literals = [str(v) if isinstance(v, (decimal.Decimal, datetime.date, datetime.timedelta)) else v for v in row]
            with contextlib.suppress(pymysql.err.Error):  # the tool would end
                self.run(f'replace /* gh-ost */ into g ({names}) values ({", ".join(["%s"] * len(row))})', literals)
        return more

    def pt_osc(self, clauses):
        more = ('NO_AUTO_VALUE_ON_ZERO',)
        self.set_mode(more)
        self.run(self.run('SHOW CREATE TABLE t')[0][1].replace('CREATE TABLE `t`', 'CREATE TABLE `g`'))
        self.alter_ghost(clauses)
        columns = [quote(name) for name, _ in self.shared_columns()]
        names = ', '.join(columns)
        self.run('CREATE TRIGGER pt_osc_t_upd AFTER UPDATE ON t FOR EACH ROW BEGIN DELETE IGNORE FROM g WHERE '
                 '!(OLD.id <=> NEW.id) AND g.id <=> OLD.id; REPLACE INTO g '
                 f'({names}) VALUES ({", ".join("NEW." + name for name in columns)}); END')
        self.copy(f'INSERT LOW_PRIORITY IGNORE INTO g ({names}) SELECT {names} FROM t LOCK IN SHARE MODE')
        self.set_mode(less=NO_ZERO)
        for row in self.run('SELECT id FROM t WHERE MOD(id, 2) = 0'):
            with contextlib.suppress(pymysql.err.Error):  # the application is told
                self.run('UPDATE t SET id = id WHERE id = %s', row)
        self.run('DROP TRIGGER pt_osc_t_upd')
        return more

    def copy(self, statement):
        try:
            self.run(statement)
        except pymysql.err.Error as error:
            raise Refused(str(error)) from error

    # --- what a consumer does

    def alter(self, clauses, more, lenient):
        """Why the emitted ALTER fails; None if it does not."""
        self.set_mode(more, (*NO_ZERO, *(STRICT if lenient else ())))
        try:
            self.run(f'USE {CONSUMER}; ALTER TABLE t {clauses}')
        except pymysql.err.Error as error:
            return str(error)
        finally:
            self.run(f'USE {COPY}')
        return None

    def definition(self, database):
        return re.sub(r' AUTO_INCREMENT=\d+', '', self.server.sql(f'SHOW CREATE TABLE {database}.t')[0][1])

    def rows(self, database):
        kinds = [(quote(name), kind) for name, kind, _ in self.columns(database, 't')]
        exact = [name + '*1e0' if kind == 'float' else name for name, kind in kinds]
        with contextlib.closing(self.server.root(database=database, use_unicode=False, conv={})) as session, \
                session.cursor() as cursor:
            cursor.execute("SET sql_mode = '', character_set_results = NULL")
            cursor.execute(f'SELECT {", ".join(exact)} FROM t')
            return collections.Counter(cursor.fetchall())

    def difference(self):
        """After the cut-over: between the copy and the consumer's table, in words; None without one."""
        self.run('DROP TABLE t; RENAME TABLE g TO t')
        ours, theirs = self.definition(COPY), self.definition(CONSUMER)
        if ours != theirs:
            return f'definitions: {ours} / {theirs}'
        ours, theirs = self.rows(COPY), self.rows(CONSUMER)
        return f'rows: {list(ours - theirs)[:3]} / {list(theirs - ours)[:3]}' if ours != theirs else None

    def outcome(self, case, tool, kind):
        """What is wrong with the class; None if it holds."""
        self.make(case)
        try:
            more = tool(self, case.clauses)
        except Refused:
            return None  # nothing comes of it
        counts = self.run('SELECT (SELECT COUNT(*) FROM t), (SELECT COUNT(*) FROM g)')[0]
        if 'counted' in kind and counts[0] != counts[1]:
            return None  # publishing stops
        failed = self.alter(case.clauses, more, 'lenient' in kind)
        return f'the ALTER fails: {failed}' if failed else self.difference()


def class_of(explain, table, clauses):
    """As unghost sees it."""
    done = subprocess.run([*explain, table, '--alter', clauses, '--json', '--damage', 'keep'], capture_output=True, text=True)
    check(done.returncode in (0, 1), f'explain "{clauses}" ended with {done.returncode}: {done.stdout}{done.stderr}')
    return json.loads(done.stdout)['class']


def run_cases(folder, version, cases):
    server = testbed.Server(version, folder / 'source')
    bench = Bench(server)
    password = folder / 'password'
    password.write_text(server.replication_password + '\n')
    explain = [str(testbed.unghost_binary()), 'explain', '--source', f'{server.host}:{server.port}',
               '--user', server.replication_user, '--password-file', str(password),
               *([] if server.tls else ['--tls-mode', 'disabled'])]
    wrong = []
    for case in cases:
        old = case.old if version == '5.7' else True
        if old is False:
            continue
        kind = case.kind if old is True else old
        said = f'{case.clauses} of ({case.columns}) {case.options}'
        bench.make(case)
        ruled = class_of(explain, f'{COPY}.t', case.clauses)
        if ruled != kind.split(', ')[-1]:
            wrong.append(f'{said}: {ruled}, not {kind}')
        if kind == 'passed':
            continue
        for tool in (Bench.gh_ost, Bench.pt_osc):
            if what := bench.outcome(case, tool, kind):
                wrong.append(f'{said}, {tool.__name__}, {kind}: {what}')
    check(not wrong, f'{len(wrong)} of {len(cases)} cases:\n  ' + '\n  '.join(wrong))


GROUPS = {
    'added_columns': class_cases.ADDED,
    'computed_values': class_cases.COMPUTED,
    'nulls': class_cases.NULLS,
    'numbers': class_cases.NUMBERS,
    'times_and_members': class_cases.TIMES_AND_MEMBERS,
    'strings': class_cases.STRINGS,
    'charsets': class_cases.CHARSETS,
    'keys': class_cases.KEYS,
    'partitions': class_cases.PARTITIONS,
}


def _define(name, version, cases):
    def test(folder):
        run_cases(folder, version, cases)
    test.__name__ = f'test_{name}_of_{version.replace(".", "_")}'
    test.timeout = 900
    globals()[test.__name__] = test


for _name, _cases in GROUPS.items():
    for _version in ('9.7', '8.0', '5.7'):
        _define(_name, _version, _cases)
