"""Flink CDC in Flink's mini-cluster: its snapshot in chunks, the log, a start from its newest checkpoint; a snapshot while
copies are under way.

Final rows as the primary's. What equal means: zoo.py and zoo_snapshot.py.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import zoo  # noqa: E402
import zoo_snapshot  # noqa: E402


def program():
    home = zoo.installed('flink-cdc-3.5.0')
    opened = [f'--add-opens=java.base/{package}=ALL-UNNAMED' for package in ('java.lang', 'java.util', 'java.time')]
    return ['java', '-Xmx320m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', *opened, '-cp', f'{home}:{home}/lib/*', 'Driver']


def test_flink_cdc_8_0(folder):
    # On a busy machine it has missed a CREATE TABLE, at the primary, when it was started again from a checkpoint.
    zoo_snapshot.run(folder, '8.0', 'Flink CDC', program(), tries=3)


def test_flink_cdc_snapshot_in_the_middle_8_0(folder):
    zoo_snapshot.run_in_the_middle(folder, '8.0', 'Flink CDC', program())
