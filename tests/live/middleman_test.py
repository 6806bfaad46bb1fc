"""Who sits between unghost and its source and is not to be trusted: no password of anybody's leaves."""

import contextlib
import socket
import subprocess
import threading

import testbed
from testbed import check, wait_until
from tls_test import configured, connect, context, refused, value

APPLICATION_DATA = 0x17  # a TLS record


class Between:
    """Between unghost and its source, for which unghost takes it. Connections go to _connect(), while it is `evil` or not."""

    def __init__(self, source):
        self.source = source
        self.evil = False
        self.heard = []  # what unghost sent, of each connection that is kept
        self.replication_user, self.replication_password = source.replication_user, source.replication_password
        self.version, self.at_least, self.client = source.version, source.at_least, source.client
        self.host, self.tls = testbed.HOST, True
        self.listening = socket.create_server((testbed.HOST, 0))
        self.port = self.listening.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            self._connect(self.listening.accept()[0])


class Middleman(Between):
    """While `evil` it takes TLS out of the greetings, and keeps what it is sent.

    own_key: PEM text that it sends in the place of the source's RSA key; .swapped counts how often.
    """
    offers_tls = 1 << 11

    own_key, swapped = None, 0

    def _connect(self, client):
        server = socket.create_connection((self.source.host, self.source.port))
        greeting = bytearray(server.recv(4096))
        heard = None
        if self.evil:
            capabilities = greeting.index(b'\0', 5) + 1 + 4 + 8 + 1  # behind version, id, scramble, filler
            low = int.from_bytes(greeting[capabilities:capabilities + 2], 'little') & ~self.offers_tls
            greeting[capabilities:capabilities + 2] = low.to_bytes(2, 'little')
            heard = bytearray()
            self.heard.append(heard)
        client.sendall(greeting)
        for one, other, kept in ((client, server, heard), (server, client, None)):
            threading.Thread(target=self._pass, args=(one, other, kept), daemon=True).start()

    def _pass(self, one, other, kept):
        with contextlib.suppress(OSError):
            while data := one.recv(65536):
                if kept is not None:
                    kept += data
                begin = data.find(b'-----BEGIN PUBLIC KEY')
                if self.own_key and begin >= 0:
                    self.swapped += 1
                    data = data[:begin] + self.own_key + data[begin + len(self.own_key):]
                other.sendall(data)
        for end in (one, other):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


def taken_out_of_the_greeting(folder, *arguments, options=None):
    source = testbed.Server('9.7', folder / 'source', **(options or {}))
    source.sql("CREATE USER reader@'%' IDENTIFIED BY 'reader-pass'")
    between = Middleman(source)
    arguments = [str(one).replace('SOURCE', str(source.datadir)) for one in arguments]
    ours = testbed.Unghost(None, between, folder / 'unghost', arguments)
    source.sql('CREATE DATABASE d')
    executed = source.value('SELECT @@global.gtid_executed')
    wait_until('it is pulled', lambda: executed in ours.status()['gtid_executed'])
    for tls in (None, context()):
        with connect(ours, 'reader', 'reader-pass', tls) as connection:
            check(value(connection, 'SELECT 1') == 1, 'another answer')
    between.evil = True
    for tls in (None, context()):
        error = refused(ours, 'reader', 'reader-pass', tls)
        check(error.args[0] == 3159 and 'offers no TLS' in error.args[1], repr(error))
    # Our own login, here and of the commands.
    command = subprocess.run([testbed.unghost_binary(), 'check', '--source', f'{between.host}:{between.port}', '--user',
                              source.replication_user, '--password-file', ours.folder / 'source-password'],
                             capture_output=True, text=True)
    check(command.returncode == 3 and 'offers no TLS' in command.stderr, str(command))
    check(len(between.heard) >= 3 and not any(between.heard), f'it was sent {between.heard}')


def test_who_takes_tls_out_of_a_greeting_gets_no_password(folder):
    taken_out_of_the_greeting(folder)  # source.tls as it is by itself


def test_who_takes_tls_out_of_a_greeting_gets_no_password_verify_ca(folder):
    taken_out_of_the_greeting(folder, '--tls-mode', 'verify_ca', '--tls-ca', 'SOURCE/ca.pem')


def test_who_swaps_the_rsa_key_reads_no_password(folder):
    """Without TLS, by the one key that the configuration holds."""
    source = testbed.Server('8.0', folder / 'source')
    source.sql("CREATE USER reader@'%' IDENTIFIED BY 'reader-pass'")
    own = subprocess.run(['openssl', 'genrsa', '2048'], capture_output=True, check=True).stdout
    own = subprocess.run(['openssl', 'rsa', '-pubout'], input=own, capture_output=True, check=True).stdout
    between = Middleman(source)
    between.tls = False
    key = source.datadir / 'public_key.pem'
    ours = configured(folder / 'unghost', between, f'[source]\npublic_key = "{key}"\n', '--tls-mode', 'disabled')

    def log_in_again(tls):
        source.sql('FLUSH PRIVILEGES')  # so that the password itself is asked for
        with connect(ours, 'reader', 'reader-pass', tls) as connection:
            return value(connection, 'SELECT 1')
    for tls in (None, context()):
        check(log_in_again(tls) == 1, 'the right key is not taken')
    between.own_key = own
    source.sql('FLUSH PRIVILEGES')
    error = refused(ours, 'reader', 'reader-pass')  # it asks for the key itself
    check(error.args[0] == 3159 and 'source.public_key' in error.args[1], repr(error))
    check(between.swapped == 1, f'{between.swapped} keys were swapped')
    check(log_in_again(context()) == 1, 'we ask for no key')
    ours.restart()  # as ourselves
    source.sql('FLUSH PRIVILEGES; CREATE DATABASE e')
    executed = source.value('SELECT @@global.gtid_executed')
    wait_until('it pulls', lambda: executed in ours.status()['gtid_executed'])
    check(between.swapped == 1, 'a key was asked for')
    # Whoever says a login again says it to another challenge.
    challenges = set()
    for _ in range(50):
        with socket.create_connection((testbed.HOST, ours.port), timeout=10) as raw:
            greeting = raw.recv(4096)
            version_end = greeting.index(b'\0', 5)
            challenges.add(greeting[version_end + 5:version_end + 13])
    check(len(challenges) == 50, f'{len(challenges)} challenges for 50 connections')
    # A file that holds no key is said at the start.
    bad = folder / 'bad.toml'
    bad.write_text(f'[source]\npublic_key = "{ours.folder / "source-password"}"\n')
    done = subprocess.run([testbed.unghost_binary(), 'serve', '--config', bad, '--source', f'{between.host}:{between.port}', '--user',
                           source.replication_user, '--password-file', ours.folder / 'source-password', '--data',
                           folder / 'bad'], capture_output=True, text=True)
    check(done.returncode == 2 and 'is no RSA key in PEM' in done.stderr, str(done))


class Replayer(Between):
    """Keeps what the source says, and says it again when it is `evil`."""

    def __init__(self, source):
        self.said = []   # of each connection: what the source sent, as it came
        super().__init__(source)

    def _connect(self, client):
        heard = bytearray()
        self.heard.append(heard)
        if self.evil:
            threading.Thread(target=self._replay, args=(client, self.said[-1], heard), daemon=True).start()
            return
        said = []
        self.said.append(said)
        server = socket.create_connection((self.source.host, self.source.port))
        threading.Thread(target=self._pass, args=(client, server, heard.extend), daemon=True).start()
        threading.Thread(target=self._pass, args=(server, client, said.append), daemon=True).start()

    @staticmethod
    def _pass(one, other, keep):
        with contextlib.suppress(OSError):
            while data := one.recv(65536):
                keep(data)
                other.sendall(data)
        for end in (one, other):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    @staticmethod
    def _replay(client, said, heard):
        with contextlib.suppress(OSError):
            for data in said:
                client.sendall(data)
                got = client.recv(65536)
                if not got:
                    break
                heard += got
        client.close()


def records(heard):
    """(type, length) of the TLS records behind the packet that asks for TLS."""
    at = 4 + int.from_bytes(heard[:3], 'little')
    found = []
    while at + 5 <= len(heard):
        length = int.from_bytes(heard[at + 3:at + 5], 'big')
        found.append((heard[at], length))
        at += 5 + length
    return found


def identity(folder):
    """Options of a server whose certificate names 127.0.0.1, and the authority's file."""
    folder.mkdir(parents=True)
    for arguments in ('-keyout ca-key.pem -out ca.pem -subj /CN=ca',
                      '-keyout key.pem -out cert.pem -subj /CN=server -CA ca.pem -CAkey ca-key.pem '
                      '-addext subjectAltName=IP:127.0.0.1 -addext basicConstraints=CA:FALSE'):
        testbed.run(['openssl', 'req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '30', *arguments.split()], cwd=folder)
    return {'ssl_ca': folder / 'ca.pem', 'ssl_cert': folder / 'cert.pem', 'ssl_key': folder / 'key.pem'}


def test_who_takes_tls_out_of_a_greeting_gets_no_password_verify_identity(folder):
    files = identity(folder / 'files')
    taken_out_of_the_greeting(folder, '--tls-mode', 'verify_identity', '--tls-ca', files['ssl_ca'], options=files)


def replayed(folder, *arguments):
    files = identity(folder / 'files')
    source = testbed.Server('9.7', folder / 'source', **files)
    source.sql("CREATE USER reader@'%' IDENTIFIED BY 'reader-pass'")
    between = Replayer(source)
    arguments = [str(one).replace('CA', str(files['ssl_ca'])) for one in arguments]
    ours = testbed.Unghost(None, between, folder / 'unghost', arguments)
    source.sql('CREATE DATABASE d')
    executed = source.value('SELECT @@global.gtid_executed')
    wait_until('it is pulled', lambda: executed in ours.status()['gtid_executed'])
    with connect(ours, 'reader', 'reader-pass', context()) as connection:
        check(value(connection, 'SELECT CURRENT_USER()') == 'reader@%', 'another account')
    recorded = bytes(between.heard[-1])
    check(sum(length for kind, length in records(recorded) if kind == APPLICATION_DATA) > 200, 'nothing was recorded')

    # The source's half, said again to us: the login is not sent.
    between.evil = True
    before = len(between.heard)
    for tls in (None, context()):
        refused(ours, 'reader', 'reader-pass', tls)
    ours.restart()  # our own login
    wait_until('three logins were begun', lambda: len(between.heard) >= before + 3)
    wait_until('it is told', lambda: ours.status()['source']['error'])
    for heard in between.heard[before:]:
        sent = sum(length for kind, length in records(heard) if kind == APPLICATION_DATA)
        # An alert may be encrypted; a login is longer.
        check(sent < 40, f'{sent} bytes behind a handshake that cannot end: {records(heard)}')

    # Our half, said again to the source: nobody is logged in.
    with socket.create_connection((source.host, source.port), timeout=10) as raw:
        raw.recv(4096)
        with contextlib.suppress(OSError):
            raw.sendall(recorded)
            while raw.recv(4096):
                pass
    logged_in = source.value("SELECT COUNT(*) FROM information_schema.processlist WHERE user = 'reader'")
    check(logged_in == 0, 'it was let in')
    between.evil = False
    executed = source.value('SELECT @@global.gtid_executed')
    wait_until('it pulls again', lambda: executed in ours.status()['gtid_executed'] and ours.status()['source']['connected'])


def test_who_says_a_login_again_gets_no_password(folder):
    replayed(folder)  # source.tls as it is by itself: required


def test_who_says_a_login_again_gets_no_password_verify_ca(folder):
    replayed(folder, '--tls-mode', 'verify_ca', '--tls-ca', 'CA')


def test_who_says_a_login_again_gets_no_password_verify_identity(folder):
    replayed(folder, '--tls-mode', 'verify_identity', '--tls-ca', 'CA')


def test_who_has_another_certificate_gets_no_password(folder):
    """verify_ca: one of another authority; verify_identity: one that names another host."""
    files = identity(folder / 'files')
    other = testbed.Server('9.7', folder / 'other')  # certificates of its own making
    of_other_name = testbed.Server('9.7', folder / 'named', ssl_ca=other.datadir / 'ca.pem',
                                   ssl_cert=other.datadir / 'server-cert.pem', ssl_key=other.datadir / 'server-key.pem')
    for mode, authority, why in (('verify_ca', files['ssl_ca'], 'certificate verify failed'),
                                 ('verify_identity', other.datadir / 'ca.pem', 'certificate verify failed')):
        ours = testbed.Unghost(None, of_other_name, folder / mode, ['--tls-mode', mode, '--tls-ca', authority])
        wait_until(f'{mode}: it is refused', lambda: why in ours.status()['source']['error'])
        tried = of_other_name.value("SELECT VARIABLE_VALUE FROM performance_schema.global_status WHERE "
                                    "VARIABLE_NAME = 'Aborted_connects'")
        check(int(tried) > 0, 'nothing was tried')
        logins = of_other_name.value("SELECT COUNT(*) FROM performance_schema.accounts WHERE user = %s",
                                     (of_other_name.replication_user,))
        check(logins == 0, 'our account was named')
        ours.stop()
