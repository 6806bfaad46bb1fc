#!/usr/bin/python3
"""Two builds must make the same clean files, byte for byte, of the same logs and the same ledger.

    tests/compare_builds.py OLD NEW [CAPTURE...]     before a release: OLD is the release before

Records logs of real servers while gh-ost and pt-osc migrate tables under load: row, statement and mixed
format, compressed, XA, without GTIDs, without checksums. OLD serves meanwhile and writes the ledger. Then
both fold each log with that ledger, and without one with --unproven fold and pass; so they do with each
CAPTURE and with the recorded logs in tests/golden. UNGHOST_KEEP=1 keeps what was recorded.
"""

import filecmp
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / 'live'))
import testbed  # noqa: E402

ALTERS = ['ADD COLUMN c1 int NOT NULL DEFAULT 7', 'MODIFY amount decimal(14,2) NOT NULL DEFAULT 0, ADD KEY ik (code)',
          'ADD COLUMN c2 varchar(20)', 'MODIFY note varchar(250), ADD COLUMN c3 date']

# name: server version, its options, the tool, whether XA transactions are written too.
SCENES = {
    'gh-ost': ('9.7', {}, ('gh_ost', '1.1.8'), False),
    'gh-ost-8.0': ('8.0', {}, ('gh_ost', '1.1.8'), False),
    'pt-osc': ('9.7', {}, ('pt_osc', '3.7.1'), False),
    'pt-osc-8.0': ('8.0', {}, ('pt_osc', '3.2.1'), False),
    'gh-ost-no-gtid-no-checksum': ('8.0', {'gtid': False, 'binlog_checksum': 'NONE'}, ('gh_ost', '1.1.8'), False),
    'compressed-8.0': ('8.0', {'binlog_transaction_compression': 'ON'}, ('pt_osc', '3.7.1'), False),
    'compressed-9.7': ('9.7', {'binlog_transaction_compression': 'ON'}, ('pt_osc', '3.7.1'), False),
    'xa-gh-ost': ('9.7', {}, ('gh_ost', '1.1.8'), True),
    'xa-pt-osc': ('8.0', {}, ('pt_osc', '3.7.1'), True),
    'statement-8.0': ('8.0', {'binlog_format': 'STATEMENT'}, ('pt_osc', '3.7.1'), False),
    'statement-9.7': ('9.7', {'binlog_format': 'STATEMENT'}, ('pt_osc', '3.7.1'), False),
    'mixed-5.7': ('5.7', {'binlog_format': 'MIXED'}, ('pt_osc', '3.2.1'), False),
}


class XaWriter(threading.Thread):
    """XA transactions of the table, prepared and then committed or rolled back."""

    def __init__(self, server, table):
        super().__init__(daemon=True)
        self.server, self.table = server, table
        self.ended = False
        self.start()

    def run(self):
        connection = self.server.connect()
        for number in range(100_000):
            if self.ended:
                break
            end = 'COMMIT' if number % 3 else 'ROLLBACK'
            with connection.cursor() as cursor:
                for text in (f"XA START 'x{number}'", f"INSERT INTO {self.table} (customer, code) VALUES (1, 'xa{number}')",
                             f"XA END 'x{number}'", f"XA PREPARE 'x{number}'", f"XA {end} 'x{number}'"):
                    cursor.execute(text)
            time.sleep(0.05)
        connection.close()

    def end(self):
        self.ended = True
        self.join()


def record(name, old, folder):
    """(ledger, log files)"""
    version, options, (tool, tool_version), xa = SCENES[name]
    source = testbed.Server(version, folder / 'source', **options)
    for table in ('shop.orders', 'shop.items'):
        testbed.make_table(source, table, rows=1000)
    unghost = testbed.Unghost(old, source, folder / 'unghost', ['--start', 'earliest'])
    writer = testbed.Writer(source, ['shop.orders', 'shop.items'], rate=60)
    prepared = XaWriter(source, 'shop.items') if xa else None
    for number, alter in enumerate(ALTERS):
        # XA transactions are of the other table: the tools wait for a lock that a prepared one holds.
        table = 'orders' if xa or number % 2 == 0 else 'items'
        testbed.__dict__[tool](source, tool_version, 'shop', table, alter, chunk_size=200).succeed(120)
        source.sql('FLUSH BINARY LOGS')
        writer.wait_for(20)
    if prepared:
        prepared.end()
    writer.stop()
    files = source.binlog_files()
    end = source.position()
    testbed.wait_until('unghost has pulled all', lambda: unghost.pulled() == (end[0], end[1]))
    unghost.stop()
    source.stop()
    return unghost.folder / 'data' / 'ledger', files


def fold(binary, arguments, files, folder):
    """Its exit code; the clean files are in the folder."""
    return subprocess.run([binary, 'fold', *arguments, '-o', folder, *files], capture_output=True, timeout=600).returncode


def same(old, new, what, arguments, files, folder):
    outs = [folder / 'old', folder / 'new']
    codes = [fold(binary, arguments, files, out) for binary, out in zip((old, new), outs)]
    names = [sorted(p.name for p in out.iterdir()) if out.exists() else [] for out in outs]
    equal = codes[0] == codes[1] and names[0] == names[1] and all(
        filecmp.cmp(outs[0] / n, outs[1] / n, shallow=False) for n in names[0] if n != 'ledger')
    size = sum((outs[0] / n).stat().st_size for n in names[0])
    print(f"{'equal ' if equal else 'DIFFER'} {what}: {len(names[0])} files, {size} bytes, exit code {codes}", flush=True)
    for out in outs:
        shutil.rmtree(out, ignore_errors=True)
    return equal


def main():
    old, new, *captures = map(Path, sys.argv[1:])
    folder = Path(tempfile.mkdtemp(prefix='unghost-compare-'))
    results = []
    try:
        for name in SCENES:
            if words := os.environ.get('UNGHOST_SCENARIO'):
                if name not in words.split(','):
                    continue
            ledger, files = record(name, old.resolve(), folder / name)
            results.append(same(old, new, name, ['--ledger', ledger], files, folder))
            for unproven in ('fold', 'pass'):
                results.append(same(old, new, f'{name} --unproven {unproven}', ['--unproven', unproven], files, folder))
        for file in sorted((testbed.ROOT / 'tests' / 'golden').glob('*.in.binlog')) + captures:
            for unproven in ('fold', 'pass'):
                results.append(same(old, new, f'{file.name} --unproven {unproven}', ['--unproven', unproven], [file], folder))
    finally:
        testbed.end_all_processes()
        if not os.environ.get('UNGHOST_KEEP'):
            shutil.rmtree(folder, ignore_errors=True)
    print(f'{results.count(True)} equal, {results.count(False)} differ')
    return 0 if all(results) else 1


if __name__ == '__main__':
    testbed.end_on_sigterm()
    sys.exit(main())
