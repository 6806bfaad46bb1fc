"""ghostferry's copydb moves a table to another server, once from the primary and once from unghost, at the same time.

It copies rows with SELECT, follows the log by file and position meanwhile, and ends at a cut-over. What it moves may
not change its columns on the way: it takes no notice of DDL, at the primary either. So here
* the table that moves was migrated before it starts (folded at unghost, whose positions are then no longer the
  primary's);
* a table beside it is migrated under load while it copies and follows: once folded, once passed. Its helper tables
  are not on ghostferry's list, and their rows are in its log.
* its connection is lost under load, and unghost is restarted: it goes on by itself at both.
At the end the table on either target is the primary's. Its inline verifier, which ends it when a row differs, is on.
"""

import json
import sys
import urllib.request
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import testbed  # noqa: E402
import zoo  # noqa: E402
from scene import SCHEMA, Scene  # noqa: E402
from testbed import check, wait_until  # noqa: E402


class Ghostferry:
    """copydb from a source port to a target; orders alone."""

    def __init__(self, end, port, target, folder):
        self.end = end
        self.target = target
        self.control = f'{testbed.HOST}:{testbed.free_port()}'
        self.log_file = folder / f'ghostferry-{end}.log'
        config = folder / f'ghostferry-{end}.json'
        login = {'User': target.user, 'Pass': target.password, 'Host': testbed.HOST,
                 'Collation': 'utf8mb4_unicode_ci', 'Params': {'charset': 'utf8mb4'}}
        config.write_text(json.dumps({
            'Source': {**login, 'Port': port},
            'Target': {**login, 'Port': target.port},
            'Databases': {'Whitelist': [SCHEMA]},
            'Tables': {'Whitelist': ['orders']},
            'VerifierType': 'Inline',
            'UpdatableConfig': {'DataIterationBatchSize': 20},
            'AutomaticCutover': False,
            'ControlServerConfig': {'Enabled': True, 'ServerBindAddr': self.control, 'WebBasedir': str(folder)},
        }))
        self.process = testbed.start_process([zoo.installed('ghostferry-1.3.1') / 'driver', config], log=self.log_file)

    def _answer(self, path, data=None):
        kind = 'application/json' if data is None else 'application/x-www-form-urlencoded'
        request = urllib.request.Request(f'http://{self.control}{path}', data, {'Content-Type': kind})
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.read()

    def state(self):
        check(self.process.poll() is None, f'{self.end}: ghostferry ended:\n' + testbed.tail(self.log_file))
        try:
            return json.loads(self._answer('/api/status'))['OverallState']
        except OSError:
            return None

    def wait(self, state):
        wait_until(f'ghostferry ({self.end}) is at {state}; see\n' + testbed.tail(self.log_file, 3),
                   lambda: self.state() == state, 120, 0.2)

    def cut_over(self):
        self._answer('/api/cutover', b'type=automatic')
        self.wait('done')
        testbed.end_process(self.process)


def test_ghostferry_9_7(folder):
    scene = Scene(folder, '9.7', replica=False, binlog_rows_query_log_events=True)
    primary, unghost = scene.primary, scene.unghost
    targets = [testbed.Server('9.7', folder / f'to-{end}', binlog_rows_query_log_events=True) for end in ('direct', 'unghost')]
    for server in (primary, *targets):  # MD5(), which its verifier wants, is no longer built in
        server.sql("SET sql_log_bin = 0; INSTALL COMPONENT 'file://component_classic_hashing'; SET sql_log_bin = 1")
    (folder / 'webui').mkdir()
    (folder / 'webui' / 'index.html').touch()  # its page, which it demands
    scene.table('orders', rows=2000)
    scene.table('items')
    mark = scene.mark()
    testbed.gh_ost(primary, '1.1.8', SCHEMA, 'orders', 'ADD COLUMN a int NOT NULL DEFAULT 7').succeed()
    scene.wait_said(mark, 'cut over', 'orders')
    writer = scene.writer('orders', 'items')
    writer.wait_for(20)

    ferries = [Ghostferry(target.folder.name.removeprefix('to-'), port, target, folder)
               for target, port in zip(targets, (primary.port, unghost.port))]
    testbed.gh_ost(primary, '1.1.8', SCHEMA, 'items', 'ADD COLUMN b int NOT NULL DEFAULT 8').succeed()
    for ferry in ferries:
        ferry.wait('wait-for-cutover')
    testbed.pt_osc(primary, '3.7.1', SCHEMA, 'items', 'ADD UNIQUE KEY one (code), ADD COLUMN made timestamp', check_unique_key_change=None,
                   no_check_unique_key_change=True).succeed()
    primary.sql('FLUSH BINARY LOGS')
    for row in primary.sql("SELECT PROCESSLIST_ID FROM performance_schema.threads WHERE PROCESSLIST_COMMAND "
                           "LIKE 'Binlog Dump%%' AND PROCESSLIST_USER = %s", (primary.user,)):
        primary.sql(f'KILL {row[0]}')
    unghost.restart()
    writer.wait_for(100)
    writer.stop()
    wait_until('unghost has told both verdicts on items', lambda: len(scene.said(mark, 'folding', 'items')
               + scene.said(mark, 'passing', 'items')) >= 2)
    scene.expect(mark, 'orders', 'folding')
    scene.expect(mark, 'items', 'folding', 'passing')
    for ferry in ferries:
        ferry.cut_over()
        testbed.check_equal(primary, ferry.target, schemas=[SCHEMA], ignore=[f'{SCHEMA}.items'])
        print(f'zoo   ghostferry 1.3.1, MySQL 9.7, {ferry.end}: connected yes, equal yes', flush=True)
