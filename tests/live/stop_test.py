"""A stop goes on pulling: the source's log is kept here meanwhile, so the source may purge it, and unghost may restart.

$UNGHOST_STOP_MIB: how much is logged in the long one (2048).
"""

import os
import pwd
import subprocess

import testbed
from scene import Scene
from testbed import check, wait_until

MIB = 1 << 20
FIRST = 8  # MiB: the first UPDATE of each row has no large before image
RESOLVED = 'ALTER TABLE shop.orders ADD COLUMN d int, DROP KEY person'


def stopped(folder, version, **options):
    """A scene whose publishing has stopped: somebody altered the original while gh-ost copied it."""
    scene = Scene(folder, version, **options)
    scene.table('orders')
    scene.primary.sql('CREATE TABLE shop.bulk (id int PRIMARY KEY, b longblob); '
                      "INSERT INTO shop.bulk VALUES (0, ''), (1, ''), (2, ''), (3, '')")
    tool = testbed.gh_ost(scene.primary, '1.1.8', 'shop', 'orders', 'ADD COLUMN d int', wait=False, postpone=True)
    tool.wait_for_output('ostponing')
    scene.primary.sql('ALTER TABLE shop.orders ADD KEY person (note)')
    scene.wait_said(0, 'disturbed')
    tool.postpone_flag.unlink()
    tool.succeed()
    scene.wait_stopped()
    return scene


def log(scene, mib):
    """So much of log, in files of up to 64 MiB, each purged as soon as it is pulled."""
    purge_each = min(64, mib // 2)
    connection = scene.primary.root()
    with connection.cursor() as cursor:
        cursor.execute("SET SESSION binlog_row_image = 'FULL'")
        for number in range(mib // 2):
            cursor.execute(f"UPDATE shop.bulk SET b = REPEAT(CHAR({65 + number % 26}), {MIB}) WHERE id = {number % 4}")
            if number % (purge_each // 2) == purge_each // 2 - 1:
                purge(scene)
    connection.close()


def purge(scene):
    scene.primary.sql('FLUSH BINARY LOGS')
    file, position = scene.primary.position()[:2]
    wait_until('unghost has pulled it', lambda: scene.unghost.pulled() >= (file, position), 120)
    scene.primary.sql(f"PURGE BINARY LOGS TO '{file}'")
    left = [row[0] for row in scene.primary.sql('SHOW BINARY LOGS')]
    check(left == [file], f'the source keeps {left}')


def in_the_spool(scene):
    folder = scene.unghost.folder / 'data' / 'spool'
    return sum(file.stat().st_size for file in folder.iterdir()) if folder.exists() else 0


def goes_on_pulling(folder, version, mib, **options):
    scene = stopped(folder, version, **options)
    unghost, stop = scene.unghost, scene.stop()
    published = unghost.status()['published']
    log(scene, mib // 2)
    check(in_the_spool(scene) >= (mib // 2 - FIRST) * MIB, f'{in_the_spool(scene)} bytes in the spool')
    unghost.kill9()
    unghost.start()
    check(scene.wait_stopped() == stop, 'it stops elsewhere after a restart')
    log(scene, mib - mib // 2)

    status, metrics = unghost.status(), unghost.metrics()
    check(status['published'] == published, f'published {status["published"]}, was {published}')
    check(status['published_source']['file'] < status['pulled']['file'], str(status))
    check((mib - FIRST) * MIB <= status['spooled_bytes'] <= status['unpublished_bytes'], str(status))
    check(metrics['unghost_spooled_bytes'] == status['spooled_bytes'], str(metrics))
    check(status['source']['unpulled_bytes'] == 0, str(status['source']))
    lag = status['source']['lag_seconds']
    consumer = wait_until('the replica is back', lambda: [one for one in unghost.status()['sessions'] if one['dumping']], 90)[0]
    check(consumer['behind_bytes'] == 0 and consumer['lag_seconds'] >= lag - 2, f'{consumer} lags {lag} s')
    said = unghost_status(scene)
    check('in the spool)' in said, said)

    unghost.command('resume', stop, '--sql', RESOLVED, '--yes')
    scene.equal(timeout=600)
    wait_until('the spool is empty', lambda: in_the_spool(scene) == 0, 30)
    check(unghost.metrics()['unghost_spooled_bytes'] == 0, 'bytes are left in the spool')
    scene.primary.sql("UPDATE shop.bulk SET b = 'last'")
    scene.equal()
    # What came by the spool is on the disk as what came straight.
    unghost.restart()
    scene.primary.sql("UPDATE shop.bulk SET b = 'and after a restart'")
    scene.equal()


def resume(scene, *arguments, answer=''):
    """Exit code, and all that it printed."""
    done = subprocess.run([str(testbed.unghost_binary()), 'resume', *arguments, '--data', str(scene.unghost.folder / 'data')],
                          input=answer, capture_output=True, text=True, timeout=60)
    return done.returncode, done.stdout + done.stderr


def test_resume_shows_what_it_is_about_and_asks(folder):
    scene = stopped(folder, '9.7')
    stop = scene.stop()
    shown = ('ADD COLUMN d int', 'disturbed   another statement (connection ', ' changed shop.orders at mysql-bin.',
             '+   `d` int DEFAULT NULL')
    said = unghost_status(scene)
    for part in (stop, *shown):
        check(part in said, f'{part} is not in\n{said}')
    for arguments, answer, code, parts in (
            (('--sql', RESOLVED, '--dry-run'), 'y\n', 0, (*shown, f'in its place: the statement: {RESOLVED}')),
            (('--sql', RESOLVED), 'n\n', 1, (*shown, 'Do it? [y/N]', 'nothing was done')),
            (('--sql', RESOLVED), '', 1, ('nothing was done',)),
            (('--sql', 'ALTER TABLE shop.bulk ADD COLUMN d int', '--dry-run'), '', 1, ('the stop is about shop.orders',)),
            (('--sql', 'DROP TABL shop.orders', '--yes'), '', 1, ('no statement that changes a table',))):
        got, text = resume(scene, stop, *arguments, answer=answer)
        check(got == code and all(part in text for part in parts), f'{arguments}: {got}, {text}')
        check(scene.stop() == stop, f'{arguments} ended the stop')
    code, text = resume(scene, 'mysql-bin.000001:4', '--pass', '--yes')
    check(code == 1 and f'stopped at {stop}, not at mysql-bin.000001:4' in text, text)
    code, text = resume(scene, stop, '--sql', RESOLVED, answer='y\n')
    check(code == 0 and text.endswith('resumed\n'), text)
    scene.equal()
    user = pwd.getpwuid(os.getuid()).pw_name
    check(f'by the word of {user}: --sql' in scene.unghost.log() and RESOLVED not in scene.unghost.log(), 'the log')
    said = scene.unghost.command('migrations')
    check(f"resumed     --sql '{RESOLVED}' by {user} at 20" in said, said)
    code, text = resume(scene, stop, '--pass', '--dry-run')
    check(code == 1 and 'publishing is not stopped' in text, text)


def unghost_status(scene):
    return subprocess.run([str(testbed.unghost_binary()), 'status', '--data', str(scene.unghost.folder / 'data')],
                          capture_output=True, text=True, timeout=60).stdout


def test_a_stop_goes_on_pulling_9_7(folder):
    goes_on_pulling(folder, '9.7', 64)


def test_a_stop_goes_on_pulling_without_gtids_8_0(folder):
    goes_on_pulling(folder, '8.0', 64, gtid=False)


def test_a_stop_of_gigabytes_9_7(folder):
    goes_on_pulling(folder, '9.7', int(os.environ.get('UNGHOST_STOP_MIB', '2048')))


def test_a_stop_pulls_into_no_spool_where_none_is_wanted(folder):
    scene = stopped(folder, '8.0', config='[store]\nspool_size = 0\n')
    pulled = scene.unghost.pulled()
    scene.primary.sql("UPDATE shop.bulk SET b = 'x'")
    check(scene.unghost.pulled() == pulled, 'it pulls')
    check(in_the_spool(scene) == 0, 'there is a spool')
    scene.unghost.command('resume', scene.stop(), '--sql', RESOLVED, '--yes')
    scene.equal()


def test_killed_again_and_again_while_the_spool_is_rewritten(folder):
    scene = stopped(folder, '9.7')
    log(scene, 192)
    scene.unghost.command('resume', scene.stop(), '--sql', RESOLVED, '--yes')
    for _ in range(6):
        scene.unghost.kill9()
        scene.unghost.start()
    scene.equal(timeout=300)


def test_the_source_is_gone_while_the_spool_is_rewritten(folder):
    """What was pulled is published without it."""
    scene = stopped(folder, '8.0')
    log(scene, 32)
    stop = scene.stop()
    all_of_it = scene.primary.position()[:2]
    wait_until('all is pulled', lambda: scene.unghost.pulled() == all_of_it)
    scene.primary.kill9()
    scene.unghost.command('resume', stop, '--sql', RESOLVED, '--yes')
    wait_until('all that was pulled is published', lambda: scene.unghost.status()['unpublished_bytes'] == 0, 60)
    scene.primary.start()
    scene.primary.sql("UPDATE shop.bulk SET b = 'last'")
    scene.equal()
