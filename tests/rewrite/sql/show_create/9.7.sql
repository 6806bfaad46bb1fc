CREATE TABLE `attr` (
  `id` int NOT NULL,
  `b` int DEFAULT NULL,
  PRIMARY KEY (`id`)
) /*!80023 AUTOEXTEND_SIZE=4194304 */ ENGINE=InnoDB DEFAULT CHARSET=latin1;

CREATE TABLE `bin` (
  `id` int NOT NULL,
  `a` varchar(10) CHARACTER SET latin1 COLLATE latin1_swedish_ci DEFAULT NULL,
  PRIMARY KEY (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=binary;

CREATE TABLE `checks` (
  `id` int NOT NULL,
  `a` int DEFAULT NULL,
  `b` varchar(10) DEFAULT NULL,
  PRIMARY KEY (`id`),
  CONSTRAINT `checks_chk_1` CHECK ((`a` > 0)),
  CONSTRAINT `checks_chk_2` CHECK ((`a` < 100)),
  CONSTRAINT `named` CHECK ((`b` <> _utf8mb4')')) /*!80016 NOT ENFORCED */
) ENGINE=InnoDB DEFAULT CHARSET=latin1;

CREATE TABLE `cmt` (
  `we``ird, (name` int NOT NULL COMMENT 'it''s -- a "comment" \\ /* x */\nsecond line',
  `ünï` varchar(50) DEFAULT 'a	b\n\\ ''q''',
  `select` int DEFAULT NULL COMMENT 'a\rb',
  PRIMARY KEY (`we``ird, (name`)
) ENGINE=InnoDB DEFAULT CHARSET=latin1 MAX_ROWS=1000 STATS_PERSISTENT=1 ROW_FORMAT=DYNAMIC COMMENT='table; -- it''s\ntwo lines';

CREATE TABLE `colfmt` (
  `id` int NOT NULL,
  `a` int /*!50606 COLUMN_FORMAT DYNAMIC */ DEFAULT NULL,
  `b` int /*!50606 STORAGE DISK */ DEFAULT NULL,
  PRIMARY KEY (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=latin1;

CREATE TABLE `comp` (
  `id` int NOT NULL,
  `v` text,
  PRIMARY KEY (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=latin1 ROW_FORMAT=COMPRESSED KEY_BLOCK_SIZE=4;

CREATE TABLE `comp2` (
  `id` int NOT NULL,
  PRIMARY KEY (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=latin1 COMPRESSION='zlib';

CREATE TABLE `descidx` (
  `a` int NOT NULL,
  `b` int DEFAULT NULL,
  PRIMARY KEY (`a` DESC),
  KEY `b` (`b` DESC,`a`)
) ENGINE=InnoDB DEFAULT CHARSET=latin1;

CREATE TABLE `emo` (
  `id` int NOT NULL,
  `a` varchar(10) CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_ai_ci DEFAULT 0xF09F9880 COMMENT '? ok',
  PRIMARY KEY (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_0900_ai_ci COMMENT='?';

CREATE TABLE `enc` (
  `id` int NOT NULL,
  PRIMARY KEY (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=latin1;

CREATE TABLE `exprs` (
  `id` int NOT NULL,
  `a` int DEFAULT ((1 + 2)),
  `b` json DEFAULT (json_array()),
  `c` varchar(36) DEFAULT (uuid()),
  `d` date DEFAULT (curdate()),
  `e` blob DEFAULT (_utf8mb4'x'),
  PRIMARY KEY (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=latin1;

CREATE TABLE `fk` (
  `id` int NOT NULL,
  `p` int DEFAULT NULL,
  PRIMARY KEY (`id`),
  KEY `c1` (`p`),
  CONSTRAINT `c1` FOREIGN KEY (`p`) REFERENCES `parent` (`id`) ON DELETE CASCADE ON UPDATE SET NULL
) ENGINE=InnoDB DEFAULT CHARSET=latin1;

CREATE TABLE `ft` (
  `id` int NOT NULL,
  `t` text,
  PRIMARY KEY (`id`),
  FULLTEXT KEY `ng` (`t`) /*!50100 WITH PARSER `ngram` */ 
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_0900_ai_ci;

CREATE TABLE `func` (
  `id` int NOT NULL,
  `a` int DEFAULT NULL,
  `b` varchar(20) DEFAULT NULL,
  `j` json DEFAULT NULL,
  PRIMARY KEY (`id`),
  UNIQUE KEY `g` ((lower(`b`)),`a` DESC),
  KEY `f` (((`a` + 1))),
  KEY `mv` ((cast(json_extract(`j`,_utf8mb4'$.x') as unsigned array)))
) ENGINE=InnoDB DEFAULT CHARSET=latin1;

CREATE TABLE `gen` (
  `id` int NOT NULL,
  `a` int DEFAULT NULL,
  `b` int GENERATED ALWAYS AS ((`a` + 1)) VIRTUAL,
  `c` varchar(50) GENERATED ALWAYS AS (concat(_utf8mb4'x,)',`a`,_utf8mb4'`')) STORED COMMENT 'gen',
  `d` int GENERATED ALWAYS AS ((`a` * 2)) STORED NOT NULL,
  PRIMARY KEY (`id`),
  UNIQUE KEY `d` (`d`),
  KEY `b` (`b`)
) ENGINE=InnoDB DEFAULT CHARSET=latin1;

CREATE TABLE `gipk` (
  `my_row_id` bigint unsigned NOT NULL AUTO_INCREMENT /*!80023 INVISIBLE */,
  `a` int DEFAULT NULL,
  PRIMARY KEY (`my_row_id`)
) ENGINE=InnoDB DEFAULT CHARSET=latin1;

CREATE TABLE `hash_parts` (
  `id` int NOT NULL,
  `v` int DEFAULT NULL,
  PRIMARY KEY (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=latin1
/*!50100 PARTITION BY HASH (`id`)
PARTITIONS 4 */;

CREATE TABLE `idxopt` (
  `id` int NOT NULL,
  `a` int DEFAULT NULL,
  `b` int DEFAULT NULL,
  PRIMARY KEY (`id`),
  KEY `a` (`a`),
  KEY `k2` (`b`) COMMENT 'it''s',
  KEY `k3` (`a`,`b`)
) ENGINE=InnoDB DEFAULT CHARSET=latin1 MIN_ROWS=1 AVG_ROW_LENGTH=100 PACK_KEYS=1 STATS_AUTO_RECALC=0 STATS_SAMPLE_PAGES=10 CHECKSUM=1 DELAY_KEY_WRITE=1;

CREATE TABLE `ints` (
  `a` tinyint DEFAULT NULL,
  `b` smallint unsigned NOT NULL DEFAULT '5',
  `c` mediumint(8) unsigned zerofill DEFAULT NULL,
  `d` int(5) unsigned zerofill DEFAULT NULL,
  `e` bigint NOT NULL AUTO_INCREMENT,
  `f` tinyint(1) DEFAULT '1',
  `g` tinyint(1) DEFAULT NULL,
  `h` int DEFAULT '-7',
  PRIMARY KEY (`e`),
  UNIQUE KEY `u1` (`b`,`d`),
  KEY `k1` (`a`,`b`)
) ENGINE=InnoDB AUTO_INCREMENT=77 DEFAULT CHARSET=latin1;

CREATE TABLE `invis` (
  `id` int NOT NULL,
  `a` int DEFAULT NULL /*!80023 INVISIBLE */,
  `b` int NOT NULL DEFAULT '3' /*!80023 INVISIBLE */ COMMENT 'x',
  PRIMARY KEY (`id`),
  KEY `k` (`b`) /*!80000 INVISIBLE */
) ENGINE=InnoDB DEFAULT CHARSET=latin1;

CREATE TABLE `js` (
  `id` int NOT NULL,
  `j` json DEFAULT NULL,
  `p` point NOT NULL,
  `q` geometry DEFAULT NULL,
  `x` int GENERATED ALWAYS AS (json_extract(`j`,_utf8mb4'$."a b"')) VIRTUAL,
  PRIMARY KEY (`id`),
  SPATIAL KEY `p` (`p`)
) ENGINE=InnoDB DEFAULT CHARSET=latin1;

CREATE TABLE `key_parts` (
  `id` int NOT NULL,
  `v` int DEFAULT NULL,
  PRIMARY KEY (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=latin1
/*!50100 PARTITION BY KEY ()
PARTITIONS 4 */;

CREATE TABLE `list_sub` (
  `a` int DEFAULT NULL,
  `b` int DEFAULT NULL
) ENGINE=InnoDB DEFAULT CHARSET=latin1
/*!50100 PARTITION BY LIST (`a`)
SUBPARTITION BY HASH (`b`)
SUBPARTITIONS 2
(PARTITION p0 VALUES IN (NULL,1,2) ENGINE = InnoDB,
 PARTITION p1 VALUES IN (3) ENGINE = InnoDB) */;

CREATE TABLE `mb4` (
  `id` int NOT NULL,
  `a` varchar(10) DEFAULT NULL,
  `b` varchar(10) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci DEFAULT NULL,
  `c` varchar(10) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci DEFAULT NULL,
  `d` text CHARACTER SET latin1 COLLATE latin1_swedish_ci,
  PRIMARY KEY (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_0900_ai_ci;

CREATE TABLE `mb4g` (
  `id` int NOT NULL,
  `a` varchar(10) COLLATE utf8mb4_unicode_ci DEFAULT NULL,
  `b` varchar(10) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin DEFAULT NULL,
  PRIMARY KEY (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci;

CREATE TABLE `mbd` (
  `id` int NOT NULL,
  `a` varchar(10) COLLATE utf8mb4_general_ci DEFAULT NULL,
  `b` varchar(10) CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_ai_ci DEFAULT NULL,
  PRIMARY KEY (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci;

CREATE TABLE `mi` (
  `id` int DEFAULT NULL,
  `v` varchar(10) DEFAULT NULL,
  KEY `id` (`id`) USING BTREE COMMENT 'k',
  KEY `rev` (`v`,`id`)
) ENGINE=MyISAM DEFAULT CHARSET=latin1;

CREATE TABLE `nokey` (
  `a` int DEFAULT NULL,
  `b` int DEFAULT NULL
) ENGINE=InnoDB DEFAULT CHARSET=latin1;

CREATE TABLE `nums` (
  `a` decimal(10,2) DEFAULT NULL,
  `b` decimal(10,0) DEFAULT NULL,
  `c` decimal(5,0) unsigned DEFAULT NULL,
  `d` float DEFAULT NULL,
  `e` double DEFAULT NULL,
  `f` float(7,3) DEFAULT NULL,
  `g` double(8,2) unsigned DEFAULT NULL,
  `h` double DEFAULT NULL,
  `i` bit(1) DEFAULT NULL,
  `j` bit(12) DEFAULT b'101',
  `k` float unsigned zerofill DEFAULT NULL,
  `id` int NOT NULL,
  PRIMARY KEY (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=latin1;

CREATE TABLE `parent` (
  `id` int NOT NULL,
  PRIMARY KEY (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=latin1;

CREATE TABLE `parts` (
  `id` int NOT NULL,
  `d` date NOT NULL,
  `v` varchar(10) DEFAULT NULL,
  PRIMARY KEY (`id`,`d`),
  KEY `v` (`v`)
) ENGINE=InnoDB DEFAULT CHARSET=latin1
/*!50100 PARTITION BY RANGE (to_days(`d`))
(PARTITION p0 VALUES LESS THAN (737000) COMMENT = 'x' ENGINE = InnoDB,
 PARTITION p1 VALUES LESS THAN MAXVALUE ENGINE = InnoDB) */;

CREATE TABLE `sec` (
  `id` int NOT NULL,
  PRIMARY KEY (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=latin1 SECONDARY_ENGINE=rapid;

CREATE TABLE `srid` (
  `id` int NOT NULL,
  `p` point NOT NULL /*!80003 SRID 4326 */,
  `q` geometry /*!80003 SRID 0 */ DEFAULT NULL,
  PRIMARY KEY (`id`),
  SPATIAL KEY `p` (`p`)
) ENGINE=InnoDB DEFAULT CHARSET=latin1;

CREATE TABLE `strs` (
  `a` char(10) NOT NULL,
  `b` varchar(40) CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_ai_ci DEFAULT NULL,
  `c` varchar(40) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin DEFAULT NULL,
  `d` text,
  `e` mediumtext CHARACTER SET utf8mb3 COLLATE utf8mb3_general_ci,
  `f` binary(5) DEFAULT NULL,
  `g` varbinary(20) DEFAULT 'x',
  `h` tinyblob,
  `i` blob,
  `j` longblob,
  `k` varchar(20) CHARACTER SET latin1 COLLATE latin1_bin NOT NULL DEFAULT '',
  `l` enum('a','b''c','d,e','f\\g','hä') DEFAULT 'a',
  `m` set('x','y') CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_ai_ci DEFAULT NULL,
  PRIMARY KEY (`a`),
  KEY `b` (`b`(10)),
  FULLTEXT KEY `ft` (`d`)
) ENGINE=InnoDB DEFAULT CHARSET=latin1;

CREATE TABLE `times` (
  `a` date DEFAULT NULL,
  `b` time DEFAULT NULL,
  `c` time(3) DEFAULT NULL,
  `d` datetime DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP,
  `e` datetime(6) DEFAULT CURRENT_TIMESTAMP(6) ON UPDATE CURRENT_TIMESTAMP(6),
  `f` timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP,
  `g` timestamp(2) NULL DEFAULT NULL,
  `h` year DEFAULT NULL,
  `i` datetime DEFAULT '2020-01-01 00:00:00',
  `j` timestamp NOT NULL DEFAULT '2020-01-01 00:00:00',
  `id` int NOT NULL,
  PRIMARY KEY (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=latin1;

CREATE TABLE `tsx` (
  `id` int NOT NULL,
  PRIMARY KEY (`id`)
) /*!50100 TABLESPACE `innodb_file_per_table` */ ENGINE=InnoDB DEFAULT CHARSET=latin1;

CREATE TABLE `ukgen` (
  `id` int NOT NULL,
  `a` varchar(20) DEFAULT NULL,
  `h` binary(16) GENERATED ALWAYS AS (unhex(`a`)) VIRTUAL,
  PRIMARY KEY (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=latin1;

CREATE TABLE `utf8t` (
  `id` int NOT NULL,
  `a` varchar(10) DEFAULT NULL,
  `b` varchar(10) CHARACTER SET latin1 COLLATE latin1_swedish_ci DEFAULT NULL,
  `c` varchar(10) CHARACTER SET utf8mb3 COLLATE utf8mb3_bin DEFAULT NULL,
  `d` char(3) CHARACTER SET ascii COLLATE ascii_general_ci DEFAULT NULL,
  `e` varchar(10) CHARACTER SET utf8mb3 COLLATE utf8mb3_general_ci DEFAULT NULL,
  PRIMARY KEY (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb3;

CREATE TABLE `vec` (
  `id` int NOT NULL,
  `v` vector(2048) DEFAULT NULL,
  `w` vector(10) DEFAULT NULL COMMENT 'x',
  PRIMARY KEY (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=latin1;

