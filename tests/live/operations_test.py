"""What an operator meets: what was done, what unghost says of it, what consumers see. All three stand here beforehand.

A case is a function with the three as its arguments' defaults: it returns what unghost said, and what consumers saw.
`says` is a regular expression, `consumers` is compared. Cases share a primary, unghost and a replica, one after another.
"""

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import time
import traceback
import urllib.error

import pymysql

import testbed
from full_disk_test import fill, make_room, small_disk
from scene import Scene
from testbed import check, wait_until

CASES = []


def case(done, says, consumers):
    """A case in the table of CASES."""
    def add(function):
        CASES.append((function, done, says, consumers))
        return function
    return add


class Operations(Scene):
    def __init__(self, folder):
        super().__init__(folder, '9.7')
        self.table('orders')
        self.equal()
        self.number = 0

    def place(self):
        """A new folder."""
        self.number += 1
        return self.folder / f'place-{self.number}'

    def serve(self, folder, *arguments, password=None, source=None, user=None):
        """`unghost serve` that is to end by itself: what it printed, behind its exit code."""
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / 'password'
        file.write_text((password or self.primary.replication_password) + '\n')
        file.chmod(0o600)
        given = ['--source', source or f'{self.primary.host}:{self.primary.port}', '--user',
                 user or self.primary.replication_user, '--password-file', file, '--listen',
                 f'{testbed.HOST}:{testbed.free_port()}', '--admin', f'{testbed.HOST}:{testbed.free_port()}',
                 '--data', folder / 'data']
        for flag in arguments[::2]:
            if flag in given:
                at = given.index(flag)
                del given[at:at + 2]
        done = subprocess.run([str(one) for one in (testbed.unghost_binary(), 'serve', *given, *arguments)], timeout=60,
                              capture_output=True, text=True)
        return f'exit {done.returncode}: {done.stdout}{done.stderr}'

    def binlog(self, *arguments):
        """mysqlbinlog from unghost: (exit code, what it printed)."""
        done = subprocess.run([str(one) for one in (*self.unghost.client('mysqlbinlog'), '--read-from-remote-server',
                                                    *arguments)], capture_output=True, text=True, timeout=60)
        return done.returncode, done.stdout + done.stderr

    def served(self):
        code, text = self.binlog('--verify-binlog-checksum', '--to-last-log', self.unghost.status()['oldest_file'])
        return 'the stored log' if code == 0 and 'shop' in text else text[-300:]

    def same(self):
        """Something is written, and the replica has it."""
        self.primary.sql('DELETE FROM shop.orders LIMIT 1')
        self.equal()
        check(testbed.replica_status(self.replica)['Replica_IO_Running'] == 'Yes', 'its receiver has stopped')
        return 'equal'

    def wait_said(self, text, timeout=60):  # in the log
        wait_until(f'it says {text}', lambda: text in self.unghost.log(), timeout)
        return next(line for line in reversed(self.unghost.log().splitlines()) if text in line)

    def told(self):
        return subprocess.run([str(self.unghost.binary), 'status', '--data', str(self.unghost.folder / 'data')],
                              capture_output=True, text=True).stdout


# ---- the commonest mistakes

@case('started with a wrong password', r'^exit 1: .*Access denied for user \'repl\'.*check source.user and source.password_file',
      'nothing: nobody listens')
def wrong_password(scene):
    return scene.serve(scene.place(), password='wrong'), 'nothing: nobody listens'


@case('started with an account without REPLICATION SLAVE', r'^exit 1: .*Access denied.*see the GRANT line that `unghost check` prints', 'nothing: nobody listens')
def missing_grant(scene):
    scene.primary.sql("SET sql_log_bin = 0; CREATE USER weak@'%' IDENTIFIED BY 'weak-pass'; SET sql_log_bin = 1")
    return scene.serve(scene.place(), user='weak', password='weak-pass'), 'nothing: nobody listens'


@case('started on a port that is in use', r'^exit 2: .*cannot listen on 127\.0\.0\.1:\d+ \(give another address with --listen',
      'those of the first are served on')
def port_in_use(scene):
    said = scene.serve(scene.place(), '--listen', f'{testbed.HOST}:{scene.unghost.port}')
    scene.same()
    return said, 'those of the first are served on'


@case('started with tls_ca naming no file', r'^exit 2: .*/no/ca\.pem', 'nothing: nobody listens')
def missing_ca(scene):
    return scene.serve(scene.place(), '--tls-mode', 'verify_ca', '--tls-ca', '/no/ca.pem'), 'nothing: nobody listens'


@case('the disk is full', r'disk full: .*No space left on device\. Pulling waits, what is stored is served on\. Free some room',
      'the stored log, then all of it')
def disk_full(scene):
    home = scene.place()
    with small_disk(home / 'data', megabytes=64):
        ours = testbed.Unghost(None, scene.primary, home)
        wait_until('it follows', lambda: ours.pulled() == scene.primary.position()[:2])
        fill(home / 'data', 0)
        for _ in range(20):
            scene.primary.sql('UPDATE shop.orders SET note = LEFT(CONCAT(UUID(), note), 60)')
        wait_until('it waits', lambda: ours.status()['phase'] == 'disk full')
        said = subprocess.run([str(ours.binary), 'status', '--data', str(home / 'data')], capture_output=True, text=True).stdout
        code = subprocess.run([*map(str, ours.client('mysqlbinlog')), '--read-from-remote-server', '--to-last-log',
                               ours.status()['oldest_file']], capture_output=True).returncode
        check(code == 0, 'what is stored is not served')
        make_room(home / 'data')
        executed = scene.primary.value('SELECT @@global.gtid_executed')
        wait_until('all is there', lambda: scene.primary.value('SELECT GTID_SUBSET(%s, %s)', (
            executed, ours.status()['gtid_executed'])))
        ours.stop()
    return said, 'the stored log, then all of it'


@case('somebody altered the original while gh-ost copied it, and gh-ost cut over',
      r'stopped: .*unghost resume \S+ --', 'wait where they are, their lag grows; equal after resume')
def stop(scene):
    tool = testbed.gh_ost(scene.primary, '1.1.8', 'shop', 'orders', 'ADD COLUMN d int', wait=False, postpone=True)
    tool.wait_for_output('ostponing')
    scene.primary.sql('ALTER TABLE shop.orders ADD KEY person (note)')
    wait_until('it is disturbed', lambda: 'disturbed' in scene.unghost.log())
    tool.postpone_flag.unlink()
    tool.succeed()
    at = scene.wait_stopped()
    said = scene.told()
    wait_until('lag grows', lambda: all(one['lag_seconds'] for one in scene.unghost.status()['sessions'] if one['dumping']), 30)
    scene.unghost.command('resume', at, '--sql', 'ALTER TABLE shop.orders ADD COLUMN d int, DROP KEY person', '--yes')
    scene.same()
    return said, 'wait where they are, their lag grows; equal after resume'


@case('a replica begins at a position where no event does', r'', 'error 1236 at once')
def wrong_place(scene):
    code, text = scene.binlog('--start-position=200', scene.unghost.status()['oldest_file'])
    check(code != 0, text)
    return '', 'error 1236 at once' if 'bogus data in log event' in text else text


@case('the primary is down', r'not connected: source .*: no connection: .*Connection refused', 'the stored log; equal when it is back')
def primary_down(scene):
    scene.primary.stop()
    wait_until('it is noticed', lambda: scene.unghost.status()['source']['error'])
    wait_until('it is refused', lambda: 'refused' in scene.unghost.status()['source']['error'])
    said, served = scene.told(), scene.served()
    with contextlib.suppress(urllib.error.HTTPError):
        scene.unghost.admin('/healthz')
        raise testbed.Failure('healthz is ok')
    scene.primary.start()
    scene.equal()
    return said, f'{served}; equal when it is back'


@case('the clock of the machine is ten days late, and the source\'s certificate is newer', r'not yet valid \(or is the clock of this machine wrong\?\)', 'the stored log, which is empty')
def late_clock(scene):
    home = scene.place()
    home.mkdir()
    ours = testbed.Unghost(None, scene.primary, home, ['--tls-mode', 'verify_ca', '--tls-ca', scene.primary.datadir / 'ca.pem'],
                           {'LD_PRELOAD': '/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1',
                            'FAKETIME': '-10d', 'FAKETIME_DONT_FAKE_MONOTONIC': '1'})
    wait_until('it is told', lambda: ours.status()['source']['error'])
    said = ours.status()['source']['error']
    saw = 'the stored log, which is empty' if ours.status()['published'] is None else str(ours.status()['published'])
    ours.stop()
    return said, saw


@case('a second process on the same data folder', r'^exit 1: .*is in use by another unghost', 'those of the first are served on')
def second_process(scene):
    said = scene.serve(scene.place(), '--data', scene.unghost.folder / 'data')
    scene.same()
    return said, 'those of the first are served on'


# ---- ends, hangs, dies

@case('a file of the store cannot be replaced while gh-ost begins and the log rotates',
      r'disk failing: .*index.*Pulling waits', 'equal when it can be')
def index_blocked(scene):
    blocked = scene.unghost.folder / 'data' / 'index.next'
    blocked.mkdir()
    tool = testbed.gh_ost(scene.primary, '1.1.8', 'shop', 'orders', 'ADD COLUMN blocked int', wait=False)
    scene.primary.sql('FLUSH BINARY LOGS')
    wait_until('it waits', lambda: scene.unghost.status()['phase'] == 'disk failing')
    said = scene.told()
    blocked.rmdir()
    tool.succeed()
    scene.wait_said('the disk takes everything again')
    return said, f'{scene.same()} when it can be'


@case('source.json cannot be written', r'task +source\.json: .*failed \d+ time', 'equal')
def chore_fails(scene):
    blocked = scene.unghost.folder / 'data' / 'source.json.next'
    blocked.mkdir()
    scene.primary.sql('FLUSH BINARY LOGS')
    scene.primary.sql(f"PURGE BINARY LOGS TO '{scene.primary.position()[0]}'")  # gtid_purged grows
    wait_until('it failed', lambda: 'source.json' in scene.told(), 60)
    said = scene.told()
    blocked.rmdir()
    wait_until('it is written', lambda: json.loads((scene.unghost.folder / 'data' / 'source.json').read_text())['gtid_purged']
               == scene.primary.value('SELECT @@global.gtid_purged').replace('\n', ''))
    return said, scene.same()


@case('the identity of the data folder is empty after a crash', r'^exit 2: .*replica\.identity: not a server id and a UUID; remove the file', 'nothing: nobody listens')
def empty_identity(scene):
    home = scene.place()
    (home / 'data').mkdir(parents=True)
    (home / 'data' / 'replica.identity').touch()
    return scene.serve(home), 'nothing: nobody listens'


@case('the certificate of the data folder is empty after a crash', r'^exit 2: .*tls-cert\.pem.*delete both, and it makes new ones', 'nothing: nobody listens')
def empty_files(scene):
    home = scene.place()
    (home / 'data').mkdir(parents=True)
    for name in ('tls-key.pem', 'tls-cert.pem'):
        (home / 'data' / name).touch()
    return scene.serve(home), 'nothing: nobody listens'


@case('what was not pulled is purged at the source meanwhile', r'not following: .*has purged', 'the stored log')
def purged(scene):
    home = scene.place()
    ours = testbed.Unghost(None, scene.primary, home)
    wait_until('it follows', lambda: ours.pulled() == scene.primary.position()[:2])
    wait_until('it has noted the source', lambda: (home / 'data' / 'source.json').exists())
    ours.stop()
    scene.primary.sql('FLUSH BINARY LOGS; DELETE FROM shop.orders LIMIT 1; FLUSH BINARY LOGS')
    scene.primary.sql(f"PURGE BINARY LOGS TO '{scene.primary.position()[0]}'")
    ours.start()
    wait_until('it is told', lambda: ours.status()['phase'] == 'not following')
    status = ours.status()
    code = subprocess.run([*map(str, ours.client('mysqlbinlog')), '--read-from-remote-server', '--to-last-log',
                           status['oldest_file']], capture_output=True).returncode
    ours.stop()
    return f'{status["phase"]}: {status["phase_text"]}', 'the stored log' if code == 0 else f'exit {code}'


# ---- says what is not so

@case('the source hangs', r'lag +[\d.]+ s|lag +\d', 'equal when it goes on')
def source_hangs(scene):
    scene.same()
    scene.primary.process.send_signal(signal.SIGSTOP)
    try:
        wait_until('lag grows', lambda: (scene.unghost.status()['source']['lag_seconds'] or 0) > 15, 60)
        said = scene.told()
    finally:
        scene.primary.process.send_signal(signal.SIGCONT)
    scene.same()
    wait_until('it is 0 again', lambda: scene.unghost.status()['source']['lag_seconds'] == 0, 60)
    return said, 'equal when it goes on'


@case('an archive asks for the primary\'s own file name', r'', 'all events')
def source_name(scene):
    name = scene.primary.position()[0]
    scene.same()
    code, text = scene.binlog('--to-last-log', name)
    rows = text.count('Delete_rows')
    return '', 'all events' if code == 0 and rows > 0 else f'exit {code}, {rows} rows: {text[-200:]}'


@case('resume with a mistyped statement', r'is a word mistyped\?', 'nothing of it')
def mistyped_word(scene):
    tool = testbed.gh_ost(scene.primary, '1.1.8', 'shop', 'orders', 'ADD COLUMN f int', wait=False, postpone=True)
    tool.wait_for_output('ostponing')
    mark = scene.mark()
    scene.primary.sql('ALTER TABLE shop.orders ADD KEY second (note)')
    wait_until('it is disturbed', lambda: 'disturbed' in scene.unghost.log()[mark:])
    tool.postpone_flag.unlink()
    tool.succeed()
    at = scene.wait_stopped()
    done = subprocess.run([str(scene.unghost.binary), 'resume', at, '--sql', 'ALTER TABEL shop.orders ADD COLUMN f int', '--yes',
                           '--data', str(scene.unghost.folder / 'data')], capture_output=True, text=True)
    check(done.returncode != 0 and scene.stop() == at, 'it was taken')
    scene.unghost.command('resume', at, '--sql', 'ALTER TABLE shop.orders ADD COLUMN f int, DROP KEY second', '--yes')
    scene.same()
    return done.stderr + done.stdout, 'nothing of it'


@case('started before the source can be reached', r'the source has not been reached yet.*no connection', 'are told to try again')
def before_the_source(scene):
    home = scene.place()

    class Nobody:
        host, port, tls = testbed.HOST, testbed.free_port(), True
        replication_user, replication_password = 'repl', 'x'
    ours = testbed.Unghost(None, Nobody, home)
    wait_until('it has tried', lambda: ours.status()['source']['error'])
    said = subprocess.run([str(ours.binary), 'status', '--data', str(home / 'data')], capture_output=True, text=True).stdout
    check(' ()' not in said and ', from  on' not in said and not re.search(r': $', said, re.M), said)
    try:
        pymysql.connect(host=testbed.HOST, port=ours.port, user=ours.user, password=ours.password, connect_timeout=20)
        told = 'let in'
    except pymysql.err.Error as error:
        told = 'are told to try again' if 'try again' in str(error) else str(error)
    ours.stop()
    return said.replace('\n', ' '), told


@case('bytes of an old clean file are damaged', r'dump ended: Event crc check failed.*\d+', 'an error, no wrong event')
def damaged(scene):
    scene.primary.sql('FLUSH BINARY LOGS')
    scene.same()
    files = scene.clean_files()
    old = next(file for file in files[:-1] if file.stat().st_size > 2000)
    with open(old, 'r+b') as file:
        file.seek(1500)
        byte = file.read(1)
        file.seek(1500)
        file.write(bytes([byte[0] ^ 0x55]))
        file.flush()
        os.fsync(file.fileno())
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)  # as if it came from the disk
    mark = scene.mark()
    try:
        for _ in range(2):  # now from the disk, then from memory
            code, text = scene.binlog(old.name)
            check(code != 0 and 'crc check failed' in text, f'exit {code}: {text[-300:]}')
        wait_until('it is said', lambda: scene.unghost.log()[mark:].count('dump ended') == 2)
        said = scene.unghost.log()[mark:]
    finally:
        with open(old, 'r+b') as file:
            file.seek(1500)
            file.write(byte)
    scene.same()
    return said, 'an error, no wrong event' if code != 0 and 'crc check failed' in text else f'exit {code}: {text[-300:]}'


@case('the ledger is gone', r'^exit 1: .*ledger is gone.*Put it back', 'nothing: nobody listens')
def no_ledger(scene):
    home = scene.place()
    ours = testbed.Unghost(None, scene.primary, home)
    wait_until('it follows', lambda: ours.pulled() == scene.primary.position()[:2])
    ours.stop()
    for file in (home / 'data').glob('ledger*'):
        file.unlink()
    return scene.serve(home), 'nothing: nobody listens'


# ---- lets in, lets out

@case('a consumer stops reading for good, and retention is small', r'retention_size: consumer .* has not read', 'the other has all')
def retention(scene):
    home = scene.place()
    home.mkdir()
    (home / 'unghost.toml').write_text('[store]\nretention_size = "20MiB"\n')
    ours = testbed.Unghost(None, scene.primary, home, ['--config', home / 'unghost.toml'])
    wait_until('it follows', lambda: ours.pulled() == scene.primary.position()[:2])
    other = testbed.start_process([*ours.client('mysqlbinlog'), '--raw', '--read-from-remote-server', '--stop-never',
                                   f'--result-file={home}/copy-', ours.status()['oldest_file']], log=home / 'other.log')
    stuck = pymysql.connect(host=testbed.HOST, port=ours.port, user=ours.user, password=ours.password)
    stuck.query('SET @source_binlog_checksum = "NONE"')
    stuck._execute_command(0x12, b'\x04\0\0\0' + b'\0\0' + b'\x07\0\0\0')
    scene.primary.sql('CREATE TABLE shop.bulk (id int AUTO_INCREMENT PRIMARY KEY, b longblob)')
    for number in range(60):
        scene.primary.sql(f"INSERT INTO shop.bulk (b) VALUES (REPEAT('x', {1 << 20}))")
        if number % 5 == 4:
            scene.primary.sql('FLUSH BINARY LOGS')
    end = scene.primary.position()[:2]
    wait_until('all is pulled', lambda: ours.pulled() == end)
    wait_until('the disk is free', lambda: sum(
        file.stat().st_size for file in (home / 'data').iterdir() if file.is_file()) < 30 << 20, 60)
    said = ours.log()
    last = ours.status()['published']
    wait_until('the other has all', lambda: (home / f'copy-{last["file"]}').exists() and
               (home / f'copy-{last["file"]}').stat().st_size == last['position'])
    check(other.poll() is None and other.pid, 'the other was sent away')
    ours.stop()
    stuck.close()
    return said, 'the other has all'


def run_case(scene, function, done, says, consumers):
    began = time.monotonic()
    said, saw = function(scene)
    check(re.search(says, said, re.S), f'it says\n{said}\n  and not {says}')
    check(saw == consumers, f'consumers: {saw}, and not: {consumers}')
    found = re.search(says, said, re.S)
    line = said[found.start():found.end()] if says else '(nothing)'
    print(f'      ok    {done} ({time.monotonic() - began:.1f} s)\n            says: {" ".join(line.split())[:300]}\n'
          f'            consumers: {saw}', flush=True)


def test_what_an_operator_meets(folder):
    words = os.environ.get('UNGHOST_SCENARIO', '').split(',')
    wanted = [one for one in CASES if any(word in one[0].__name__ for word in words)]
    check(wanted, f'no case is called {" or ".join(words)}')
    failures = []
    scene = None
    for number, (function, done, says, consumers) in enumerate(wanted):
        try:
            if scene is None:
                scene = Operations(folder / f'{number}')
            run_case(scene, function, done, says, consumers)
        except Exception as error:
            print(f'      FAIL  {done}: {function.__name__}\n        {type(error).__name__}: {error}\n'
                  + ''.join(traceback.format_tb(error.__traceback__)[-2:]), flush=True)
            failures.append(function.__name__)
            if scene is not None:
                print('        ' + testbed.tail(scene.unghost.log_file, 12).replace('\n', '\n        '), flush=True)
                scene.end()
            scene = None
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
    check(not failures, f'{len(failures)} of {len(wanted)} cases failed: {", ".join(failures)}')


test_what_an_operator_meets.timeout = 1800
