"""Every metric of /metrics moves, and says what is so: with the source idle, slow, gone; with publishing stopped; with a
consumer that does not read."""

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request

import testbed
from testbed import check, wait_until

sys.path.insert(0, str(testbed.ROOT / 'tests' / 'chaos'))
from forwarder import Forwarder

HEARTBEAT = 1
CONFIG = f"""
[source]
heartbeat = "{HEARTBEAT}s"
tls = "disabled"
[fold.table."shop.unproven"]
unproven = "fold"
[hook]
on = ["passed", "folded", "stop"]
command = ["/bin/false"]
"""
# Of a lag in seconds: timestamps are whole seconds, and a busy machine is late.
LATE = 4


class Seen:
    """What /metrics said at each look."""

    def __init__(self, unghost):
        self.unghost = unghost
        self.values = {}
        self.now = {}

    def look(self):
        self.now = self.unghost.metrics()
        for name, value in self.now.items():
            self.values.setdefault(name, set()).add(value)
        return self.now

    def __getitem__(self, name):
        return self.look().get(f'unghost_{name}')

    def still(self):
        """Those that were always the same, and that 0 or nothing."""
        with_labels = {name.partition('{')[0] for name in self.values if '{' in name}
        return sorted(name for name, values in self.values.items()
                      if values in ({0.0}, {None}, {0.0, None}) and name not in with_labels)

    def wait(self, name, condition, timeout=60):
        return wait_until(f'{name} is as it should be: {self.now.get("unghost_" + name)}',
                          lambda: condition(self[name]), timeout, interval=0.1)


class Scene:
    def __init__(self, folder):
        self.primary = testbed.Server('9.7', folder / 'primary', tls=False)
        for table in ('orders', 'unproven'):
            testbed.make_table(self.primary, f'shop.{table}', rows=300)
        self.primary.sql('CREATE TABLE shop.big (id int AUTO_INCREMENT PRIMARY KEY, content longblob)')
        self.forwarder = Forwarder(self.primary)
        (folder / 'unghost').mkdir()
        (folder / 'unghost' / 'unghost.toml').write_text(CONFIG)
        time.sleep(3)  # the newest transaction is older than what counts as a lag
        self.unghost = testbed.Unghost(None, self.forwarder, folder / 'unghost',
                                       ['--start', 'earliest', '--config', folder / 'unghost' / 'unghost.toml'])
        self.seen = Seen(self.unghost)

    def insert(self, size):
        self.primary.sql('INSERT INTO shop.big (content) VALUES (RANDOM_BYTES(1024))' if size == 1024 else
                         f"INSERT INTO shop.big (content) VALUES (REPEAT('x', {size}))")

    def gh_ost(self, table, alter, **more):
        return testbed.gh_ost(self.primary, '1.1.8', 'shop', table, alter, **more)

    def caught_up(self):
        wait_until('all is published', lambda: self.seen['source_lag_seconds'] == 0 and
                   self.unghost.pulled() == self.primary.position()[:2] and
                   self.seen['unpublished_bytes'] == 0)

    def health(self):
        try:
            return 200, self.unghost.admin('/healthz')
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()


def idle(scene):
    """An idle source is no lag: not in the first moment either, whatever the age of the last transaction."""
    scene.caught_up()
    scene.unghost.restart()
    end = time.monotonic() + 6 * HEARTBEAT
    while time.monotonic() < end:
        now = scene.seen.look()
        if now['unghost_source_connected']:
            lag = now['unghost_source_lag_seconds']
            check(lag is None or lag < 1, f'an idle source lags by {lag} s: {now}')
        time.sleep(0.05)
    check(now['unghost_source_lag_seconds'] == 0 and now['unghost_source_lag_bytes'] == 0, str(now))
    check(now['unghost_source_last_contact_seconds'] < HEARTBEAT + LATE, str(now))
    check(scene.health() == (200, 'ok\n'), str(scene.health()))


def out_of_reach(scene):
    """It lags by the time since it was last heard."""
    scene.caught_up()
    scene.forwarder.closed = True
    scene.forwarder.cut()
    gone = time.monotonic()
    scene.seen.wait('source_connected', lambda value: value == 0)
    for _ in range(8):
        before = time.monotonic() - gone
        now = scene.seen.look()
        after = time.monotonic() - gone
        lag, silent = now['unghost_source_lag_seconds'], now['unghost_source_last_contact_seconds']
        check(before - 0.1 <= lag <= after + HEARTBEAT + LATE, f'{lag} s, gone for {after:.1f} s')
        check(before - 0.1 <= silent <= after + HEARTBEAT + LATE, f'{silent} s, gone for {after:.1f} s')
        time.sleep(1)
    code, text = scene.health()
    check(code == 503 and 'source is not connected' in text, f'{code} {text}')
    check(scene.unghost.admin('/readyz') == 'ok\n', 'what is stored is not ready')
    # What it has logged since is not known, and no number is told for it.
    scene.insert(1024)
    scene.seen.wait('source_lag_bytes', lambda value: value is None, 60)
    status = scene.unghost.command('status')
    check('not connected: ' in status and 'nothing was heard of the source for' in status, status)
    scene.forwarder.closed = False
    scene.caught_up()
    check(scene.seen['reconnects_total'] >= 1, str(scene.seen.now))
    check(scene.health()[0] == 200, str(scene.health()))


def slow(scene):
    """On a slow link: the age of what has not come yet, and its bytes."""
    scene.caught_up()
    written = [(scene.primary.position()[1], time.time())]
    scene.forwarder.rate = 20_000
    lags = []
    stop = threading.Event()

    def write():
        while not stop.is_set():
            for _ in range(5):
                scene.insert(1024)
            scene.insert(8000)
            written.append((scene.primary.position()[1], time.time()))
            time.sleep(0.2)
    writer = threading.Thread(target=write)
    writer.start()
    try:
        for _ in range(60):
            now = scene.seen.look()
            position, moment = scene.unghost.pulled()[1], time.time()
            # When the first was written that is not here.
            oldest = next((at for end, at in list(written) if end > position), moment)
            lags.append((now['unghost_source_lag_seconds'], moment - oldest, now['unghost_source_lag_bytes']))
            time.sleep(0.5)
    finally:
        stop.set()
        writer.join()
    wrong = [(told, true) for told, true, _ in lags if told is None or abs(told - true) > LATE]
    check(not wrong, f'told and true: {wrong}')
    check(max(told for told, _, _ in lags) > 8, f'it never lagged: {lags}')
    # Its end is asked for every few seconds.
    end, position = scene.primary.position()[1], None

    def bytes_are_right():
        nonlocal position
        position = scene.unghost.pulled()[1]
        told = scene.seen['source_lag_bytes']
        return end - scene.unghost.pulled()[1] <= told <= end - position + 20_000
    wait_until(f'{end} minus what is published is told', bytes_are_right, 30)
    check(position < end, 'it had all before it was asked')
    scene.forwarder.rate = None
    scene.forwarder.cut()  # what is on its way would still come slowly
    scene.caught_up()


def folded(scene):
    tool = scene.gh_ost('orders', 'ADD COLUMN c int', wait=False, postpone=True)
    tool.wait_for_output('State: postponing cut-over')
    scene.seen.wait('hidden_objects', lambda value: value >= 2)
    status = scene.unghost.command('status')
    check('not now: these tables are hidden until their migration is over: shop._orders_gh' in status, status)
    check(scene.seen['facts_age_seconds'] < 60, str(scene.seen.now))
    scene.insert(1024)
    scene.insert(1024)
    tool.command('unpostpone')
    tool.succeed()
    scene.caught_up()
    scene.seen.wait('hidden_objects', lambda value: value == 0)
    check(scene.seen['migrations_total{result="folded"}'] == 1, str(scene.seen.now))
    check(scene.seen['unproven_folds_total'] == 0, str(scene.seen.now))
    total, emptied = scene.seen['transactions_total'], scene.seen['transactions_emptied_total']
    check(0 < emptied < total, f'{emptied} of {total} emptied')
    check(scene.seen['verdicts_total{class="same",reason="ADD COLUMN"}'] == 1, str(scene.seen.now))
    check(scene.seen['counts_total'] == 1, str(scene.seen.now))
    rows = scene.primary.value('SELECT COUNT(*) FROM shop.orders')
    check(scene.seen['counted_rows_total'] == rows, f'{rows} rows: {scene.seen.now}')
    # The hook is a program that always fails.
    scene.seen.wait('hook_failures_total', lambda value: value == 1)
    check(scene.seen['hook_calls_total'] == 1, str(scene.seen.now))


def counted(scene):
    """Transactions are as many as the source has committed."""
    scene.caught_up()

    def committed():
        return sum(int(last or first) - int(first) + 1 for first, last in re.findall(
            r':(\d+)(?:-(\d+))?', scene.primary.value('SELECT @@gtid_executed')))
    theirs, ours = committed(), scene.seen['transactions_total']
    received = scene.seen['received_bytes_total']
    position = scene.primary.position()[1]
    for _ in range(7):
        scene.insert(1024)
    scene.caught_up()
    check(scene.seen['transactions_total'] - ours == committed() - theirs == 7, str(scene.seen.now))
    grown = scene.primary.position()[1] - position
    check(scene.seen['received_bytes_total'] - received == grown, f'{grown} bytes logged: {scene.seen.now}')
    stored = sum(file.stat().st_size for file in (scene.unghost.folder / 'data').rglob('mysql-bin.1*')
                 if file.name.rpartition('.')[2].isdigit())
    check(abs(scene.seen['stored_bytes'] - stored) < 100, f'{stored}: {scene.seen.now}')


def passed(scene):
    scene.gh_ost('orders', 'ADD UNIQUE KEY one_code (code), ADD COLUMN made timestamp', wait=False).succeed()
    scene.seen.wait('migrations_total{result="passed"}', lambda value: value == 1)
    passed = {name: value for name, value in scene.seen.now.items() if 'verdicts_total{class="passed"' in name}
    check(list(passed.values()) == [1], str(passed))


def folded_though_unproven(scene):
    scene.gh_ost('unproven', 'ADD UNIQUE KEY one_code (code), ADD COLUMN made timestamp', wait=False).succeed()
    scene.seen.wait('unproven_folds_total', lambda value: value == 1)
    check(scene.seen['migrations_total{result="folded"}'] == 2, str(scene.seen.now))


def stopped(scene):
    tool = scene.gh_ost('orders', 'ADD COLUMN d int', wait=False, postpone=True)
    tool.wait_for_output('State: postponing cut-over')
    scene.primary.sql('ALTER TABLE shop.orders ADD KEY person (note)')
    scene.seen.wait('disturbed_total', lambda value: value == 1)
    tool.command('unpostpone')
    tool.succeed()
    stop = wait_until('publishing stops', lambda: scene.unghost.status()['stop'])
    began = time.monotonic()
    scene.seen.wait('stopped', lambda value: value == 1)
    check(scene.seen['migrations_total{result="stopped"}'] == 1, str(scene.seen.now))
    check([value for name, value in scene.seen.now.items() if name.startswith('unghost_stops_total{reason="')] == [1],
          str(scene.seen.now))
    for _ in range(50):
        scene.insert(1024)
    end = scene.primary.position()[1]
    # From the stop on, all that the source logs is not published: pulled or not.
    at = stop['at']['position']
    scene.seen.wait('source_lag_bytes', lambda told: end - at <= told <= end - at + 2000, 30)
    scene.seen.wait('unpublished_bytes', lambda told: 0 < told <= end - at + 2000)
    time.sleep(max(0, 6 - (time.monotonic() - began)))
    lag, stood = scene.seen['source_lag_seconds'], time.monotonic() - began
    check(stood - 1 <= lag <= stood + LATE, f'{lag} s after a stop of {stood:.1f} s')
    code, text = scene.health()
    check(code == 503 and text.startswith('stopped: '), f'{code} {text}')
    check(scene.unghost.admin('/livez') == 'ok\n', 'a restart would not help')
    scene.unghost.command('resume', stop['id'], '--sql', 'ALTER TABLE shop.orders ADD COLUMN d int, DROP KEY person', '--yes')
    scene.caught_up()
    check(scene.seen['stopped'] == 0, str(scene.seen.now))


def consumer_lags(scene):
    """By what it has not been sent, and the age of that; and it is counted at once."""
    scene.caught_up()
    check(scene.seen['consumers'] == 0, str(scene.seen.now))
    folder = scene.unghost.folder / 'consumer'
    folder.mkdir()
    first = scene.unghost.status()['oldest_file']
    consumer = testbed.start_process(
        [*scene.unghost.client('mysqlbinlog'), '--read-from-remote-server', '--raw', '--stop-never',
         f'--result-file={folder}/', first], log=folder / 'log')
    wait_until('it is counted', lambda: scene.seen['consumers'] == 1, 20)
    check(scene.unghost.status()['consumers'] == 1, 'status counts it otherwise')
    scene.seen.wait('consumer_lag_bytes', lambda value: value == 0)
    os.kill(consumer.pid, signal.SIGSTOP)
    first_written = time.time()
    for _ in range(40):
        scene.insert(1_000_000)
    last_written = time.time()
    scene.caught_up()
    time.sleep(5)
    end = scene.unghost.status()
    sent = next(one for one in end['sessions'] if one['dumping'])
    check(sent['behind_bytes'] == scene.seen['consumer_lag_bytes'] > 5_000_000, str(sent))
    # The kernel holds a few MB of what was sent.
    check(end['published']['position'] - sent['behind_bytes'] == sent['reads']['position'], str(sent))
    lag, now = scene.seen['consumer_lag_seconds'], time.time()
    check(now - last_written - 1 <= lag <= now - first_written + LATE, f'{lag} s at {now}: {first_written}, {last_written}')
    each = [name for name in scene.seen.look() if name.startswith('unghost_dump_lag_bytes{user="consumer",host="127.0.0.1"')]
    check(len(each) == 1 and scene.seen.now[each[0]] == scene.seen.now['unghost_consumer_lag_bytes'], str(scene.seen.now))
    check(scene.seen.now[each[0].replace('bytes', 'seconds')] >= lag, str(scene.seen.now))
    text = scene.unghost.command('consumers')
    check('MiB' in text and re.search(r'MiB +\d+ s ', text), text)
    os.kill(consumer.pid, signal.SIGCONT)
    scene.seen.wait('consumer_lag_bytes', lambda value: value == 0)
    check(scene.seen['consumer_lag_seconds'] == 0, str(scene.seen.now))
    testbed.end_process(consumer)
    scene.seen.wait('consumers', lambda value: value == 0)


def task_fails(scene):
    """What is known of the source cannot be written for a while."""
    scene.caught_up()
    file = scene.unghost.folder / 'data' / 'source.json'
    kept = file.read_bytes()
    file.unlink()
    (file / 'in the way').mkdir(parents=True)
    scene.forwarder.cut()  # it is written after a connect
    scene.seen.wait('task_failures_total', lambda value: value > 0)
    scene.seen.wait('task_restarts_total', lambda value: value > 0)
    status = scene.unghost.command('status')
    check(re.search(r'^task +source.json: .* failed \d+ times?: ', status, re.MULTILINE), status)
    (file / 'in the way').rmdir()
    file.rmdir()
    wait_until('it is written after all', lambda: file.is_file() and file.read_bytes() == kept)


def of_the_process(scene):
    """As the system says it, to anybody."""
    now, process = scene.seen.look(), scene.unghost.process.pid
    pages = int(open(f'/proc/{process}/statm').read().split()[1])
    resident = now['process_resident_memory_bytes']
    check(abs(resident / os.sysconf('SC_PAGESIZE') / pages - 1) < 0.2, f'{resident} bytes, {pages} pages')
    check(abs(now['process_open_fds'] - len(os.listdir(f'/proc/{process}/fd'))) <= 4, str(now))
    ticks = sum(map(int, open(f'/proc/{process}/stat').read().rpartition(')')[2].split()[11:13]))
    cpu = now['process_cpu_seconds_total']
    check(abs(cpu - ticks / os.sysconf('SC_CLK_TCK')) < 1, f'{cpu} s, {ticks} ticks')
    check(0 < time.time() - now['process_start_time_seconds'] < 3600, str(now))
    disk = os.statvfs(scene.unghost.folder)
    check(abs(now['unghost_disk_free_bytes'] / (disk.f_bavail * disk.f_frsize) - 1) < 0.05, str(now))
    check(now['unghost_disk_size_bytes'] == disk.f_blocks * disk.f_frsize, str(now))


def linted(scene):
    done = subprocess.run(['promtool', 'check', 'metrics'], input=scene.unghost.admin('/metrics'), capture_output=True,
                          text=True)
    check(done.returncode == 0 and not done.stdout + done.stderr, done.stdout + done.stderr)


def scraped(scene):
    """By a Prometheus, with the alerts that come along: all are known there, and none of those for trouble fires now."""
    folder = scene.unghost.folder / 'prometheus'
    folder.mkdir()
    port = testbed.free_port()
    (folder / 'prometheus.yml').write_text(f"""global: {{scrape_interval: 1s, evaluation_interval: 1s}}
rule_files: ['{testbed.ROOT}/contrib/alerts.yml']
scrape_configs:
  - job_name: unghost
    static_configs: [{{targets: ['{testbed.HOST}:{scene.unghost.admin_port}']}}]
""")
    process = testbed.start_process(
        ['prometheus', f'--config.file={folder}/prometheus.yml', f'--storage.tsdb.path={folder}/data',
         f'--web.listen-address={testbed.HOST}:{port}'], log=folder / 'log')

    def ask(path):
        try:
            with urllib.request.urlopen(f'http://{testbed.HOST}:{port}/api/v1/{path}', timeout=10) as answer:
                return json.load(answer)['data']
        except OSError:
            return None
    scene.caught_up()
    wait_until('it was scraped', lambda: [one['value'][1] for one in (ask('query?query=up') or {}).get('result', [])] == ['1'])
    names = set(ask('label/__name__/values'))
    lacking = {name.partition('{')[0] for name, value in scene.seen.look().items() if value is not None} - names
    check(not lacking, f'Prometheus does not know {lacking}')
    time.sleep(3)
    rules = [rule for group in ask('rules')['groups'] for rule in group['rules']]
    check(len(rules) >= 12 and all(rule['health'] == 'ok' for rule in rules), str(rules))
    firing = {rule['name'] for rule in rules if rule['state'] == 'firing'}
    check(not firing, f'{firing} fire though all is well')
    testbed.end_process(process)


def before_the_source(folder):
    """Nothing is claimed before the source was ever reached."""
    class Nowhere:
        host, port = testbed.HOST, testbed.free_port()
        replication_user, replication_password = 'repl', 'wrong'
    unghost = testbed.Unghost(None, Nowhere, folder / 'alone')
    now = unghost.metrics()
    for name in ('source_lag_seconds', 'source_lag_bytes', 'source_last_contact_seconds'):
        check(now[f'unghost_{name}'] is None, str(now))
    text = unghost.command('status')
    for line in ('not known: the source has not been reached since the start', 'nothing yet in ',
                 'not known before the source has been reached'):
        check(line in text, f'{line}: {text}')
    check('()' not in text, text)


def test_every_metric_moves_and_says_the_truth(folder):
    before_the_source(folder)
    scene = Scene(folder)
    scene.seen.look()
    for phase in (idle, out_of_reach, slow, folded, counted, passed, folded_though_unproven, stopped, consumer_lags,
                  task_fails, of_the_process, linted, scraped):
        began = time.monotonic()
        phase(scene)
        print(f'      ok    {phase.__name__} ({time.monotonic() - began:.1f} s)', flush=True)
    check(not scene.seen.still(), 'these never moved: ' + ', '.join(scene.seen.still()))
    print(f'      {len(scene.seen.values)} metrics, all moved', flush=True)


test_every_metric_moves_and_says_the_truth.timeout = 900
