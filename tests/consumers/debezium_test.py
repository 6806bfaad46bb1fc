"""Debezium, embedded: its initial snapshot, by GTID and by file and position; a snapshot while copies are under way.

Final rows as the primary's. What equal means: zoo.py and zoo_snapshot.py.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import zoo  # noqa: E402
import zoo_snapshot  # noqa: E402


def program(version):
    home = zoo.installed(f'debezium-{version}')
    return ['java', '-Xmx192m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-cp', f'{home}:{home}/lib/*', 'Driver']


def tables(version):
    # 2.7 reads its tables after a COMMIT behind its UNLOCK TABLES: a little later than the place it streams from.
    return zoo_snapshot.AT_LEAST if version.startswith('2.') else zoo_snapshot.Tables


def run(folder, mysql, version, mode):
    zoo_snapshot.run(folder, mysql, f'Debezium ({mode})', program(version), gtid=mode == 'gtid', tables=tables(version))


def in_the_middle(folder, mysql, version):
    zoo_snapshot.run_in_the_middle(folder, mysql, 'Debezium', program(version), tables=tables(version))


def test_debezium_3_6_gtid_9_7(folder):
    run(folder, '9.7', '3.6.1.Final', 'gtid')


def test_debezium_3_6_gtid_8_0(folder):
    run(folder, '8.0', '3.6.1.Final', 'gtid')


def test_debezium_3_6_position_9_7(folder):
    run(folder, '9.7', '3.6.1.Final', 'position')


def test_debezium_3_6_position_8_0(folder):
    run(folder, '8.0', '3.6.1.Final', 'position')


def test_debezium_3_6_snapshot_in_the_middle_9_7(folder):
    in_the_middle(folder, '9.7', '3.6.1.Final')


def test_debezium_3_6_snapshot_in_the_middle_8_0(folder):
    in_the_middle(folder, '8.0', '3.6.1.Final')


def test_debezium_2_7_gtid_8_0(folder):
    run(folder, '8.0', '2.7.4.Final', 'gtid')


def test_debezium_2_7_position_8_0(folder):
    run(folder, '8.0', '2.7.4.Final', 'position')


def test_debezium_2_7_snapshot_in_the_middle_8_0(folder):
    in_the_middle(folder, '8.0', '2.7.4.Final')
