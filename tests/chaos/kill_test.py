"""unghost is killed at random moments and in each state of a migration: nothing is lost, nothing comes twice."""

import re
import sys
import threading
import time
from pathlib import Path

import testbed

sys.path.insert(0, str(Path(__file__).parent))
from chaos_scene import Scene  # noqa: E402


class Watch:
    """Waits for new bytes in a file, or in the newest binlog of a server."""

    def __init__(self, path):
        self.path = path
        self.file, self.offset = None, 0
        self.new()

    def new(self):
        path = self.path() if callable(self.path) else self.path
        if path != self.file:
            first = self.file is None
            self.file = path
            self.offset = path.stat().st_size if first else 0
        with open(path, 'rb') as log:
            log.seek(max(0, self.offset - 200))
            data = log.read()
        self.offset = path.stat().st_size
        return data

    def wait(self, pattern, timeout):
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            if re.search(pattern, self.new()):
                return True
            time.sleep(0.001)
        return False


def newest_binlog(server):
    return lambda: max(server.datadir.glob(server.log_bin + '.[0-9]*'), key=lambda p: p.name)


# State of a run -> where it shows, and as what.
STATES = {
    'created': ('source', rb'(?i)create /\* gh-ost \*/ table [^;]{0,40}_gho`'),
    'altered': ('source', rb'(?i)alter /\* gh-ost \*/ table [^;]{0,40}_gho`'),
    'triggers': ('source', rb'(?i)TRIGGER `pt_osc_'),
    'waiting for facts': ('facts', None),
    'verdict': ('unghost', rb'(folding|passing): '),
    'rows': ('source', rb'(?i)create /\* gh-ost \*/ table [^;]{0,40}_gho`'),
    'sentry': ('source', rb'(?i)ghost-cut-over-sentry'),
    'cut over at the source': ('source', rb'(?i)rename /\* gh-ost \*/ table|RENAME TABLE'),
    'cut over': ('unghost', rb'cut over: '),
}


def kill_in(scene, state, timeout=90):
    where, pattern = STATES[state]
    if where == 'facts':
        asked = threading.Event()

        def on_command(data):
            if b'SHOW CREATE TABLE' in data:
                asked.set()
                time.sleep(0.7)
        scene.forwarder.on_command = on_command
        testbed.check(asked.wait(timeout), f'in {timeout} s unghost did not ask for facts')
        time.sleep(scene.dice.uniform(0, 0.5))
        scene.kill(state)
        scene.forwarder.on_command = None
        return
    watch = Watch(newest_binlog(scene.primary) if where == 'source' else scene.unghost.log_file)
    testbed.check(watch.wait(pattern, timeout), f'in {timeout} s no migration came to "{state}"')
    time.sleep(scene.dice.uniform(0.3, 1.5) if state == 'rows' else scene.dice.choice((0, 0, 0.005, 0.02, 0.1)))
    scene.kill(state)


def _kill_at_random(scene, count, longest):
    for _ in range(count):
        time.sleep(scene.dice.uniform(0.1, longest))
        if scene.dice.random() < 0.3:
            scene.primary.sql('FLUSH BINARY LOGS')
        scene.kill('at random')


def test_killed_eight_times_it_goes_on_where_it_was(folder):
    scene = Scene(folder)
    for state in scene.dice.sample(sorted(STATES), 4):
        kill_in(scene, state)
    _kill_at_random(scene, 4, 4)
    scene.finish()


def test_killed_fifty_times_in_every_state_it_goes_on_where_it_was(folder):
    scene = Scene(folder)
    for state in 2 * list(STATES):
        kill_in(scene, state)
    _kill_at_random(scene, 50, 5)
    scene.finish()


test_killed_fifty_times_in_every_state_it_goes_on_where_it_was.timeout = 1800


def test_killed_while_it_recovers_it_recovers(folder):
    scene = Scene(folder)
    for _ in range(6):
        time.sleep(scene.dice.uniform(1.5, 3))
        scene.kill('before a recovery')
        for _ in range(3):
            # start() returns when /healthz answers: kill it before that, and shortly after it.
            scene.unghost.kill9()
            scene.kills += 1
            process = testbed.start_process(scene.unghost.process.args, log=scene.unghost.log_file)
            time.sleep(scene.dice.uniform(0, 0.25))
            process.kill()
            process.wait()
            scene.kills += 1
            scene.unghost.start()
    scene.finish()


def test_ended_by_sigterm_it_goes_on_without_a_replay(folder):
    scene = Scene(folder)
    for _ in range(10):
        time.sleep(scene.dice.uniform(0.5, 3))
        scene.unghost.stop()
        testbed.check(scene.unghost.process.returncode == 0, f'it ended with {scene.unghost.process.returncode}')
        time.sleep(scene.dice.choice((0, 0.3)))
        scene.unghost.start()
    scene.finish()
