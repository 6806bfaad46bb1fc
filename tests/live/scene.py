"""A scene for live tests: a primary, unghost that replicates from it, a replica downstream of unghost; and what was said.

    scene = Scene(folder, '9.7')
    scene.table('orders')                                    # shop.orders with some rows
    mark = scene.mark()
    testbed.gh_ost(scene.primary, '1.1.8', 'shop', 'orders', 'ADD COLUMN a int').succeed()
    scene.equal()
    scene.expect(mark, 'orders', 'folding')

A suite of many short scenarios shares its servers: run_scenarios().
"""

import contextlib
import os
import time
import traceback

import testbed
from testbed import check

SCHEMA = 'shop'


class Scene:
    """config: text of unghost's configuration file. unghost_environment: variables of its process.
    options: of both servers (see testbed.Server)."""

    def __init__(self, folder, version, replica_version=None, config='', arguments=(), replica=True, workers=4,
                 preserve_order=True, replica_options=None, unghost_environment=None, **options):
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.workers = workers
        self.preserve_order = preserve_order
        self.primary = testbed.Server(version, folder / 'primary', **options)
        arguments = list(arguments)
        if config:
            (folder / 'unghost.toml').write_text(config)
            arguments += ['--config', folder / 'unghost.toml']
        self.unghost = testbed.Unghost(None, self.primary, folder / 'unghost', arguments, unghost_environment)
        self.replica = None
        if replica:
            self.replica = testbed.Server(replica_version or version, folder / 'replica',
                                          **{**options, **(replica_options or {})})
            self.follow(self.replica)

    def follow(self, replica, **more):
        """Points a replica at unghost."""
        if not self.primary.gtid and 'file' not in more:
            more.update(file=self.clean_files()[0].name)
        more = {'workers': self.workers, 'preserve_order': self.preserve_order, **more}
        testbed.replicate(replica, self.unghost.host, self.unghost.port, self.unghost.user, self.unghost.password,
                          **more)

    def end(self):
        for process in (self.replica, self.unghost, self.primary):
            if process is not None:
                with contextlib.suppress(Exception):
                    process.kill9()

    # --- what happens

    def table(self, name, rows=300, more=''):
        testbed.make_table(self.primary, f'{SCHEMA}.{name}', rows=rows, more=more)

    def writer(self, *tables, rate=40):
        return testbed.Writer(self.primary, [f'{SCHEMA}.{t}' for t in tables], rate=rate, connections=1)

    def equal(self, ignore=(), timeout=60):
        """The replica has everything, and it is the same."""
        testbed.wait_caught_up(self.primary, self.replica, timeout=timeout)
        testbed.check_equal(self.primary, self.replica, ignore=ignore)

    def stop(self):
        """The id of the stop that holds now, or None."""
        return (self.unghost.status().get('stop') or {}).get('id')

    def wait_stopped(self, timeout=30):
        return testbed.wait_until('publishing stops', self.stop, timeout)

    def caught_up_or_stopped(self, timeout=60):
        executed = self.primary.value('SELECT @@global.gtid_executed')
        testbed.wait_until('the replica has all, or publishing stopped', lambda: self.stop() or self.replica.value(
            'SELECT GTID_SUBSET(%s, @@global.gtid_executed)', (executed,)), timeout)

    def tables(self, server):
        return {row[0] for row in server.sql(f'SHOW TABLES FROM {SCHEMA}')}

    # --- what unghost said and served

    def mark(self):
        """A place in its log, for said() and expect()."""
        return len(self.unghost.log())

    def said(self, mark, word, table=None):
        """Its lines of this kind since the mark: 'folding', 'passing', 'disturbed', 'cut over', 'ended' ..."""
        of = f' of {SCHEMA}.{table} ' if table else ''
        return [line for line in self.unghost.log()[mark:].splitlines() if f' {word}: ' in line and of in line]

    def expect(self, mark, table, *words):
        """The verdicts on the table since the mark, in order: 'folding' or 'passing'."""
        # After a kill what lies behind the checkpoint is derived, and said, again.
        lines = {line.split(' ', 1)[1]: line for line in self.unghost.log()[mark:].splitlines()
                 if f' of {SCHEMA}.{table} ' in line and (' folding: ' in line or ' passing: ' in line)}.values()
        got = tuple('folding' if ' folding: ' in line else 'passing' for line in lines)
        check(got == words, f'verdicts on {table}: {got or "none"}, not {words}\n' + '\n'.join(lines))

    def wait_said(self, mark, word, table=None, timeout=30):
        testbed.wait_until(f'unghost says "{word}" of {table}', lambda: self.said(mark, word, table), timeout)
        return self.said(mark, word, table)[0]

    def clean_files(self):
        return sorted(p for p in (self.unghost.folder / 'data').rglob(f'{self.primary.log_bin}.1*')
                      if p.name.rpartition('.')[2].isdigit())

    def rows_served(self, table):
        """Whether the clean log maps that table for rows."""
        name = table.encode()
        sought = bytes([len(SCHEMA)]) + SCHEMA.encode() + b'\0' + bytes([len(name)]) + name + b'\0'
        return any(sought in file.read_bytes() for file in self.clean_files())


def run_scenarios(make_scene, scenarios):
    """Calls each scenario with a scene; after one that fails with a new one. All failures are reported.

    $UNGHOST_SCENARIO picks by parts of their names: 'noop,two'.
    """
    words = os.environ.get('UNGHOST_SCENARIO', '').split(',')
    check(any(word in one.__name__ for word in words for one in scenarios), f'no scenario is called {" or ".join(words)}')
    failures = []
    scene = None
    for number, scenario in enumerate(scenarios):
        if not any(word in scenario.__name__ for word in words):
            continue
        began = time.monotonic()
        try:
            if scene is None:
                scene = make_scene(number)
            scenario(scene)
            print(f'      ok    {scenario.__name__} ({time.monotonic() - began:.1f} s)', flush=True)
        except Exception as error:
            where = [f for f in traceback.extract_tb(error.__traceback__) if not f.filename.endswith('/testbed.py')]
            print(f'      FAIL  {scenario.__name__} ({time.monotonic() - began:.1f} s)\n        '
                  + '\n        '.join(f'{f.filename.rpartition("/")[2]}:{f.lineno}: {f.line}' for f in where[-3:])
                  + f'\n        {type(error).__name__}: {error}', flush=True)
            if scene is not None:
                print('        ' + testbed.tail(scene.unghost.log_file, 12).replace('\n', '\n        '), flush=True)
                scene.end()
            scene = None
            failures.append(scenario.__name__)
    if scene is not None:
        scene.end()
    check(not failures, f'{len(failures)} of {len(scenarios)} scenarios failed: {", ".join(failures)}')
