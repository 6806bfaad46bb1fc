"""Vitess' vstreamer, as vttablet runs it over a MySQL server: by GTID.

Final rows as the primary's. What equal means: zoo.py.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import zoo  # noqa: E402


def run(folder, version):
    zoo.run(folder, version, 'Vitess vstreamer', [zoo.installed('vstreamer-0.24.4') / 'driver'], looks_back=True)


def test_vstreamer_9_7(folder):
    run(folder, '9.7')


def test_vstreamer_8_0(folder):
    run(folder, '8.0')
