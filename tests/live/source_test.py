"""What is pulled is the source's log, byte for byte: every version, with TLS and without, across files."""

import testbed


def pull(source, folder, *more):
    """Runs bench/pull_bench up to the source's end; gives the files it wrote."""
    built = [p for p in (testbed.ROOT / 'build' / preset / 'pull_bench' for preset in ('bench', 'release', 'dev')) if p.exists()]
    testbed.check(built, 'pull_bench is not built: cmake --build build/dev --target pull_bench')
    password = folder / 'password'
    password.write_text(source.replication_password + '\n')
    files = folder / 'pulled'
    files.mkdir(exist_ok=True)
    testbed.run([max(built, key=lambda p: p.stat().st_mtime), f'--host={source.host}', f'--port={source.port}',
                 f'--user={source.replication_user}', f'--password-file={password}', f'--raw={files}', *more],
                what='pull_bench', timeout=60)
    return files


def check_same_log(source, files):
    in_use = 4 + 17  # flag of FORMAT_DESCRIPTION in the file the source is writing
    for theirs in source.binlog_files():
        expected = bytearray(theirs.read_bytes())
        expected[in_use] &= 0xfe
        pulled = (files / theirs.name).read_bytes()
        testbed.check(pulled == expected, f'{theirs.name}: {len(pulled)} bytes pulled, {len(expected)} there, not the same')


def write_log(source):
    source.sql('CREATE DATABASE shop')
    source.sql('CREATE TABLE shop.big (id INT PRIMARY KEY AUTO_INCREMENT, content LONGBLOB)')
    for checksum in ('CRC32', 'NONE', 'CRC32'):
        source.sql(f'SET GLOBAL binlog_checksum = {checksum}')  # a new file each time
        source.sql("INSERT INTO shop.big (content) VALUES ('a'), ('b')")
        source.sql('INSERT INTO shop.big (content) SELECT content FROM shop.big')
    # One event over a packet's 16 MiB.
    source.sql("INSERT INTO shop.big (content) VALUES (REPEAT('x', 20000000))")
    source.sql('FLUSH BINARY LOGS')
    source.sql("INSERT INTO shop.big (content) VALUES ('last')")


def pulls_the_same_log(folder, version, **options):
    source = testbed.Server(version, folder / 'source', max_allowed_packet='64M', **options)
    write_log(source)
    for tls in ('disabled', 'required') if source.tls else ('disabled',):
        check_same_log(source, pull(source, folder, f'--tls={tls}'))


def test_the_log_of_9_7_comes_byte_for_byte(folder):
    pulls_the_same_log(folder, '9.7')


def test_the_log_of_8_0_comes_byte_for_byte(folder):
    pulls_the_same_log(folder, '8.0')


def test_the_log_of_5_7_comes_byte_for_byte(folder):
    pulls_the_same_log(folder, '5.7')


def test_a_log_without_gtids_comes_byte_for_byte(folder):
    pulls_the_same_log(folder, '9.7', gtid=False)


def test_a_source_that_wants_tls_is_pulled_by_the_preferred_mode(folder):
    source = testbed.Server('9.7', folder / 'source', require_secure_transport=True)
    check_same_log(source, pull(source, folder, '--tls=preferred'))
