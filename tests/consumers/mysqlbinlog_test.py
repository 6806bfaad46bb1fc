"""mysqlbinlog reading from the server, at the primary and at unghost, with an account of the primary.

* Its text replayed into an empty server gives equal tables: followed with --stop-never through migrations that fold and
  pass, cut off in the middle and gone on with by GTID; and read in one piece at the end.
* The files of --raw --stop-never are the files of the server it read from, byte for byte.

It ends when its connection is lost, at the primary as well, and is started again: by GTID from what was replayed, with
--raw from the last file it has.
"""

import itertools
import re
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import servers  # noqa: E402
import testbed  # noqa: E402
import zoo  # noqa: E402
from testbed import check, wait_until  # noqa: E402

REMOTE = ['--read-from-remote-server']
REMOTE_BY_GTID = ['--read-from-remote-source=BINLOG-DUMP-GTIDS']
IN_USE_AT = 4 + 17  # low byte of the flags of the first event: LOG_EVENT_BINLOG_IN_USE is 1


_server_ids = itertools.count(900_000_001)


class Reader:
    """One run after another of a mysqlbinlog, at an end."""
    server_id_option = '--connection-server-id'

    def __init__(self, bed, name, end, program):
        self.bed, self.name, self.end = bed, name, end
        self.program = [str(p) for p in program]
        self.user = f'{name}_{end}'
        bed.account(self.user, 'REPLICATION SLAVE')
        self.login = [f'--host={testbed.HOST}', f'--port={bed.port(end)}',
                      f'--user={self.user}', f'--password={servers.PASSWORD}']
        self.log_file = bed.folder / f'{self.user}.log'
        self.was_connected = False
        self.process = None
        self.server_id = next(_server_ids)

    def first_file(self):
        return self.bed.files(self.end)[0].name

    def for_ever(self):
        """With an id of its own: the server ends the older of two dumps that have one."""
        return ['--stop-never', f'{self.server_id_option}={self.server_id}']

    def start(self, output=None):
        with open(self.log_file, 'ab') as log:
            self.process = testbed.start_process([*self.program, *self.login, *self.arguments()], stderr=log, stdout=output)

    def dump(self):
        """The connection id of the last of its dumps, or nothing."""
        return self.bed.dumps(self.end, self.user)[-1:]

    def wait_dumping(self, but=None):
        wait_until(f'{self.user} reads (see {self.log_file})', lambda: self.process.poll() is not None or self.dump() not in ([], but))
        check(self.process.poll() is None, f'{self.user} ended: {testbed.tail(self.log_file, 5)}')
        self.was_connected = True

    def wait_ended(self):
        wait_until(f'{self.user} ends with its connection', lambda: self.process.poll() is not None)


class Raw(Reader):
    """--raw --stop-never into a folder."""

    def __init__(self, bed, name, end, program, *more, by=REMOTE):
        super().__init__(bed, name, end, program)
        self.more = more
        self.by = by
        self.folder = bed.folder / self.user
        self.folder.mkdir()

    def has(self):
        return sorted(p.name for p in self.folder.iterdir())

    def arguments(self):
        return [*self.by, '--raw', *self.for_ever(), f'--result-file={self.folder}/', *self.more, (self.has() or [self.first_file()])[-1]]

    def check_equal(self):
        """Its files are the server's; the last may be open there."""
        sources = self.bed.files(self.end)
        last = sources[-1]
        wait_until(f'{self.user} has all of {last.name}', lambda: (self.folder / last.name).exists()
                   and (self.folder / last.name).stat().st_size >= last.stat().st_size)
        check(self.has() == [p.name for p in sources], f'files {self.has()} instead of {[p.name for p in sources]}')
        for source in sources:
            ours, theirs = (bytearray(p.read_bytes()) for p in (self.folder / source.name, source))
            if source == last:
                ours[IN_USE_AT] &= ~1
                theirs[IN_USE_AT] &= ~1
            check(ours == theirs, f'{self.folder / source.name} is not {source}')


class Text(Reader):
    """--stop-never into the mysql of an empty server."""

    def __init__(self, bed, name, end, program):
        super().__init__(bed, name, end, program)
        self.server = testbed.Server(bed.primary.version, bed.folder / f'{self.user}_replayed', gtid=bed.primary.gtid,
                                     **servers.SMALL)
        self.mysql = None

    def begin_to_replay(self, source):
        with open(self.log_file, 'ab') as log:
            self.mysql = subprocess.Popen([*self.server.client('mysql'), '--binary-mode'], stdin=source, stdout=log, stderr=log)

    def has(self):
        return self.server.value('SELECT @@global.gtid_executed').replace('\n', '')

    def arguments(self):
        return [*self.for_ever(), *self.behind()]

    def behind(self):
        """What is to be read: what the server does not have."""
        return [*REMOTE_BY_GTID, f'--exclude-gtids={self.has()}', self.first_file()]

    def start(self, output=None):
        super().start(subprocess.PIPE)
        self.begin_to_replay(self.process.stdout)
        self.process.stdout.close()

    def wait_ended(self):
        super().wait_ended()
        check(self.mysql.wait(60) == 0, f'mysql ended with {self.mysql.returncode}: {testbed.tail(self.log_file, 5)}')

    def check_equal(self):
        """What it had not given to mysql when it was cut off comes with a last run, to the end of the log."""
        text = self.bed.folder / f'{self.user}.sql'
        testbed.run([*self.program, *self.login, '--to-last-log', *self.behind(), f'--result-file={text}'])
        servers.load(text, self.server, '--binary-mode')
        testbed.check_equal(self.bed.primary, self.server)


class Whole(Reader):
    """All of the log as text, at the end, by file and position."""
    gtids = True  # it prints them

    def mend(self, text):
        """What the program writes wrongly at the primary as well."""

    def check_equal(self):
        text = self.bed.folder / f'{self.user}.sql'
        testbed.run([*self.program, *self.login, *REMOTE, '--to-last-log', f'--result-file={text}', self.first_file()])
        self.was_connected = True
        self.mend(text)
        server = testbed.Server(self.bed.primary.version, self.bed.folder / f'{self.user}_replayed', gtid=self.gtids,
                                **servers.SMALL)
        servers.load(text, server, '--binary-mode')
        testbed.check_equal(self.bed.primary, server)
        server.stop()


def lose_connections(readers, restart=None):
    """All end; they are started again."""
    readers = [r for r in readers if not (restart and r.end == 'direct')]
    old = {r: r.dump() for r in readers}
    if restart:
        restart()
    else:
        for r in readers:
            r.bed.kill(r.end, old[r][0])
    for r in readers:
        r.wait_ended()
        r.start()
    for r in readers:
        r.wait_dumping(but=old[r])


def run(folder, version, name, program_version, make, at_the_end, **options):
    """make, at_the_end: (bed, end) -> readers, the first at work all the time."""
    bed = servers.Bed(folder, version, **options)
    readers = [r for end in servers.ENDS for r in make(bed, end)]
    for r in readers:
        r.start()
    for r in readers:
        r.wait_dumping()
    bed.begin()
    for verdict in ('folding', 'passing'):
        bed.migrate(verdict, lambda: lose_connections(readers), lambda: lose_connections(readers, bed.unghost.restart))
    bed.finish()
    for end in servers.ENDS:
        bed.position(end)  # unghost has all
    for r in readers:
        if isinstance(r, Text):
            bed.kill(r.end, r.dump()[0])
            r.wait_ended()
    for r in [*readers, *(r for end in servers.ENDS for r in at_the_end(bed, end))]:
        with bed.verdict(f'{name} ({r.name.replace("_", " ")})', program_version, r.end, lambda: r.was_connected):
            r.check_equal()
    bed.check_all()


def of_mysql(folder, version, program='same'):
    program_version = version if program == 'same' else program
    program = [testbed.cached(f'mysql-{program_version}') / 'run' / 'mysqlbinlog']
    run(folder, version, 'mysqlbinlog', {'9.7': '9.7.4', '8.0': '8.0.33'}[program_version],
        lambda bed, end: [Raw(bed, 'raw', end, program), Raw(bed, 'raw_zstd', end, program, '--compression-algorithms=zstd')
                          if version != '5.7' else Raw(bed, 'raw_zlib', end, program, '--compression-algorithms=zlib'),
                          Raw(bed, 'raw_by_gtid', end, program, by=REMOTE_BY_GTID),
                          Text(bed, 'text_by_gtid', end, program)],
        lambda bed, end: [Whole(bed, 'text', end, program)])


def test_mysqlbinlog_9_7(folder):
    of_mysql(folder, '9.7')


def test_mysqlbinlog_8_0(folder):
    of_mysql(folder, '8.0')


def test_mysqlbinlog_8_0_at_5_7(folder):
    of_mysql(folder, '5.7', '8.0')


def test_mysqlbinlog_8_0_at_9_7(folder):
    of_mysql(folder, '9.7', '8.0')


# --- MariaDB's

def mariadb_program():
    program = zoo.installed('mariadb-client') / 'run' / 'mariadb-binlog'
    version = testbed.run([program, '--version']).split(' from ')[1].split('-')[0]
    # Certificates of the servers' own making are nobody's that it knows.
    return [program, '--skip-ssl-verify-server-cert'], version


class MariadbRaw(Raw):
    server_id_option = '--stop-never-slave-server-id'


class MariadbWhole(Whole):
    gtids = False  # it knows MariaDB's alone

    def mend(self, text):
        """It sets variables that MySQL does not have."""
        text.write_bytes(re.sub(rb', @@session\.(?:check_constraint_checks|sql_if_exists|explicit_defaults_for_timestamp|'
                                rb'system_versioning_insert_history)=\w+', b'', text.read_bytes()))


def test_mariadb_binlog_5_7(folder):
    program, version = mariadb_program()
    run(folder, '5.7', 'mariadb-binlog', version, lambda bed, end: [MariadbRaw(bed, 'raw', end, program)],
        lambda bed, end: [MariadbWhole(bed, 'text', end, program)])


def not_at(folder, version):
    """It reads from no MySQL from 8.0 on: it is told the same of both."""
    program, program_version = mariadb_program()
    bed = servers.Bed(folder, version)
    words = []
    for end in servers.ENDS:
        reader = Raw(bed, 'mariadb', end, program)
        done = subprocess.run([*reader.program, *reader.login, *REMOTE, '--to-last-log', reader.first_file()],
                              capture_output=True, text=True)
        words.append(done.stderr.strip())
        print(f'zoo   mariadb-binlog {program_version}, MySQL {bed.source_version}, {end}: connected no: {words[-1]}')
    check(words[0] == words[1] and words[0], 'it is not told the same')


def test_mariadb_binlog_is_told_the_same_9_7(folder):
    not_at(folder, '9.7')


def test_mariadb_binlog_is_told_the_same_8_0(folder):
    not_at(folder, '8.0')


for _test in (test_mysqlbinlog_9_7, test_mysqlbinlog_8_0, test_mysqlbinlog_8_0_at_5_7, test_mysqlbinlog_8_0_at_9_7,
              test_mariadb_binlog_5_7):
    _test.timeout = 900
