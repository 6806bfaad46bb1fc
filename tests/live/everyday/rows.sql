-- Loaded with sql_mode = NO_ENGINE_SUBSTITUTION, time_zone = '+00:00'. Values at the edges: what an INSERT IGNORE of the tools changes is there to be
-- seen. No two rows are equal under a unique key of alters.tsv: runs that lose rows are not everyday.
INSERT INTO customers (name) VALUES ('Ada'), (NULL), (''), ('ß'), ('Straße');
INSERT INTO orders (customer_id, status, code, note, big, qty, price, body, updated_at) VALUES
    (1, 'new', 'A-1', NULL, NULL, NULL, 0, NULL, NULL),
    (1, 'paid', 'A-2', 'n2', REPEAT('b', 255), -5, 99999999.99, REPEAT('t', 70000), '2024-02-29 23:59:59.999999'),
    (2, 'new', 'a-3', '  padded  ', 'x', 0, 0.01, '', '1970-01-01 00:00:01.000000'),
    (3, 'paid', 'B-4', '12abc', 'é', 2147483647, 1.50, 'body', '2038-01-19 03:14:08.500000'),
    (4, 'new', 'ü-5', '😀', '漢字', 7, 2.00, '{"a":1}', '0001-01-01 00:00:00.000000');
INSERT INTO orders_fk (customer_id, note) VALUES (1, 'a'), (2, NULL), (5, 'z');
-- In Berlin these two instants are both called 02:30: a copy through local time makes one of them.
INSERT INTO legacy (note, created_at, updated_at) VALUES
    ('plain', '2024-10-27 00:30:00', '2024-10-27 00:30:00'),
    ('é', '2024-10-27 01:30:00', '2024-10-27 01:30:00'),
    ('漢字', '2024-06-01 00:00:00', NULL),
    (NULL, '1970-01-01 00:00:01', '2038-01-19 03:14:07'),
    (' trailing ', '2024-01-01 00:00:00', '2024-03-31 01:00:00');
INSERT INTO legacy_latin (name, mail) VALUES ('é', 'a@x'), ('Müller', 'B@x'), ('ñ', NULL), ('€', 'c@x');
INSERT INTO nopk (a, b) VALUES (5, 1), (3, NULL), (-1, 0), (0, 0);
INSERT INTO chk (qty, note) VALUES (1, 'a'), (NULL, 'b'), (2147483647, NULL);
INSERT INTO part (id, d, v) VALUES (1, '2023-05-05', 1), (2, '2024-12-31', NULL), (3, '2025-01-01', 3);
