"""A data folder without room: the program says so, serves on, and goes on when there is room. Real tmpfs, as root."""

import atexit
import contextlib
import os
import subprocess
import threading

import testbed
from testbed import check, wait_until

PAGE = 4096


@contextlib.contextmanager
def small_disk(folder, megabytes=8, inodes=60):
    folder.mkdir(parents=True)
    testbed.run(['mount', '-t', 'tmpfs', '-o', f'size={megabytes}m,nr_inodes={inodes}', 'unghost-test', folder])

    def unmount():
        subprocess.run(['umount', '--lazy', folder], stderr=subprocess.DEVNULL)
    atexit.register(unmount)
    try:
        yield
    finally:
        unmount()
        atexit.unregister(unmount)


def fill(folder, pages):
    """Leaves so many free pages."""
    with open(folder / 'filler', 'wb', buffering=0) as file:
        while (free := os.statvfs(folder).f_bavail) > pages:
            # unghost, which runs, may take a page in between.
            with contextlib.suppress(OSError):
                file.write(bytes(PAGE * (free - pages)))


def fill_inodes(folder):
    os.makedirs(folder / 'fillers', exist_ok=True)
    for number in range(os.statvfs(folder).f_favail):
        (folder / 'fillers' / str(number)).touch()


def make_room(folder):
    (folder / 'filler').unlink(missing_ok=True)
    if (folder / 'fillers').exists():
        for file in (folder / 'fillers').iterdir():
            file.unlink()
        (folder / 'fillers').rmdir()


def insert(source, rows=40):
    source.sql('INSERT INTO d.t (b) VALUES ' + ', '.join(["(REPEAT('x', 1000))"] * rows))


def wait_until_published(source, ours):
    executed = source.value('SELECT @@global.gtid_executed')
    wait_until('all is published', lambda: ours.status()['phase'] == 'serving' and source.value(
        'SELECT GTID_SUBSET(%s, %s)', (executed, ours.status()['gtid_executed'])), 120)


def check_files(source, ours, data, again):
    """What is stored is what the source's log and the ledger give offline."""
    first = int(ours.status()['oldest_file'].rsplit('.')[1])
    logs = [log for log in source.binlog_files() if int(log.suffix[1:]) + 1_000_000_000 >= first]
    ours.stop()
    testbed.run([testbed.unghost_binary(), 'fold', '--ledger', data / 'ledger', *logs, '-o', again], 'unghost fold')
    for file in sorted(again.iterdir()):
        # The last one is still being written at the source: it may have a tail that was not pulled.
        stored = (data / file.name).read_bytes()
        check(stored and file.read_bytes()[:len(stored)] == stored, f'{file.name} differs from what was served')


def rotate(source):
    for _ in range(3):
        source.sql('FLUSH BINARY LOGS')
        insert(source, 2)


def append(source):
    for _ in range(10):
        insert(source)


def begin_migration(source):
    """The statements of a gh-ost run up to its copy: publishing waits for a verdict twice."""
    source.sql("CREATE /* gh-ost */ TABLE d._t_ghc (id bigint AUTO_INCREMENT PRIMARY KEY, hint varchar(64) CHARACTER SET "
               "ascii NOT NULL, value varchar(4096), UNIQUE KEY hint_uidx (hint)) AUTO_INCREMENT=256")
    source.sql('CREATE /* gh-ost */ TABLE d._t_gho LIKE d.t')
    source.sql('ALTER /* gh-ost */ TABLE d._t_gho ADD COLUMN c int')
    insert(source)


def end_migration(source):
    source.sql('DROP TABLE IF EXISTS d._t_gho; DROP TABLE IF EXISTS d._t_ghc')


def check_fills(folder, happens):
    source = testbed.Server('8.0', folder / 'source')
    source.sql('CREATE DATABASE d; CREATE TABLE d.t (id int AUTO_INCREMENT PRIMARY KEY, b varchar(2000))')
    insert(source)
    for number, pages in enumerate((0, 1, 2, 5, 8, None)):
        what = f'{happens.__name__} with {"no free inode" if pages is None else f"{pages} free pages"}'
        source.sql('FLUSH BINARY LOGS')
        home = folder / f'unghost-{number}'
        data = home / 'data'
        with small_disk(data):
            ours = testbed.Unghost(None, source, home)
            wait_until_published(source, ours)
            if pages is None:
                fill_inodes(data)
            else:
                fill(data, pages)
            happens(source)
            # What needs no more than there is, is no full disk.
            wait_until(f'{what}: it waits for room, or has enough', lambda: ours.status()['phase'] == 'disk full' or (
                pages != 0 and ours.status()['unpublished_bytes'] == 0), 60)
            insert(source)
            if ours.status()['phase'] == 'disk full':
                check('No space left' in ours.log(), f'{what}: the log does not say why\n{ours.log()}')
            check(ours.process.poll() is None, f'{what}: it ended')
            make_room(data)
            wait_until_published(source, ours)
            end_migration(source)
            wait_until_published(source, ours)
            check_files(source, ours, data, folder / f'again-{number}')
        print(f'      {what}: waited, went on, the files are the same', flush=True)


def test_a_rotation_waits_for_room(folder):
    check_fills(folder, rotate)


test_a_rotation_waits_for_room.timeout = 900


def test_a_transaction_waits_for_room(folder):
    check_fills(folder, append)


test_a_transaction_waits_for_room.timeout = 900


def test_a_verdict_waits_for_room(folder):
    check_fills(folder, begin_migration)


test_a_verdict_waits_for_room.timeout = 900


def test_a_start_waits_for_room(folder):
    source = testbed.Server('8.0', folder / 'source')
    source.sql('CREATE DATABASE d; CREATE TABLE d.t (id int AUTO_INCREMENT PRIMARY KEY, b varchar(2000))')
    data = folder / 'unghost' / 'data'
    with small_disk(data):
        ours = testbed.Unghost(None, source, folder / 'unghost')
        insert(source)
        wait_until_published(source, ours)
        fill(data, 0)
        rotate(source)
        wait_until('it waits for room', lambda: ours.status()['phase'] == 'disk full')
        ours.kill9()
        later = threading.Timer(5, make_room, [data])
        later.start()
        ours.start()
        later.join()
        wait_until_published(source, ours)
        check_files(source, ours, data, folder / 'again')
