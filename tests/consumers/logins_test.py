"""Which accounts programs log in with: at the primary, and at unghost, which asks each for a switch to the account's plugin.

On 8.0, which has all three plugins, without TLS. The server has forgotten the password each time, so that
caching_sha2_password takes its full exchange. A program is in when a row of the log has come.
docs/consumers.md has the table.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import servers  # noqa: E402
import testbed  # noqa: E402
import zoo  # noqa: E402
from scene import SCHEMA  # noqa: E402

HERE = Path(__file__).parent
PLUGINS = 'mysql_native_password', 'caching_sha2_password', 'sha256_password'
RIGHTS = 'SELECT, RELOAD, SHOW DATABASES, LOCK TABLES, REPLICATION SLAVE, REPLICATION CLIENT'


def java(name, *mode):
    home = zoo.installed(name)
    return ['java', '-Xmx128m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-cp', f'{home}:{home}/*:{home}/lib/*', 'Driver', *mode]


def programs():
    """name -> (program, the plugins it is let in with)"""
    site = zoo.installed('mysql-replication-1.0.17') / 'site'
    return {
        'mysql-replication': (['env', f'PYTHONPATH={site}', sys.executable, HERE / 'python-mysql-replication' / 'driver.py'], '***'),
        '@vlasky/zongji': (['node', HERE / 'zongji-vlasky' / 'driver.mjs', zoo.installed('zongji-vlasky-0.9.0')], '***'),
        '@powersync/mysql-zongji': (['node', HERE / 'zongji-powersync' / 'driver.cjs', zoo.installed('zongji-powersync-0.6.2')], '***'),
        'go-mysql': ([zoo.installed('go-mysql-1.12.0') / 'driver', 'gtid'], '***'),
        'siddontang/go-mysql': ([zoo.installed('siddontang-1.1.0') / 'driver', 'gtid'], '*-*'),
        'mysql-binlog-connector-java': (java('mysql-binlog-connector-java-0.30.1', 'gtid'), '**-'),
        'Debezium': (java('debezium-3.6.1.Final'), '**-'),
        'Canal': (java('canal-1.1.7', 'gtid'), '**-'),
    }


class Followed:
    """In place of a Model: whether a row of the log has come; snapshots' rows have no place there."""

    def __init__(self, keeps_places):
        self.keeps_places = keeps_places
        self.rows = 0

    def forget_open(self):
        pass

    def apply(self, line):
        self.rows += line['kind'] == 'row' and (not self.keeps_places or line.get('at') is not None)


def is_let_in(bed, end, program, folder):
    folder.mkdir(parents=True)
    bed.primary.sql('FLUSH PRIVILEGES')
    place = dict(zip(('file', 'position', 'gtid'), bed.position(end)))
    consumer = zoo.Consumer(end, program, bed.port(end), place, folder, Followed('debezium' in str(program)))
    consumer.wait('follows', lambda: consumer.model.rows > 0, 30)
    consumer.stop()
    return consumer.error is None


def test_logins_8_0(folder):
    bed = servers.Bed(folder, '8.0', binlog_row_metadata='FULL')
    bed.account(zoo.USER, RIGHTS)
    bed.primary.sql(f'CREATE DATABASE {SCHEMA}')
    bed.scene.table('orders')
    writer = bed.scene.writer('orders')
    failures = []
    for name, (program, wanted) in programs().items():
        for number, plugin in enumerate(PLUGINS):
            bed.primary.sql(f"ALTER USER {zoo.USER}@'%' IDENTIFIED WITH {plugin} BY '{zoo.PASSWORD}'")
            # One after the other: once an account is in, the server lets it in by a shorter way.
            for end in servers.ENDS:
                let_in = is_let_in(bed, end, program, folder / name.replace('/', '_') / plugin / end)
                print(f'zoo   {name}, {plugin}, {end}: {"in" if let_in else "not in"}', flush=True)
                if let_in != (wanted[number] == '*'):
                    failures.append(f'{name}, {plugin}, {end}: {"in" if let_in else "not in"}')
    writer.stop()
    testbed.check(not failures, 'other than known: ' + '; '.join(failures))


test_logins_8_0.timeout = 900
