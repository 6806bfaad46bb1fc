"""fold.block: what would hold up a replica's applier passes, by the size of the table as it is then."""

import testbed
from scene import SCHEMA, Scene
from testbed import check

CONFIG = """[fold]
block = "1MB"
[fold.table."shop.patient"]
block = "fold"
"""


def by_size(folder, version):
    scene = Scene(folder, version, config=CONFIG)

    def migrate(table, alter, *verdicts):
        mark = scene.mark()
        testbed.gh_ost(scene.primary, '1.1.8', SCHEMA, table, alter, wait=False).succeed(120)
        scene.equal()
        scene.expect(mark, table, *verdicts)
        return ''.join(scene.said(mark, 'passing', table))

    for table, rows in (('small', 300), ('large', 10_000), ('patient', 10_000)):
        scene.table(table, rows=rows)
    migrate('small', 'ADD INDEX note (note(20))', 'folding')
    for alter, cost in (('ADD INDEX note (note(20))', 'reads all rows of the table'),
                        ('MODIFY customer bigint NOT NULL', 'rebuilds the table'),
                        ("ADD COLUMN a int, COMMENT = 'x'", 'rebuilds the table')):
        said = migrate('large', alter, 'passing')
        check(cost in said and ' MiB, and block = "1MB"' in said, said)
    # Of these no applier takes the longer, the larger the table is.
    for alter in ('ADD COLUMN b int', 'MODIFY note varchar(250)', 'DROP INDEX note'):
        migrate('large', alter, 'folding')
    migrate('patient', 'ADD INDEX note (note(20))', 'folding')

    # It was asked for at the first migration; what counts is what it is now.
    for _ in range(6):
        scene.primary.sql('INSERT INTO shop.small (customer, code, note) SELECT customer, MD5(RAND()), note FROM shop.small')
    scene.primary.sql('ANALYZE NO_WRITE_TO_BINLOG TABLE shop.small')
    migrate('small', 'ADD INDEX amount (amount)', 'passing')


def test_what_holds_up_an_applier_passes_by_the_tables_size_on_9_7(folder):
    by_size(folder, '9.7')


def test_what_holds_up_an_applier_passes_by_the_tables_size_on_8_0(folder):
    by_size(folder, '8.0')
