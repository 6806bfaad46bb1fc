#!/usr/bin/python3
"""unghost at work: a primary, migrations by the real tools under load, a replica downstream of unghost.

    tests/live/demo.py [--server 9.7|8.0] [--rate TPS] [--rows N] [--direct]

Exit 0 only if the replica's tables equal the primary's, the clean log holds every transaction, and no
row of a folded migration's helper tables. --direct leaves unghost out: what a replica gets today.
Both logs are fetched and counted by the server's own mysqlbinlog.
"""

import argparse
import collections
import contextlib
import difflib
import json
import re
import sys
import tempfile
import time
from pathlib import Path

import testbed
from testbed import check

FOLD, PASS = 'fold', 'pass'
GH_OST, PT_OSC = 'gh-ost', 'pt-online-schema-change'
HELPERS = {GH_OST: '_{0}_gho _{0}_ghc _{0}_del', PT_OSC: '_{0}_new _{0}_old'}
# One table each, so that the helper tables tell the runs apart.
MIGRATIONS = [
    (GH_OST, 'orders', 'ADD COLUMN priority int NOT NULL DEFAULT 7', FOLD),
    (PT_OSC, 'items', "ADD COLUMN unit varchar(10) NOT NULL DEFAULT 'kg', ADD KEY by_code (code)", FOLD),
    # Each row's time is that of its copying: an ALTER on the replica would write another.
    (GH_OST, 'parcels', 'ADD COLUMN seen timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP', PASS),
    # The tool drops duplicates as it copies; an ALTER on the replica would stop at them.
    (PT_OSC, 'invoices', 'ADD UNIQUE KEY one_code (code), ADD COLUMN made timestamp', PASS),
]
SCHEMA = 'shop'
TABLES = [f'{SCHEMA}.{table}' for _, table, _, _ in MIGRATIONS]

_began = time.monotonic()


def say(text):
    print(f'[{time.monotonic() - _began:5.1f} s] {text}', flush=True)


def migrate(primary, tool, table, alter):
    if tool == GH_OST:
        return testbed.gh_ost(primary, '1.1.8', SCHEMA, table, alter).succeed()
    version = '3.7.1' if primary.at_least('9.0') else '3.2.1'
    return testbed.pt_osc(primary, version, SCHEMA, table, alter, check_unique_key_change=None,
                          no_check_unique_key_change=True, chunk_time='0.1').succeed()


class LogContents:
    """What mysqlbinlog says a log holds."""
    EVENT = re.compile(r'#\d{6} +\d+:\d\d:\d\d server id \d+ +end_log_pos \d+ (?:CRC32 0x[0-9a-f]+ )?\s*(\S+)')
    ROW = re.compile(r'### (?:INSERT INTO|UPDATE|DELETE FROM) `([^`]*)`\.`([^`]*)`')
    DDL = re.compile(r'(?:/\*.*?\*/\s*)?(?:CREATE|ALTER|DROP|RENAME|TRUNCATE)\b', re.I | re.S)
    SEED = re.compile(rf'CREATE (DATABASE|TABLE `{SCHEMA}`\.`(?!_))')  # what we made before the migrations

    def __init__(self, client, first_file, folder):
        """client: argv of mysqlbinlog with a login; reads from first_file to the end of the log."""
        folder.mkdir()
        testbed.run([*client, '--read-from-remote-server', '--raw', '--to-last-log', f'--result-file={folder}/',
                     first_file], what='mysqlbinlog --raw')
        files = sorted(folder.iterdir())
        self.bytes = sum(file.stat().st_size for file in files)
        self.events = self.transactions = 0
        self.rows = collections.Counter()  # by table, of SCHEMA
        self.ddl = []
        text = testbed.run([client[0], '--base64-output=decode-rows', '-v', '--verify-binlog-checksum', *files],
                           what='mysqlbinlog')
        statement = None  # the lines of a QUERY event's text, as far as read
        for line in text.splitlines():
            if line.startswith('#'):
                if event := self.EVENT.match(line):
                    self.events += 1
                    self.transactions += event[1] in ('GTID', 'Anonymous_GTID')
                    statement = [] if event[1] == 'Query' else None
                elif row := self.ROW.match(line):
                    if row[1] == SCHEMA:
                        self.rows[row[2]] += 1
            elif statement is not None:
                if line == '/*!*/;':
                    self._on_statement('\n'.join(statement))
                    statement = []
                else:
                    statement = [] if line.endswith('/*!*/;') else [*statement, line]

    def _on_statement(self, text):
        text = ' '.join(text.split())
        if self.DDL.match(text) and not self.SEED.match(text):
            self.ddl.append(text)


def helper_tables(tool, table):
    return HELPERS[tool].format(table).split()


def helper_rows(contents, tool, table):
    return sum(contents.rows[name] for name in helper_tables(tool, table))


def print_contents(ours, clean):
    def line(name, a, b, note=''):
        print(f'  {name:<44}{a:>12,}{b:>12,}  {note}')
    print(f'\n  {"":<44}{"primary":>12}{"clean log":>12}')
    line('transactions (GTIDs)', ours.transactions, clean.transactions)
    line('events', ours.events, clean.events, f'{1 - clean.events / ours.events:.0%} fewer')
    line('bytes', ours.bytes, clean.bytes, f'{1 - clean.bytes / ours.bytes:.0%} saved')
    line('rows of the application\'s tables', *(sum(c.rows[t.split('.')[1]] for t in TABLES) for c in (ours, clean)))
    for tool, table, _, expected in MIGRATIONS:
        line(f'rows of {", ".join(helper_tables(tool, table)[:2])}', helper_rows(ours, tool, table),
             helper_rows(clean, tool, table), expected)
    print('\n  DDL (- only in the primary\'s log, + only in the clean log):')
    for text in difflib.ndiff(ours.ddl, clean.ddl, linejunk=None, charjunk=None):
        if not text.startswith('?'):
            print('    ' + (text if len(text) <= 130 else text[:127] + '...'))


def verdicts(proxy):
    """table -> (verdict, reason), as unghost tells."""
    told = json.loads(proxy.command('migrations', '--json'))
    told = told['migrations'] if isinstance(told, dict) else told
    return {one['original']['table']: (one['verdict']['outcome'], one['verdict']['reason']) for one in told}


def print_verdicts(told):
    """What differs from what we expect, in words."""
    print('\n  verdicts:')
    problems = []
    for tool, table, alter, expected in MIGRATIONS:
        verdict, reason = told.get(table, ('none', 'unghost did not see it'))
        print(f'    {verdict:<5} {tool} {SCHEMA}.{table}: {alter}\n          {reason}')
        if verdict != expected:
            problems.append(f'{table}: verdict is {verdict}, expected {expected}')
    return problems


def first_clean_file(proxy):
    """The first of unghost's own files (ten digits), after the source's names that it lists too."""
    with contextlib.closing(testbed.pymysql.connect(host=proxy.host, port=proxy.port, user=proxy.user,
                                                    password=proxy.password)) as connection:
        with connection.cursor() as cursor:
            cursor.execute('SHOW BINARY LOGS')
            names = [row[0] for row in cursor.fetchall()]
    clean = [name for name in names if re.search(r'\.\d{10}$', name)]
    check(clean, f'SHOW BINARY LOGS of unghost lists no clean file: {names}')
    return clean[0]


def demonstrate(folder, arguments):
    say(f'starting a MySQL {arguments.server} primary, ' + ('' if arguments.direct else 'unghost ') + 'and a replica')
    primary = testbed.Server(arguments.server, folder / 'primary')
    replica = testbed.Server(arguments.server, folder / 'replica')
    proxy = None if arguments.direct else testbed.Unghost(None, primary, folder / 'unghost')
    if proxy:
        testbed.replicate(replica, proxy.host, proxy.port, proxy.user, proxy.password, workers=4, ssl=True)
    else:
        testbed.replicate(replica, primary.host, primary.port, primary.replication_user, primary.replication_password,
                          workers=4)
    for table in TABLES:
        testbed.make_table(primary, table, rows=arguments.rows)

    say(f'a writer commits {arguments.rate} transactions a second on {", ".join(TABLES)}')
    writer = testbed.Writer(primary, TABLES, rate=arguments.rate, connections=3)
    writer.wait_for(arguments.rate)
    for tool, table, alter, _ in MIGRATIONS:
        say(f'{tool} on {SCHEMA}.{table}: {alter}')
        migrate(primary, tool, table, alter)
        writer.wait_for(arguments.rate)
    rate = writer.rate()
    say(f'the writer stops: {writer.stop():,} transactions, {rate:.0f} a second')
    testbed.wait_caught_up(primary, replica)
    say('the replica has caught up; comparing tables and logs')

    problems = testbed.compare(primary, replica)
    ours = LogContents(primary.client('mysqlbinlog'), primary.binlog_files()[0].name, folder / 'primary-log')
    clean = ours if proxy is None else \
        LogContents(proxy.client('mysqlbinlog'), first_clean_file(proxy), folder / 'clean-log')
    print_contents(ours, clean)
    if proxy:
        problems += print_verdicts(verdicts(proxy))
        problems += [f'the clean log holds rows of helper tables of {table}' for tool, table, _, expected in MIGRATIONS
                     if expected == FOLD and helper_rows(clean, tool, table)]
    if clean.transactions != ours.transactions:
        problems.append(f'the clean log holds {clean.transactions} transactions, the primary {ours.transactions}')
    if rate < arguments.rate * 0.8:
        print(f'\n  remark: this machine gave {rate:.0f} transactions a second, not {arguments.rate}')
    return problems


def main():
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('--server', choices=('9.7', '8.0'), default='9.7')
    parser.add_argument('--rate', type=int, default=250)
    parser.add_argument('--rows', type=int, default=20_000)
    parser.add_argument('--direct', action='store_true')
    arguments = parser.parse_args()
    testbed.end_on_sigterm()
    with tempfile.TemporaryDirectory(prefix='unghost-demo-', ignore_cleanup_errors=True) as folder:
        try:
            problems = demonstrate(Path(folder), arguments)
        except testbed.Failure as failure:
            problems = [str(failure)]
            for log in Path(folder).glob('unghost/unghost.log'):
                print(testbed.tail(log))
        finally:
            testbed.end_all_processes()
    print('\n' + '\n'.join(['NOT equal:', *problems] if problems else
                           ['equal: every table, row and definition of the replica is the primary\'s']))
    return 1 if problems else 0


if __name__ == '__main__':
    sys.exit(main())
