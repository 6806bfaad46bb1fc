"""dm.sh without TiDB: what it says, what it expects, and the files it writes. With TiDB it is run by hand."""

import json
import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))
import dm  # noqa: E402
import testbed  # noqa: E402
from testbed import check  # noqa: E402


def call(*arguments, **environment):
    """Exit code, output and errors of dm.sh."""
    inherited = {name: value for name, value in os.environ.items() if name != 'TIDB_BIN'}
    done = subprocess.run([HERE / 'dm.sh', *map(str, arguments)], env={**inherited, **environment},
                          capture_output=True, text=True, timeout=60)
    return done.returncode, done.stdout, done.stderr


def test_dm_says_what_it_needs(folder):
    testbed.run(['bash', '-n', HERE / 'dm.sh'])
    code, text, _ = call('--help')
    check(code == 0 and 'TIDB_BIN=FOLDER' in text and '#' not in text, f'--help: {code} {text}')
    code, _, errors = call()
    check(code == 2 and 'TIDB_BIN is not set' in errors, f'without TIDB_BIN: {code} {errors}')
    for program in dm.PROGRAMS[1:]:
        (folder / program).touch(mode=0o755)
    code, _, errors = call(TIDB_BIN=str(folder))
    check(code == 2 and errors.strip().endswith('has no tidb-server'), f'without tidb-server: {code} {errors}')
    for wrong in (('no-such-case',), ('--no-such-option',), ('--write',)):
        check(call(*wrong)[0] == 2, f'{wrong} is not refused')


def test_dm_expects_what_dm_documents(folder):
    check(len(dm.cases()) == 96 and len({case.name for case in dm.cases()}) == 96, 'the cases are not all there')
    for case in dm.cases():
        dropped = case.shape == 'optimistic-whole' and not case.online_ddl
        blocked = case.shards == 'pessimistic' and case.online_ddl
        for tool in dm.TOOLS:
            gh_ost = tool == 'gh-ost'
            folded, passed = case.expected('folded', tool), case.expected('passed', tool)
            check(folded == ([44007] if dropped and gh_ost else []), f'{case.name}, {tool}: folded {folded}')
            check((passed == dm.BLOCKED) == (blocked and gh_ost), f'{case.name}, {tool}: passed {passed}')
            if passed != dm.BLOCKED:
                check(bool(passed) == (not case.online_ddl and case.shape != 'single-whole'), f'{case.name}: {passed}')


def test_dm_answers_are_read(folder):
    """As dmctl prints them: a warning with line breaks in its text, errors of a subtask and of a relay log."""
    check(dm.read_answer('') == {} and dm.read_answer('no {answer') == {}, 'what is no answer')
    text = '[warn]\n{\n  "result": true,\n  "msg": "a warning\n\tof two lines",\n  "sources": []\n}\n'
    check(dm.read_answer(text)['msg'] == 'a warning\n\tof two lines', 'line breaks')
    check(dm.read_status({}) == ([], []), 'nothing is nothing')
    stages, errors = dm.read_status({'sources': [
        {'sourceStatus': {'relayStatus': {'result': {'errors': [{'Message': 'relay: [code=30015:class=relay-unit]'}]}}},
         'subTaskStatus': [{'stage': 'Paused', 'unit': 'Sync', 'result': {'errors': [
             {'ErrCode': 44007, 'Message': "table doesn't exist"}]}}]},
        {'subTaskStatus': [{'stage': 'Running', 'unit': 'Sync', 'result': None}]}]})
    check(stages == [('Paused', 'Sync'), ('Running', 'Sync')], str(stages))
    check(sorted(code for code, _ in errors) == [30015, 44007], str(errors))


def test_dm_files(folder):
    code, _, errors = call('--write', folder, 'optimistic-list', 'incremental', 'gtid', 'relay', 'false')
    written = sorted(str(p.relative_to(folder)) for p in folder.rglob('*.yaml'))
    case = 'optimistic-list-false-incremental-gtid-relay'
    check(code == 0 and written == [f'{case}/source-1.yaml', f'{case}/source-2.yaml', f'{case}/task.yaml'],
          f'{code} {errors} {written}')
    task = json.loads((folder / case / 'task.yaml').read_text())
    ids = [json.loads((folder / case / f'source-{n}.yaml').read_text())['source-id'] for n in (1, 2)]
    check([one['source-id'] for one in task['mysql-instances']] == ids and len(set(ids)) == 2, f'{ids}: {task}')
    check(task['shard-mode'] == 'optimistic' and task['online-ddl'] is False and task['task-mode'] == 'incremental', task)
    for one in task['mysql-instances']:
        check(one['block-allow-list'] in task['block-allow-list'] and one['route-rules'] == list(task['routes']), task)
        check(set(one['meta']) == {'binlog-name', 'binlog-pos', 'binlog-gtid'}, task)

    call('--write', folder, 'single-whole', 'all', 'position', 'direct', 'true')
    case = 'single-whole-true-all-position-direct'
    task = json.loads((folder / case / 'task.yaml').read_text())
    source = json.loads((folder / case / 'source-1.yaml').read_text())
    check('shard-mode' not in task and 'do-tables' not in task['block-allow-list']['allow'] and task['online-ddl'] is True
          and 'meta' not in task['mysql-instances'][0], task)
    check(source['enable-gtid'] is False and source['enable-relay'] is False and 'relay-binlog-name' not in source, source)
