#!/usr/bin/python3
"""What unghost costs, end to end, beside a real MySQL 9.7.

    bench/serve_bench.py                      all parts, 1 GiB, 9 pairs
    bench/serve_bench.py read cpu --mib 256 --pairs 3

    read        mysqlbinlog --raw through unghost (stored) / directly from the primary
    cpu         CPU seconds a GiB served: unghost / mysqld, for 1, 8 and 32 consumers
    pull        a log into the store / mysqlbinlog --raw of it; from mysqld and from a fake source
    fold        bytes a second of a pt-osc migration, folded / the same bytes with nothing to fold
    latency     commit on the primary -> applied on a replica: downstream of unghost, direct, downstream of a replica
    replica     the same log through an intermediate MySQL replica, beside the pull
    relay       mysqldump and point selects through unghost / directly

    bench/serve_bench.py --before BINARY      read, pull, fold, latency and relay, by this build / by that earlier one

Pairs are interleaved: one run of each, in turn the one and the other first. Printed are medians, the
spread (smallest to largest) and the median of the pairs' ratios. --json FILE writes them, and all runs.
"""

import argparse
import contextlib
import datetime
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / 'tests' / 'live'))
import pymysql  # noqa: E402
import testbed  # noqa: E402

BUILD = Path(os.environ.get('UNGHOST_BUILD') or ROOT / 'build' / 'bench')
PARTS = ('read', 'cpu', 'pull', 'fold', 'latency', 'replica', 'relay')
BEFORE_PARTS = ('read', 'pull', 'fold', 'latency', 'relay')
FIRST = 'mysql-bin.000001'
CLEAN_FIRST = 'mysql-bin.1000000001'
TICKS = os.sysconf('SC_CLK_TCK')


# --- measuring -------------------------------------------------------------------------------------

def cpu_seconds(pid):
    """User and system time of a process, all its threads."""
    fields = Path(f'/proc/{pid}/stat').read_text().rpartition(')')[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def interleaved(pairs, ours, theirs):
    """Runs both `pairs` times, in turn the one and the other first; two lists of what they return."""
    a, b = [], []
    for i in range(pairs):
        for run, results in ((ours, a), (theirs, b)) if i % 2 == 0 else ((theirs, b), (ours, a)):
            results.append(run())
    return a, b


def quantile(values, part):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))]


class Results:
    def __init__(self):
        self.rows = []

    def add(self, name, unit, ours, theirs, bar=None, at_least=False):
        """A comparison. bar: what the median of the ratios ours / theirs may be at most (or at least)."""
        ratios = [a / b for a, b in zip(ours, theirs) if b > 0]
        ratio = statistics.median(ratios) if ratios else float('nan')
        self._keep({
            'name': name, 'unit': unit, 'pairs': len(ours),
            'ours': statistics.median(ours), 'ours_spread': [min(ours), max(ours)],
            'theirs': statistics.median(theirs), 'theirs_spread': [min(theirs), max(theirs)],
            'ratio': ratio, 'ratio_spread': [min(ratios), max(ratios)] if ratios else [],
            'bar': bar, 'bar_is': 'at least' if at_least else 'at most',
            'met': None if bar is None else (ratio >= bar if at_least else ratio <= bar),
            'runs': {'ours': ours, 'theirs': theirs},
        })

    def note(self, name, unit, value, bar=None, **more):
        self._keep({'name': name, 'unit': unit, 'ours': value, 'bar': bar,
                    'met': None if bar is None else value <= bar, **more})

    def _keep(self, row):
        self.rows.append(row)
        print(self._line(row), flush=True)

    @staticmethod
    def head():
        return ('| measured | ours | theirs | ratio | bar |\n'
                '| --- | --- | --- | --- | --- |')

    @staticmethod
    def _line(row):
        def spread(key):
            low, high = row[f'{key}_spread']
            return f'{row[key]:.3g} ({low:.3g} to {high:.3g}) {row["unit"]}'
        bar = '' if row['bar'] is None else \
            f'{row.get("bar_is", "at most")} {row["bar"]}: {"met" if row["met"] else "MISSED"}'
        if 'theirs' not in row:
            return f'| {row["name"]} | {row["ours"]:.4g} {row["unit"]} | | | {bar} |'
        low, high = row['ratio_spread'] or (0, 0)
        return f'| {row["name"]} | {spread("ours")} | {spread("theirs")} | ' \
               f'{row["ratio"]:.2f} ({low:.2f} to {high:.2f}) | {bar} |'


# --- logs to measure with --------------------------------------------------------------------------

TABLES = {
    # Rows of one INSERT are cut into events of 8 KB (binlog_row_event_max_size).
    '8 KB events': ('CREATE TABLE bench.rows_8k (a int, b varchar(2000)) CHARSET = latin1',
                    "INSERT INTO bench.rows_8k VALUES " + ', '.join(['(1, REPEAT("x", 1000))'] * 80)),
    # One small row each: five events, 80 bytes on average.
    '100 B events': ('CREATE TABLE bench.small (a int, b varchar(100)) CHARSET = latin1',
                     'INSERT INTO bench.small VALUES (1, REPEAT("y", 60))'),
}


def cached_log(kind, mib):
    """A binlog file of this size, made once. No key on its tables, so a replica can apply it."""
    folder = testbed.CACHE / 'bench' / f'{kind.replace(" ", "-")}-{mib}'
    file = folder / FIRST
    if file.exists():
        return file
    folder.mkdir(parents=True, exist_ok=True)
    create, insert = TABLES[kind]
    with tempfile.TemporaryDirectory(prefix='unghost-bench-') as scratch:
        server = testbed.Server('9.7', Path(scratch) / 'sample', tls=False)
        server.reset_binlogs()
        server.sql('CREATE DATABASE bench')
        server.sql(create)
        for _ in range(100):
            server.sql(insert)
        server.sql('FLUSH BINARY LOGS')
        testbed.run([BUILD / 'make_binlog', server.datadir / FIRST, f'{file}.new', '--mib', mib])
        server.stop()
    Path(f'{file}.new').rename(file)
    return file


def server_of(file, folder):
    """A primary whose first binlog is this file."""
    server = testbed.Server('9.7', folder, tls=False)
    server.stop()
    for old in server.datadir.glob('mysql-bin.*'):
        old.unlink()
    shutil.copyfile(file, server.datadir / FIRST)
    (server.datadir / 'mysql-bin.index').write_text(f'./{FIRST}\n')
    server.start(timeout=300)
    warm(server.datadir / FIRST)
    return server


def warm(file):
    with open(file, 'rb') as f:
        while f.read(1 << 20):
            pass


def raw_copy(argv, file, folder):
    """mysqlbinlog --raw of one file; its seconds."""
    target = Path(folder) / 'raw'
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir()
    begin = time.monotonic()
    testbed.run([*argv, '--read-from-remote-server', '--raw', f'--result-file={target}/', file])
    seconds = time.monotonic() - begin
    shutil.rmtree(target)
    return seconds


def direct(server):
    return [*server.client('mysqlbinlog', login=False), f'--host={testbed.HOST}', f'--port={server.port}',
            f'--user={server.replication_user}', f'--password={server.replication_password}', *PLAIN]


PLAIN = ('--ssl-mode=DISABLED', '--get-server-public-key')


class FakeSource:
    """bench/fake_source.cpp with this file, as what testbed.Unghost wants of a source."""
    host = testbed.HOST
    replication_user = 'anybody'
    replication_password = 'any'

    def __init__(self, files, programs):
        self.port = testbed.free_port()
        self.programs = programs
        self.process = subprocess.Popen([BUILD / 'fake_source', f'--port={self.port}', *files],
                                        stdout=subprocess.PIPE, text=True)
        testbed._processes.append(self.process)
        testbed.check(self.process.stdout.readline() == 'ready\n', 'the fake source does not start')

    def client(self, program, login=True):
        return [str(self.programs / program)]

    def stop(self):
        testbed.end_process(self.process)


def unghost(source, folder, *more, start='earliest', binary=None):
    return testbed.Unghost(binary or BUILD / 'unghost', source, folder, ['--tls-mode', 'disabled', '--start', start, *more])


def log_time(line):
    return datetime.datetime.fromisoformat(line.split()[0]).timestamp()


def pulled(ours, file='mysql-bin.000002', timeout=1200):
    """Waits until it has taken all in front of `file`; the seconds since it began to listen.

    By its own log, so that nothing is asked of it while it works.
    """
    end = time.monotonic() + timeout
    while f'source: {file} begins' not in ours.log():
        testbed.check(ours.process.poll() is None and time.monotonic() < end, 'unghost does not get there:\n' +
                      testbed.tail(ours.log_file))
        time.sleep(0.02)
    lines = ours.log().splitlines()
    begin = [i for i, line in enumerate(lines) if 'listening on' in line][-1]
    last = next(line for line in lines[begin:] if f'source: {file} begins' in line)
    return log_time(last) - log_time(lines[begin])


# --- the parts -------------------------------------------------------------------------------------

class Bench:
    def __init__(self, options, folder):
        self.options = options
        self.folder = folder
        self.results = Results()
        self._primaries = {}
        self._made = 0

    def new_folder(self):
        self._made += 1
        return self.folder / f'run{self._made}'

    def primary(self, kind):
        if kind not in self._primaries:
            self._primaries[kind] = server_of(cached_log(kind, self.options.mib), self.new_folder())
        return self._primaries[kind]

    def stored(self, kind, binary=None):
        """An unghost that has taken the whole log."""
        ours = unghost(self.primary(kind), self.new_folder(), binary=binary)
        pulled(ours)
        warm(ours.folder / 'data' / CLEAN_FIRST)
        return ours

    def read(self):
        for kind in self.options.kinds:
            primary, ours = self.primary(kind), self.stored(kind)
            through = [*ours.client('mysqlbinlog'), *PLAIN]
            a, b = interleaved(self.options.pairs,
                               lambda: raw_copy(through, CLEAN_FIRST, self.folder),
                               lambda: raw_copy(direct(primary), FIRST, self.folder))
            self.results.add(f'read: mysqlbinlog --raw of {self.options.mib} MiB, {kind}', 's', a, b, bar=1.10)
            ours.stop()
            shutil.rmtree(ours.folder)

    def cpu(self):
        for kind in self.options.kinds:
            primary, ours = self.primary(kind), self.stored(kind)
            time.sleep(2)  # what follows a pull (fdatasync, checkpoint) is not serving
            password = ours.folder / 'source-password'
            for consumers in self.options.consumers:
                limit = max(16, self.options.mib * 4 // consumers)

                def drain(process, port, user, secret, first):
                    before = cpu_seconds(process.pid)
                    out = testbed.run([BUILD / 'drain', '--port', port, '--user', user, '--password-file', secret,
                                       '--from', first, '--consumers', consumers, '--limit-mib', limit])
                    time.sleep(0.1)
                    return (cpu_seconds(process.pid) - before) / (int(out.split()[0]) / 2**30)

                a, b = interleaved(
                    self.options.pairs,
                    lambda: drain(ours.process, ours.port, ours.user, ours.folder / 'consumer-password', CLEAN_FIRST),
                    lambda: drain(primary.process, primary.port, primary.replication_user, password, FIRST))
                self.results.add(f'cpu: seconds a GiB served to {consumers}, {kind}', 's', a, b, bar=1.0)
            ours.stop()
            shutil.rmtree(ours.folder)

    def pull(self):
        for kind in self.options.kinds:
            primary = self.primary(kind)
            cpu = []
            a, b = interleaved(self.options.pairs, lambda: self._pull_once(primary, cpu),
                               lambda: raw_copy(direct(primary), FIRST, self.folder))
            self.results.add(f'pull: {self.options.mib} MiB into the store, {kind}', 's', a, b, bar=1.25)
            self.results.note(f'pull: CPU of it, {kind}', 's', statistics.median(cpu), runs=cpu)

            # The second file ends what is measured: by its beginning we see that the first is done.
            second = self.new_folder()
            second.mkdir()
            shutil.copyfile(primary.datadir / 'mysql-bin.000002', second / 'mysql-bin.000002')
            fake = FakeSource([primary.datadir / FIRST, second / 'mysql-bin.000002'], primary.programs)
            fake_direct = [*fake.client('mysqlbinlog'), f'--host={testbed.HOST}', f'--port={fake.port}',
                           '--user=any', '--password=any', *PLAIN]
            a, b = interleaved(self.options.pairs, lambda: self._pull_once(fake, cpu),
                               lambda: raw_copy(fake_direct, FIRST, self.folder))
            self.results.add(f'pull: the same from the fake source, {kind}', 's', a, b, bar=1.25)
            fake.stop()

    # This build and an earlier one, side by side: no figure may be worse by more than 5 %.

    def read_before(self, earlier):
        for kind in self.options.kinds:
            both = self.stored(kind), self.stored(kind, earlier)
            a, b = interleaved(self.options.pairs, *(
                lambda ours=ours: raw_copy([*ours.client('mysqlbinlog'), *PLAIN], CLEAN_FIRST, self.folder)
                for ours in both))
            self.results.add(f'before: mysqlbinlog --raw of {self.options.mib} MiB, {kind}', 's', a, b, bar=1.05)
            for ours in both:
                ours.stop()
                shutil.rmtree(ours.folder)

    def pull_before(self, earlier):
        for kind in self.options.kinds:
            primary = self.primary(kind)
            second = self.new_folder()
            second.mkdir()
            shutil.copyfile(primary.datadir / 'mysql-bin.000002', second / 'mysql-bin.000002')
            fake = FakeSource([primary.datadir / FIRST, second / 'mysql-bin.000002'], primary.programs)
            cpu = [], []
            a, b = interleaved(self.options.pairs, lambda: self._pull_once(fake, cpu[0]),
                               lambda: self._pull_once(fake, cpu[1], earlier))
            fake.stop()
            self.results.add(f'before: pull of {self.options.mib} MiB, {kind}', 's', a, b, bar=1.05)
            self.results.add(f'before: CPU of it, {kind}', 's', *cpu, bar=1.05)

    def fold_before(self, earlier):
        self.fold(earlier)

    def relay_before(self, earlier):
        self.relay(earlier)

    def _pull_once(self, source, cpu, binary=None):
        ours = unghost(source, self.new_folder(), binary=binary)
        seconds = pulled(ours)
        cpu.append(cpu_seconds(ours.process.pid))
        ours.stop()
        shutil.rmtree(ours.folder)
        return seconds

    def fold(self, earlier=None):
        """A migration's copy, pulled at once by an unghost whose verdict was made before. Or by an earlier build as well,
        whose data folder both go on from."""
        mib = self.options.fold_mib
        primary = testbed.Server('9.7', self.new_folder(), tls=False)
        primary.sql('CREATE DATABASE shop; CREATE TABLE shop.orders (id int AUTO_INCREMENT PRIMARY KEY, '
                    'note varchar(1000)) CHARSET = latin1')
        primary.sql('INSERT INTO shop.orders (note) VALUES ' + ', '.join(['(REPEAT("n", 900))'] * 1000))
        rows = mib * 1024 * 1024 // 920
        while (have := primary.value('SELECT COUNT(*) FROM shop.orders')) < rows:
            primary.sql('INSERT INTO shop.orders (note) SELECT note FROM shop.orders LIMIT %s',
                        (min(have, rows - have, 20000),))
        primary.sql('FLUSH BINARY LOGS')

        # Pauses in front of the copy until unghost has judged; then what follows goes to files of its own.
        pause = self.folder / 'pause'
        pause.touch()
        ours = unghost(primary, self.new_folder(), start='latest', binary=earlier)
        pulled_from = primary.position()[0]
        testbed.wait_until('unghost follows', lambda: f'pulling from {pulled_from}' in ours.log())
        tool = testbed.pt_osc(primary, '3.7.1', 'shop', 'orders', 'ADD COLUMN c int NOT NULL DEFAULT 7', wait=False,
                              pause_file=str(pause), chunk_size=500, no_check_replication_filters=True)
        testbed.wait_until('unghost folds', lambda: 'folding:' in ours.log(), timeout=60)
        primary.sql('FLUSH BINARY LOGS')
        first = primary.position()[0]
        testbed.wait_until('unghost has judged all so far', lambda: f'source: {first} begins' in ours.log())
        ours.stop()
        pause.unlink()
        tool.succeed(timeout=900)
        primary.sql('FLUSH BINARY LOGS')
        last = primary.position()[0]
        files = [row for row in primary.sql('SHOW BINARY LOGS') if first <= row[0] < last]
        size = sum(row[1] for row in files) / 2**20

        def folded(binary=None):
            copy = self.new_folder()
            shutil.copytree(ours.folder / 'data', copy / 'data', ignore=shutil.ignore_patterns('*.sock'))
            again = unghost(primary, copy, start='latest', binary=binary)
            seconds = pulled(again, last)
            check_folded(again)
            again.stop()
            shutil.rmtree(copy)
            return size / seconds

        def passed():
            # Its log begins after the ghost's CREATE, so to it all of this is ordinary.
            fresh = unghost(primary, self.new_folder(), start=first)
            seconds = pulled(fresh, last)
            fresh.stop()
            shutil.rmtree(fresh.folder)
            return size / seconds

        def check_folded(one):
            clean = sum(f.stat().st_size for f in (one.folder / 'data').glob('mysql-bin.1*') if f.suffix != '.map')
            testbed.check(clean < size * 2**20 / 2, 'it was not folded:\n' + testbed.tail(one.log_file))

        if earlier:
            a, b = interleaved(self.options.pairs, folded, lambda: folded(earlier))
            self.results.add(f'before: pt-osc folded, {size:.0f} MiB', 'MiB/s', a, b, bar=0.95, at_least=True)
            primary.stop()
            return
        a, b = interleaved(self.options.pairs, folded, passed)
        self.results.add(f'fold: pt-osc, {size:.0f} MiB, folded / nothing to fold', 'MiB/s', a, b, bar=0.8, at_least=True)
        primary.stop()

    def latency(self):
        primary = testbed.Server('9.7', self.new_folder(), tls=False)
        ours = unghost(primary, self.new_folder())
        replicas = {name: testbed.Server('9.7', self.new_folder(), tls=False)
                    for name in ('downstream of unghost', 'direct', 'intermediate', 'downstream of a replica')}
        upstream = {'downstream of unghost': ours, 'downstream of a replica': replicas['intermediate']}
        for name, replica in replicas.items():
            source = upstream.get(name, primary)
            user = source.user if source is ours else source.replication_user
            password = source.password if source is ours else source.replication_password
            testbed.replicate(replica, source.host, source.port, user, password, workers=4)
        self._make_probe(primary, replicas)
        samples = self._latencies(primary, replicas)
        for name, values in samples.items():
            self.results.note(f'latency: {name}, median', 'ms', statistics.median(values), n=len(values))
            self.results.note(f'latency: {name}, p99', 'ms', quantile(values, 0.99), n=len(values))
        for name in ('downstream of unghost', 'downstream of a replica'):
            added = {part: f(samples[name]) - f(samples['direct'])
                     for part, f in (('median', statistics.median), ('p99', lambda v: quantile(v, 0.99)))}
            for part, value in added.items():
                self.results.note(f'latency: added {name}, {part} (N = {self.options.probes})', 'ms', value)
        for server in (*replicas.values(), ours, primary):
            server.stop()

    def latency_before(self, earlier):
        primary = testbed.Server('9.7', self.new_folder(), tls=False)
        upstream = {'new': unghost(primary, self.new_folder()), 'old': unghost(primary, self.new_folder(), binary=earlier)}
        replicas = {name: testbed.Server('9.7', self.new_folder(), tls=False) for name in upstream}
        for name, replica in replicas.items():
            ours = upstream[name]
            testbed.replicate(replica, ours.host, ours.port, ours.user, ours.password, workers=4)
        self._make_probe(primary, replicas)
        samples = self._latencies(primary, replicas)
        # One transaction goes both ways: a pair.
        self.results.add('before: commit to applied', 'ms', samples['new'], samples['old'], bar=1.05)
        for server in (*replicas.values(), *upstream.values(), primary):
            server.stop()

    def _make_probe(self, primary, replicas):
        primary.sql('CREATE DATABASE bench; CREATE TABLE bench.probe (id int AUTO_INCREMENT PRIMARY KEY, n int)')
        for replica in replicas.values():
            testbed.wait_caught_up(primary, replica)

    def _latencies(self, primary, replicas):
        """Milliseconds from commit to applied of each probe, by replica."""
        # Both times come from the servers, on this machine's clock: nobody polls while it happens.
        applied = ('SELECT LAST_APPLIED_TRANSACTION, TIMESTAMPDIFF(MICROSECOND, '
                   'LAST_APPLIED_TRANSACTION_ORIGINAL_COMMIT_TIMESTAMP, LAST_APPLIED_TRANSACTION_END_APPLY_TIMESTAMP) '
                   'FROM performance_schema.replication_applier_status_by_worker')
        samples = {name: [] for name in replicas}
        for number in range(self.options.probes):
            primary.sql('INSERT INTO bench.probe (n) VALUES (%s)', (number,))
            # 9.7 tags nothing here: the set is one range, its end this transaction.
            gtid = re.sub(r'\d+-(\d+)$', r'\1', primary.value('SELECT @@global.gtid_executed'))
            time.sleep(0.03)
            for name, replica in replicas.items():
                found = testbed.wait_until(f'{gtid} applied {name}', lambda: dict(replica.sql(applied)).get(gtid))
                samples[name].append(found / 1000)
        return samples

    def replica(self):
        kind = self.options.kinds[0]
        primary = self.primary(kind)
        between = testbed.Server('9.7', self.new_folder(), tls=False, log_replica_updates=True)
        between.reset_binlogs()
        cpu = cpu_seconds(between.process.pid)
        begin = time.monotonic()
        testbed.replicate(between, primary.host, primary.port, primary.replication_user,
                          primary.replication_password, workers=4)
        testbed.wait_caught_up(primary, between, timeout=3600)
        seconds = time.monotonic() - begin
        self.results.note(f'replica: {self.options.mib} MiB through an intermediate one, {kind}', 's', seconds)
        self.results.note('replica: its CPU', 's', cpu_seconds(between.process.pid) - cpu)
        between.stop()
        shutil.rmtree(between.folder)
        ours = []
        took = self._pull_once(primary, ours)
        self.results.note(f'replica: the same through unghost, {kind}', 's', took)
        self.results.note("replica: unghost's CPU", 's', ours[0])

    def relay(self, earlier=None):
        primary = testbed.Server('9.7', self.new_folder(), tls=False)
        primary.sql('CREATE DATABASE bench; CREATE TABLE bench.rows_1k (id int AUTO_INCREMENT PRIMARY KEY, '
                    'note varchar(1000)) CHARSET = latin1; SET sql_log_bin = 0')
        primary.sql('INSERT INTO bench.rows_1k (note) VALUES ' + ', '.join(['(REPEAT("n", 1000))'] * 1000))
        rows = self.options.mib * 1024
        while (have := primary.value('SELECT COUNT(*) FROM bench.rows_1k')) < rows:
            primary.sql('INSERT INTO bench.rows_1k (note) SELECT note FROM bench.rows_1k LIMIT %s',
                        (min(have, rows - have, 50000),))
        ours = unghost(primary, self.new_folder(), start='latest')
        other = unghost(primary, self.new_folder(), start='latest', binary=earlier) if earlier else primary

        def dump(port):
            begin = time.monotonic()
            testbed.run([*primary.client('mysqldump', login=False), f'--host={testbed.HOST}', f'--port={port}',
                         f'--user={primary.user}', f'--password={primary.password}', *PLAIN, '--single-transaction',
                         '--set-gtid-purged=OFF', '--result-file=/dev/null', 'bench'])
            return time.monotonic() - begin

        def selects(port, count=10000):
            connection = pymysql.connect(host=testbed.HOST, port=port, user=primary.user, password=primary.password)
            taken = []
            with connection.cursor() as cursor:
                for number in range(1, count + 1):
                    begin = time.perf_counter()
                    cursor.execute(f'SELECT note FROM bench.rows_1k WHERE id = {number}')
                    taken.append(time.perf_counter() - begin)
            connection.close()
            return statistics.median(taken) * 1e6

        def selects_and_cpu(server, cpu):
            before = cpu_seconds(server.process.pid)
            taken = selects(server.port)
            cpu.append((cpu_seconds(server.process.pid) - before) / 10000 * 1e6)
            return taken

        part, dump_bar, select_bar = ('before', 1.05, 1.05) if earlier else ('relay', 1.2, None)
        a, b = interleaved(self.options.pairs, lambda: dump(ours.port), lambda: dump(other.port))
        self.results.add(f'{part}: mysqldump of {self.options.mib} MiB', 's', a, b, bar=dump_bar)
        cpu = [], []
        a, b = interleaved(self.options.pairs, lambda: selects_and_cpu(ours, cpu[0]), lambda: selects_and_cpu(other, cpu[1]))
        self.results.add(f'{part}: a point select, median of 10000', 'µs', a, b, bar=select_bar)
        if earlier:
            self.results.add('before: CPU a point select', 'µs', *cpu, bar=1.05)
            other.stop()
        else:
            self.results.note('relay: added to a point select', 'µs', statistics.median(x - y for x, y in zip(a, b)), bar=60)
            self.results.note("relay: unghost's CPU a point select", 'µs', statistics.mean(cpu[0]))
        ours.stop()
        primary.stop()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('parts', nargs='*', metavar='PART', help=f'{", ".join(PARTS)} (default: all)')
    parser.add_argument('--mib', type=int, default=1024, help='size of a log (default 1024)')
    parser.add_argument('--pairs', type=int, default=9)
    parser.add_argument('--kinds', nargs='+', choices=list(TABLES), default=list(TABLES))
    parser.add_argument('--consumers', nargs='+', type=int, default=[1, 8, 32])
    parser.add_argument('--fold-mib', type=int, default=300)
    parser.add_argument('--probes', type=int, default=500)
    parser.add_argument('--json', help='file for the results')
    parser.add_argument('--before', metavar='BINARY', help=f'an earlier unghost to measure against: {", ".join(BEFORE_PARTS)}')
    parser.add_argument('--folder', help='for the data folders (default: a temporary one)')
    options = parser.parse_args()
    possible = BEFORE_PARTS if options.before else PARTS
    if unknown := set(options.parts) - set(possible):
        parser.error(f'no such part: {", ".join(unknown)}')
    for program in ('unghost', 'drain', 'fake_source', 'make_binlog'):
        testbed.check((BUILD / program).exists(), f'{BUILD / program} is not built: run bench/run.sh')
    testbed.end_on_sigterm()
    with contextlib.ExitStack() as stack:
        folder = Path(options.folder or stack.enter_context(tempfile.TemporaryDirectory(prefix='unghost-bench-')))
        folder.mkdir(parents=True, exist_ok=True)
        stack.callback(testbed.end_all_processes)
        bench = Bench(options, folder)
        print(Results.head(), flush=True)
        try:
            for part in options.parts or possible:
                if options.before:
                    getattr(bench, f'{part}_before')(Path(options.before))
                else:
                    getattr(bench, part)()
        finally:
            if options.json:
                Path(options.json).write_text(json.dumps(bench.results.rows, indent=1) + '\n')
    missed = [row['name'] for row in bench.results.rows if row.get('met') is False]
    print(f'\n{len(missed)} bars missed' + ''.join(f'\n  {name}' for name in missed))
    return 1 if missed else 0


if __name__ == '__main__':
    sys.exit(main())
