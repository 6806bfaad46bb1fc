-- The tables that the ALTERs of alters.tsv change: a small shop, as frameworks make it.
CREATE TABLE customers (
    id int NOT NULL AUTO_INCREMENT PRIMARY KEY,
    name varchar(100) DEFAULT NULL
);
CREATE TABLE orders (
    id int NOT NULL AUTO_INCREMENT PRIMARY KEY,
    customer_id int NOT NULL,
    status enum('new','paid') NOT NULL DEFAULT 'new',
    code varchar(100) NOT NULL,
    note varchar(100) DEFAULT NULL,
    big varchar(255) DEFAULT NULL,
    qty int DEFAULT NULL,
    price decimal(10,2) NOT NULL DEFAULT '0.00',
    body text,
    updated_at datetime(6) DEFAULT NULL,
    KEY idx_customer (customer_id),
    UNIQUE KEY uq_code (code)
) DEFAULT CHARSET=utf8mb4;
CREATE TABLE orders_fk (
    id int NOT NULL AUTO_INCREMENT PRIMARY KEY,
    customer_id int NOT NULL,
    note varchar(100) DEFAULT NULL,
    KEY idx_c (customer_id),
    CONSTRAINT fk_c FOREIGN KEY (customer_id) REFERENCES customers (id)
) DEFAULT CHARSET=utf8mb4;
CREATE TABLE legacy (
    id int NOT NULL AUTO_INCREMENT PRIMARY KEY,
    note varchar(100) DEFAULT NULL,
    created_at timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at timestamp NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP
) DEFAULT CHARSET=utf8mb3;
CREATE TABLE legacy_latin (
    id int NOT NULL AUTO_INCREMENT PRIMARY KEY,
    name varchar(60) NOT NULL,
    mail varchar(120) DEFAULT NULL,
    UNIQUE KEY uq_mail (mail)
) DEFAULT CHARSET=latin1;
CREATE TABLE nopk (
    a int NOT NULL,
    b int DEFAULT NULL,
    UNIQUE KEY u (a)
);
CREATE TABLE chk (
    id int NOT NULL AUTO_INCREMENT PRIMARY KEY,
    qty int DEFAULT NULL,
    note varchar(100) DEFAULT NULL,
    CONSTRAINT qty_pos CHECK (qty > 0)
);
CREATE TABLE part (
    id int NOT NULL,
    d date NOT NULL,
    v int DEFAULT NULL,
    PRIMARY KEY (id, d)
) PARTITION BY RANGE (year(d)) (
    PARTITION p24 VALUES LESS THAN (2025),
    PARTITION p25 VALUES LESS THAN (2026)
);
