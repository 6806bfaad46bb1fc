"""The test bed tests itself: migrations replicate directly, and a difference is seen."""

import testbed


def pair(folder, version, workers=4, **options):
    """A primary and a replica that follows it directly."""
    primary = testbed.Server(version, folder / 'primary', **options)
    replica = testbed.Server(version, folder / 'replica', **options)
    testbed.replicate(replica, primary.host, primary.port, primary.replication_user, primary.replication_password,
                      workers=workers, file=None if primary.gtid else primary.position()[0])
    return primary, replica


def migrate_under_load(primary, replica, runs):
    testbed.make_table(primary, 'shop.orders', rows=3000)
    testbed.make_table(primary, 'shop.items', rows=500)
    writer = testbed.Writer(primary, ['shop.orders', 'shop.items'], rate=100)
    writer.wait_for(50)
    for number, (tool, version) in enumerate(runs):
        tool(primary, version, 'shop', 'orders', f'ADD COLUMN c{number} int NOT NULL DEFAULT 7').succeed()
    writer.wait_for(50)
    writer.stop()
    testbed.wait_caught_up(primary, replica)
    testbed.check_equal(primary, replica)
    columns = {row[0] for row in replica.sql('SHOW COLUMNS FROM shop.orders')}
    testbed.check({f'c{n}' for n in range(len(runs))} <= columns, f'a new column is missing on the replica: {columns}')


def test_migrations_on_9_7_replicate_under_load(folder):
    primary, replica = pair(folder, '9.7')
    migrate_under_load(primary, replica,
                       [(testbed.gh_ost, '1.1.8'), (testbed.pt_osc, '3.7.1'), (testbed.pt_osc, '3.2.1')])


def test_migrations_on_8_0_replicate_under_load(folder):
    primary, replica = pair(folder, '8.0')
    migrate_under_load(primary, replica,
                       [(testbed.gh_ost, '1.1.8'), (testbed.gh_ost, '1.1.6'), (testbed.pt_osc, '3.2.1')])


def test_migrations_on_5_7_replicate_under_load(folder):
    primary, replica = pair(folder, '5.7', workers=0)
    migrate_under_load(primary, replica, [(testbed.pt_osc, '3.7.1')])


def test_without_gtids_catching_up_is_seen_by_content(folder):
    primary, replica = pair(folder, '8.0', gtid=False, tls=False)
    testbed.make_table(primary, 'shop.orders', rows=100)
    testbed.wait_caught_up(primary, replica)
    testbed.check_equal(primary, replica)


def test_a_server_without_gtids_has_none(folder):
    for version in ('9.7', '8.0', '5.7'):
        server = testbed.Server(version, folder / version, gtid=False)
        testbed.check(server.value('SELECT @@global.gtid_mode') == 'OFF', version)


def test_compare_reports_planted_differences(folder):
    primary, replica = pair(folder, '9.7')
    primary.sql("""CREATE DATABASE d; USE d;
        CREATE TABLE keyed (id int PRIMARY KEY, b varbinary(20), f float);
        CREATE TABLE keyless (a int, b blob);
        CREATE TABLE same (id int PRIMARY KEY, v bit(9), t timestamp NULL, j json, g point);
        CREATE VIEW seen AS SELECT id FROM keyed;
        INSERT INTO keyed VALUES (1, 'a', 1), (2, x'00ff', 1e-7), (3, 'c', 16777210);
        INSERT INTO keyless VALUES (1, 'x'), (1, 'x'), (NULL, NULL);
        INSERT INTO same VALUES (1, b'1', '2020-01-01 00:00:00', '{"a": 1}', POINT(1, 2))""")
    testbed.wait_caught_up(primary, replica)
    testbed.check_equal(primary, replica)

    replica.sql("""SET sql_log_bin = 0; USE d;
        UPDATE keyed SET b = x'00fe' WHERE id = 2;
        UPDATE keyed SET f = 16777211 WHERE id = 3;
        DELETE FROM keyless WHERE a = 1 LIMIT 1;
        CREATE TABLE extra (a int);
        CREATE TRIGGER wrong BEFORE INSERT ON keyed FOR EACH ROW SET NEW.b = 'w';
        ALTER TABLE same ADD KEY (t);
        DROP VIEW seen""")
    found = '\n'.join(testbed.compare(primary, replica, schemas=['d']))
    for expected in ('keyed: 2 rows only on the primary', 'keyed: 2 rows only on the replica', 'x00\\xfe',
                     'keyless: 1 rows only on the primary', 'd.extra: only on the replica',
                     'view d.seen: only on the primary', 'same: definitions differ',
                     'trigger d.wrong: only on the replica'):
        testbed.check(expected in found, f'compare() does not say "{expected}" but:\n{found}')
    testbed.check('same: 1 rows' not in found, f'compare() sees a difference where there is none:\n{found}')


def test_a_killed_server_comes_back_with_its_data(folder):
    server = testbed.Server('9.7', folder / 'server')
    server.sql('CREATE DATABASE d; CREATE TABLE d.t (a int PRIMARY KEY); INSERT INTO d.t VALUES (1)')
    server.kill9()
    server.restart()
    testbed.check(server.value('SELECT a FROM d.t') == 1, 'the row is lost')


def test_a_postponed_gh_ost_waits_and_a_killed_one_leaves_its_tables(folder):
    primary = testbed.Server('9.7', folder / 'primary')
    testbed.make_table(primary, 'shop.orders', rows=100)
    first = testbed.gh_ost(primary, '1.1.8', 'shop', 'orders', 'ADD COLUMN a int', wait=False, postpone=True)
    first.wait_for_output('State: postponing cut-over')
    testbed.check('Migrating' in first.command('status'), 'gh-ost does not answer on its socket')
    first.command('unpostpone')
    first.succeed()
    second = testbed.gh_ost(primary, '1.1.8', 'shop', 'orders', 'ADD COLUMN b int', wait=False, postpone=True)
    second.wait_for_output('State: postponing cut-over')
    second.kill9()
    tables = {row[0] for row in primary.sql('SHOW TABLES FROM shop')}
    testbed.check('_orders_gho' in tables, f'no ghost table among {tables}')
