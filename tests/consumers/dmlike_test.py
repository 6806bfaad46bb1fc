"""What TiDB DM takes for granted of the log it is sent: go-mysql with DM's settings, and DM's rules.

DM itself: dm.sh. The rules (dmlike/rules.go): the order in which a connection begins; names of files; positions
without holes; no event flagged artificial that moves a place; transactions that end in XID or a DDL; each GTID
once, in order; PREVIOUS_GTIDS that hold what came; statements in TiDB's grammar with status variables DM knows;
positions that a second dump turns into the same GTIDs; SHOW BINARY LOG STATUS that names the end of a transaction
which then comes; and after a lost connection, again, byte for byte what came before. They hold at the primary too.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import testbed  # noqa: E402
import zoo  # noqa: E402


def test_dmlike_refuses_broken_logs(folder):
    testbed.run([zoo.installed('dmlike') / 'driver.test'], 'the rules\' own tests')


def run(folder, version, mode):
    zoo.run(folder, version, f'dmlike ({mode})', [zoo.installed('dmlike') / 'driver', mode])


def test_dmlike_gtid_9_7(folder):
    run(folder, '9.7', 'gtid')


def test_dmlike_gtid_8_0(folder):
    run(folder, '8.0', 'gtid')


def test_dmlike_position_9_7(folder):
    run(folder, '9.7', 'position')


def test_dmlike_position_8_0(folder):
    run(folder, '8.0', 'position')
