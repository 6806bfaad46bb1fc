"""mysql-binlog-connector-java (what Debezium and Maxwell read with), by GTID and by file and position.

Final rows as the primary's. What equal means: zoo.py.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import zoo  # noqa: E402


def run(folder, version, mode):
    home = zoo.installed('mysql-binlog-connector-java-0.30.1')
    zoo.run(folder, version, f'mysql-binlog-connector-java ({mode})',
            ['java', '-Xmx128m', '-XX:+UseSerialGC', '-cp', f'{home}/*:{home}', 'Driver', mode])


def test_connector_java_gtid_9_7(folder):
    run(folder, '9.7', 'gtid')


def test_connector_java_gtid_8_0(folder):
    run(folder, '8.0', 'gtid')


def test_connector_java_position_9_7(folder):
    run(folder, '9.7', 'position')


def test_connector_java_position_8_0(folder):
    run(folder, '8.0', 'position')
