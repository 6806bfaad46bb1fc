"""Canal's parser, embedded, by GTID and by file and position; its table definitions come from the source as it asks.

Final rows as the primary's. What equal means: zoo.py and zoo_snapshot.py.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import zoo  # noqa: E402
import zoo_snapshot  # noqa: E402


def run(folder, version, mode):
    home = zoo.installed('canal-1.1.7')
    zoo_snapshot.run(folder, version, f'Canal ({mode})',
                     ['java', '-Xmx192m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-cp', f'{home}:{home}/lib/*',
                      'Driver', mode], snapshot=False)


def test_canal_position_8_0(folder):
    run(folder, '8.0', 'position')


def test_canal_gtid_8_0(folder):
    run(folder, '8.0', 'gtid')


def test_canal_position_5_7(folder):
    run(folder, '5.7', 'position')


def test_canal_gtid_5_7(folder):
    run(folder, '5.7', 'gtid')


# It waits 10 to 20 s before it connects again.
for _test in (test_canal_position_8_0, test_canal_gtid_8_0, test_canal_position_5_7, test_canal_gtid_5_7):
    _test.timeout = 600
