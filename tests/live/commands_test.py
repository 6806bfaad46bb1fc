"""The commands of the program against a real source and a running unghost."""

import datetime
import json
import os
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

import testbed


def unghost(*arguments):
    """(exit code, what it printed)"""
    done = subprocess.run([str(a) for a in (testbed.unghost_binary(), *arguments)], capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


def source_flags(source, folder, user=None, password=None):
    file = folder / 'password'
    file.write_text((password or source.replication_password) + '\n')
    return ['--source', f'{source.host}:{source.port}', '--user', user or source.replication_user,
            '--password-file', file]


def expect(wanted_code, wanted_text, code, text):
    testbed.check(code == wanted_code and wanted_text in text,
                  f'exit code {code} instead of {wanted_code}, or no "{wanted_text}" in:\n{text}')


def check_others_cannot_resume(ours, data):
    def by_another(*arguments):
        done = subprocess.run(['setpriv', '--reuid=65534', '--clear-groups', str(testbed.unghost_binary()), *arguments,
                               '--data', str(data)], capture_output=True, text=True)
        return done.returncode, done.stderr
    testbed.check(data.stat().st_mode & 0o777 == 0o700, oct(data.stat().st_mode))
    for command in ('status', 'migrations', 'consumers'):
        code, text = by_another(command)
        testbed.check(code == 3 and 'is not for this user to look into' in text and '--admin' in text, f'{code}: {text}')
    for folder in (data, *data.parents):  # the socket's own mode is what keeps others out
        if folder.stat().st_uid == os.getuid() and folder != Path('/'):
            folder.chmod(folder.stat().st_mode | 0o011)
    code, text = by_another('resume', '7', '--pass')
    testbed.check(code == 3 and 'Permission denied' in text, f'{code}: {text}')
    asked = urllib.request.Request(f'http://{testbed.HOST}:{ours.admin_port}/resume', method='POST',
                                   headers={'Content-Type': 'application/json'}, data=b'{"id": "7", "word": "pass"}')
    try:
        urllib.request.urlopen(asked, timeout=10)
        raise testbed.Failure('the admin port took a word')
    except urllib.error.HTTPError as refused:
        testbed.check(refused.code == 403 and b'control.sock' in refused.read(), str(refused))


def check_checks(folder, version):
    source = testbed.Server(version, folder / 'source')
    code, text = unghost('check', *source_flags(source, folder))
    expect(0, 'can be served', code, text)
    topics = [line.split()[1] for line in text.splitlines() if line.startswith(('OK', 'NOTE', 'WARN', 'FAIL'))]
    testbed.check(len(topics) == len(set(topics)), f'a topic twice: {text}')
    testbed.check('GRANT' not in text and 'files' not in text.replace('files:', ''), text)

    source.sql("CREATE USER weak@'%' IDENTIFIED BY 'w'; GRANT REPLICATION SLAVE, REPLICATION CLIENT ON *.* TO weak@'%'")
    expect(0, 'WARN', *unghost('check', *source_flags(source, folder, 'weak', 'w')))
    expect(0, 'every account can log in through unghost unchanged', *unghost('check', *source_flags(source, folder)))
    source.sql("CREATE USER cert@'%' IDENTIFIED BY 'c' REQUIRE X509; CREATE USER near@'10.1.%' IDENTIFIED BY 'n'")
    code, text = unghost('check', *source_flags(source, folder))
    expect(0, 'no certificate of theirs: cert@%', code, text)
    expect(0, 'only if their host covers it: near@10.1.%', code, text)
    source.sql("REVOKE REPLICATION SLAVE ON *.* FROM weak@'%'")
    code, text = unghost('check', *source_flags(source, folder, 'weak', 'w'))
    expect(1, 'FAIL', code, text)
    expect(1, 'GRANT ', code, text)
    report = json.loads(unghost('check', '--json', *source_flags(source, folder, 'weak', 'w'))[1])
    testbed.check(report['servable'] is False, report)

    expect(3, 'weak', *unghost('check', *source_flags(source, folder, 'weak', 'wrong')))
    source.stop()
    expect(3, 'cannot be reached', *unghost('check', *source_flags(source, folder)))


def test_check_says_what_is_missing_on_9_7(folder):
    check_checks(folder, '9.7')


def test_check_says_what_is_missing_on_8_0(folder):
    check_checks(folder, '8.0')


def check_a_consumer(folder, version):
    source = testbed.Server(version, folder / 'source')
    testbed.make_table(source, 'shop.orders', rows=100)
    ours = testbed.Unghost(None, source, folder / 'unghost', ['--start', 'earliest'])
    by_gtid = testbed.Server(version, folder / 'by_gtid')
    by_place = testbed.Server(version, folder / 'by_place')
    empty = testbed.Server(version, folder / 'empty')
    login = source.replication_user, source.replication_password
    testbed.replicate(by_gtid, source.host, source.port, *login)
    testbed.replicate(by_place, source.host, source.port, *login, file=source.binlog_files()[0].name)
    for replica in (by_gtid, by_place):
        testbed.wait_caught_up(source, replica)
    testbed.wait_until('all is here',
                       lambda: ours.pulled() == source.position()[:2])

    def check(consumer, *more):
        return unghost('check', *source_flags(source, folder), '--data', ours.folder / 'data',
                       '--consumer', f'{consumer.host}:{consumer.port}', *more)
    expect(0, 'would find its position, by GTID', *check(by_gtid))
    expect(0, 'consumers can be moved here or away', *check(by_gtid))
    file, position = source.position()[:2]
    testbed.wait_until('the replica has noted its position',
                       lambda: testbed.replica_status(by_place)['Exec_Source_Log_Pos'] == position)
    expect(0, f'would find its position, {file}:{position} of the primary', *check(by_place))
    expect(0, f"SOURCE_LOG_FILE = '{file}', SOURCE_LOG_POS = {position}", *check(by_place))
    expect(1, 'is no replica of anything', *check(empty))
    expect(1, 'can be served', *check(empty))
    expect(2, 'give both', *check(by_gtid, '--consumer-user', 'nobody'))
    expect(3, '--consumer-user', *check(by_gtid, '--consumer-user', 'nobody', '--consumer-password-file', folder / 'password'))
    expect(3, 'the consumer 127.0.0.1:1 cannot be reached',
           *unghost('check', *source_flags(source, folder), '--data', ours.folder / 'data', '--consumer', '127.0.0.1:1'))
    chained = testbed.Server(version, folder / 'chained')
    testbed.replicate(chained, by_place.host, by_place.port, *login, file=by_place.binlog_files()[0].name)
    testbed.wait_caught_up(source, chained)
    expect(1, 'it follows server ', *check(chained))
    expect(2, '--consumer:', *unghost('check', *source_flags(source, folder), '--consumer', 'x:', '--data', folder))
    by_gtid.sql("SET gtid_next = '00000000-0000-0000-0000-000000000001:1'; BEGIN; COMMIT; SET gtid_next = 'AUTOMATIC'")
    expect(0, 'it has 00000000-0000-0000-0000-000000000001:1 already', *check(by_gtid))

    # It has said good-bye to its source, and here the log begins later than that.
    for replica in (by_gtid, by_place):
        replica.sql('STOP REPLICA')
    ours.stop()
    source.sql("DELETE FROM shop.orders LIMIT 1; FLUSH BINARY LOGS")
    later = testbed.Unghost(None, source, folder / 'later', ['--start', 'latest'])
    testbed.wait_until('it follows', lambda: (later.status()['pulled'] or {}).get('file') == source.position()[0])
    ours = later
    code, text = check(by_gtid)
    expect(1, 'would not find its position: it lacks ', code, text)
    report = json.loads(check(by_gtid, '--json')[1])
    testbed.check(report['servable'] and report['findings'][-1]['level'] == 'FAIL', report)
    expect(1, f'would not find its position: {file}:{position} has none here', *check(by_place))


def test_check_tells_whether_a_replica_would_find_its_place_on_9_7(folder):
    check_a_consumer(folder, '9.7')


def test_check_tells_whether_a_replica_would_find_its_place_on_8_0(folder):
    check_a_consumer(folder, '8.0')


def test_explain_judges_a_planned_alter_by_the_live_table(folder):
    source = testbed.Server('9.7', folder / 'source')
    source.sql("""CREATE DATABASE d; CREATE TABLE d.t (id int PRIMARY KEY, b varchar(10));
        CREATE TABLE d.watched (id int PRIMARY KEY);
        CREATE TRIGGER d.watches AFTER INSERT ON d.watched FOR EACH ROW SET @seen = 1""")

    def explain(table, alter, *more):
        return unghost('explain', table, '--alter', alter, *source_flags(source, folder), *more)
    expect(0, 'instant', *explain('d.t', 'ADD COLUMN c int'))
    expect(0, 'rebuild', *explain('d.t', 'ALTER TABLE d.t ENGINE=InnoDB'))
    expect(1, 'pass: RENAME COLUMN', *explain('d.t', 'RENAME COLUMN b TO c'))
    expect(0, 'unproven', *explain('d.t', 'RENAME COLUMN b TO c', '--unproven', 'fold'))
    expect(1, 'trigger of its own', *explain('d.watched', 'ADD COLUMN c int'))
    expect(1, 'unproven = "fold" in [fold.table."d.t"]', *explain('d.t', 'RENAME COLUMN b TO c'))
    expect(1, 'block = "fold" in [fold.table."d.t"]', *explain('d.t', 'ENGINE=InnoDB', '--block', 'pass'))
    expect(1, 'rebuild = "pass"', *explain('d.t', 'ENGINE=InnoDB', '--rebuild', 'pass'))
    expect(0, 'in place', *explain('d.t', 'ADD INDEX (b)', '--rebuild', 'pass'))
    expect(0, 'in place', *explain('d.t', 'ADD INDEX (b)', '--block', '1MB'))
    expect(1, 'KiB, and block = "1KB"', *explain('d.t', 'ADD INDEX (b)', '--block', '1KB'))
    expect(2, 'leave it out', *explain('d.t', 'ADD INDEX (b)', '--block', '1KB', '--rebuild', 'pass'))
    expect(2, 'MySQL would refuse', *explain('d.t', 'ADD COLUM c int'))
    expect(2, 'no column `missing`', *explain('d.t', 'DROP COLUMN missing'))
    expect(2, 'no table d.missing', *explain('d.missing', 'ADD COLUMN c int'))
    expect(2, 'no triggers', *explain('d.missing', 'ADD COLUMN c int'))
    expect(2, 'DATABASE.TABLE', *explain('t', 'ADD COLUMN c int'))
    report = json.loads(explain('d.t', 'ADD COLUMN c int', '--json')[1])
    testbed.check(report['outcome'] == 'fold' and report['cost'] == 'instant' and report['class'] == 'same', report)
    testbed.check(report['rows'] == 0 and report['bytes'] >= 16384 and report['has_definition'], report)
    report = json.loads(explain('d.t', 'ADD COLUMN c int', '--json', '--tool', 'pt-osc')[1])
    testbed.check(report['outcome'] == 'fold' and report['tool'] == 'pt-online-schema-change', report)
    expect(2, 'gh-ost or pt-osc', *explain('d.t', 'ADD COLUMN c int', '--tool', 'ghost'))

    # The way that is offered in place of a pass: each step folds once the one before was run.
    code, text = explain('d.t', 'ADD COLUMN at datetime DEFAULT CURRENT_TIMESTAMP', '--json')
    steps = json.loads(text)['ways'][0]['steps']
    testbed.check(code == 1 and len(steps) == 2, text)
    for step in steps:
        expect(0, 'fold', *explain('d.t', step))
        source.sql(f'ALTER TABLE d.t {step}')
    testbed.check('DEFAULT CURRENT_TIMESTAMP' in source.sql('SHOW CREATE TABLE d.t')[0][1], str(steps))

    dump = folder / 'before.sql'
    dump.write_text(testbed.run([*source.client('mysqldump'), '--no-data', '--databases', 'd'], what='mysqldump'))
    for table, alter, code, said in (('d.t', 'ADD COLUMN c int', 0, 'd.t: '), ('d.watched', 'ADD COLUMN c int', 1, 'trigger of its own'),
                                     ('d.missing', 'ADD COLUMN c int', 2, 'before.sql has no table d.missing')):
        expect(code, said, *unghost('explain', table, '--alter', alter, '--schema', dump))
    expect(0, 'no triggers', *unghost('explain', '--alter', 'ADD COLUMN c int'))
    expect(1, 'CURRENT_TIMESTAMP', *unghost('explain', '--alter', 'ADD COLUMN c datetime DEFAULT NOW()'))
    expect(2, 'MySQL would refuse', *unghost('explain', '--alter', 'ADD COLUM c int'))
    expect(2, 'Nothing to explain', *unghost('explain'))

    source.sql("CREATE USER weak@'%' IDENTIFIED BY 'w'; GRANT SELECT, REPLICATION CLIENT ON *.* TO weak@'%'")
    expect(1, 'TRIGGER', *unghost('explain', 'd.t', '--alter', 'ADD COLUMN c int',
                                  *source_flags(source, folder, 'weak', 'w')))


def listed(proxy, *filters):
    code, text = unghost('migrations', '--json', '--data', proxy.folder / 'data', *filters)
    testbed.check(code == 0, text)
    return json.loads(text)


def check_times(one, begin, end):
    """All within these, in order; and the duration is theirs."""
    times = [datetime.datetime.fromisoformat(one['times'][step].replace('Z', '+00:00')).timestamp()
             for step in ('began', 'judged', 'cut_over', 'ended')]
    testbed.check(int(begin) <= times[0] and times == sorted(times) and times[-1] <= end, f'{begin}, {one}, {end}')
    testbed.check(one['seconds'] == times[2] - times[0], one)


def test_migrations_tell_when_they_ran_and_what_consumers_got(folder):
    source = testbed.Server('9.7', folder / 'source')
    proxy = testbed.Unghost(None, source, folder / 'unghost')
    data = folder / 'unghost' / 'data'
    for table in ('orders', 'items'):
        testbed.make_table(source, f'shop.{table}', rows=300)

    def publish_all():
        end = source.position()[:2]
        testbed.wait_until('all is published', lambda: proxy.pulled() == end and proxy.status()['unpublished_bytes'] == 0)
    begin = time.time()
    testbed.gh_ost(source, '1.1.8', 'shop', 'orders', 'ADD COLUMN c int').succeed()
    testbed.pt_osc(source, '3.7.1', 'shop', 'items', 'ADD COLUMN e int', chunk_time='0', chunk_size=100, sleep='0.3').succeed()
    publish_all()
    middle = time.time()
    pt_osc, gh_ost = folded = listed(proxy)
    for one, table, column in ((gh_ost, 'orders', 'c'), (pt_osc, 'items', 'e')):
        check_times(one, begin, middle)
        testbed.check(one['state'] == 'cut over' and one['verdict']['outcome'] == 'fold', one)
        testbed.check(one['served'].lower().startswith('alter ') and f'`{table}`' in one['served'] and
                      one['served'].endswith(f'ADD COLUMN {column} int'), one['served'])
        log = b''.join(file.read_bytes() for file in sorted(data.glob('mysql-bin.1*')))
        testbed.check(log.count(one['served'].encode()) == 1, f"{one['served']} is not in the log once")
    testbed.check('COLUMN c int' not in json.dumps(proxy.status()), 'statements are for the operator alone')

    # One that is pulled a while after it ran: its times are those of the source's log all the same.
    proxy.stop()
    time.sleep(1.1)
    later = datetime.datetime.now(datetime.timezone.utc).strftime('%Y-%m-%d %H:%M:%S UTC')
    testbed.gh_ost(source, '1.1.8', 'shop', 'orders', 'ADD COLUMN d int').succeed()
    end = time.time()
    time.sleep(3)
    proxy.start()
    publish_all()
    away = listed(proxy)[0]
    check_times(away, middle, end)
    testbed.check(away['verdict']['outcome'] == 'pass' and away['served'] == '', away)
    testbed.check(listed(proxy)[1:] == folded, 'a restart forgot something')

    ids = {filters: [one['id'] for one in listed(proxy, *filters)] for filters in (
        (), ('--table', 'shop.items'), ('--table', 'orders'), ('--since', later), ('--since', '1h'), ('--limit', '2'),
        ('--state', 'folding,disturbed'), ('--state', 'cut_over', '--table', 'orders', '--limit', '1'))}
    testbed.check(list(ids.values()) == [[3, 2, 1], [2], [3, 1], [3], [3, 2, 1], [3, 2], [], [3]], str(ids))
    expect(0, 'No schema change that matches', *unghost('migrations', '--data', data, '--table', 'none'))
    expect(2, '--state: "folded" should be one of folding', *unghost('migrations', '--data', data, '--state', 'folded'))
    expect(2, '--since: "tomorrow" should be', *unghost('migrations', '--data', data, '--since', 'tomorrow'))
    code, text = unghost('migrations', '--data', data, '--table', 'shop.items')
    for part in ('migration 2: pt-online-schema-change of shop.items: cut over', f"  served      {pt_osc['served']}",
                 f"  began       {pt_osc['times']['began'].replace('T', ' ').replace('Z', ' UTC')}, at mysql-bin.", '  took '):
        testbed.check(code == 0 and part in text, f'no "{part}" in:\n{text}')


def test_status_migrations_and_fold_tell_of_a_running_unghost(folder):
    source = testbed.Server('9.7', folder / 'source')
    proxy = testbed.Unghost(None, source, folder / 'unghost')
    testbed.make_table(source, 'shop.orders', rows=500)
    writer = testbed.Writer(source, ['shop.orders'], rate=50)
    testbed.pt_osc(source, '3.7.1', 'shop', 'orders', 'ADD COLUMN c int', chunk_time='0', chunk_size=200,
                   sleep='0.3').succeed()  # so that the facts come before its RENAME
    testbed.gh_ost(source, '1.1.8', 'shop', 'orders', 'ADD COLUMN e int').succeed()
    writer.stop()
    source.sql('FLUSH BINARY LOGS')
    end = source.position()[:2]
    testbed.wait_until('all is pulled', lambda: proxy.pulled() == end)
    testbed.wait_until('all is published', lambda: proxy.status()['unpublished_bytes'] == 0)

    data = folder / 'unghost' / 'data'
    expect(0, 'safe: nothing is hidden', *unghost('status', '--data', data))
    expect(0, 'serving', *unghost('status', '--admin', f'{testbed.HOST}:{proxy.admin_port}'))
    migrations = listed(proxy)
    found = sorted((m['tool'], m['verdict']['outcome']) for m in migrations)
    testbed.check(found == [('gh-ost', 'fold'), ('pt-online-schema-change', 'fold')], migrations)
    expect(1, 'no', *unghost('resume', '7', '--pass', '--data', data))
    # The word is its user's and root's: nobody else reaches the socket, and the admin port takes none.
    check_others_cannot_resume(proxy, data)

    logs = source.binlog_files()
    first = proxy.status()['oldest_file']
    logs = [log for log in logs if int(log.suffix[1:]) + 1_000_000_000 >= int(first.rsplit('.')[1])]
    testbed.run([testbed.unghost_binary(), 'fold', '--ledger', data / 'ledger', *logs, '-o', folder / 'again'],
                what='unghost fold --ledger')
    proxy.stop()
    for file in sorted((folder / 'again').iterdir()):
        testbed.check(file.read_bytes() == (data / file.name).read_bytes(), f'{file.name} differs from what was served')
    expect(3, 'unghost serve', *unghost('status', '--data', data))
    expect(0, 'gh-ost of shop.orders: ', *unghost('migrations', '--data', data))
    testbed.check(listed(proxy) == migrations, 'the ledger alone tells the same')


def test_a_full_disk_is_waited_out_and_told(folder):
    source = testbed.Server('8.0', folder / 'source')
    source.sql('CREATE DATABASE d; CREATE TABLE d.t (id int AUTO_INCREMENT PRIMARY KEY, b varchar(2000))')
    ours = testbed.Unghost(None, source, folder / 'unghost')

    def limit(size):
        testbed.run(['prlimit', '--pid', str(ours.process.pid), f'--fsize={size}:unlimited'])
    limit(2 << 20)
    for _ in range(20):
        source.sql('INSERT INTO d.t (b) VALUES ' + ', '.join(["(REPEAT('x', 2000))"] * 100))
    testbed.wait_until('the disk is full', lambda: ours.status()['phase'] == 'disk full')
    text = ours.command('status')
    testbed.check('disk full: write ' in text and 'Pulling waits' in text and 'Free some room' in text, text)
    limit('unlimited')
    executed = source.value('SELECT @@global.gtid_executed')
    testbed.wait_until('all is published', lambda: ours.status()['phase'] == 'serving' and source.value(
        'SELECT GTID_SUBSET(%s, %s)', (executed, ours.status()['gtid_executed'])))


def test_the_command_line_helps(folder):
    for code, said, arguments in (
            (2, 'Usage', ()), (0, 'Usage', ('help',)), (0, 'oldest first', ('help', 'fold')), (0, 'Usage', ('help', 'help')), (0, 'unghost 0.', ('version',)),
            (2, "no command 'staus'; is status meant?", ('staus',)), (2, "no command 'xyzzy'; see unghost --help", ('xyzzy',)),
            (2, 'is serve meant', ('help', 'sevre')), (2, 'see unghost serve --help', ('serve', '--sorce', 'x')),
            (2, 'is a folder', ('serve', '--config', folder)), (2, 'should be latest, earliest', ('serve', '--start', 'newest'))):
        expect(code, said, *unghost(*arguments))
    for arguments in (('check', '--json'), ('status', '--json', '--bogus')):
        done = subprocess.run([str(testbed.unghost_binary()), *arguments], capture_output=True, text=True)
        said = json.loads(done.stdout)
        testbed.check(said['exit_code'] == done.returncode == 2 and said['error'] in done.stderr, str(done))


def test_a_source_without_a_log_cannot_be_served(folder):
    source = testbed.Server('8.0', folder / 'source', gtid=False, skip_log_bin=True)
    code, text = unghost('check', *source_flags(source, folder))
    expect(1, 'binary logging is off; start the server with log_bin', code, text)
    testbed.check(text.count('FAIL') == 2 and 'binlog_format' not in text, text)  # the finding, and the last words
