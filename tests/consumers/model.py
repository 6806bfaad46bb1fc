"""Tables as a consumer knows them: a change stream folded into rows.

    model = Model()
    model.apply({'kind': 'begin'})
    model.apply({'kind': 'row', 'schema': 'shop', 'table': 't', 'before': None, 'after': {'id': '1', 'a': 'x'}})
    model.apply({'kind': 'ddl', 'schema': 'shop', 'sql': 'ALTER TABLE t ADD COLUMN b int DEFAULT 7'})
    model.apply({'kind': 'place', 'gtid': '...:1-5'})        # what came before it counts; a consumer restarts here
    model.tables[('shop', 't')] == {'1': {'id': '1', 'a': 'x', 'b': '7'}}

Values are texts, or None for NULL. Every table has the primary key `id`.

It is strict: what is inserted must be new, and what is updated or deleted must be there, with the values of the
before image in all columns. So an event twice, an event missing, rows before their ALTER, or a DEFAULT
that is not the primary's are seen where they happen.
"""

import decimal
import re

KEY = 'id'


class Unequal(Exception):
    """The stream contradicts itself, or says what cannot be followed."""


class Model:
    def __init__(self):
        self.tables = {}    # (schema, table) -> {key: {column: value}}
        self.place = None   # the last: where a consumer goes on after a loss
        self.transactions = 0
        self._open = []

    def apply(self, line):
        kind = line['kind']
        if kind == 'begin':
            self._open = []  # a transaction that was cut off comes again
        elif kind in ('row', 'ddl'):
            self._open.append(line)
        elif kind == 'place':
            for one in self._open:
                if one['kind'] == 'row':
                    self._row(one)
                else:
                    self._ddl(one['schema'], one['sql'])
            self.transactions += bool(self._open)
            self._open = []
            self.place = line
        else:
            raise Unequal(f'what is {line}?')

    def forget_open(self):
        """The consumer is started again from .place."""
        self._open = []

    # --- rows

    def _row(self, line):
        name = line['schema'], line['table']
        if name not in self.tables:
            raise Unequal(f'rows of {".".join(name)}, which nobody created')
        rows, before, after = self.tables[name], line['before'], line['after']
        if before is not None:
            known = rows.pop(before[KEY], None)
            if known is None:
                raise Unequal(f'{".".join(name)}: {before} changes and was not there')
            if known != before:
                raise Unequal(f'{".".join(name)}: {show(known, before)} changes and was {show(before, known)}')
        if after is not None:
            if after[KEY] in rows:
                raise Unequal(f'{".".join(name)}: {after} is inserted and was there')
            rows[after[KEY]] = after

    # --- statements

    def _ddl(self, schema, sql):
        text = without_comments(sql)
        for pattern, action in _STATEMENTS:
            match = re.match(pattern, text, re.I | re.S)
            if match:
                if action:
                    action(self, schema, *match.groups())
                return
        raise Unequal(f'a statement that cannot be followed: {sql[:200]}')

    def _create(self, schema, name):
        self.tables.setdefault(table_name(schema, name), {})

    def _drop(self, schema, names):
        for name in split(names):
            self.tables.pop(table_name(schema, name), None)

    def _rename(self, schema, pairs):
        for pair in split(pairs):
            old, new = re.split(r'\s+TO\s+', pair, flags=re.I)
            old, new = table_name(schema, old), table_name(schema, new)
            if old not in self.tables or new in self.tables:
                raise Unequal(f'RENAME TABLE {pair} with the tables {sorted(self.tables)}')
            self.tables[new] = self.tables.pop(old)

    def _truncate(self, schema, name):
        self.tables[table_name(schema, name)].clear()

    def _alter(self, schema, name, clauses):
        rows = self.tables.get(table_name(schema, name))
        if rows is None:
            raise Unequal(f'ALTER TABLE {name}, which nobody created')
        if not rows:
            return
        for clause in split(clauses):
            column = re.match(r'ADD\s+COLUMN\s+(\S+)\s+(.*)', clause, re.I | re.S)
            if column:
                value = default_of(column[2])
                for row in rows.values():
                    row[unquote(column[1])] = value
            elif not re.match(_NO_ROWS, clause, re.I):
                raise Unequal(f'an ALTER of rows that cannot be followed: {clause}')


_NAME = r'((?:`(?:[^`]|``)+`|\w+)(?:\s*\.\s*(?:`(?:[^`]|``)+`|\w+))?)'
_STATEMENTS = [
    (rf'CREATE\s+TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?{_NAME}', Model._create),
    (r'DROP\s+TABLE\s+(?:IF\s+EXISTS\s+)?(.*?)(?:\s+(?:RESTRICT|CASCADE))?$', Model._drop),
    (r'RENAME\s+TABLES?\s+(.*)$', Model._rename),
    (rf'TRUNCATE\s+(?:TABLE\s+)?{_NAME}', Model._truncate),
    (rf'ALTER\s+TABLE\s+{_NAME}\s+(.*)$', Model._alter),
    (r'(?:CREATE|DROP|ALTER)\s+(?:DATABASE|SCHEMA|USER|(?:DEFINER\s*=\s*\S+\s+)?TRIGGER|VIEW)\b', None),
    (r'(?:ANALYZE|FLUSH|GRANT|SET|USE)\b', None),
]
_NO_ROWS = r'ADD\s+(?:UNIQUE\s+)?(?:KEY|INDEX)\b|AUTO_INCREMENT\s*=|ENGINE\s*='


def without_comments(sql):
    """/* ... */ is a blank; of /*!50000 ... */ the inside counts. No quoted text here holds either."""
    return re.sub(r'/\*!\d*(.*?)\*/', r' \1 ', re.sub(r'/\*(?!!).*?\*/', ' ', sql, flags=re.S), flags=re.S).strip().rstrip(';')


def split(text):
    """At commas outside of parentheses and quotes."""
    parts, depth, quote, part = [], 0, '', ''
    for letter in text:
        if quote:
            quote = '' if letter == quote else quote
        elif letter in '\'"`':
            quote = letter
        depth += (letter == '(') - (letter == ')') if not quote else 0
        if letter == ',' and not depth and not quote:
            parts.append(part.strip())
            part = ''
        else:
            part += letter
    return parts + [part.strip()]


def unquote(name):
    name = name.strip()
    return name[1:-1].replace('``', '`') if name.startswith('`') else name


def table_name(schema, name):
    parts = re.findall(r'`(?:[^`]|``)+`|\w+', name)
    return tuple(map(unquote, parts)) if len(parts) == 2 else (schema, unquote(parts[0]))


def default_of(definition):
    """What ADD COLUMN gives to the rows that are there. Only what needs no server to know it."""
    match = re.search(r"\bDEFAULT\s+('(?:[^']|'')*'|-?\d+(?:\.\d+)?|NULL\b)", definition, re.I)
    if match:
        text = match[1]
        return None if text.upper() == 'NULL' else text[1:-1].replace("''", "'") if text.startswith("'") else text
    if re.search(r'\bNOT\s+NULL\b|\bDEFAULT\b|^timestamp\b', definition, re.I):
        raise Unequal(f'ADD COLUMN gives rows a value that only the primary knows: {definition}')
    return None


# --- comparing

def canonical(data_type, text):
    """One form for a value that programs write in several."""
    if text is None:
        return None
    if data_type == 'decimal':
        return format(decimal.Decimal(text), 'f').rstrip('0').rstrip('.') if '.' in text else text
    if data_type in ('datetime', 'timestamp'):
        seconds, _, fraction = text.partition('.')
        return f'{seconds}.{fraction:0<6}'
    return text


def compare(primary, consumer, types, who):
    """What differs, in words; [] if nothing. Both: (schema, table) -> {key: row}; types: of the primary."""
    result = [f'{".".join(name)}: only on the primary' for name in sorted(primary.keys() - consumer.keys())]
    result += [f'{".".join(name)}: only at {who}' for name in sorted(consumer.keys() - primary.keys())]
    for name in sorted(primary.keys() & consumer.keys()):
        def rows_of(tables):
            return {key: {c: canonical(types[name].get(c), v) for c, v in row.items()} for key, row in tables[name].items()}
        ours, theirs = rows_of(primary), rows_of(consumer)
        wrong = [key for key in ours.keys() | theirs.keys() if ours.get(key) != theirs.get(key)]
        if wrong:
            key = min(wrong)
            result.append(f'{".".join(name)}: {len(wrong)} rows differ: primary {show(ours.get(key), theirs.get(key))}, '
                          f'{who} {show(theirs.get(key), ours.get(key))}')
    return result


def show(row, other):
    """The key of a row and what is not as in the other."""
    if row is None:
        return 'nothing'
    return str({c: v for c, v in row.items() if c == KEY or other is None or c not in other or other[c] != v})
