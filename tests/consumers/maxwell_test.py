"""Maxwell, embedded, by GTID and by file and position, on 5.7. Its own database is on the source, written through its end.

Final rows as the primary's. What equal means: zoo.py and zoo_snapshot.py.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import zoo  # noqa: E402
import zoo_snapshot  # noqa: E402


def run(folder, version, mode):
    home = zoo.installed('maxwell-1.22.6')
    zoo_snapshot.run(folder, version, f'Maxwell ({mode})',
                     ['java', '-Xmx192m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-cp', f'{home}:{home}/lib/*',
                      'Driver', mode],
                     gtid=mode == 'gtid', snapshot=False, setup=lambda primary: primary.sql(
                         f"GRANT ALL ON `maxwell\\_%`.* TO {zoo.USER}@'%'"))


def test_maxwell_position_5_7(folder):
    run(folder, '5.7', 'position')


def test_maxwell_gtid_5_7(folder):
    run(folder, '5.7', 'gtid')
