"""mysql-replication (Python), by GTID: final rows as the primary's. What equal means: zoo.py."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import zoo  # noqa: E402

DRIVER = Path(__file__).parent / 'python-mysql-replication' / 'driver.py'


def run(folder, version):
    site = zoo.installed('mysql-replication-1.0.17') / 'site'
    zoo.run(folder, version, 'mysql-replication', ['env', f'PYTHONPATH={site}', sys.executable, DRIVER])


def test_mysql_replication_9_7(folder):
    run(folder, '9.7')


def test_mysql_replication_8_0(folder):
    run(folder, '8.0')
