"""What is switched, reset or locked at the source while unghost is connected: right downstream, or noticed and told."""

import contextlib
import time
from datetime import date, timedelta

import pymysql

import testbed
from scene import Scene
from testbed import check, wait_until


def pulled(source, ours):
    end = source.position()[:2]
    testbed.wait_until('all is here', lambda: ours.pulled() == end)


def test_gtid_mode_switched_on(folder):
    source = testbed.Server('8.0', folder / 'source', gtid=False)
    testbed.make_table(source, 'shop.orders', rows=50)
    ours = testbed.Unghost(None, source, folder / 'unghost', ['--start', 'earliest'])
    pulled(source, ours)
    source.sql('SET GLOBAL enforce_gtid_consistency = ON')
    for mode in ('OFF_PERMISSIVE', 'ON_PERMISSIVE', 'ON'):
        source.sql(f'SET GLOBAL gtid_mode = {mode}')

    def seen():
        with contextlib.closing(pymysql.connect(host=testbed.HOST, port=ours.port, user=ours.user,
                                                password=ours.password)) as connection, connection.cursor() as cursor:
            cursor.execute('SELECT @@GLOBAL.gtid_mode')
            return cursor.fetchone()[0]
    testbed.wait_until('it is seen', lambda: seen() == 'ON', 30)


def reset(folder, version):
    source = testbed.Server(version, folder / 'source')
    testbed.make_table(source, 'shop.orders', rows=500)
    ours = testbed.Unghost(None, source, folder / 'unghost', ['--start', 'earliest'])
    pulled(source, ours)
    source.sql('RESET BINARY LOGS AND GTIDS' if version == '9.7' else 'RESET MASTER')
    source.sql('DELETE FROM shop.orders LIMIT 1')
    testbed.wait_until('it is seen', lambda: ours.status()['phase'] == 'not following', 40)
    check('reset' in ours.status()['phase_text'] and 'reset' in ours.log(), str(ours.status()))
    check(ours.process.poll() is None, 'it ended')
    # What is stored is served, now and after a restart.
    for _ in range(2):
        listed = testbed.run([*ours.client('mysqlbinlog'), '--read-from-remote-server', '--verify-binlog-checksum',
                              ours.status()['oldest_file']])
        check('shop' in listed, 'nothing is served')
        ours.restart()
        testbed.wait_until('it is seen again', lambda: ours.status()['phase'] == 'not following', 40)


def test_a_source_that_is_reset_is_not_followed_9_7(folder):
    reset(folder, '9.7')


def test_a_source_that_is_reset_is_not_followed_8_0(folder):
    reset(folder, '8.0')


def migrate_after_each_switch(folder, version, switches):
    """switches: (statement, tool); each switch is followed by a migration under load that folds."""
    scene = Scene(folder, version)
    scene.table('orders')
    mark = scene.mark()
    for number, (statement, tool) in enumerate(switches):
        writer = scene.writer('orders')  # its sessions begin before the switch
        writer.wait_for(20)
        scene.primary.sql(statement)
        other = scene.writer('orders')
        other.wait_for(20)
        run, release = {'gh-ost': (testbed.gh_ost, '1.1.8'), 'pt-osc': (testbed.pt_osc, '3.7.1')}[tool]
        run(scene.primary, release, 'shop', 'orders', f'ADD COLUMN c{number} int NOT NULL DEFAULT {number}').succeed()
        writer.stop()
        other.stop()
        scene.equal()
    scene.expect(mark, 'orders', *['folding'] * len(switches))
    testbed.run([*scene.unghost.client('mysqlbinlog'), '--read-from-remote-server', '--verify-binlog-checksum',
                 '--to-last-log', scene.unghost.status()['oldest_file']])


CHECKSUM = [('SET GLOBAL binlog_checksum = NONE', 'gh-ost'), ('SET GLOBAL binlog_checksum = CRC32', 'pt-osc'),
            ('SET GLOBAL binlog_checksum = NONE; FLUSH BINARY LOGS', 'pt-osc')]
# gh-ost asks for ROW and FULL, of sessions that began before, too.
FORMAT = [('SET GLOBAL binlog_format = STATEMENT', 'pt-osc'), ('SET GLOBAL binlog_format = MIXED', 'pt-osc'),
          ('SET GLOBAL binlog_format = ROW', 'pt-osc'), ('DO 0', 'gh-ost')]
IMAGE = [('SET GLOBAL binlog_row_image = MINIMAL', 'pt-osc'), ('SET GLOBAL binlog_row_image = NOBLOB', 'pt-osc'),
         ('SET GLOBAL binlog_row_image = FULL', 'pt-osc'), ('DO 0', 'gh-ost')]
MORE = [('SET GLOBAL binlog_row_metadata = FULL', 'gh-ost'), ('SET GLOBAL binlog_transaction_compression = ON', 'pt-osc'),
        ('SET GLOBAL binlog_row_value_options = PARTIAL_JSON', 'pt-osc'),
        ('SET GLOBAL binlog_transaction_compression = OFF, GLOBAL binlog_row_metadata = MINIMAL', 'pt-osc')]


def test_the_checksum_may_be_switched(folder):
    for version in ('9.7', '8.0', '5.7'):
        switches = [(text.replace('BINARY ', '') if version == '5.7' else text, tool) for text, tool in CHECKSUM]
        migrate_after_each_switch(folder / version, version, switches if version != '5.7' else switches[1:])


def test_the_format_may_be_switched(folder):
    for version in ('9.7', '8.0'):
        migrate_after_each_switch(folder / version, version, FORMAT)


def test_the_row_image_may_be_switched(folder):
    for version in ('9.7', '8.0'):
        migrate_after_each_switch(folder / version, version, IMAGE)


def test_metadata_and_compression_may_be_switched(folder):
    for version in ('9.7', '8.0'):
        migrate_after_each_switch(folder / version, version, MORE)


def shut_out(folder, version, lock, unlock, words):
    """The account is shut out, connections are lost; unghost says so, serves on, and follows again when let in."""
    scene = Scene(folder, version)
    scene.table('orders')
    scene.equal()
    root = scene.primary.root()
    scene.primary.sql(lock.format(user=scene.primary.replication_user))
    with root.cursor() as cursor:
        cursor.execute('SELECT id FROM information_schema.processlist WHERE user = %s', (scene.primary.replication_user,))
        for (session,) in cursor.fetchall():
            with contextlib.suppress(pymysql.err.OperationalError):  # it has ended meanwhile
                cursor.execute(f'KILL {session}')

    def told():
        text = scene.unghost.status()['source']['error']
        check(scene.unghost.status()['safe_to_move'] in (True, None), 'nothing runs')
        return all(word in text for word in words)
    wait_until('it is told', told, 60)
    scene.primary.sql('DELETE FROM shop.orders LIMIT 5')
    testbed.run([*scene.unghost.client('mysqlbinlog'), '--read-from-remote-server', '--to-last-log',
                 scene.unghost.status()['oldest_file']])
    # A restart is no worse.
    scene.unghost.restart()
    wait_until('it is told again', told, 60)
    scene.primary.sql(unlock.format(user=scene.primary.replication_user))
    scene.equal(timeout=120)
    check(scene.unghost.status()['phase'] == 'serving', scene.unghost.status()['phase'])


def test_the_account_may_be_locked(folder):
    for version in ('9.7', '5.7'):
        shut_out(folder / version, version, "ALTER USER '{user}'@'%' ACCOUNT LOCK", "ALTER USER '{user}'@'%' ACCOUNT UNLOCK",
                 ['3118', 'locked'])


def test_a_clock_that_jumps_changes_nothing(folder):
    """unghost's clock alone jumps by ten days, to and fro: nothing is removed, nobody is sent away, lag stays right."""
    clock = folder / 'clock'
    clock.write_text('+0d\n')
    scene = Scene(folder, '9.7', config='[store]\nretention_age = "1d"\n', unghost_environment={
        'LD_PRELOAD': '/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1', 'FAKETIME_DONT_FAKE_MONOTONIC': '1',
        'FAKETIME_TIMESTAMP_FILE': str(clock), 'FAKETIME_NO_CACHE': '1'})
    scene.table('orders')
    scene.primary.sql('FLUSH BINARY LOGS')
    scene.equal()
    before = scene.unghost.status()
    for number, days in enumerate((+10, -10, 0)):
        clock.write_text(f'{days:+d}d\n')
        mark = scene.mark()
        writer = scene.writer('orders')
        testbed.gh_ost(scene.primary, '1.1.8', 'shop', 'orders', f'ADD COLUMN c{number} int').succeed()
        writer.stop()
        scene.expect(mark, 'orders', 'folding')
        scene.primary.sql('FLUSH BINARY LOGS')
        scene.equal()
        end = time.monotonic() + 15  # the source is asked for its clock, retention runs
        while time.monotonic() < end:
            status = scene.unghost.status()
            wrong = [one for one in status['sessions'] if not 0 <= one['seconds'] < 900 or (one['lag_seconds'] or 0) > 15]
            check(status['source']['lag_seconds'] < 15 and not wrong, str(status))
            time.sleep(0.5)
        check(status['oldest_file'] == before['oldest_file'] and status['phase'] == 'serving', str(status))
        today = date.today() + timedelta(days=days)
        check(f'{today} ' in scene.unghost.log()[mark:] or f'{today}T' in scene.unghost.log()[mark:],
              'its clock did not jump')
    dumps = [{one['id'] for one in told['sessions'] if one['dumping']} for told in (before, status)]
    check(dumps[0] == dumps[1] and len(dumps[0]) == 1, f'the replica was sent away: {dumps}')


def test_the_password_may_be_changed(folder):
    for version in ('9.7', '5.7'):
        shut_out(folder / version, version, "ALTER USER '{user}'@'%' IDENTIFIED BY 'other'",
                 "ALTER USER '{user}'@'%' IDENTIFIED BY 'repl-pass'", ['1045', 'password'])
