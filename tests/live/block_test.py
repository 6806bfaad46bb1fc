"""fold.block: what would hold up a replica's applier passes, by the size of the table as it is then."""

import testbed
from scene import SCHEMA, Scene
from testbed import check

CONFIG = """[fold]
block = "300KB"
[fold.table."shop.patient"]
block = "fold"
"""


def by_size(folder, version):
    scene = Scene(folder, version, config=CONFIG)

    def migrate(table, alter, *verdicts):
        # The tool's copy is a new table, whose size InnoDB estimates when it comes to it.
        scene.primary.sql(f'ANALYZE NO_WRITE_TO_BINLOG TABLE shop.{table}')
        mark = scene.mark()
        testbed.gh_ost(scene.primary, '1.1.8', SCHEMA, table, alter, wait=False).succeed(120)
        scene.equal()
        scene.expect(mark, table, *verdicts)
        return ''.join(scene.said(mark, 'passing', table))

    for table, rows in (('small', 300), ('large', 4000), ('patient', 4000)):
        scene.table(table, rows=rows)
    migrate('small', 'ADD INDEX note (note(20))', 'folding')
    said = migrate('large', 'ADD INDEX note (note(20))', 'passing')
    check('reads all rows of the table' in said and 'iB, and block = "300KB"' in said, said)
    migrate('large', 'ADD COLUMN b int', 'folding')  # takes no applier the longer, the larger the table is
    migrate('patient', 'MODIFY customer bigint NOT NULL', 'folding')

    # It was asked for at the first migration; what counts is what it is now.
    for _ in range(4):
        scene.primary.sql("""INSERT INTO shop.small (customer, code, note)
            SELECT customer, REPLACE(UUID(), '-', ''), note FROM shop.small""")
    said = migrate('small', 'MODIFY customer bigint NOT NULL', 'passing')
    check('rebuilds the table' in said, said)


def test_what_holds_up_an_applier_passes_by_the_tables_size_on_9_7(folder):
    by_size(folder, '9.7')


def test_what_holds_up_an_applier_passes_by_the_tables_size_on_8_0(folder):
    by_size(folder, '8.0')
