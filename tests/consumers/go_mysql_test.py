"""go-mysql: its BinlogSyncer by GTID and by file and position, and its canal: by GTID without a dump; after a
snapshot under load with the server's own mysqldump, by GTID and by file and position.

Final rows as the primary's. What equal means: zoo.py.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import testbed  # noqa: E402
import zoo  # noqa: E402


def run(folder, version, mode):
    zoo.run(folder, version, f'go-mysql ({mode})', [zoo.installed('go-mysql-1.12.0') / 'driver', mode],
            looks_back=mode == 'canal')


def test_go_mysql_gtid_9_7(folder):
    run(folder, '9.7', 'gtid')


def test_go_mysql_gtid_8_0(folder):
    run(folder, '8.0', 'gtid')


def test_go_mysql_position_9_7(folder):
    run(folder, '9.7', 'position')


def test_go_mysql_position_8_0(folder):
    run(folder, '8.0', 'position')


def test_go_mysql_canal_9_7(folder):
    run(folder, '9.7', 'canal')


def test_go_mysql_canal_8_0(folder):
    run(folder, '8.0', 'canal')


def run_snapshot(folder, version, mode):
    zoo.run(folder, version, f'go-mysql ({mode} after mysqldump)',
            [zoo.installed('go-mysql-1.12.0') / 'driver', mode, testbed.cached(f'mysql-{version}') / 'run' / 'mysqldump'],
            snapshot=True, looks_back=True)


def test_go_mysql_canal_snapshot_gtid_9_7(folder):
    run_snapshot(folder, '9.7', 'canal-gtid')


def test_go_mysql_canal_snapshot_gtid_8_0(folder):
    run_snapshot(folder, '8.0', 'canal-gtid')


def test_go_mysql_canal_snapshot_position_9_7(folder):
    run_snapshot(folder, '9.7', 'canal-position')


def test_go_mysql_canal_snapshot_position_8_0(folder):
    run_snapshot(folder, '8.0', 'canal-position')
