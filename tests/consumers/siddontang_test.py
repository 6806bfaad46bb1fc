"""siddontang/go-mysql, as go-mysql was called before: its BinlogSyncer by GTID and by file and position.

Final rows as the primary's. What equal means: zoo.py.

It does not wait for the OK that ends caching_sha2_password's full login, and takes the scramble of a request to
switch for one byte longer than it is, at the primary as well ("invalid sequence"). So its account is of another kind.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import zoo  # noqa: E402


def run(folder, version, mode):
    zoo.run(folder, version, f'siddontang/go-mysql ({mode})', [zoo.installed('siddontang-1.1.0') / 'driver', mode],
            plugin='sha256_password' if version == '9.7' else 'mysql_native_password')


def test_siddontang_gtid_9_7(folder):
    run(folder, '9.7', 'gtid')


def test_siddontang_gtid_8_0(folder):
    run(folder, '8.0', 'gtid')


def test_siddontang_position_9_7(folder):
    run(folder, '9.7', 'position')


def test_siddontang_position_8_0(folder):
    run(folder, '8.0', 'position')
