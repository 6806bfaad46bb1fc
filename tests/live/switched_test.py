"""What is switched or reset at the source while unghost is connected: noticed, and told."""

import contextlib

import pymysql

import testbed
from testbed import check


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
