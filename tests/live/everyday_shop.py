"""The tables of everyday/tables.sql with their rows, and who writes them while a migration runs."""

import contextlib
import random
import re
from pathlib import Path

import migration_runs
from testbed import check

HERE = Path(__file__).parent / 'everyday'
FILLER = 300  # rows: a copy that is over before the source has told the definition passes

KEYS = {'nopk': 'a'}  # else id
UNIQUE_WHEN_MADE = {'nopk', 'part'}  # tables without AUTO_INCREMENT
# A change of a row with edge values that keeps to every definition.
TOUCH = {'orders': 'customer_id = 1 + {n} MOD 5', 'customers': 'name = LEFT(CONCAT(name, {n}), 20)',
         'orders_fk': 'note = LEFT(CONCAT(note, {n}), 20)', 'legacy': 'note = LEFT(CONCAT(note, {n}), 20)',
         'legacy_latin': 'name = LEFT(CONCAT(name, {n}), 20)', 'nopk': 'b = {n}', 'chk': 'note = {n}', 'part': 'v = {n}'}


def statements(file):
    text = re.sub(r'^--.*\n', '', (HERE / file).read_text(), flags=re.M)
    return {re.search(r'(?:TABLE|INTO) (\w+)', one)[1]: one for one in text.split(';\n') if one.strip()}


def make_tables(server, schema, table):
    """The table, what refers to it and what it may refer to, with rows. The keys of those with edge values."""
    needed = {'customers', table} | ({'orders_fk'} if table == 'customers' else set())
    server.sql(f'CREATE DATABASE {schema}')
    with contextlib.closing(server.root(database=schema)) as connection, connection.cursor() as cursor:
        cursor.execute("SET sql_mode = 'NO_ENGINE_SUBSTITUTION', time_zone = '+00:00'")
        for file in ('tables.sql', 'rows.sql'):
            for name, text in statements(file).items():
                if name in needed:
                    cursor.execute(text)
        cursor.execute(f'SELECT {KEYS.get(table, "id")} FROM {table} ORDER BY 1')
        edges = [row[0] for row in cursor.fetchall()]
        dice = random.Random(schema)
        rows = [row_of(table, 1000 + n, dice, wide=False) for n in range(FILLER)]
        cursor.executemany(insert_text(table, rows[0]), [tuple(row.values()) for row in rows])
    server.sql(f'ANALYZE NO_WRITE_TO_BINLOG TABLE {schema}.{table}')
    return edges


def insert_text(table, row):
    return f'INSERT INTO {table} ({", ".join(row)}) VALUES ({", ".join(["%s"] * len(row))})'


def row_of(table, n, dice, wide):
    """Column -> value of a new row; n is never twice the same.

    Narrow, it fits whatever alters.tsv makes of the table, in strict mode; wide, what its definition takes. No
    character of four bytes: MySQL cannot show the statement in information_schema.processlist (error 3854), and
    gh-ost, which looks there for its RENAME, gives up its cut-over.
    """
    def either(narrow, *more):
        return dice.choice((narrow, *more)) if wide else narrow

    customer = dice.randrange(1, 6)
    day = f'{either(2024, 2023, 2025)}-{dice.randrange(1, 13):02}-{dice.randrange(1, 29):02}'
    if table == 'orders':
        return {'customer_id': customer,
                'status': either('new', 'paid'),
                'code': f'{n:x}',
                'note': either(str(n), None, f'漢 {n}'),
                'big': either('b' * dice.randrange(190), None, '漢' * 255),
                'qty': either(dice.randrange(1000), None, -dice.randrange(1000)),
                'price': f'{dice.randrange(100_000)}.{dice.randrange(100):02}',
                'body': either('text', None, 't' * 60_000),
                'updated_at': either(f'{day} 12:00:00.{dice.randrange(10**6):06}', None)}
    if table == 'nopk':
        return {'a': n, 'b': either(dice.randrange(1000), None)}
    if table == 'part':
        return {'id': n, 'd': day, 'v': either(dice.randrange(1000), None)}
    if table == 'chk':
        return {'qty': either(dice.randrange(1, 1000), None), 'note': either('note', None, '漢')}
    if table == 'legacy_latin':
        return {'name': either('name', 'Größe €', ''), 'mail': either(f'{n}@x', None)}
    if table == 'legacy':
        return {'note': either('note', None, '漢字')}
    if table == 'customers':
        return {'name': either('name', None, '漢')}
    check(table == 'orders_fk', f'no rows are known for {table}')
    return {'customer_id': customer, 'note': either('note', None, '漢')}


class Statements:
    """What a writer does: it inserts, updates and deletes rows of its own, and with `wide` changes three of those with
    edge values: what is written while a tool copies, it may copy in another way."""

    def __init__(self, table, edges, wide):
        self.table, self.wide = table, wide
        self.key = KEYS.get(table, 'id')
        self.edges = edges[-3:]

    def __call__(self, cursor, dice, own, n):
        row = row_of(self.table, n, dice, self.wide)
        kind = dice.choice('iiuude')
        if kind == 'e' and self.wide:
            cursor.execute(f'UPDATE {self.table} SET {TOUCH[self.table].format(n=n)} WHERE {self.key} = %s',
                           (dice.choice(self.edges),))
        elif kind == 'u' and own:
            columns = [column for column in row if column != self.key]
            changed = dice.sample(columns, dice.choice((1, len(columns))))
            cursor.execute(f'UPDATE {self.table} SET {", ".join(f"{c} = %s" for c in changed)} WHERE {self.key} = %s',
                           (*(row[c] for c in changed), dice.choice(own)))
        elif kind == 'd' and own:
            cursor.execute(f'DELETE FROM {self.table} WHERE {self.key} = %s', (own.pop(dice.randrange(len(own))),))
        else:
            cursor.execute(insert_text(self.table, row), tuple(row.values()))
            own.append(row[self.key] if self.table in UNIQUE_WHEN_MADE else cursor.lastrowid)


def writers(server, schema, table, edges, wide):
    return migration_runs.Writers(server, schema, Statements(table, edges, wide))
