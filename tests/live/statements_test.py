"""Every statement that real consumers were seen to send, at the source and through unghost: answers are equal.

tests/golden/consumer_statements.txt has them, consumer by consumer. Each consumer's run is made three times
on a source in the same state: twice directly, once through unghost. A value that differs between the two direct runs
(ids, what the runs themselves write) says nothing and is left out; so are clocks, log positions, and the
replicas, which are unghost's.
"""

import contextlib
import datetime
import re

import pymysql

import testbed
from relay_test import Behind
from testbed import check

FILE = testbed.ROOT / 'tests' / 'golden' / 'consumer_statements.txt'

# What speaks of positions in the log (columns, rows of SHOW VARIABLES), of unghost's own, of this moment.
POSITIONS = {'File', 'Position', 'Log_name', 'File_size', '@@global.gtid_purged', '@@GLOBAL.gtid_purged'}
POSITION_VARIABLES = {'gtid_purged'}
# Of the leg to the source, which is in TLS though the client is not.
LEG_VARIABLES = {'Ssl_version', 'Ssl_cipher'}
OF_OUR_OWN = re.compile(r'SHOW (REPLICAS|SLAVE HOSTS)', re.I)
OF_THE_MOMENT = re.compile(r'connection_id\(\)|SHOW (FULL )?PROCESSLIST|UNIX_TIMESTAMP\(|NOW\(|CURRENT_TIMESTAMP', re.I)


def runs():
    """consumer -> [(connection, statement)]"""
    found = {}
    for line in FILE.read_text().splitlines():
        if line.startswith('== '):
            steps = found.setdefault(line[3:], [])
        elif not line.startswith('#'):
            number, text = line.split('\t', 1)
            text = re.sub(r'\\(.)', lambda m: {'n': '\n', 't': '\t', 'r': '\r'}.get(m[1], m[1]), text)
            steps.append((number, text))
    return found


def answer(connection, text):
    """('rows', names, rows), ('ok', affected) or ('error', code, message)"""
    try:
        with connection.cursor() as cursor:
            cursor.execute(text)
            if cursor.description is None:
                return 'ok', cursor.rowcount
            return 'rows', [column[0] for column in cursor.description], list(cursor.fetchall())
    except pymysql.err.Error as error:
        return 'error', *error.args


def run(connect, steps):
    """Answers in order; each of the run's connections is one here."""
    connections = {}
    answers = []
    with contextlib.ExitStack() as stack:
        for number, text in steps:
            if number not in connections:
                connections[number] = connect()
                stack.callback(connections[number]._force_close)
            answers.append(answer(connections[number], text))
    return answers


def differences(text, one, other, ours):
    """What our answer has that neither direct one explains; empty: nothing."""
    if OF_THE_MOMENT.search(text):
        return '' if ours[0] == one[0] else f'{ours[0]} instead of {one[0]}'
    if one[0] != other[0]:
        return ''
    if ours[0] != one[0]:
        return f'{ours} instead of {one}'
    if one[0] != 'rows':
        return '' if one != other or ours == one else f'{ours} instead of {one}'
    if ours[1] != one[1]:
        return f'columns {ours[1]} instead of {one[1]}'
    if POSITIONS & set(one[1]) or OF_OUR_OWN.match(text):
        return ''
    if len(one[2]) != len(other[2]):
        return ''
    if len(ours[2]) != len(one[2]):
        return f'{len(ours[2])} rows instead of {len(one[2])}'
    for first, second, mine in zip(one[2], other[2], ours[2]):
        if first[0] in POSITION_VARIABLES | LEG_VARIABLES:
            continue
        for name, a, b, c in zip(one[1], first, second, mine):
            if a == b != c and not isinstance(a, datetime.datetime):
                return f'{name} of {first[0]!r} is {c!r} instead of {a!r}'
    return ''


def fresh(behind):
    behind.source.sql('DROP DATABASE IF EXISTS maxwell; DROP DATABASE IF EXISTS shop; CREATE DATABASE shop; '
                      'CREATE TABLE shop.orders (id int AUTO_INCREMENT PRIMARY KEY, name varchar(50), qty int, '
                      'price decimal(10, 2), k int, KEY (k)); INSERT INTO shop.orders (name, qty) VALUES ("a", 1), ("b", 2)')
    behind.source.sql('DROP DATABASE IF EXISTS ptdb; CREATE DATABASE ptdb; CREATE TABLE ptdb.o (id int NOT NULL '
                      'AUTO_INCREMENT PRIMARY KEY, name varchar(30), v int); INSERT INTO ptdb.o (name, v) VALUES ("a", 1), ("b", 2)')
    behind.caught_up()


def compare(behind, consumer, steps):
    """The statements whose answers differ, and how."""
    results = []
    for connect in (behind.source.connect, behind.source.connect, behind.connect):
        fresh(behind)
        results.append(run(connect, steps))
    return {f'{consumer}: {text[:120]!r}': difference for (_, text), *answers in zip(steps, *results)
            if (difference := differences(text, *answers))}


def answers_are_equal(folder, version):
    # A lock that an earlier run met shall not hold this one up.
    behind = Behind(folder, version, innodb_lock_wait_timeout=1, lock_wait_timeout=2)
    found = {}
    count = 0
    for consumer, steps in runs().items():
        count += len(steps)
        different = compare(behind, consumer, steps)
        for _ in range(2):  # a counter of the server's may stand still by chance: what differs, differs again
            if different:
                again = compare(behind, consumer, steps)
                different = {text: how for text, how in different.items() if text in again}
        found.update(different)
    check(count > 1500, f'{count} statements only')
    check(not found, f'{len(found)} of {count} differ:\n' + '\n'.join(f'{t}: {how}' for t, how in found.items()))


def test_answers_are_equal_9_7(folder):
    answers_are_equal(folder, '9.7')


def test_answers_are_equal_8_0(folder):
    answers_are_equal(folder, '8.0')


def test_answers_are_equal_5_7(folder):
    answers_are_equal(folder, '5.7')
