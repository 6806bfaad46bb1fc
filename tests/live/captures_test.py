"""What `unghost fold` makes of captured runs, replayed into an empty server, gives the primary's tables.

tests/golden/capture_sums.json has the state of the primary at the end of each capture: for each table
COUNT(*) / BIT_XOR(CRC32(...)) over its columns in order. Where a run left helper tables behind, the
folded log does not make them: they are not in the sums of a folded capture and must not be there.
"""

import json
import subprocess

import testbed

# Replayed, the source's own log does not give the primary's rows either: 9.7 does not log what a
# trigger's REPLACE would cascade to.
NOT_AS_THE_PRIMARY = {'ptosc-mysql97-371-fk-rebuild.in.binlog': {'d1.c1': '24/2131459360'}}

GOLDEN = testbed.ROOT / 'tests' / 'golden'


def captures():
    sums = json.loads((GOLDEN / 'capture_sums.json').read_text())
    verdicts = {c['file']: c['verdict'] for c in json.loads((GOLDEN / 'captures.json').read_text())}
    return [(file, verdicts[file], sums[file] | NOT_AS_THE_PRIMARY.get(file, {})) for file in sorted(sums)]


def fold(file, folder):
    """The clean files, in order."""
    testbed.run([testbed.unghost_binary(), 'fold', GOLDEN / file, '-o', folder], what='unghost fold')
    return sorted(folder.iterdir())


def replay(server, files):
    log = subprocess.run([*server.client('mysqlbinlog', login=False), *map(str, files)], capture_output=True)
    testbed.check(log.returncode == 0, f'mysqlbinlog: {log.stderr.decode(errors="replace")}')
    applied = subprocess.run([*server.client('mysql'), '--binary-mode', '--default-character-set=utf8mb4'],
                             input=log.stdout, capture_output=True)
    return applied.stderr.decode(errors='replace') if applied.returncode else ''


def empty(server):
    server.sql('SET foreign_key_checks = 0')
    for (name,) in server.sql('SHOW DATABASES'):
        if name not in testbed.SYSTEM_SCHEMAS:
            server.sql(f'DROP DATABASE {testbed.quote(name)}')
    server.reset_binlogs()


def sum_of(server, schema, table):
    columns = [row[0] for row in server.sql(
        'SELECT column_name FROM information_schema.columns WHERE table_schema = %s AND table_name = %s'
        ' ORDER BY ordinal_position', (schema, table))]
    values = ', '.join(f"IFNULL({testbed.quote(c)}, '~')" for c in columns)
    count, crc = server.sql(f"SELECT COUNT(*), BIT_XOR(CRC32(CONCAT_WS('#', {values})))"
                            f' FROM {testbed.quote(schema)}.{testbed.quote(table)}')[0]
    return f'{count}/{crc}'


def sums_of(server):
    server.sql("SET time_zone = '+00:00'")
    return {f'{schema}.{table}': sum_of(server, schema, table) for schema, table in server.sql(
        "SELECT table_schema, table_name FROM information_schema.tables WHERE table_type = 'BASE TABLE'"
        f' AND table_schema NOT IN {testbed.SYSTEM_SCHEMAS}')}


def check_captures(folder, wanted, **options):
    server = testbed.Server('9.7', folder / 'server', log_bin_trust_function_creators=True, **options)
    # The tool's account of the captures: it is the definer of its triggers.
    server.sql("SET sql_log_bin = 0; CREATE USER pt@127.0.0.1; GRANT ALL ON *.* TO pt@127.0.0.1; SET sql_log_bin = 1")
    differences = []
    for file, verdict, expected in captures():
        if not wanted(file, verdict):
            continue
        empty(server)
        error = replay(server, fold(file, folder / file))
        found = sums_of(server)
        if error or found != expected:
            differences.append(f'{file} ({verdict}): {error}\n    expected {expected}\n    found    {found}')
    testbed.check(not differences, '\n'.join(differences))


def usual(file):
    return 'gtidoff' not in file and 'nativefk' not in file


def test_folded_captures_give_the_tables_of_the_primary(folder):
    check_captures(folder, lambda file, verdict: verdict == 'fold' and usual(file))


def test_passed_captures_give_the_tables_of_the_primary(folder):
    check_captures(folder, lambda file, verdict: verdict != 'fold' and usual(file))


def test_captures_without_gtids_give_the_tables_of_the_primary(folder):
    check_captures(folder, lambda file, verdict: 'gtidoff' in file, gtid=False)


def test_a_capture_with_foreign_keys_of_innodb_gives_the_tables_of_the_primary(folder):
    check_captures(folder, lambda file, verdict: 'nativefk' in file, innodb_native_foreign_keys=True)
