"""The zongji forks (Node.js): @vlasky/zongji by GTID, @powersync/mysql-zongji by file and position.

Final rows as the primary's. What equal means: zoo.py.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import zoo  # noqa: E402

HERE = Path(__file__).parent


def vlasky(folder, version):
    zoo.run(folder, version, '@vlasky/zongji', ['node', HERE / 'zongji-vlasky' / 'driver.mjs', zoo.installed('zongji-vlasky-0.9.0')])


def powersync(folder, version):
    zoo.run(folder, version, '@powersync/mysql-zongji',
            ['node', HERE / 'zongji-powersync' / 'driver.cjs', zoo.installed('zongji-powersync-0.6.2')])


def test_vlasky_zongji_9_7(folder):
    vlasky(folder, '9.7')


def test_vlasky_zongji_8_0(folder):
    vlasky(folder, '8.0')


def test_powersync_zongji_9_7(folder):
    powersync(folder, '9.7')


def test_powersync_zongji_8_0(folder):
    powersync(folder, '8.0')
