"""TLS on both legs, and accounts of unghost's own by their hashes."""

import contextlib
import shutil
import signal
import ssl

import pymysql

import testbed
from testbed import check, wait_until


def configured(folder, source, text, *arguments):
    """unghost with a configuration file."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / 'unghost.toml').write_text(text)
    return testbed.Unghost(None, source, folder, ['--config', folder / 'unghost.toml', *arguments])


def context(certificates=None, newest=None):
    """A client's: it verifies nothing; certificates: the folder of client-cert.pem."""
    made = ssl.create_default_context()
    made.check_hostname = False
    made.verify_mode = ssl.CERT_NONE
    if certificates:
        made.load_cert_chain(certificates / 'client-cert.pem', certificates / 'client-key.pem')
    if newest:
        made.set_ciphers('ALL:@SECLEVEL=0')
        made.minimum_version = ssl.TLSVersion.TLSv1
        made.maximum_version = newest
    return made


class Resuming(ssl.SSLContext):
    """A client's with a certificate, that offers `last`, a session it had before."""
    last = None

    def __new__(cls, certificates):
        made = super().__new__(cls, ssl.PROTOCOL_TLS_CLIENT)
        made.check_hostname = False
        made.verify_mode = ssl.CERT_NONE
        made.maximum_version = ssl.TLSVersion.TLSv1_2
        made.load_cert_chain(certificates / 'client-cert.pem', certificates / 'client-key.pem')
        return made

    def wrap_socket(self, sock, **options):
        return super().wrap_socket(sock, session=self.last, **options)


def connect(to, user, password, tls=None):
    return contextlib.closing(pymysql.connect(host=testbed.HOST, port=to.port, user=user, password=password, ssl=tls,
                                              connect_timeout=10, read_timeout=10))


def refused(to, user, password, tls=None):
    """The error that a login ends with."""
    try:
        with connect(to, user, password, tls):
            pass
    except (pymysql.err.MySQLError, ssl.SSLError, OSError) as error:
        return error
    raise testbed.Failure(f'{user} is let in')


def value(connection, text):
    with connection.cursor() as cursor:
        cursor.execute(text)
        return cursor.fetchone()[0]


def certificate(to):
    """What unghost shows, as DER."""
    with connect(to, to.user, to.password, context()) as connection:
        return connection._sock.getpeercert(binary_form=True)


def test_clients_without_tls_or_with_an_older_one_are_refused(folder):
    source = testbed.Server('9.7', folder / 'source')
    source.sql("CREATE USER reader@'%' IDENTIFIED BY 'reader-pass'")
    ours = configured(folder / 'unghost', source, '[listen]\nrequire_tls = true\ntls_min_version = "1.3"\n')
    for user, password in ((ours.user, ours.password), ('reader', 'reader-pass')):
        error = refused(ours, user, password)
        check(error.args[0] == 3159 and 'insecure transport' in error.args[1], f'{user}: {error!r}')
        refused(ours, user, password, context(newest=ssl.TLSVersion.TLSv1_2))
        with connect(ours, user, password, context()) as connection:
            check(value(connection, 'SELECT @@server_uuid') == source.value('SELECT @@server_uuid'), user)
    check('tls_min_version decide' in ours.log(), ours.log())


def test_certificates_of_clients_are_asked_for_and_count_for_require_x509(folder):
    source = testbed.Server('9.7', folder / 'source')
    source.sql("CREATE USER reader@'%' IDENTIFIED BY 'reader-pass' REQUIRE X509")
    files = source.datadir
    # Ours as a client; clients show none: an account that needs one is not let in on ours.
    source_part = f'[source]\ntls_cert = "{files}/client-cert.pem"\ntls_key = "{files}/client-key.pem"\n'
    ours = configured(folder / 'one', source, source_part)
    error = refused(ours, 'reader', 'reader-pass', context(files))
    check(error.args[0] == 1045, repr(error))
    ours.stop()

    ours = configured(folder / 'two', source, source_part + f'[listen]\ntls_client_ca = "{files}/ca.pem"\n')
    with connect(ours, 'reader', 'reader-pass', context(files)) as connection:
        check(value(connection, 'SELECT CURRENT_USER()') == 'reader@%', 'another account')
    refused(ours, 'reader', 'reader-pass', context())
    check(refused(ours, 'reader', 'reader-pass').args[0] == 3159, 'no TLS at all')
    resuming = Resuming(files)
    for _ in range(2):  # the second connection offers the first one's session
        with connect(ours, 'reader', 'reader-pass', resuming) as connection:
            check(value(connection, 'SELECT 1') == 1, 'another answer')
            resuming.last = connection._sock.session
    stranger = testbed.Server('8.0', folder / 'stranger')
    refused(ours, 'reader', 'reader-pass', context(stranger.datadir))
    refused(ours, ours.user, ours.password, context())
    with connect(ours, ours.user, ours.password, context(files)):
        pass


def test_the_source_may_ask_for_our_certificate_and_we_for_its(folder):
    source = testbed.Server('9.7', folder / 'source')
    source.sql(f"ALTER USER {source.replication_user}@'%' REQUIRE X509")
    files = source.datadir
    ours = configured(folder / 'one', source, f'[source]\ntls = "verify_ca"\ntls_ca = "{files}/ca.pem"\n'
                      f'tls_cert = "{files}/client-cert.pem"\ntls_key = "{files}/client-key.pem"\n')
    source.sql('CREATE DATABASE d')
    executed = source.value('SELECT @@global.gtid_executed')
    wait_until('it is pulled', lambda: executed in ours.status()['gtid_executed'])
    ours.stop()

    stranger = testbed.Server('8.0', folder / 'stranger')
    ours = configured(folder / 'two', source, f'[source]\ntls = "verify_ca"\ntls_ca = "{stranger.datadir}/ca.pem"\n')
    wait_until('the certificate is refused', lambda: 'certificate verify failed' in ours.log())
    check('source.tls_ca' in ours.log(), ours.log())


def test_renewed_certificates_are_read_at_sighup(folder):
    source, other = testbed.Server('9.7', folder / 'source'), testbed.Server('8.0', folder / 'other')
    files = folder / 'files'
    files.mkdir()

    def use(server):
        for name in ('server-cert.pem', 'server-key.pem'):
            shutil.copy(server.datadir / name, files / name)
    use(source)
    ours = configured(folder / 'unghost', source,
                      f'[listen]\ntls_cert = "{files}/server-cert.pem"\ntls_key = "{files}/server-key.pem"\n')
    first = certificate(ours)
    with connect(ours, source.user, source.password, context()) as old:
        use(other)
        check(certificate(ours) == first, 'it is read before it is told')
        ours.process.send_signal(signal.SIGHUP)
        wait_until('it is read', lambda: 'towards clients: certificates and keys are read again' in ours.log())
        second = certificate(ours)
        check(second != first, 'the old one is still shown')
        check(value(old, 'SELECT 1') == 1, 'a connection that was there')

        (files / 'server-cert.pem').write_text('none')
        ours.process.send_signal(signal.SIGHUP)
        wait_until('it is told', lambda: 'is still in use' in ours.log())
        check('server-cert.pem' in ours.log(), ours.log())
        check(certificate(ours) == second, 'the last good one is not shown')


def test_an_old_source_and_an_old_client_are_taken_where_they_may(folder):
    # MySQL 5.7.22 knows TLS 1.1 at most, and makes no certificates of its own.
    files = testbed.Server('8.0', folder / 'certificates').datadir
    source = testbed.Server('5.7', folder / 'source', ssl_ca=files / 'ca.pem', ssl_cert=files / 'server-cert.pem',
                            ssl_key=files / 'server-key.pem', skip_ssl=False)
    source.sql(f"ALTER USER {source.replication_user}@'%' REQUIRE SSL")
    source.sql("CREATE USER reader@'%' IDENTIFIED BY 'reader-pass' REQUIRE SSL")
    ours = configured(folder / 'strict', source, '')
    wait_until('it is told', lambda: 'source.tls_min_version' in ours.log())
    ours.stop()

    ours = configured(folder / 'old', source, '[source]\ntls_min_version = "1.0"\n[listen]\ntls_min_version = "1.1"\n')
    source.sql('CREATE DATABASE d')
    executed = source.value('SELECT @@global.gtid_executed')
    wait_until('it is pulled', lambda: executed in ours.status()['gtid_executed'])
    for newest in (None, ssl.TLSVersion.TLSv1_1):
        with connect(ours, 'reader', 'reader-pass', context(newest=newest)) as connection:
            check(value(connection, 'SELECT CURRENT_USER()') == 'reader@%', 'another account')


def test_accounts_may_be_given_by_their_hashes(folder):
    modern, old = testbed.Server('9.7', folder / 'source'), testbed.Server('5.7', folder / 'old')
    modern.sql("SET print_identified_with_as_hex = ON")
    hashes = {}
    for number, server in enumerate((modern, old)):
        server.sql(f"CREATE USER hashed{number}@'%' IDENTIFIED BY 'pass-{number}'")
        hashes[f'hashed{number}'] = server.value(
            "SELECT CONCAT('0x', HEX(authentication_string)) FROM mysql.user WHERE user = %s", (f'hashed{number}',))
    modern.sql('DROP USER hashed0')
    ours = configured(folder / 'unghost', modern, ''.join(
        f'[[account]]\nname = "{name}"\npassword_hash = "{text}"\n' for name, text in hashes.items()))
    # By flags accounts are given anew.
    ours.stop()
    ours.process = testbed.start_process(
        [ours.binary, 'serve', '--config', ours.folder / 'unghost.toml', '--source', f'{modern.host}:{modern.port}',
         '--user', modern.replication_user, '--password-file', ours.folder / 'source-password',
         '--listen', f'{testbed.HOST}:{ours.port}', '--data', ours.folder / 'data'], log=ours.log_file)
    wait_until('it listens', lambda: ours.log().count('listening on') == 2)
    for tls in (None, context(), None):  # the second and the third are proven by the fast path
        for number in (0, 1):
            with connect(ours, f'hashed{number}', f'pass-{number}', tls) as connection:
                check(value(connection, 'SELECT @@server_uuid') == modern.value('SELECT @@server_uuid'), number)
            for wrong in ('', 'pass', 'pass-2'):
                check(refused(ours, f'hashed{number}', wrong, tls).args[0] == 1045, 'another error')
    for server, name, password in ((modern, 'hashed0', 'pass-0'), (old, 'hashed1', 'pass-1')):
        text = testbed.run([*server.client('mysql', login=False), f'--host={testbed.HOST}', f'--port={ours.port}',
                            f'--user={name}', f'--password={password}', '-e', 'SELECT @@version'])
        check(modern.value('SELECT @@version') in text, text)
