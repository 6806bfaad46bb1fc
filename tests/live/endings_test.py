"""Nobody can keep unghost from answering, or from ending when it is told to: not slow HTTP clients, nor one whose
session hangs, nor whoever should read its log and does not."""

import contextlib
import fcntl
import os
import socket
import threading

import testbed
from relay_test import Behind, refused
from security_test import ended, rss_mib
from testbed import check, wait_until

DEADLINE = 30  # of unghost's own, 10 s, something is left on a busy machine


def ends_well(behind):
    behind.unghost.process.terminate()
    check(behind.unghost.process.wait(DEADLINE) == 0, 'exit code')


def test_idle_connections_leave_the_log_its_descriptors(folder):
    """More of them than descriptors, while the source's log rotates: a new clean file needs some, too."""
    source = testbed.Server('8.0', folder / 'source')
    testbed.make_table(source, 'shop.orders', rows=50)
    limited = folder / 'limited'
    limited.write_text(f'#!/bin/sh\nulimit -n 300\nexec "{testbed.unghost_binary()}" "$@"\n')
    limited.chmod(0o755)
    ours = testbed.Unghost(limited, source, folder / 'unghost', ['--start', 'earliest'])
    check('clients are let in' in ours.log(), ours.log())
    with contextlib.ExitStack() as idle:
        for _ in range(500):
            idle.enter_context(socket.create_connection((testbed.HOST, ours.port), timeout=20))
        for _ in range(10):
            source.sql('FLUSH BINARY LOGS')
            source.sql('DELETE FROM shop.orders LIMIT 1')
        end = source.position()[:2]
        wait_until('all is pulled', lambda: ours.pulled() == end)
    check(ours.process.poll() is None, 'it ended')


def http(behind, data):
    connection = socket.create_connection((testbed.HOST, behind.unghost.admin_port), timeout=20)
    connection.sendall(data)
    return connection


class Dripping:
    """HTTP clients that send a line of their headers now and then, for ever."""

    def __init__(self, behind, count):
        self.behind = behind
        self.connections = [None] * count
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.drip, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()

    def drip(self):
        while not self.over.wait(0.2):
            for i, connection in enumerate(self.connections):
                try:
                    if connection is None:
                        self.connections[i] = http(self.behind, b'GET /healthz HTTP/1.1\r\n')
                    else:
                        connection.sendall(b'A: b\r\n')
                except OSError:
                    self.connections[i] = None


def test_slow_http_clients(folder):
    behind = Behind(folder, '8.0')
    with Dripping(behind, 100) as dripping:
        wait_until('they are all there once', lambda: all(c is not None for c in dripping.connections))
        for _ in range(20):
            check(behind.unghost.admin('/healthz') == 'ok\n', 'healthz')
            behind.unghost.command('status')
        behind.connect().close()
        ends_well(behind)


def test_headers_without_end(folder):
    behind = Behind(folder, '8.0')
    before = rss_mib(behind.unghost.process.pid)
    taken = 0
    with contextlib.suppress(OSError), http(behind, b'GET / HTTP/1.1\r\n') as connection:
        line = b'X: ' + b'x' * 65_000 + b'\r\n'
        for _ in range(5_000):
            connection.sendall(line)
            taken += len(line)
    after = rss_mib(behind.unghost.process.pid)
    print(f'{taken / (1 << 20):.1f} MiB of headers were taken: {before:.1f} -> {after:.1f} MiB')
    check(after < before + 20, f'{after:.0f} MiB')
    check(behind.unghost.admin('/healthz') == 'ok\n', 'healthz')
    ends_well(behind)


def test_statements_made_to_hang(folder):
    """On an account of unghost's own: deep parentheses, and a pattern whose matching explodes."""
    behind = Behind(folder, '8.0')
    own = {'user': behind.unghost.user, 'password': behind.unghost.password}
    with contextlib.closing(behind.connect(**own)) as session:
        refused(1105, behind.ask, session, 'SELECT ' + '(' * 40_000)
        nested = behind.ask(session, 'SELECT ' + '(' * 30_000 + '1' + ')' * 30_000)
        check(str(nested[0][0]) == '1', f'nested: {nested}')
        check(behind.ask(session, f"SHOW VARIABLES LIKE '{'%' * 25}!'") == (), 'LIKE')
        check(behind.ask(session, "SHOW VARIABLES LIKE '%%%%%%%%%%server\\_id'")[0][0] == 'server_id', 'LIKE')
        behind.connect().close()
        ends_well(behind)


def test_clients_that_wait_or_do_not_read(folder):
    behind = Behind(folder, '8.0')
    behind.source.sql("INSERT INTO d.t VALUES " + ', '.join(f"({i}, REPEAT('x', 1000000))" for i in range(40)))
    behind.caught_up()
    sleeping = behind.connect()
    asking = threading.Thread(target=ask_quietly, args=(behind, sleeping), daemon=True)
    asking.start()
    silent = behind.connect()
    silent._execute_command(3, b'SELECT b FROM d.t')  # 40 MB that nobody takes
    dumping = behind.connect(user=behind.unghost.user, password=behind.unghost.password)
    dumping.query('SET @source_binlog_checksum = 1')
    dumping._execute_command(0x12, b'\x04\0\0\0' + b'\0\0' + b'\x07\0\0\0')  # COM_BINLOG_DUMP from the oldest file
    behind.connect().close()
    ends_well(behind)
    asking.join(20)


def ask_quietly(behind, connection):
    with contextlib.suppress(Exception):
        behind.ask(connection, 'SELECT SLEEP(1000)')


class Unread(testbed.Unghost):
    """unghost whose log goes into a pipe that nobody reads."""

    def __init__(self, source, folder):
        folder.mkdir()
        os.mkfifo(folder / 'pipe')
        self.pipe = os.open(folder / 'pipe', os.O_RDWR | os.O_NONBLOCK)
        fcntl.fcntl(self.pipe, fcntl.F_SETPIPE_SZ, 4096)
        program = folder / 'unghost'
        program.write_text(f'#!/bin/sh\nexec {testbed.unghost_binary()} "$@" 2>{folder}/pipe\n')
        program.chmod(0o755)
        super().__init__(program, source, folder)

    def all_said(self):
        """What is read of it at last."""
        text = b''
        with contextlib.suppress(BlockingIOError):
            while more := os.read(self.pipe, 65536):
                text += more
        os.close(self.pipe)
        return text.decode()


def test_a_log_that_nobody_reads(folder):
    behind = Behind(folder, '8.0')
    behind.unghost.stop()
    behind.unghost = Unread(behind.source, folder / 'unread')
    for _ in range(800):
        connection = socket.create_connection((testbed.HOST, behind.unghost.port), timeout=20)
        connection.sendall(b'\x05\0\0\1hello')
        ended(connection)
    for i in range(50):
        refused(1045, behind.connect, password=f'wrong{i}')
    behind.connect().close()
    check(behind.unghost.admin('/healthz') == 'ok\n', 'healthz')
    behind.source.sql('FLUSH BINARY LOGS')
    behind.caught_up()
    ends_well(behind)
    text = behind.unghost.all_said()
    check('listening on' in text, text)


def test_lines_that_strangers_cause_are_counted(folder):
    behind = Behind(folder, '8.0')
    for _ in range(800):
        connection = socket.create_connection((testbed.HOST, behind.unghost.port), timeout=20)
        connection.sendall(b'\x05\0\0\1hello')
        ended(connection)
    wait_until('it says how many there were', lambda: 'more like this' in behind.unghost.log())
    lines = [line for line in behind.unghost.log().splitlines() if ' session ' in line]
    check(len(lines) < 400, f'{len(lines)} lines')
    ends_well(behind)


if __name__ == '__main__':
    raise SystemExit(testbed.run_tests(['endings.']))
