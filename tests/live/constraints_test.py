"""Tables with CHECKs and foreign keys: after a fold the replica downstream of unghost has the names that the primary has.

Each scenario compares rows and SHOW CREATE TABLE with the primary's, under writes.
"""

import itertools

import testbed
from scene import SCHEMA, Scene, run_scenarios
from testbed import check

CHECKS = ('CONSTRAINT named CHECK (amount >= 0), CHECK (customer >= 0), CONSTRAINT _u CHECK (customer < 100000), '
          'CONSTRAINT off CHECK (amount < 0) NOT ENFORCED, CONSTRAINT __d CHECK (note <> _utf8mb4\'verboten ü\' OR '
          'code <> \'it\'\'s\'),')
_names = itertools.count(1)


def fresh_table(scene, more, rows=500):
    """A table of its own name; {t} in `more` is that name."""
    table = f't{next(_names)}'
    scene.table(table, rows=rows, more=more.replace('{t}', table))
    return table


def gh_ost(scene, table, alter, **flags):
    return testbed.gh_ost(scene.primary, '1.1.8', SCHEMA, table, alter, **flags).succeed(120)


def pt_osc(scene, table, alter, version='3.7.1', **flags):
    flags = {'chunk_time': '0', 'chunk_size': 200, 'sleep': '0.3', 'no_check_alter': True, **flags}
    return testbed.pt_osc(scene.primary, version, SCHEMA, table, alter, **flags).succeed(120)


def migrate(scene, tool, table, alter, word='folding', **flags):
    """Runs it under writes: what unghost said of it; the replica is equal."""
    mark = scene.mark()
    writer = scene.writer(table)
    writer.wait_for(5)
    tool(scene, table, alter, **flags)
    writer.wait_for(5)
    writer.stop()
    scene.equal()
    scene.expect(mark, table, word)
    if word == 'folding':
        check(len(scene.said(mark, 'cut over', table)) == 1, 'no cut-over')
    return scene.said(mark, word, table)[0]


def names(scene, table, kind='CHECK'):
    """The constraints that the primary shows, in its order."""
    lines = scene.primary.sql(f'SHOW CREATE TABLE {SCHEMA}.{table}')[0][1].splitlines()
    return [line.split('`')[1] for line in lines if line.lstrip().startswith('CONSTRAINT') and f' {kind} ' in line]


# --- CHECK

def checks_of_a_copy_made_with_like(scene):
    table = fresh_table(scene, CHECKS)
    line = migrate(scene, gh_ost, table, 'ADD COLUMN a int')
    check('5 constraints' in line, line)
    check(names(scene, table) == [f'{table}_chk_{n}' for n in range(1, 6)], names(scene, table))
    migrate(scene, gh_ost, table, 'ADD COLUMN b int')
    check(names(scene, table) == [f'{table}_chk_{n}' for n in range(1, 6)], names(scene, table))


def more_than_nine_checks_change_places(scene):
    table = fresh_table(scene, ' '.join(f'CHECK (customer > -{n}),' for n in range(1, 13)))
    migrate(scene, gh_ost, table, 'ADD COLUMN a int')
    migrate(scene, gh_ost, table, 'ADD COLUMN b int, ADD KEY amount (amount)')


def checks_of_a_trigger_tools_copy(scene):
    table = fresh_table(scene, CHECKS.replace('named', '{t}_n').replace('_u ', '_{t}_u ').replace('__d', '__{t}_d')
                        .replace('off', '{t}_off'))
    wanted = [sorted([f'_{table}_n', f'_{table}_chk_1', f'__{table}_u', f'_{table}_off', f'{table}_d']),
              sorted([f'__{table}_n', f'__{table}_chk_1', f'{table}_u', f'__{table}_off', f'_{table}_d'])]
    for number, these in enumerate(wanted):
        migrate(scene, pt_osc, table, f'ADD COLUMN a{number} int')
        check(sorted(names(scene, table)) == these, names(scene, table))


def checks_the_text_names(scene):
    table = fresh_table(scene, 'CONSTRAINT {t}_n CHECK (amount >= 0), CHECK (customer >= 0), '
                               'CONSTRAINT {t}_m CHECK (amount >= -1),')
    migrate(scene, pt_osc, table, f'DROP CHECK _{table}_n, ADD COLUMN a int, ALTER CHECK _{table}_m NOT ENFORCED')
    check(names(scene, table) == [f'_{table}_chk_1', f'_{table}_m'], names(scene, table))
    migrate(scene, gh_ost, table, f'DROP CHECK _{table}_gho_chk_1, ADD COLUMN b int')
    check(names(scene, table) == [f'{table}_chk_2'], names(scene, table))
    migrate(scene, gh_ost, table, f'ALTER CHECK _{table}_gho_chk_1 NOT ENFORCED')
    check(names(scene, table) == [f'{table}_chk_1'], names(scene, table))


def checks_that_go_with_their_column(scene):
    table = fresh_table(scene, 'x int, CHECK (amount >= 0), CONSTRAINT {t}_x CHECK (x > 5), CHECK (customer >= 0),')
    migrate(scene, gh_ost, table, 'DROP COLUMN x')
    table = fresh_table(scene, 'x int, CHECK (amount >= 0), CONSTRAINT {t}_x CHECK (x > 5), CHECK (customer >= 0),')
    migrate(scene, pt_osc, table, 'DROP COLUMN x')


def one_tool_after_the_other(scene):
    table = fresh_table(scene, 'CONSTRAINT {t}_n CHECK (amount >= 0), CHECK (customer >= 0),')
    for number, tool in enumerate((pt_osc, gh_ost, pt_osc, pt_osc)):
        migrate(scene, tool, table, f'ADD COLUMN a{number} int')


def a_check_that_reads_the_session_passes(scene):
    table = fresh_table(scene, "CONSTRAINT {t}_n CHECK (DAYNAME(changed) <> 'No Day'),")
    migrate(scene, gh_ost, table, 'ADD COLUMN a int', 'passing')


def checks_without_other_names_cost_nothing(scene):
    table = fresh_table(scene, 'CHECK (amount >= 0), CHECK (customer >= 0),')
    mark = scene.mark()
    migrate(scene, gh_ost, table, 'ADD COLUMN a int')
    check('constraint' not in scene.said(mark, 'folding', table)[0], scene.said(mark, 'folding', table)[0])


WITH_CHECKS = [
    checks_of_a_copy_made_with_like,
    more_than_nine_checks_change_places,
    checks_of_a_trigger_tools_copy,
    checks_the_text_names,
    checks_that_go_with_their_column,
    one_tool_after_the_other,
    a_check_that_reads_the_session_passes,
    checks_without_other_names_cost_nothing,
]


# --- foreign keys of its own

def parents(scene, name='parents', schema=SCHEMA):
    """A table with all values that the writer gives `customer`."""
    full = f'{schema}.{name}'
    scene.primary.sql(f'CREATE DATABASE IF NOT EXISTS {schema}; CREATE TABLE IF NOT EXISTS {full} (id int NOT NULL '
                      'PRIMARY KEY, other int NOT NULL UNIQUE KEY, text varchar(20) NOT NULL UNIQUE KEY) '
                      'DEFAULT CHARSET = utf8mb4')
    values = ', '.join(f"({n}, {n}, 'text {n}')" for n in range(1000))
    scene.primary.sql(f'INSERT IGNORE INTO {full} VALUES {values}')
    return full


def a_foreign_key_goes_to_and_fro(scene):
    table = fresh_table(scene, f'CONSTRAINT {{t}}_f FOREIGN KEY (customer) REFERENCES {parents(scene)} (id),')
    for number, name in enumerate((f'_{table}_f', f'__{table}_f', f'{table}_f')):
        line = migrate(scene, pt_osc, table, f'ADD COLUMN a{number} int')
        check('1 constraint has' in line, line)
        check(names(scene, table, 'FOREIGN KEY') == [name], names(scene, table, 'FOREIGN KEY'))


def an_index_the_server_made_stays_where_it_is(scene):
    table = fresh_table(scene, f'p int, KEY note (note), CONSTRAINT {{t}}_f FOREIGN KEY (p) REFERENCES '
                               f'{parents(scene)} (id), KEY code (code),')
    scene.primary.sql(f'UPDATE {SCHEMA}.{table} SET p = customer WHERE id % 2')
    scene.primary.sql(f'ALTER TABLE {SCHEMA}.{table} ADD KEY changed (changed), ADD KEY both_of (p, amount)')
    migrate(scene, pt_osc, table, 'ADD COLUMN a int')
    table = fresh_table(scene, f'p int, FOREIGN KEY (p) REFERENCES {parents(scene)} (id), KEY code (code),')
    scene.primary.sql(f'UPDATE {SCHEMA}.{table} SET p = customer WHERE id % 2')
    migrate(scene, pt_osc, table, 'ADD COLUMN a int, ADD KEY covers (p, amount)')
    migrate(scene, pt_osc, table, 'DROP KEY code')


def several_foreign_keys(scene):
    parent = parents(scene)
    other = parents(scene, schema='registry')
    table = fresh_table(scene, f'FOREIGN KEY (customer) REFERENCES {parent} (id), CONSTRAINT _{{t}}_g FOREIGN KEY '
                               f'(customer) REFERENCES {other} (other) ON DELETE RESTRICT ON UPDATE NO ACTION, '
                               f'CONSTRAINT __{{t}}_h FOREIGN KEY (customer) REFERENCES {parent} (other),')
    migrate(scene, pt_osc, table, 'ADD COLUMN a int')
    migrate(scene, pt_osc, table, 'ADD COLUMN b int', version='3.2.1')


def foreign_keys_the_text_names(scene):
    parent = parents(scene)
    table = fresh_table(scene, f'p int, CONSTRAINT {{t}}_f FOREIGN KEY (customer) REFERENCES {parent} (id), '
                               f'CONSTRAINT {{t}}_g FOREIGN KEY (p) REFERENCES {parent} (other),')
    migrate(scene, pt_osc, table, f'DROP FOREIGN KEY _{table}_f, ADD COLUMN a int')
    check(names(scene, table, 'FOREIGN KEY') == [f'_{table}_g'], names(scene, table, 'FOREIGN KEY'))
    migrate(scene, pt_osc, table, f'DROP FOREIGN KEY __{table}_g, DROP KEY {table}_g, DROP COLUMN p')
    check(names(scene, table, 'FOREIGN KEY') == [], names(scene, table, 'FOREIGN KEY'))


def a_longer_column_of_a_foreign_key_passes(scene):
    table = fresh_table(scene, f'v varchar(20), CONSTRAINT {{t}}_f FOREIGN KEY (v) REFERENCES {parents(scene)} (text),')
    scene.primary.sql(f"UPDATE {SCHEMA}.{table} SET v = CONCAT('text ', customer) WHERE id % 2")
    migrate(scene, pt_osc, table, 'MODIFY v varchar(60)', 'passing')


def a_foreign_key_that_cascades_passes(scene):
    table = fresh_table(scene, f'CONSTRAINT {{t}}_f FOREIGN KEY (customer) REFERENCES {parents(scene)} (id) '
                               'ON DELETE CASCADE,')
    line = migrate(scene, pt_osc, table, 'ADD COLUMN a int', 'passing')
    check('CASCADE' in line, line)


def foreign_keys_and_checks(scene):
    table = fresh_table(scene, f'CONSTRAINT {{t}}_f FOREIGN KEY (customer) REFERENCES {parents(scene)} (id), '
                               'CONSTRAINT {t}_c CHECK (amount >= 0), CHECK (customer >= 0),')
    migrate(scene, pt_osc, table, f'ADD COLUMN a int, DROP CHECK _{table}_c')
    migrate(scene, pt_osc, table, 'ADD COLUMN b int, ADD KEY amount (amount)')


WITH_FOREIGN_KEYS = [
    a_foreign_key_goes_to_and_fro,
    an_index_the_server_made_stays_where_it_is,
    several_foreign_keys,
    foreign_keys_the_text_names,
    a_longer_column_of_a_foreign_key_passes,
    a_foreign_key_that_cascades_passes,
]


def switched_off(scene):
    table = fresh_table(scene, 'CONSTRAINT {t}_n CHECK (amount >= 0),')
    line = migrate(scene, gh_ost, table, 'ADD COLUMN a int', 'passing')
    check('constraints = "pass"' in line, line)


def test_names_of_checks_on_9_7(folder):
    run_scenarios(lambda number: Scene(folder / f'scene{number}', '9.7'), WITH_CHECKS)


def test_names_of_checks_on_8_0(folder):
    run_scenarios(lambda number: Scene(folder / f'scene{number}', '8.0'), WITH_CHECKS)


def test_names_of_foreign_keys_on_9_7(folder):
    run_scenarios(lambda number: Scene(folder / f'scene{number}', '9.7'), [*WITH_FOREIGN_KEYS, foreign_keys_and_checks])


def test_names_of_foreign_keys_on_8_0(folder):
    run_scenarios(lambda number: Scene(folder / f'scene{number}', '8.0'), [*WITH_FOREIGN_KEYS, foreign_keys_and_checks])


def test_names_of_foreign_keys_on_5_7(folder):
    run_scenarios(lambda number: Scene(folder / f'scene{number}', '5.7'), WITH_FOREIGN_KEYS)


def test_a_setting_passes_what_would_get_other_names(folder):
    run_scenarios(lambda number: Scene(folder / f'scene{number}', '9.7', config='[fold]\nconstraints = "pass"\n'),
                  [switched_off])
