"""go-mysql: its BinlogSyncer by GTID and by file and position, and its canal (by GTID, without a dump).

Final rows as the primary's. What equal means: zoo.py.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import zoo  # noqa: E402


def run(folder, version, mode):
    zoo.run(folder, version, f'go-mysql ({mode})', [zoo.installed('go-mysql-1.12.0') / 'driver', mode])


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
