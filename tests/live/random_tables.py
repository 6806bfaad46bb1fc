"""Random tables, rows and ALTERs: what random_alters_test.py runs.

    table = Table(random.Random('seed'))
    table.create()           # CREATE TABLE t (...)
    table.insert(7, dice)    # INSERT of a row; 7 is never said twice
    table.alter(False)       # clauses of an ALTER; True: one that some rows may not survive

Nothing here asks a server: what one refuses is for the caller to throw away. Characters of four bytes are written in hex, since
MySQL cannot show a statement that has one in information_schema.processlist, where gh-ost looks.
"""

import dataclasses

from random_values import CHARSETS, CHECKS, DEFAULTS, ENUMS, EXPRESSIONS, INTS, KINDS, MILD, NUMBERED, SETS, SPOILT, VALUES


def quoted(members):
    return ', '.join(f"'{one}'" for one in members)


def fraction(dice, name):
    return name + dice.choice(('', '', '(3)', '(6)'))


def decimal(dice):
    digits = dice.choice((3, 5, 10, 12, 20, 30))
    return f'decimal({digits},{dice.choice((0, 1, 2, min(4, digits)))})' + dice.choice(('', '', '', ' unsigned'))


FORMS = {
    'int': lambda dice: dice.choice(INTS) + dice.choice(('', ' unsigned')), 'decimal': decimal,
    'float': lambda dice: 'float', 'double': lambda dice: 'double',
    'text': lambda dice: dice.choice(('char({})', 'varchar({})', 'varchar({})')).format(dice.choice((1, 3, 10, 20, 63, 64, 100, 200)))
    if dice.random() < 0.8 else dice.choice(('tinytext', 'text', 'mediumtext', 'longtext', 'varchar(300)')),
    'bytes': lambda dice: dice.choice(('binary(4)', 'binary(20)', 'varbinary(3)', 'varbinary(40)', 'varbinary(300)', 'tinyblob',
                                       'blob', 'mediumblob')),
    'enum': lambda dice: f'enum({quoted(dice.choice(ENUMS))})', 'set': lambda dice: f'set({quoted(dice.choice(SETS))})',
    'bit': lambda dice: f'bit({dice.choice((1, 3, 8, 20, 64))})', 'date': lambda dice: 'date',
    'time': lambda dice: fraction(dice, 'time'), 'datetime': lambda dice: fraction(dice, 'datetime'),
    'timestamp': lambda dice: fraction(dice, 'timestamp'), 'year': lambda dice: 'year', 'json': lambda dice: 'json'}
WIDE = {'int': ('int', 'bigint', 'int unsigned', 'bigint unsigned'), 'decimal': ('decimal(12,0)', 'decimal(20,2)'),
        'text': ('varchar(20)', 'varchar(64)', 'char(20)', 'varchar(191)'), 'bytes': ('varbinary(20)', 'binary(16)'),
        'datetime': ('datetime', 'datetime(3)')}


def charset(dice):
    name = dice.choice(tuple(CHARSETS))
    return dice.choice(('', f' CHARACTER SET {name}', f' CHARACTER SET {name} COLLATE {dice.choice(CHARSETS[name])}'))


@dataclasses.dataclass(frozen=True)
class Column:
    name: str
    kind: str
    form: str
    charset: str = ''
    null: bool = True
    more: str = ''        # DEFAULT, COMMENT
    computed: str = ''    # GENERATED ALWAYS AS ...
    numbered: bool = False

    def text(self):
        null = '' if self.null and self.kind != 'timestamp' else ' NULL' if self.null else ' NOT NULL'
        if self.computed:
            return f'`{self.name}` {self.form}{self.charset} {self.computed}'
        return f'`{self.name}` {self.form}{self.charset}{null}{self.more}'

    @property
    def long(self):
        """An index wants a prefix of it."""
        return self.form.endswith(('text', 'blob'))

    def key_part(self, dice):
        if self.long:
            return f'`{self.name}`({dice.choice((3, 10))})'
        prefixed = self.kind == 'text' and dice.random() < 0.15
        return f'`{self.name}`' + ('(2)' if prefixed else dice.choice(('', '', '', ' DESC')))

    def expression(self, dice):
        text, form = dice.choice(EXPRESSIONS[self.kind])
        return text.format(c=f'`{self.name}`'), form


def random_column(dice, name, numbered=False, null=None):
    kind = dice.choice(tuple(NUMBERED) if numbered else KINDS)
    form = dice.choice(WIDE[kind]) if numbered else FORMS[kind](dice)
    null = dice.random() < 0.6 if null is None else null
    column = Column(name, kind, form, charset(dice) if kind == 'text' else '', null, numbered=numbered)
    return dataclasses.replace(column, more=attributes(dice, column))


def attributes(dice, column):
    more = ''
    if column.kind in DEFAULTS and not column.long and dice.random() < 0.3:
        more += f' DEFAULT {dice.choice(DEFAULTS[column.kind])}'
    elif column.kind in ('datetime', 'timestamp') and dice.random() < 0.2:
        digits = column.form[len(column.kind):]
        more += f' DEFAULT CURRENT_TIMESTAMP{digits}'
    return more + (dice.choice((" COMMENT 'x'", " COMMENT 'it''s'")) if dice.random() < 0.1 else '')


class Table:
    """numbered columns have values that are never twice the same, the others such as class_cases.py has."""

    def __init__(self, dice):
        self.dice = dice
        self.columns, self.keys, self.indexes, self.checks = [], [], [], []
        self.key_columns = []
        self._primary_key()
        for number in range(dice.randrange(1, 7)):
            self.columns.append(random_column(dice, f'c{number}', numbered=dice.random() < 0.3))
        if dice.random() < 0.35:
            self._generated('g1')
        for number in range(dice.randrange(0, 4)):
            self._index(f'i{number}')
        if dice.random() < 0.2:
            self.checks.append(self._check(True, dice.choice(('', 'ck'))))
        self.checks = [one for one in self.checks if one]
        self.options = ' DEFAULT CHARSET=' + dice.choice(('utf8mb4', 'utf8mb4', 'utf8mb4', 'latin1', 'utf8mb3')) + dice.choice(
            ('', '', '', ' ROW_FORMAT=COMPACT', ' ROW_FORMAT=DYNAMIC', " COMMENT='t'"))
        self.partitions = dice.choice((' PARTITION BY HASH (`id`) PARTITIONS 3', ' PARTITION BY KEY () PARTITIONS 2')) \
            if dice.random() < 0.08 else ''

    def _primary_key(self):
        dice = self.dice
        shape = dice.choice(('counter', 'counter', 'counter', 'two', 'enum', 'numbered', 'unique'))
        if shape in ('counter', 'two', 'enum'):
            form = dice.choice(('int', 'int unsigned', 'bigint', 'bigint unsigned', 'mediumint'))
            self.columns.append(Column('id', 'int', form, null=False, more=' AUTO_INCREMENT', numbered=True))
        else:
            self.columns.append(random_column(dice, 'id', numbered=True, null=False))
        if shape == 'two':
            self.columns.append(random_column(dice, 'k', numbered=True, null=False))
        elif shape == 'enum':
            self.columns.append(Column('k', 'enum', FORMS['enum'](dice), null=False))
        self.key_columns = [one.name for one in self.columns]
        listed = ', '.join(f'`{name}`' for name in self.key_columns)
        self.keys.append(f'UNIQUE KEY `u` ({listed})' if shape == 'unique' else f'PRIMARY KEY ({listed})')
        self.primary = shape != 'unique'

    def _generated(self, name):
        base = self.dice.choice(self.columns)
        expression, form = base.expression(self.dice)
        kept = self.dice.choice(('VIRTUAL', 'STORED'))
        self.columns.append(Column(name, 'generated', form, computed=f'GENERATED ALWAYS AS ({expression}) {kept}'))

    def _index(self, name):
        text = self.index_text(name)
        if text:
            self.indexes.append((name, text))

    def index_text(self, name, unique=None):
        dice = self.dice
        choice = [one for one in self.columns if one.kind not in ('json', 'generated')]
        if (dice.random() < 0.15) if unique is None else unique:
            choice = [one for one in choice if one.numbered or (unique and dice.random() < 0.1)]
            if not choice:
                return None
            parts = [f'`{one.name}`' + ('(12)' if one.long else '') for one in dice.sample(choice, min(len(choice), dice.choice((1, 1, 2))))]
            return f'UNIQUE KEY `{name}` ({", ".join(parts)})'
        if dice.random() < 0.15:
            expression, _ = dice.choice(choice).expression(dice)
            return f'KEY `{name}` (({expression}))'
        parts = [one.key_part(dice) for one in dice.sample(choice, min(len(choice), dice.choice((1, 1, 2))))]
        return f'KEY `{name}` ({", ".join(parts)})'

    def _check(self, kept, name=''):
        choice = [one for one in self.columns if one.kind in CHECKS]
        if not choice:
            return None
        one = self.dice.choice(choice)
        text = self.dice.choice(CHECKS[one.kind][0 if kept else 1]).format(c=f'`{one.name}`')
        return (f'CONSTRAINT `{name}` ' if name else '') + f'CHECK ({text})'

    def create(self):
        lines = [one.text() for one in self.columns] + self.keys + [text for _, text in self.indexes] + self.checks
        return 'CREATE TABLE t (' + ', '.join(lines) + ')' + self.options + self.partitions

    # --- rows

    def value(self, column, n, dice, spoilt):
        if column.numbered and not (column.null and dice.random() < 0.1):
            return NUMBERED[column.kind].format(n=n)
        literals = VALUES[column.kind]
        one = dice.choice(literals)
        if not spoilt and one in SPOILT and column.kind in ('enum', 'date', 'datetime', 'timestamp'):
            one = literals[1] if literals[1] not in SPOILT else literals[2]
        return one if one != 'NULL' or column.null else dice.choice(literals[1:] if spoilt else literals[2:4])

    def written(self):
        return [one for one in self.columns if not one.computed]

    def mild_value(self, column, n, dice):
        if column.numbered:
            return NUMBERED[column.kind].format(n=n)
        return dice.choice(MILD[column.kind])

    def insert(self, n, dice, spoilt=True, ignore=False, value=None):
        value = value or (lambda column: self.value(column, n, dice, spoilt))
        columns = [one for one in self.written() if 'AUTO_INCREMENT' not in one.more]
        names = ', '.join(f'`{one.name}`' for one in columns)
        values = ', '.join(value(one) for one in columns)
        return f'INSERT {"IGNORE " * ignore}INTO t ({names}) VALUES ({values})'

    def change(self, n, dice, mild, spoilt):
        """A statement of a writer; mild: its values fit what most ALTERs make of the table."""
        def value(column):
            return self.mild_value(column, n, dice) if mild else self.value(column, n, dice, spoilt)

        kind = dice.choice('iiuuukd')
        if kind == 'i':
            return self.insert(n, dice, value=value)
        if kind == 'd':
            return f'DELETE FROM t ORDER BY RAND() LIMIT {dice.choice((1, 1, 3))}'
        among = [one for one in self.written() if (one.name in self.key_columns) == (kind == 'k')] or self.written()
        if kind == 'k':
            among = [one for one in among if 'AUTO_INCREMENT' not in one.more]
            if not among:
                return 'UPDATE t SET `id` = `id` + 5000 ORDER BY RAND() LIMIT 1'
        chosen = dice.sample(among, dice.randrange(1, len(among) + 1))
        return 'UPDATE t SET ' + ', '.join(f'`{one.name}` = {value(one)}' for one in chosen) + \
            ' ORDER BY RAND() LIMIT 1'

    # --- ALTERs

    def alter(self, losing):
        """Clauses; with `losing` one that some rows may not survive."""
        dice = self.dice
        clauses = [self._losing()] if losing else []
        wanted = dice.choice((1, 1, 1, 2, 2, 3))
        for _ in range(20):
            if len(clauses) >= wanted:
                break
            clause = dice.choice(CLAUSES)(self)
            if clause and clause not in clauses:
                clauses.append(clause)
        last = [one for one in clauses if one.startswith(('PARTITION', 'REMOVE'))][:1]
        others = [one for one in clauses if not one.startswith(('PARTITION', 'REMOVE'))]
        return ' '.join([', '.join(others), *last]).strip()

    def _losing(self):
        dice = self.dice
        any_column = dice.choice([one for one in self.columns if one.kind not in ('json', 'generated')])
        check = self._check(False, 'lost')
        if check and dice.random() < 0.4:
            return f'ADD {check}'
        return f'ADD UNIQUE KEY `lost` (`{any_column.name}`{"(10)" if any_column.long else ""})'

    def add_column(self):
        name = self.dice.choice(('n1', 'n2', 'n3'))
        column = random_column(self.dice, name)
        if 'CURRENT' in column.more and self.dice.random() < 0.7:
            column = dataclasses.replace(column, more='')
        return f'ADD COLUMN {column.text()}{self._place()}'

    def add_generated(self):
        base = self.dice.choice([one for one in self.columns if not one.computed])
        expression, form = base.expression(self.dice)
        kept = self.dice.choice(('VIRTUAL', 'STORED'))
        return f'ADD COLUMN `n4` {form} GENERATED ALWAYS AS ({expression}) {kept}{self._place()}'

    def _place(self):
        return self.dice.choice(('', '', ' FIRST', f' AFTER `{self.dice.choice(self.columns).name}`'))

    def drop_column(self):
        choice = [one for one in self.columns if one.name not in self.key_columns]
        return f'DROP COLUMN `{self.dice.choice(choice).name}`' if choice else None

    def modify(self):
        dice = self.dice
        choice = [one for one in self.columns if not one.computed]
        column = dice.choice(choice)
        if column.name in self.key_columns and dice.random() < 0.6:
            return None
        what = dice.choice(('form', 'form', 'form', 'null', 'charset', 'charset', 'more', 'kind', 'place'))
        if what == 'form':
            column = dataclasses.replace(column, form=FORMS[column.kind](dice))
        elif what == 'null':
            column = dataclasses.replace(column, null=not column.null)
        elif what == 'charset' and column.kind == 'text':
            column = dataclasses.replace(column, charset=charset(dice))
        elif what == 'kind':
            kind = dice.choice(KINDS)
            column = dataclasses.replace(column, kind=kind, form=FORMS[kind](dice), charset='', more='')
        else:
            column = dataclasses.replace(column, more=attributes(dice, column) if 'AUTO' not in column.more else column.more)
        return f'MODIFY COLUMN {column.text()}{self._place() if what == "place" else ""}'

    def modify_generated(self):
        choice = [one for one in self.columns if one.computed]
        if not choice:
            return None
        one = self.dice.choice(choice)
        base = self.dice.choice(self.written())
        expression, form = base.expression(self.dice)
        return f'MODIFY COLUMN `{one.name}` {form} GENERATED ALWAYS AS ({expression}) ' + one.computed.split()[-1]

    def add_index(self):
        text = self.index_text('n' + self.dice.choice('12'), unique=False)
        return f'ADD {text}' if text else None

    def add_unique(self):
        text = self.index_text('nu', unique=True)
        return f'ADD {text}' if text else None

    def drop_index(self):
        return f'DROP INDEX `{self.dice.choice(self.indexes)[0]}`' if self.indexes else None

    def rename_index(self):
        return f'RENAME INDEX `{self.dice.choice(self.indexes)[0]}` TO `renamed`' if self.indexes else None

    def make_unique(self):
        choice = [one for one in self.columns if one.numbered and not one.computed]
        if not self.indexes or not choice:
            return None
        name, one = self.dice.choice(self.indexes)[0], self.dice.choice(choice)
        return f'DROP INDEX `{name}`, ADD UNIQUE KEY `{name}2` (`{one.name}`)'

    def change_primary_key(self):
        choice = [one.name for one in self.columns if one.numbered and not one.null]
        more = self.dice.sample(choice, min(len(choice), self.dice.choice((1, 2))))
        listed = ', '.join(f'`{name}`' for name in dict.fromkeys(more))
        if not self.primary:
            return f'ADD PRIMARY KEY ({listed})'
        kept = '' if 'id' in more[:1] else ', ADD UNIQUE KEY `was` (`id`)'
        return f'DROP PRIMARY KEY, ADD PRIMARY KEY ({listed}){kept}'

    def add_check(self):
        text = self._check(self.dice.random() < 0.9, self.dice.choice(('', 'nc')))
        return f'ADD {text}{self.dice.choice(("", "", " NOT ENFORCED"))}' if text else None

    def drop_check(self):
        # pt-osc puts an underscore in front of the name, and LIKE makes another one.
        return 'DROP CHECK `_ck`' if any('`ck`' in one for one in self.checks) else None

    def partition(self):
        if self.partitions:
            return self.dice.choice(('REMOVE PARTITIONING', 'PARTITION BY KEY () PARTITIONS 5'))
        key = self.dice.choice(self.key_columns)
        return self.dice.choice((f'PARTITION BY HASH (`{key}`) PARTITIONS 4', f'PARTITION BY KEY (`{key}`) PARTITIONS 3',
                                 'PARTITION BY KEY () PARTITIONS 2'))

    def option(self):
        return self.dice.choice(('ENGINE=InnoDB', 'FORCE', 'ROW_FORMAT=COMPACT', 'ROW_FORMAT=DYNAMIC', "COMMENT='new'",
                                 'STATS_PERSISTENT=1', 'AUTO_INCREMENT=100000', 'ROW_FORMAT=COMPRESSED', 'KEY_BLOCK_SIZE=8',
                                 'DEFAULT CHARSET=latin1', 'DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin'))

    def convert(self):
        name = self.dice.choice(('utf8mb4', 'utf8mb4', 'utf8mb3', 'latin1'))
        return f'CONVERT TO CHARACTER SET {name}' + self.dice.choice(('', f' COLLATE {self.dice.choice(CHARSETS[name])}'))

    def set_default(self):
        choice = [one for one in self.written() if one.kind in DEFAULTS and not one.long and 'AUTO' not in one.more]
        if not choice:
            return None
        one = self.dice.choice(choice)
        return f'ALTER COLUMN `{one.name}` ' + self.dice.choice((f'SET DEFAULT {self.dice.choice(DEFAULTS[one.kind])}', 'DROP DEFAULT'))

    def visibility(self):
        return f'ALTER INDEX `{self.dice.choice(self.indexes)[0]}` INVISIBLE' if self.indexes else None


_OFTEN = (Table.add_column, Table.modify, Table.modify, Table.modify, Table.add_unique)
CLAUSES = (*_OFTEN, *_OFTEN, Table.add_generated, Table.drop_column, Table.drop_column, Table.modify_generated, Table.add_index,
           Table.drop_index, Table.rename_index, Table.make_unique, Table.change_primary_key, Table.change_primary_key,
           Table.add_check, Table.add_check, Table.drop_check, Table.partition, Table.option, Table.convert, Table.convert,
           Table.set_default, Table.visibility)
