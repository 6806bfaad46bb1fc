"""MySQL replicas downstream of unghost, in every way they can be pointed at it; migrations run meanwhile."""

import shutil
import signal
import time

import testbed
from scene import SCHEMA, Scene, run_scenarios
from testbed import check

_tables = iter(range(1, 1000))


def migrate(scene, table):
    testbed.gh_ost(scene.primary, '1.1.8', SCHEMA, table, 'ADD COLUMN g int').succeed(90)
    testbed.pt_osc(scene.primary, '3.7.1', SCHEMA, table, 'ADD COLUMN p int', chunk_time='0', chunk_size=200,
                   sleep='0.3').succeed(90)


def under_load(scene, change=None):
    """Migrations under load; `change` is called in the middle of it."""
    tables = [f'orders{next(_tables)}', f'items{next(_tables)}']
    for table in tables:
        scene.table(table, rows=500)
    writer = scene.writer(*tables, rate=80)
    writer.wait_for(10)
    if change:
        change()
    migrate(scene, tables[0])
    if change:
        change()
    writer.wait_for(10)
    writer.stop()


def anew(scene):
    """The replica with nothing on it, and configured to follow nobody."""
    scene.replica.stop()
    shutil.rmtree(scene.replica.folder)
    scene.replica = testbed.Server(scene.primary.version, scene.replica.folder, gtid=scene.primary.gtid,
                                   **scene.replica.options)


def restart(scene):
    scene.replica.restart()
    word = 'REPLICA' if scene.replica.at_least('8.0') else 'SLAVE'
    scene.replica.sql(f'START {word}')


def stop_and_start(scene):
    word = 'REPLICA' if scene.replica.at_least('8.0') else 'SLAVE'
    scene.replica.sql(f'STOP {word}')
    scene.replica.sql(f'START {word}')


def position(scene):
    """Up to where the replica has applied: (file, position) of its source."""
    status = testbed.replica_status(scene.replica)
    return status['Relay_Source_Log_File'], status['Exec_Source_Log_Pos']


def by_gtid_8_workers_in_order(scene):
    scene.follow(scene.replica, workers=8)
    under_load(scene)
    scene.equal()


def by_gtid_8_workers_in_any_order(scene):
    scene.follow(scene.replica, workers=8, preserve_order=False)
    under_load(scene)
    scene.equal()


def stopped_and_started_and_restarted(scene):
    under_load(scene, lambda: stop_and_start(scene))
    under_load(scene, lambda: restart(scene))
    scene.equal()


def by_clean_file_and_position(scene):
    anew(scene)
    scene.follow(scene.replica, file=scene.clean_files()[0].name, position=4, workers=8)
    under_load(scene, lambda: stop_and_start(scene))
    restart(scene)
    scene.equal()
    check(position(scene)[0] == scene.clean_files()[-1].name, f'it follows {position(scene)}')


def moved_with_upstream_coordinates(scene):
    """Its first connect asks for the file and position of the server it followed so far."""
    anew(scene)
    testbed.replicate(scene.replica, scene.primary.host, scene.primary.port, scene.primary.replication_user,
                      scene.primary.replication_password, file='mysql-bin.000001', workers=4)
    scene.equal()
    word = 'REPLICA' if scene.replica.at_least('8.0') else 'SLAVE'
    scene.replica.sql(f'STOP {word}')  # before that, its position may lag behind what it has applied
    file, at = position(scene)
    check(file == 'mysql-bin.000001', file)
    scene.follow(scene.replica, file=file, position=at)
    under_load(scene)
    scene.equal()
    check(position(scene)[0] == scene.clean_files()[-1].name, f'it still follows {position(scene)}')


def status_of_an_idle_replica(scene):
    scene.follow(scene.replica, workers=4, heartbeat_period=1)
    scene.table(f'orders{next(_tables)}', rows=10)
    scene.equal()
    beats = 'SELECT COUNT_RECEIVED_HEARTBEATS FROM performance_schema.replication_connection_status'
    begin = scene.replica.value(beats)
    for _ in range(6):
        time.sleep(1)
        status = testbed.replica_status(scene.replica)
        check(status['Seconds_Behind_Source'] == 0, f'Seconds_Behind_Source: {status["Seconds_Behind_Source"]}')
        check(status['Replica_IO_Running'] == status['Replica_SQL_Running'] == 'Yes', str(status))
    check(scene.replica.value(beats) >= begin + 3, 'no heartbeats')
    last = scene.clean_files()[-1]
    check((status['Source_Log_File'], status['Read_Source_Log_Pos']) == (last.name, last.stat().st_size),
          f'it reads {status["Source_Log_File"]}:{status["Read_Source_Log_Pos"]}, the end is {last.stat().st_size}')
    check(status['Exec_Source_Log_Pos'] == status['Read_Source_Log_Pos'], 'it has not executed all')
    check(not testbed.replica_errors(scene.replica), str(testbed.replica_errors(scene.replica)))
    scene.table(f'orders{next(_tables)}', rows=10)
    scene.equal()
    # With several workers it is brought up to date now and then.
    testbed.wait_until('its position moves', lambda: position(scene)[1] == last.stat().st_size, 5)


def source_rotates(scene):
    under_load(scene, lambda: scene.primary.sql('FLUSH BINARY LOGS'))
    scene.equal()


def ahead_of_unghost_it_waits(scene):
    """A replica at a position that unghost, set back to an older state, has not reached yet."""
    anew(scene)
    scene.follow(scene.replica, file=scene.clean_files()[0].name, position=4)
    scene.equal()
    data, older = scene.unghost.folder / 'data', scene.unghost.folder / 'older'
    scene.unghost.stop()
    shutil.copytree(data, older)
    scene.unghost.start()
    under_load(scene)
    scene.equal()
    stop_and_start(scene)
    scene.unghost.stop()
    for file in data.glob('ledger*'):  # what cannot be made again is never older than the rest
        shutil.copy(file, older)
    shutil.rmtree(data)
    older.rename(data)
    scene.primary.process.send_signal(signal.SIGSTOP)
    try:
        scene.unghost.start()
        time.sleep(3)
        status = testbed.replica_status(scene.replica)
        check(status['Replica_IO_Running'] in ('Yes', 'Connecting'), str(testbed.replica_errors(scene.replica)))
    finally:
        scene.primary.process.send_signal(signal.SIGCONT)
    under_load(scene)
    scene.equal()
    check(not testbed.replica_errors(scene.replica), str(testbed.replica_errors(scene.replica)))


SCENARIOS = [by_gtid_8_workers_in_order, by_gtid_8_workers_in_any_order, stopped_and_started_and_restarted,
             status_of_an_idle_replica, moved_with_upstream_coordinates, by_clean_file_and_position,
             ahead_of_unghost_it_waits, source_rotates]


def run_all(folder, version, **options):
    run_scenarios(lambda number: Scene(folder / f'{number}', version, **options), SCENARIOS)


def test_replicas_9_7(folder):
    run_all(folder, '9.7')


def test_replicas_8_0(folder):
    run_all(folder, '8.0')


def test_replicas_5_7(folder):
    run_all(folder, '5.7')


def test_a_replica_8_0_without_gtids(folder):
    run_scenarios(lambda number: Scene(folder / f'{number}', '8.0', gtid=False),
                  [by_clean_file_and_position, moved_with_upstream_coordinates, source_rotates])


def test_what_lies_before_our_first_file_is_purged(folder):
    primary = testbed.Server('9.7', folder / 'primary')
    testbed.make_table(primary, 'shop.orders', rows=10)
    primary.sql('FLUSH BINARY LOGS; FLUSH BINARY LOGS; INSERT INTO shop.orders (customer, code) VALUES (1, 2)')
    unghost = testbed.Unghost(None, primary, folder / 'unghost')  # begins with the source's newest file
    replica = testbed.Server('9.7', folder / 'replica')

    def refusal(**start):
        testbed.replicate(replica, unghost.host, unghost.port, unghost.user, unghost.password, **start)

        def error():
            status = testbed.replica_status(replica)
            return (status['Last_IO_Errno'], status['Last_IO_Error']) if status['Replica_IO_Running'] == 'No' else None
        return testbed.wait_until('the replica gives up', error, 30)

    missing = 'Could not find first log file name in binary log index file'
    for start, words in ((dict(auto_position=True), 'purged required binary logs'),
                         (dict(file='mysql-bin.000001', position=4), missing),
                         (dict(file='mysql-bin.1000000001', position=4), missing)):
        code, text = refusal(**start)
        check(code == 13114 and words in text, f'{start}: {code} {text}')


for _test in (test_replicas_9_7, test_replicas_8_0, test_replicas_5_7):
    _test.timeout = 900
