"""unghost as a service: what it tells a service manager, settings that change while it runs, hooks, its log."""

import json
import os
import pty
import re
import signal
import socket
import subprocess
import time

import pymysql

import testbed
from testbed import check, wait_until


class Service:
    """`unghost serve` by a configuration file and the environment alone, no flags."""

    def __init__(self, folder, source, config='', accounts=('consumer',), environment=None):
        self.folder, self.source = folder, source
        folder.mkdir(parents=True, exist_ok=True)
        self.port, self.admin_port = testbed.free_port(), testbed.free_port()
        self.data = folder / 'data'
        self.file = folder / 'unghost.toml'
        self.secret('source', source.replication_password)
        self.environment = {**os.environ, **(environment or {})}
        self.write(config, accounts)
        self.start()

    def secret(self, name, text):
        file = self.folder / f'{name}.password'
        file.write_text(text + '\n')
        file.chmod(0o600)
        return file

    def write(self, config='', accounts=('consumer',), listen='', store='', more_source=''):
        text = f'''[source]
address = "{self.source.host}:{self.source.port}"
user = "{self.source.replication_user}"
password_file = "{self.folder / 'source.password'}"
start = "earliest"
{more_source}
[listen]
address = "{testbed.HOST}:{self.port}"
{listen}
[store]
folder = "{self.data}"
{store}
[admin]
address = "{testbed.HOST}:{self.admin_port}"
{config}
'''
        for name in accounts:
            text += f'[[account]]\nname = "{name}"\npassword_file = "{self.secret(name, name + "-pass")}"\n'
        self.file.write_text(text)

    def start(self):
        self.process = testbed.start_process([testbed.unghost_binary(), 'serve', '--config', self.file],
                                             log=self.folder / 'unghost.log', env=self.environment)
        wait_until('it answers', lambda: self.command('status')[0] != 3, 30)

    def command(self, *words):
        done = subprocess.run([str(testbed.unghost_binary()), *words, '--config', str(self.file)], capture_output=True,
                              text=True, timeout=60)
        return done.returncode, done.stdout + done.stderr

    def status(self):
        return json.loads(self.command('status', '--json')[1])

    def log(self):
        return (self.folder / 'unghost.log').read_text()

    def lets_in(self, name):
        try:
            pymysql.connect(host=testbed.HOST, port=self.port, user=name, password=f'{name}-pass').close()
            return True
        except pymysql.err.OperationalError as error:
            check(error.args[0] == 1045, str(error))
            return False

    def caught_up(self):
        def all_is_here():
            pulled, status = self.source.position()[:2], self.status()
            return (status['pulled'] or {}).get('position') == pulled[1] and status['unpublished_bytes'] == 0
        wait_until('all is published', all_is_here)


class Manager:
    """The socket of a service manager."""

    def __init__(self, folder):
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / 'notify'
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(str(self.path))

    def next(self, timeout=10):
        self.socket.settimeout(timeout)
        try:
            return self.socket.recv(4096).decode()
        except TimeoutError:
            return None

    def until(self, word, timeout=20):
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            if word in (self.next(1) or ''):
                return
        raise testbed.Failure(f'{word} was not told')

    def for_seconds(self, seconds):
        end, told = time.monotonic() + seconds, []
        while time.monotonic() < end:
            told.append(self.next(max(0.01, end - time.monotonic())))
        return [one for one in told if one]


def test_a_service_manager_is_told_when_it_is_ready_that_it_lives_and_that_it_ends(folder):
    manager = Manager(folder)
    source = testbed.Server('9.7', folder / 'source')
    service = Service(folder / 'unghost', source, environment={
        'NOTIFY_SOCKET': str(manager.path), 'WATCHDOG_USEC': '900000'})
    check(manager.next() == 'READY=1', 'READY=1 does not come first')
    told = manager.for_seconds(3)
    alive = [one for one in told if one.startswith('WATCHDOG=1\nSTATUS=')]
    check(8 <= len(alive) <= 12, f'{len(alive)} signs of life in 3 s where one is due in 0.9: {told}')
    check('serving, 0 consumers' in alive[-1], alive[-1])

    os.kill(service.process.pid, signal.SIGHUP)
    manager.until('RELOADING=1\nMONOTONIC_USEC=')
    manager.until('READY=1')

    os.kill(service.process.pid, signal.SIGSTOP)  # as one that is stuck
    manager.for_seconds(0.5)
    check(manager.for_seconds(2) == [], 'a process that stands still gives signs of life')
    os.kill(service.process.pid, signal.SIGCONT)
    manager.until('WATCHDOG=1')

    os.kill(service.process.pid, signal.SIGTERM)
    manager.until('STOPPING=1')
    check(service.process.wait(20) == 0, 'it did not end well')


def test_settings_are_taken_while_it_runs(folder):
    source = testbed.Server('9.7', folder / 'source')
    for table in ('orders', 'people'):
        testbed.make_table(source, f'shop.{table}', rows=200)
    service = Service(folder / 'unghost', source, accounts=('consumer', 'old'))
    replica = testbed.Server('9.7', folder / 'replica')
    testbed.replicate(replica, testbed.HOST, service.port, 'consumer', 'consumer-pass')
    testbed.wait_caught_up(source, replica)

    check(service.command('reload') == (0, 'nothing has changed; certificates and password files are read again\n'),
          'a reload of the same file changes something')
    service.write('[log]\nlevel = "debug"\nformat = "json"\n', accounts=('consumer', 'new'), listen='threads = 2\n'
                  'max_connections = 50', store='retention_age = "1d"\nsync_interval = "2s"')
    check(service.lets_in('old') and not service.lets_in('new'), 'accounts changed without a reload')
    code, text = service.command('reload')
    check(code == 0, text)
    taken, restart = text.splitlines()
    check(taken == 'taken: listen.max_connections, store.retention_age, log.level, account."old", account."new"', taken)
    check(restart == 'needs a restart: listen.threads, store.sync_interval, log.format', restart)
    check(service.lets_in('new') and not service.lets_in('old'), 'accounts are not those of the file')
    check(testbed.replica_status(replica)['Replica_IO_Running'] == 'Yes', 'a reload ended a replica')
    check(service.command('reload')[1].startswith('needs a restart: '), 'what needs a restart is forgotten')

    # A file with a mistake changes nothing, and the line is said.
    good = service.file.read_text()
    service.file.write_text(good.replace('level = "debug"', 'level = "loud"').replace('"1d"', '"2d"'))
    line = 1 + next(i for i, text in enumerate(service.file.read_text().splitlines()) if 'loud' in text)
    code, text = service.command('reload')
    check(code == 2 and f'{service.file}:{line}: log.level: "loud" should be' in text, f'{code} {text}')
    os.kill(service.process.pid, signal.SIGHUP)
    wait_until('the log says so', lambda: 'the settings stay as they are' in service.log())
    service.file.write_text(good.replace('"1d"', '"2d"').replace('[[account]]\nname = "new"\npassword_file = "',
                                                                 '[[account]]\nname = "new"\npassword_file = "/missing'))
    code, text = service.command('reload')
    check(code == 2 and '/missing' in text, f'{code} {text}')
    check(service.lets_in('new'), 'a reload that failed took something')
    service.file.write_text(good)
    check('store.retention_age' not in service.command('reload')[1], 'a reload that failed took something')


def test_a_migration_ends_by_the_rules_under_which_it_began(folder):
    """Also over kill -9 just after the new rules count."""
    source = testbed.Server('9.7', folder / 'source')
    for table in ('orders', 'people'):
        testbed.make_table(source, f'shop.{table}', rows=300)
    service = Service(folder / 'unghost', source)
    replica = testbed.Server('9.7', folder / 'replica')
    testbed.replicate(replica, testbed.HOST, service.port, 'consumer', 'consumer-pass')
    tool = testbed.gh_ost(source, '1.1.8', 'shop', 'orders', 'ADD COLUMN a int', wait=False, postpone=True)
    tool.wait_for_output('State: postponing cut-over')
    wait_until('it is folding', lambda: ' folding: ' in service.log())
    service.write('[fold]\nnot_schemas = ["shop"]\n')
    check('taken: fold.not_schemas' in service.command('reload')[1], 'it is not taken')
    writer = testbed.Writer(source, ['shop.orders', 'shop.people'], rate=40, connections=1)
    time.sleep(2)
    check('the new settings count from' not in service.log(), 'rules changed while something is hidden')
    tool.command('unpostpone')
    tool.succeed()
    wait_until('the new rules count', lambda: 'the new settings count from' in service.log())
    service.process.kill()
    service.process.wait()
    service.start()
    wait_until('the replica is connected', lambda: service.status()['consumers'] == 1, 90)
    testbed.gh_ost(source, '1.1.8', 'shop', 'people', 'ADD COLUMN b int').succeed()
    writer.stop()
    testbed.wait_caught_up(source, replica)
    testbed.check_equal(source, replica)
    log = service.log()
    check(' cut over: ' in log and re.search(r' passing: migration \d+ of shop.people .*fold.not_schemas', log), log)
    check('differs at' not in log, log)


def test_a_program_is_told_what_happens(folder):
    source = testbed.Server('9.7', folder / 'source')
    testbed.make_table(source, 'shop.orders', rows=300)
    told = folder / 'told'
    hook = folder / 'hook'
    hook.write_text(f'#!/bin/sh\ncat >> {told}\n')
    hook.chmod(0o755)
    on = '"stop", "disturbed", "passed", "folded", "source"'
    service = Service(folder / 'unghost', source, f'[hook]\non = [{on}]\ncommand = ["{hook}"]\n')

    def calls(event):
        if not told.exists():
            return []
        return [one for one in map(json.loads, told.read_text().splitlines()) if one['event'] == event]

    def comes(event):
        return wait_until(f'"{event}" is told', lambda: calls(event), 30)[0]
    testbed.gh_ost(source, '1.1.8', 'shop', 'orders', 'ADD COLUMN a int').succeed()
    folded = comes('folded')
    check(folded['table'] == {'schema': 'shop', 'table': 'orders'} and folded['migration'] == 1, str(folded))
    check(folded['source'] == f'{source.host}:{source.port}', str(folded))
    testbed.gh_ost(source, '1.1.8', 'shop', 'orders', 'ADD COLUMN made timestamp DEFAULT CURRENT_TIMESTAMP').succeed()
    check('CURRENT_TIMESTAMP' in comes('passed')['text'], str(calls('passed')))
    check(len(calls('folded')) == 1, str(calls('folded')))

    tool = testbed.gh_ost(source, '1.1.8', 'shop', 'orders', 'ADD COLUMN d int', wait=False, postpone=True)
    tool.wait_for_output('State: postponing cut-over')
    source.sql('ALTER TABLE shop.orders ADD KEY person (note)')
    check(comes('disturbed')['migration'] == 3, str(calls('disturbed')))
    tool.command('unpostpone')
    tool.succeed()
    stop = comes('stop')
    check(stop['id'] == service.status()['stop']['id'], str(stop))
    code, text = service.command('resume', stop['id'], '--sql', 'ALTER TABLE shop.orders ADD COLUMN d int, '
                                 'ADD KEY person (note)', '--yes')
    check(code == 0 or 'resumed' in text, text)
    check(calls('source') == [], str(calls('source')))
    source.stop()
    check(comes('source')['state'] == 'lost', str(calls('source')))
    source.start()
    wait_until('it is connected again', lambda: [one['state'] for one in calls('source')] == ['lost', 'connected'], 60)


def test_the_environment_alone_is_enough_and_the_log_can_be_json(folder):
    source = testbed.Server('9.7', folder / 'source')
    folder = folder / 'unghost'
    folder.mkdir()
    (folder / 'password').write_text(source.replication_password + '\n')
    (folder / 'password').chmod(0o600)
    environment = {
        **os.environ, 'UNGHOST_SOURCE_ADDRESS': f'{source.host}:{source.port}',
        'UNGHOST_SOURCE_USER': source.replication_user, 'UNGHOST_SOURCE_PASSWORD_FILE': str(folder / 'password'),
        'UNGHOST_LISTEN_ADDRESS': f'{testbed.HOST}:{testbed.free_port()}', 'UNGHOST_STORE_FOLDER': str(folder / 'data'),
        'UNGHOST_LOG_FORMAT': 'json'}
    process = testbed.start_process([testbed.unghost_binary(), 'serve'], log=folder / 'log', env=environment)

    def command(*words):
        done = subprocess.run([str(testbed.unghost_binary()), *words], env=environment, capture_output=True, text=True)
        return done.returncode, done.stdout + done.stderr
    wait_until('it serves', lambda: command('status')[0] == 0, 30)
    check(command('check', '--file-only')[0] == 0, command('check', '--file-only')[1])
    wait_until('it is connected', lambda: 'can be moved' in command('status')[1])
    testbed.end_process(process)
    lines = [json.loads(line) for line in (folder / 'log').read_text().splitlines()]
    check(all(set(one) == {'time', 'level', 'text'} for one in lines), str(lines))
    check(re.fullmatch(r'unghost \d+\.\d+\.\d+.* starts', lines[0]['text']), lines[0]['text'])
    settings = ' '.join(one['text'] for one in lines if one['text'].startswith('settings: '))
    for part in ('[source] address = ', 'retention_age = "7d"', f'user = "{source.replication_user}"', '[fold] '):
        check(part in settings, f'{part}: {settings}')
    check(source.replication_password not in (folder / 'log').read_text(), 'the log holds a password')


def on_a_terminal(service, environment, *more):
    """What `check --file-only` prints where standard output is a terminal."""
    ours, theirs = pty.openpty()
    given = {name: value for name, value in os.environ.items() if name != 'NO_COLOR'}
    done = subprocess.run([str(testbed.unghost_binary()), 'check', '--file-only', '--config', str(service.file), *more],
                          stdout=theirs, env={**given, **environment})
    check(done.returncode == 2, f'exit code {done.returncode}')
    text = os.read(ours, 65536).decode()
    os.close(ours)
    os.close(theirs)
    return text


def test_a_configuration_is_checked_without_a_server(folder):
    class Nowhere:
        host, port = testbed.HOST, 1
        replication_user, replication_password = 'repl', 'secret'
    service = Service.__new__(Service)
    service.folder, service.source = folder, Nowhere
    service.port = service.admin_port = 1
    service.data, service.file = folder / 'data', folder / 'unghost.toml'
    service.secret('source', 'secret')
    service.write()
    check(service.command('check', '--file-only') == (
        0, 'OK    configuration: nothing is missing, and all files that it names can be read\n'), 'a good file')
    service.write(more_source=f'tls = "verify_ca"\ntls_ca = "{folder}/no.pem"')
    (folder / 'consumer.password').write_text('\n')
    code, text = service.command('check', '--file-only')
    check(code == 2 and 'FAIL  configuration: ' in text and 'no.pem' in text and 'consumer.password' in text, text)
    service.write('[fold]\ndamage = "both"\n')
    code, text = service.command('check', '--file-only')
    check(code == 2 and 'fold.damage' in text and re.search(r'toml:\d+: ', text), text)
    check(not (folder / 'data').exists(), 'a check made a data folder')
    code, text = service.command('config', 'show')
    check(code == 2, text)
    service.write()
    code, text = service.command('config', 'show')
    shown = folder / 'shown.toml'
    shown.write_text(text)
    service.file = shown
    check(code == 0 and service.command('config', 'show') == (0, text), 'what is shown is another configuration')

    # Colours are for terminals.
    red = '\x1b[31mFAIL\x1b[0m'
    (folder / 'source.password').unlink()
    check(red in on_a_terminal(service, {}) and red not in service.command('check', '--file-only')[1], 'no colour')
    check(red not in on_a_terminal(service, {'NO_COLOR': '1'}), 'NO_COLOR is not heard')
    check(red not in on_a_terminal(service, {}, '--no-color'), '--no-color is not heard')
