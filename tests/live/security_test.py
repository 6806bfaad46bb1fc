"""Clients that mean no good, and what they cost: nobody else notices."""

import contextlib
import functools
import random
import re
import resource
import socket
import struct
import sys
import time
from pathlib import Path

import pymysql
import relay_test
import testbed
from relay_test import refused
from testbed import check, wait_until

sys.path.insert(0, str(testbed.ROOT / 'tests' / 'chaos'))
from forwarder import Forwarder  # noqa: E402

# The source counts failed connections of every client but 127.0.0.1, and shuts one out after so many.
UNGHOSTS_ADDRESS = '127.0.0.2'
Behind = functools.partial(relay_test.Behind, through=functools.partial(Forwarder, from_host=UNGHOSTS_ADDRESS))


def rss_mib(pid):
    status = Path(f'/proc/{pid}/status').read_text()
    return int(next(line for line in status.splitlines() if line.startswith('VmRSS')).split()[1]) / 1024


def open_files(count):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(max(soft, count), hard), hard))
    check(min(max(soft, count), hard) >= count, f'this machine allows {hard} open files only')


def dial(behind):
    return socket.create_connection((testbed.HOST, behind.unghost.port), timeout=20)


def read_packet(connection):
    """(number, payload), or None at the end."""
    data = b''
    while len(data) < 4 or len(data) < 4 + int.from_bytes(data[:3], 'little'):
        try:
            more = connection.recv(65536)
        except ConnectionResetError:
            return None
        if not more:
            return None
        data += more
    return data[3], data[4:4 + int.from_bytes(data[:3], 'little')]


def packet(payload, number=1):
    return len(payload).to_bytes(3, 'little') + bytes([number]) + payload


def login(user='admin', capabilities=0x000aa200 | 0x80000, proof=b'', plugin=b'caching_sha2_password'):
    return struct.pack('<IIB23x', capabilities, 1 << 24, 255) + user.encode() + b'\0' + bytes([len(proof)]) + proof + plugin + b'\0'


def ended(connection):
    """The error it is told, or None; it must be closed after that."""
    connection.settimeout(20)
    code = None
    with contextlib.suppress(ConnectionResetError, BrokenPipeError):
        while (found := read_packet(connection)) is not None:
            if found[1][:1] == b'\xff':
                code = int.from_bytes(found[1][1:3], 'little')
    connection.close()
    return code


def send_and_close(connection, garbage):
    with contextlib.suppress(ConnectionError, OSError):  # it may be closed already
        connection.sendall(garbage)
        connection.shutdown(socket.SHUT_WR)
    ended(connection)


def others_work(behind, session):
    check(behind.ask(session, 'SELECT 1') == ((1,),), 'an older session')
    behind.connect().close()


def with_descriptors(folder, count):
    """A program that is unghost with no more than these."""
    folder.mkdir(parents=True)
    program = folder / 'unghost'
    program.write_text(f'#!/bin/sh\nexec prlimit --nofile={count}:{count} {testbed.unghost_binary()} "$@"\n')
    program.chmod(0o755)
    return program


def ten_thousand_that_never_log_in(folder, descriptors):
    open_files(12_000)
    behind = Behind(folder, '8.0', binary=with_descriptors(folder / 'program', descriptors))
    limits = Path(f'/proc/{behind.unghost.process.pid}/limits').read_text()
    check(re.search(rf'Max open files +{descriptors} +{descriptors} ', limits), limits)
    session = behind.connect()
    before = rss_mib(behind.unghost.process.pid)
    idle = []
    turned_away = 0
    begin = time.monotonic()
    for _ in range(10_000):
        connection = dial(behind)
        idle.append(connection)
    highest = rss_mib(behind.unghost.process.pid)
    for connection in random.Random(1).sample(idle, 300):
        connection.settimeout(20)
        found = read_packet(connection)
        if found is None or found[1][:3] == b'\xff\x10\x04':
            turned_away += 1
    # It goes on pulling: files are begun, and the source's clients are served.
    for number in range(3):
        behind.source.sql(f'FLUSH BINARY LOGS; INSERT INTO d.t VALUES ({number}, "x")')
        behind.ask(session, behind.log_status())  # waits for us
        check(behind.ask(session, f'SELECT b FROM d.t WHERE id = {number}') == ((b'x',),), 'an older session')
    check(behind.unghost.status()['phase'] == 'serving', behind.unghost.log())
    print(f'10,000 connections in {time.monotonic() - begin:.1f} s: {before:.1f} -> {highest:.1f} MiB, '
          f'{turned_away} of 300 told "too many"')
    check(highest < before + 256, f'{highest:.0f} MiB')
    wait_until('they are shown out', lambda: behind.ask(session, 'SELECT 1') and rss_mib(behind.unghost.process.pid) and
               not [c for c in idle[:50] if not gone(c)], 40)
    others_work(behind, session)
    for connection in idle:
        connection.close()


def test_ten_thousand_that_never_log_in_with_1024_descriptors(folder):
    ten_thousand_that_never_log_in(folder, 1024)


def test_ten_thousand_that_never_log_in_with_65536_descriptors_if_there_are_so_many(folder):
    ten_thousand_that_never_log_in(folder, min(65536, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))


def test_logins_that_wait_take_few_connections_of_the_source(folder):
    behind = Behind(folder, '9.7')
    behind.source.sql("CREATE USER slow@'%' IDENTIFIED BY 'pass'")
    session = behind.connect()
    waiting = [dial(behind) for _ in range(300)]  # the source's max_connections is 150
    for connection in waiting:
        read_packet(connection)
        connection.sendall(packet(login('slow')))
    under_way = "SELECT COUNT(*) FROM information_schema.processlist WHERE user = 'unauthenticated user'"
    wait_until('some are under way', lambda: behind.source.value(under_way) == 16)  # relay_logins_per_address
    for _ in range(50):
        for to in (behind.source, behind.unghost):  # applications, at the source; accounts of unghost's own
            pymysql.connect(host=testbed.HOST, port=to.port, user=to.user, password=to.password, connect_timeout=5).close()
        time.sleep(0.05)
    check(behind.source.value(under_way) == 16, f'{behind.source.value(under_way)} at the source')
    check(behind.ask(session, 'SELECT 1') == ((1,),), 'an older session')
    for connection in waiting:
        connection.close()
    others_work(behind, session)


def gone(connection):
    connection.settimeout(0.01)
    try:
        while connection.recv(4096):
            pass
        return True
    except TimeoutError:
        return False
    except OSError:
        return True


def test_slow_logins_are_timed_out(folder):
    behind = Behind(folder, '8.0')
    session = behind.connect()
    slow = [dial(behind) for _ in range(50)]
    whole = packet(login())
    begin = time.monotonic()
    for i in range(len(whole)):
        for connection in slow:
            with contextlib.suppress(OSError):
                connection.send(whole[i:i + 1])
        time.sleep(0.5)
        if time.monotonic() - begin > 13:
            break
    check(all(gone(connection) for connection in slow), 'a slow login outlives login_timeout')
    others_work(behind, session)


def test_malformed_packets_in_every_phase(folder):
    behind = Behind(folder, '8.0')
    session = behind.connect()
    dice = random.Random(5)
    before = rss_mib(behind.unghost.process.pid)
    in_place_of_a_login = [
        b'', b'\0', packet(b''), packet(b'\0' * 10), packet(login(), 0), packet(login(), 7), packet(login()[:40]),
        b'\xff\xff\xff\x01' + b'x' * 100_000, b'GET / HTTP/1.1\r\n\r\n', packet(b'\xff' * 60000),
        packet(login('x' * 300)), packet(login(capabilities=0)), packet(struct.pack('<IIB23x', 0x800, 1 << 24, 255)) + b'no TLS'
    ] + [packet(bytes(dice.randrange(256) for _ in range(dice.randrange(200)))) for _ in range(100)]
    for garbage in in_place_of_a_login:
        connection = dial(behind)
        read_packet(connection)
        send_and_close(connection, garbage)
    # In answer to the source's question for the proof: nothing, too much, out of order, gone.
    for garbage in (b'', packet(b'', 3), packet(b'x' * 70_000, 3), packet(b'x' * 20, 9), b'\1\0'):
        connection = dial(behind)
        read_packet(connection)
        connection.sendall(packet(login()))
        check(read_packet(connection)[1][:1] == b'\xfe', 'no switch')
        send_and_close(connection, garbage)
    others_work(behind, session)
    # In place of a command.
    for garbage in (packet(b'', 0), packet(b'\x03SELECT 1', 4), b'\xff\xff\xff\x00' + b'\x03' * 10,
                    packet(b'\x12\0', 0), packet(b'\x1e\0', 0), packet(b'\x15\0', 0), packet(b'\x11', 0),
                    *[packet(bytes([code]), 0) for code in range(0x20) if code != 1],
                    *[packet(bytes(dice.randrange(256) for _ in range(1, 60)), 0) for _ in range(100)]):
        broken = behind.connect()
        send_and_close(broken._sock, garbage)
    others_work(behind, session)
    after = rss_mib(behind.unghost.process.pid)
    print(f'{before:.1f} -> {after:.1f} MiB')
    check(after < before + 32, f'{before:.0f} -> {after:.0f} MiB')


def test_logins_that_are_none_do_not_shut_unghost_out(folder):
    """The source counts them against unghost, and lets in nobody after 100 in a row."""
    behind = Behind(folder, '8.0')
    for number in range(300):
        with_utf16 = bytearray(login(f'stranger{number}'))  # the same one would have to wait
        with_utf16[8] = 54  # no client may have that, so the source ends such a login before it is one
        connection = dial(behind)
        read_packet(connection)
        connection.sendall(packet(bytes(with_utf16)))
        ended(connection)
    errors = behind.source.value(f"SELECT sum_connect_errors FROM performance_schema.host_cache WHERE ip = '{UNGHOSTS_ADDRESS}'")
    check(0 < errors < 60, f'{errors} connect errors at the source')
    behind.unghost.restart()
    behind.source.sql('INSERT INTO d.t VALUES (1, "x")')
    behind.caught_up()


def test_nothing_of_one_session_shows_in_another(folder):
    behind = Behind(folder, '8.0')
    one, other = behind.connect(), behind.connect(database='d')
    behind.ask(one, "SET @secret = 'mine', SESSION sql_mode = '', autocommit = 0")
    behind.ask(one, 'PREPARE p FROM "SELECT 1"')
    behind.ask(one, 'CREATE TEMPORARY TABLE d.temp (a int)')
    check(behind.ask(other, 'SELECT @secret, @@autocommit, @@sql_mode <> ""') == ((None, 1, 1),), 'variables')
    refused(1243, behind.ask, other, 'EXECUTE p')
    refused(1146, behind.ask, other, 'SELECT * FROM temp')


def test_a_client_that_does_not_read_holds_little(folder):
    behind = Behind(folder, '8.0')
    behind.source.sql('INSERT INTO d.t VALUES (1, REPEAT("x", 10000000))')
    behind.caught_up()  # what pulling it takes is not theirs
    before = rss_mib(behind.unghost.process.pid)
    stuck = [behind.connect() for _ in range(20)]
    for connection in stuck:
        connection._execute_command(3, 'SELECT b FROM d.t')  # 10 MB that nobody reads
    time.sleep(3)
    after = rss_mib(behind.unghost.process.pid)
    print(f'20 clients that do not read: {before:.1f} -> {after:.1f} MiB')
    check(after < before + 20, f'{before:.0f} -> {after:.0f} MiB')
    behind.connect().close()
