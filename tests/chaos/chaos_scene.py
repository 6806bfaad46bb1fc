"""primary -> forwarder -> unghost -> replica, with load and migrations."""

import os
import random
import re
import shutil
import threading
import time

import testbed
from forwarder import Forwarder

SEED = int(os.environ.get('UNGHOST_SEED') or random.SystemRandom().randrange(1 << 31))


class Migrations(threading.Thread):
    """Runs gh-ost and pt-osc in turn on the tables until stop()."""

    def __init__(self, primary, tables, folder):
        super().__init__(daemon=True)
        self.primary, self.tables, self.folder = primary, tables, folder
        self.done = 0
        self.error = None
        self._stopping = threading.Event()
        self.start()

    def run(self):
        try:
            while not self._stopping.is_set():
                schema, table = self.tables[self.done // 2 % len(self.tables)].split('.')
                folder = self.folder / f'migration-{self.done}'
                alter = f'ADD COLUMN c{self.done} int NOT NULL DEFAULT {self.done}' if self.done < 200 else 'FORCE'
                if self.done % 2 == 0:
                    tool = testbed.gh_ost(self.primary, '1.1.8', schema, table, alter, folder=folder, wait=False,
                                          chunk_size=500)
                else:
                    tool = testbed.pt_osc(self.primary, '3.7.1', schema, table, alter, folder=folder, wait=False,
                                          chunk_size=500, set_vars=['lock_wait_timeout=10'])
                tool.wait(120)
                testbed.check(tool.code == 0, f'{tool.name} ended with {tool.code}:\n' + testbed.tail(tool.log_file))
                self.done += 1
        except Exception as error:
            self.error = error

    def stop(self):
        self._stopping.set()
        self.join(150)
        if self.error:
            raise self.error


class Scene:
    def __init__(self, folder, migrate=True, tls=False, rows=2000, rate=120):
        self.dice = random.Random(SEED)
        print(f'      seed {SEED} (UNGHOST_SEED)', flush=True)
        self.folder = folder
        self.primary = testbed.Server('9.7', folder / 'primary', tls=tls)
        self.replica = testbed.Server('9.7', folder / 'replica')
        self.forwarder = Forwarder(self.primary)
        self.unghost = testbed.Unghost(None, self.forwarder, folder / 'unghost', ['--start', 'earliest'])
        testbed.replicate(self.replica, self.unghost.host, self.unghost.port, self.unghost.user,
                          self.unghost.password, workers=4)
        self.tables = ['shop.orders', 'shop.items']
        for table in self.tables:
            testbed.make_table(self.primary, table, rows=rows)
        self.writer = testbed.Writer(self.primary, self.tables, rate=rate, seed=SEED)
        self.migrations = Migrations(self.primary, self.tables, folder) if migrate else None
        self.kills = 0

    def check_alive(self):
        process = self.unghost.process
        testbed.check(process.poll() is None, f'unghost ended by itself with {process.returncode} '
                      f'after {self.kills} kills:\n' + testbed.tail(self.unghost.log_file))
        testbed.check(not self.migrations or not self.migrations.error,
                      f'a migration failed: {self.migrations and self.migrations.error}')

    def kill(self, why):
        self.check_alive()
        self.unghost.kill9()
        self.kills += 1
        with open(self.unghost.log_file, 'a') as log:
            log.write(f'--- kill -9 number {self.kills}: {why}\n')
        # A restart may be at once or late, behind a file border of the source.
        time.sleep(self.dice.choice((0, 0, 0.1, 0.5)))
        self.unghost.start()

    def finish(self):
        if self.migrations:
            self.migrations.stop()
        self.writer.stop()
        self.check_alive()
        testbed.wait_caught_up(self.primary, self.replica, timeout=120)
        testbed.check_equal(self.primary, self.replica)
        log = self.unghost.log()
        bad = [line for line in log.splitlines() if 'differs at' in line or 'All of the data folder' in line]
        testbed.check(not bad, 'a recovery found a difference:\n' + '\n'.join(bad))
        self.unghost.stop()
        testbed.check(self.unghost.process.returncode == 0,
                      f'unghost ended with {self.unghost.process.returncode} at SIGTERM')
        check_clean_files(self.primary, self.unghost, self.folder / 'folded')
        done = self.migrations.done if self.migrations else 0
        print(f'      {self.kills} kills, {log.count("comparing what is there")} recoveries with a replay; '
              f'{done} migrations, {len(re.findall("info folding: ", log))} folded, '
              f'{len(re.findall("info passing: ", log))} passed; {self.writer.committed} transactions', flush=True)


def clean_files(unghost):
    return sorted(p for p in (unghost.folder / 'data').glob('*.1?????????') if p.suffix[1:].isdigit())


def check_clean_files(primary, unghost, out):
    """The clean files are valid, and `unghost fold --ledger` makes the same again, byte for byte."""
    files = clean_files(unghost)
    testbed.check(files, 'there are no clean files')
    for file in files:
        testbed.run([*primary.client('mysqlbinlog', login=False), '--verify-binlog-checksum', '--base64-output=DECODE-ROWS',
                     '--result-file=/dev/null', file])
    testbed.run([unghost.binary, 'fold', '--ledger', unghost.folder / 'data' / 'ledger', '-o', out,
                 *primary.binlog_files()])
    made = sorted(p for p in out.iterdir() if p.suffix[1:].isdigit())
    testbed.check([p.name for p in made] == [p.name for p in files],
                  f'fold made {[p.name for p in made]}, unghost has {[p.name for p in files]}')
    for ours, theirs in zip(files, made):
        with open(ours, 'rb') as a, open(theirs, 'rb') as b:
            place = 0
            while True:
                x, y = a.read(1 << 20), b.read(1 << 20)
                if x != y:
                    off = next((i for i, (p, q) in enumerate(zip(x, y)) if p != q), min(len(x), len(y)))
                    raise testbed.Failure(f'fold differs from {ours.name} at {place + off} '
                                          f'(sizes {ours.stat().st_size} and {theirs.stat().st_size})')
                if not x:
                    break
                place += len(x)
    shutil.rmtree(out)
