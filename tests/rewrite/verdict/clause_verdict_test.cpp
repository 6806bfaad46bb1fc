// Each clause by itself: whether it folds, and what it costs.
#include "tests/support/judged.hpp"

#include <gtest/gtest.h>
#include <ostream>

namespace rewrite {

namespace {

using tests::judged;

struct folding
{
    std::string_view clauses;
    cost price;
};
void PrintTo(const folding& row, std::ostream* out)
{
    *out << row.clauses;
}

struct passing
{
    std::string_view clauses;
    std::string_view reason;  // how it begins
};
void PrintTo(const passing& row, std::ostream* out)
{
    *out << row.clauses;
}

constexpr cost instant = cost::instant;
constexpr cost in_place = cost::in_place;
constexpr cost rebuild = cost::rebuild;

}  // namespace

class Folds : public testing::TestWithParam<folding>
{};
class Passes : public testing::TestWithParam<passing>
{};

TEST_P(Folds, WhatGivesTheSameTable)
{
    const verdict ruling = judged(GetParam().clauses);
    EXPECT_EQ(ruling.what, outcome::fold) << ruling.reason;
    EXPECT_EQ(ruling.price, GetParam().price);
    EXPECT_FALSE(ruling.unproven);
}

// A reason names a way on only where it is one.
TEST(ClauseVerdict, FoldsWhatAReasonProposes)
{
    for (const std::string_view clauses :
         {"ADD COLUMN c datetime(6) NULL",
          "ADD COLUMN c int NOT NULL DEFAULT 0",
          "MODIFY dt datetime DEFAULT NOW()",
          "MODIFY dt datetime ON UPDATE NOW()",
          "ALTER COLUMN a SET DEFAULT (uuid_short())",
          "MODIFY a bigint",
          "MODIFY l varchar(80) CHARACTER SET latin1"})
        EXPECT_EQ(judged(clauses).what, outcome::fold) << clauses;
    for (const auto& [clauses, absent] :
         std::initializer_list<std::pair<std::string_view, std::string_view>>{
             {"ADD COLUMN c datetime NOT NULL DEFAULT NOW()", "two migrations"},
             {"ADD COLUMN c json NOT NULL", "with a DEFAULT"},
             {"MODIFY big bigint unsigned", "it folds"},
             {"MODIFY a int unsigned", "it folds"},
             {"MODIFY d bigint unsigned", "it folds"},
             {"MODIFY l varchar(80) CHARACTER SET utf8mb4", "stays"},
         })
        EXPECT_EQ(judged(clauses).reason.find(absent), std::string::npos) << clauses;
}

TEST_P(Passes, WhatIsNotProvenToGiveTheSameTable)
{
    const verdict ruling = judged(GetParam().clauses);
    EXPECT_EQ(ruling.what, outcome::pass);
    EXPECT_TRUE(ruling.reason.starts_with(GetParam().reason)) << ruling.reason;
    EXPECT_EQ(ruling.price, cost::nothing);
}

constexpr folding added_columns[] = {
    {"ADD COLUMN c int", instant},
    {"ADD c int", instant},
    {"add column c int", instant},
    {"ADD COLUMN `c` INTEGER NULL DEFAULT NULL", instant},
    {"ADD COLUMN c int DEFAULT 5", instant},
    {"ADD COLUMN c int NOT NULL DEFAULT -5", instant},
    {"ADD COLUMN c int DEFAULT + 5", instant},
    {"ADD COLUMN c int DEFAULT '5' COMMENT 'it''s -- \"x\"; /* y */\n\xf0\x9f\x98\x80'", instant},
    {"ADD COLUMN c decimal(10,2) NOT NULL DEFAULT 1.5e1", instant},
    {"ADD COLUMN c varchar(10) DEFAULT 'a''b\\'c' 'd'", instant},
    {"ADD COLUMN c varchar(10) CHARACTER SET latin1 COLLATE latin1_bin NOT NULL DEFAULT \"x\"",
     instant},
    {"ADD COLUMN c varbinary(10) DEFAULT 0x4142", instant},
    {"ADD COLUMN c varbinary(10) DEFAULT x'4142'", instant},
    {"ADD COLUMN c bit(4) DEFAULT b'101'", instant},
    {"ADD COLUMN c bool DEFAULT TRUE", instant},
    {"ADD COLUMN c tinyint(1) NOT NULL DEFAULT false", instant},
    {"ADD COLUMN c date DEFAULT DATE'2020-01-01'", instant},
    {"ADD COLUMN c date DEFAULT '0000-00-00'", instant},
    {"ADD COLUMN c timestamp NOT NULL DEFAULT 0", instant},
    {"ADD COLUMN c timestamp NULL DEFAULT '0000-00-00 00:00:00'", instant},
    {"ADD COLUMN c datetime DEFAULT '2020-01-01 00:00:00'", instant},
    {"ADD COLUMN c time DEFAULT '-10:30'", instant},
    {"ADD COLUMN c varchar(40) DEFAULT '2020-01-01 00:00:00+05:00'", instant},
    {"ADD COLUMN c timestamp NULL", instant},
    {"ADD COLUMN c timestamp NULL DEFAULT NULL", instant},
    {"ADD COLUMN c json", instant},
    {"ADD COLUMN c text NULL", instant},
    {"ADD COLUMN c enum('a','b') NOT NULL DEFAULT 'a'", instant},
    {"ADD COLUMN c vector(4)", instant},
    {"ADD COLUMN c national varchar(10) DEFAULT 'x'", instant},
    {"ADD COLUMN c NATIONAL CHARACTER VARYING(10)", instant},
    {"ADD COLUMN c nvarchar(10)", instant},
    {"ADD COLUMN c nchar(10) NOT NULL DEFAULT ''", instant},
    {"ADD COLUMN c nchar varchar(10)", instant},
    {"ADD COLUMN c long", instant},
    {"ADD COLUMN c long varchar COLLATE utf8mb4_bin", instant},
    {"ADD COLUMN c long varbinary", instant},
    {"ADD COLUMN c char(10) byte", instant},
    {"ADD COLUMN c character varying(10)", instant},
    {"ADD COLUMN c int COLUMN_FORMAT DYNAMIC", instant},
    {"ADD COLUMN c int STORAGE DISK COLUMN_FORMAT FIXED DEFAULT 5", instant},
    {"ADD COLUMN c int FIRST", instant},
    {"ADD COLUMN c int AFTER `a`", instant},
    {"ADD COLUMN c int /*!80023 INVISIBLE */", instant},
    {"ADD COLUMN c int INVISIBLE", instant},
    {"ADD COLUMN (c int, c2 varchar(10) DEFAULT 'x)')", instant},
    {"ADD COLUMN (c int, KEY kc (c))", rebuild},
    {"ADD COLUMN c int, ADD COLUMN c2 int AFTER c", instant},
    {"ADD COLUMN c int, ADD INDEX kc (c)", rebuild},
    {"ADD COLUMN c int -- and a comment", instant},
    {"ADD COLUMN c int;", instant},
    {"ADD COLUMN c int # and a comment", instant},
    {"/* why */ ADD /* more */ COLUMN c int /* end */", instant},
    {"/*!80000 ADD COLUMN c int */", instant},
    {"ADD COLUMN c int, ALGORITHM=INPLACE, LOCK=NONE", instant},
    {"ALGORITHM=INSTANT, ADD COLUMN c int", instant},
};
INSTANTIATE_TEST_SUITE_P(AddedColumns, Folds, testing::ValuesIn(added_columns));

constexpr passing refused_columns[] = {
    {"ADD COLUMN c int NOT NULL",
     "ADD COLUMN `c`: NOT NULL without DEFAULT: what rows get depends on sql_mode; with a DEFAULT "
     "it folds"},
    {"ADD COLUMN c int NOT NULL DEFAULT NULL", "ADD COLUMN `c`: NOT NULL without DEFAULT"},
    {"ADD COLUMN c json NOT NULL", "ADD COLUMN `c`: NOT NULL without DEFAULT"},
    {"ADD COLUMN c date NOT NULL", "ADD COLUMN `c`: NOT NULL without DEFAULT"},
    {"ADD COLUMN c geometry NOT NULL", "ADD COLUMN `c`: NOT NULL without DEFAULT"},
    {"ADD COLUMN c int DEFAULT (1)", "ADD COLUMN `c`: DEFAULT (expression)"},
    {"ADD COLUMN c varchar(36) DEFAULT (uuid())", "ADD COLUMN `c`: DEFAULT (expression)"},
    {"ADD COLUMN c bigint DEFAULT uuid_short()", "ADD COLUMN `c`: DEFAULT (expression)"},
    {"ADD COLUMN c datetime DEFAULT CURRENT_TIMESTAMP", "ADD COLUMN `c`: DEFAULT CURRENT_TIMESTAMP"
    },
    {"ADD COLUMN c datetime(6) DEFAULT NOW(6)",
     "ADD COLUMN `c`: DEFAULT CURRENT_TIMESTAMP: its value is the time of the copy; two migrations "
     "fold, and leave NULL in existing rows: ADD COLUMN ... NULL without it, then MODIFY with it"},
    {"ADD COLUMN c datetime DEFAULT LOCALTIMESTAMP()", "ADD COLUMN `c`: DEFAULT CURRENT_TIMESTAMP"},
    {"ADD COLUMN c datetime NULL ON UPDATE CURRENT_TIMESTAMP", "ADD COLUMN `c`: ON UPDATE"},
    {"ADD COLUMN c timestamp", "ADD COLUMN `c`: its default depends"},
    {"ADD COLUMN c timestamp NOT NULL", "ADD COLUMN `c`: NOT NULL without DEFAULT"},
    {"ADD COLUMN c timestamp NOT NULL DEFAULT '2020-01-01 00:00:00'",
     "ADD COLUMN `c`: its DEFAULT is read in the time zone of the tool's session"},
    {"ADD COLUMN c timestamp(3) NULL DEFAULT 20200101000000",
     "ADD COLUMN `c`: its DEFAULT is read in the time zone"},
    {"ADD COLUMN c timestamp DEFAULT TIMESTAMP'2020-01-01 00:00:00'",
     "ADD COLUMN `c`: its DEFAULT is read in the time zone"},
    {"ADD COLUMN c timestamp NULL DEFAULT '2020-01-01 00:00:00+05:00'",
     "ADD COLUMN `c`: its DEFAULT is read in the time zone"},
    {"ADD COLUMN c datetime DEFAULT '2020-01-01 00:00:00+05:00'",
     "ADD COLUMN `c`: its DEFAULT is read in the time zone"},
    {"ADD COLUMN c date DEFAULT \"2020-01-01 00:00:00-05:00\"",
     "ADD COLUMN `c`: its DEFAULT is read in the time zone"},
    {"ADD COLUMN c int AUTO_INCREMENT UNIQUE", "ADD COLUMN `c`: adds a unique key"},
    {"ADD COLUMN c int AUTO_INCREMENT", "ADD COLUMN `c`: AUTO_INCREMENT"},
    {"ADD COLUMN c int UNIQUE", "ADD COLUMN `c`: adds a unique key"},
    {"ADD COLUMN c int UNIQUE KEY", "ADD COLUMN `c`: adds a unique key"},
    {"ADD COLUMN c int PRIMARY KEY", "ADD COLUMN `c`: adds a unique key"},
    {"ADD COLUMN c int KEY", "ADD COLUMN `c`: adds a unique key"},
    {"ADD COLUMN c serial", "ADD COLUMN `c`: serial is not understood"},
    {"ADD COLUMN c int REFERENCES p(id)", "ADD COLUMN `c`: adds a constraint"},
    {"ADD COLUMN c int CHECK (c > 0)", "ADD COLUMN `c`: adds a constraint"},
    {"ADD COLUMN c int CONSTRAINT k CHECK (c > 0) NOT ENFORCED", "ADD COLUMN `c`: adds a constraint"
    },
    {"ADD COLUMN c int AS (a + 1)", "ADD COLUMN `c`: a generated column"},
    {"ADD COLUMN c int GENERATED ALWAYS AS (a + 1) STORED", "ADD COLUMN `c`: a generated column"},
    {"ADD COLUMN c varchar(5) DEFAULT _latin1'x'", "ADD COLUMN `c`: _latin1 is not understood"},
    {"ADD COLUMN c int COLUMN_FORMAT COMPRESSED", "ADD COLUMN `c`: COLUMN_FORMAT"},
    {"ADD COLUMN c int STORAGE TAPE", "ADD COLUMN `c`: STORAGE"},
    {"ADD COLUMN c point SRID 4326", "ADD COLUMN `c`: an SRID, the spatial reference system"},
    {"ADD COLUMN c uuid", "ADD COLUMN `c`: uuid is not understood"},
    {"ADD COLUMN c national int", "ADD COLUMN `c`: int is not understood"},
    {"ADD COLUMN c nchar(10) binary", "ADD COLUMN `c`: binary is not understood"},
    {"ADD COLUMN c long varchar NOT NULL", "ADD COLUMN `c`: NOT NULL without DEFAULT"},
    {"ADD COLUMN IF NOT EXISTS c int", "ADD COLUMN `c`: IF NOT EXISTS"},
    {"ADD COLUMN A int", "ADD COLUMN `A`: the original has such a column"},
    {"ADD COLUMN c int, ADD COLUMN c2 int NOT NULL", "ADD COLUMN `c2`: NOT NULL"},
    {"ADD COLUMN (c int, c2 int NOT NULL)", "ADD COLUMN `c`, `c2`: `c2`: NOT NULL"},
    {"ADD COLUMN c int /*!80000 NOT NULL */", "ADD COLUMN `c`: NOT NULL"},
    {"ADD COLUMN c int DEFAULT 'unended", "the ALTER cannot be read"},
    {"ADD COLUMN c int /* unended", "the ALTER cannot be read"},
};
INSTANTIATE_TEST_SUITE_P(AddedColumns, Passes, testing::ValuesIn(refused_columns));

constexpr folding dropped[] = {
    {"DROP COLUMN a", rebuild},  // it is in an index
    {"DROP a", rebuild},
    {"DROP COLUMN da", instant},
    {"drop `DA`", instant},
    {"DROP COLUMN g", instant},
    {"DROP COLUMN da, ADD COLUMN c int", instant},
    {"DROP COLUMN da, DROP INDEX kv", rebuild},
};
INSTANTIATE_TEST_SUITE_P(DroppedColumns, Folds, testing::ValuesIn(dropped));

constexpr passing not_dropped[] = {
    {"DROP COLUMN id", "DROP COLUMN `id`: it is part of the unique key `PRIMARY`"},
    {"DROP COLUMN n", "DROP COLUMN `n`: it is part of the unique key `uu`"},
    {"DROP COLUMN nope", "DROP COLUMN `nope`: the original has no such column"},
    {"DROP COLUMN a, ADD COLUMN a bigint", "ADD COLUMN `a`: the original has such a column"},
    {"DROP COLUMN da, CHANGE a da int", "CHANGE COLUMN `a`"},
    {"CHANGE a b2 int, ADD COLUMN a int", "CHANGE COLUMN `a`"},
    {"DROP COLUMN da, MODIFY da date", "`da` appears in two clauses"},
    {"RENAME COLUMN a TO a2", "RENAME COLUMN `a`"},
    {"CHANGE a a2 int", "CHANGE COLUMN `a`"},
    {"CHANGE a A int", "CHANGE COLUMN `a`"},
    {"RENAME COLUMN a TO n, RENAME COLUMN n TO a", "RENAME COLUMN `a`"},
};
INSTANTIATE_TEST_SUITE_P(DroppedColumns, Passes, testing::ValuesIn(not_dropped));

constexpr folding indexes[] = {
    {"ADD INDEX k (a)", in_place},
    {"ADD KEY (a, v)", in_place},
    {"ADD KEY k (bl(10))", in_place},
    {"ADD INDEX k USING BTREE (a) COMMENT 'x'", in_place},
    {"ADD INDEX k (a DESC)", in_place},
    {"ADD INDEX k (a) INVISIBLE", in_place},
    {"ADD FULLTEXT INDEX ft (v)", rebuild},
    {"ADD FULLTEXT ft (x) WITH PARSER ngram", rebuild},
    {"ADD INDEX IF NOT EXISTS k (a)", in_place},
    {"DROP INDEX kv", instant},
    {"DROP KEY `KV`", instant},
    {"DROP INDEX fx", instant},
    {"DROP INDEX kv, ADD INDEX kv2 (v, a)", in_place},
    {"RENAME INDEX kv TO kv2", instant},
    {"ALTER INDEX kv INVISIBLE", instant},
};
INSTANTIATE_TEST_SUITE_P(Indexes, Folds, testing::ValuesIn(indexes));

constexpr passing refused_indexes[] = {
    {"ADD UNIQUE KEY `u` (a)",
     "ADD UNIQUE KEY `u`: of rows with one key the tool's copy keeps only one"},
    {"ADD UNIQUE (a)", "ADD UNIQUE KEY on `a`: of rows with one key"},
    {"ADD CONSTRAINT c UNIQUE (a)", "ADD UNIQUE KEY `c`: of rows with one key"},
    {"ADD COLUMN c int, ADD UNIQUE KEY uc (c)", "ADD UNIQUE KEY `uc`: of rows with one key"},
    {"ADD PRIMARY KEY (a)", "ADD PRIMARY KEY"},
    {"DROP PRIMARY KEY", "DROP PRIMARY KEY"},
    {"DROP PRIMARY KEY, ADD PRIMARY KEY (id, a)", "DROP PRIMARY KEY"},
    {"DROP INDEX `PRIMARY`", "DROP INDEX `PRIMARY`: the index is unique"},
    {"DROP INDEX uu", "DROP INDEX `uu`: the index is unique"},
    {"DROP INDEX nope", "DROP INDEX `nope`: the original has no such index"},
    {"ADD INDEX k ((a + 1))", "ADD INDEX `k`: an expression may fail"},
    {"ADD INDEX k ((CAST(j->'$.x' AS UNSIGNED ARRAY)))", "ADD INDEX `k`: an expression may fail"},
    {"ADD SPATIAL INDEX sp (p)", "ADD SPATIAL INDEX `sp`"},
    {"ADD FOREIGN KEY (a) REFERENCES p(id)", "ADD FOREIGN KEY"},
    {"ADD CONSTRAINT fk FOREIGN KEY (a) REFERENCES p(id)", "ADD FOREIGN KEY `fk`"},
    {"ADD CHECK (a > 0)", "ADD CHECK"},
    {"ADD CONSTRAINT ck CHECK (a > 0) ENFORCED", "ADD CHECK `ck`"},
    {"DROP FOREIGN KEY fk", "DROP FOREIGN KEY `fk`"},
    {"DROP CHECK ck", "DROP CHECK `ck`"},
    {"DROP CONSTRAINT ck", "DROP CONSTRAINT `ck`"},
    {"ALTER CHECK ck ENFORCED", "ALTER CHECK `ck`"},
    {"DROP INDEX kv, ADD INDEX kv (v, a)", "`kv` appears in two clauses"},
    {"RENAME INDEX nope TO x", "RENAME INDEX `nope`: the original has no such index"},
};
INSTANTIATE_TEST_SUITE_P(Indexes, Passes, testing::ValuesIn(refused_indexes));

constexpr folding changed_columns[] = {
    {"MODIFY a bigint", rebuild},
    {"MODIFY COLUMN a BIGINT(20) NULL DEFAULT 5", rebuild},
    {"MODIFY id bigint NOT NULL AUTO_INCREMENT", rebuild},
    {"MODIFY id bigint AUTO_INCREMENT", rebuild},
    {"CHANGE id id bigint NOT NULL AUTO_INCREMENT", rebuild},
    {"MODIFY nu bigint unsigned", rebuild},
    {"MODIFY nu bigint", rebuild},  // each value fits
    {"MODIFY flag smallint DEFAULT 1", rebuild},
    {"MODIFY flag int4 DEFAULT 1", rebuild},
    {"MODIFY d decimal(12,2)", rebuild},
    {"MODIFY d numeric(12,4)", rebuild},
    {"MODIFY bits bit(9)", rebuild},
    {"MODIFY v varchar(60)", instant},  // 240 bytes
    {"MODIFY v varchar(80)", rebuild},  // 320 bytes: a second length byte
    {"MODIFY v varchar(40) COMMENT 'new'", instant},
    {"MODIFY v varchar(60) CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_ai_ci", instant},
    {"MODIFY v varchar(60) COLLATE utf8mb4_0900_ai_ci", instant},
    {"MODIFY v varchar(60) CHARSET utf8mb4", instant},
    {"MODIFY v text", rebuild},
    {"MODIFY v tinytext", rebuild},  // 160 bytes fit
    {"MODIFY u varchar(30) NOT NULL DEFAULT ''", instant},
    {"MODIFY l varchar(80) CHARACTER SET latin1", instant},
    {"MODIFY l text CHARACTER SET latin1", rebuild},
    {"MODIFY l varchar(300) CHARACTER SET latin1", rebuild},
    {"MODIFY vb varbinary(20)", instant},
    {"MODIFY vb mediumblob", rebuild},
    {"MODIFY x mediumtext", rebuild},
    {"MODIFY x long", rebuild},
    {"MODIFY x long varchar", rebuild},
    {"MODIFY bl long varbinary", rebuild},
    {"MODIFY bl mediumtext byte", rebuild},
    {"MODIFY vb varchar(20) byte", instant},
    {"MODIFY bn char(10) byte COMMENT 'x'", instant},
    {"MODIFY n3 national varchar(30)", instant},
    {"MODIFY n3 nvarchar(20) COMMENT 'x'", instant},
    {"MODIFY n3 nchar varying(30) COLLATE utf8mb3_general_ci", instant},
    {"MODIFY ch char(20)", rebuild},
    {"MODIFY cm int COLUMN_FORMAT FIXED", instant},
    {"MODIFY cm int STORAGE DISK", instant},
    {"MODIFY dt datetime ON UPDATE CURRENT_TIMESTAMP", instant},
    {"MODIFY dt datetime DEFAULT NULL ON UPDATE NOW() COMMENT 'x'", instant},
    {"MODIFY up datetime DEFAULT CURRENT_TIMESTAMP", instant},
    {"MODIFY up datetime(3) DEFAULT CURRENT_TIMESTAMP(3)", rebuild},
    {"MODIFY tn timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP ON UPDATE CURRENT_TIMESTAMP", instant},
    {"MODIFY bl longblob", rebuild},
    {"MODIFY e enum('a','b','c') DEFAULT 'a'", instant},
    {"MODIFY s set('x','y','z')", instant},
    {"MODIFY s set('x','y','3','4','5','6','7','8','9')", rebuild},
    {"MODIFY ti time(3)", rebuild},
    {"MODIFY dt datetime(6)", rebuild},
    {"MODIFY up datetime(3) DEFAULT CURRENT_TIMESTAMP(3) ON UPDATE CURRENT_TIMESTAMP(3)", rebuild},
    {"MODIFY ts timestamp(3) NULL DEFAULT NULL", rebuild},
    {"MODIFY tn timestamp NOT NULL DEFAULT CURRENT_TIMESTAMP COMMENT 'x'", instant},
    {"MODIFY cm int COMMENT 'it''s\nnew -- \\\\ \"x\" \xf0\x9f\x98\x80'", instant},
    {"MODIFY cm int", instant},
    {"MODIFY cm int AFTER id", rebuild},
    {"MODIFY n int NOT NULL", instant},
    {"MODIFY n int NOT NULL DEFAULT 8", instant},
    {"MODIFY h int COMMENT 'under a key over an expression'", instant},
    {"MODIFY iv int", instant},
    {"MODIFY a int INVISIBLE", instant},
    {"MODIFY j json COMMENT 'x'", instant},
    {"ALTER COLUMN a SET DEFAULT 5", instant},
    {"ALTER a SET DEFAULT (1 + 2)", instant},
    {"ALTER COLUMN n DROP DEFAULT", instant},
    {"ALTER COLUMN a SET INVISIBLE", instant},
};
INSTANTIATE_TEST_SUITE_P(ChangedColumns, Folds, testing::ValuesIn(changed_columns));

constexpr passing refused_changes[] = {
    {"MODIFY l varchar(80)",
     "MODIFY COLUMN `l`: converts latin1 to utf8mb4: characters may be lost; with CHARACTER SET "
     "latin1 it stays as it is"},
    {"MODIFY l varchar(40) CHARACTER SET utf8mb4 COMMENT 'x'",
     "MODIFY COLUMN `l`: converts latin1 to utf8mb4: characters may be lost"},
    {"MODIFY l varchar(40) COMMENT 'x'", "MODIFY COLUMN `l`: converts latin1 to utf8mb4"},
    {"MODIFY v varchar(60) COLLATE utf8mb4_bin", "MODIFY COLUMN `v`: changes the collation"},
    {"MODIFY v varchar(60) CHARACTER SET utf8", "MODIFY COLUMN `v`: converts utf8mb4 to utf8mb3"},
    {"MODIFY u varchar(30) CHARACTER SET utf8mb4 NOT NULL DEFAULT ''",
     "MODIFY COLUMN `u`: changes the collation"},
    {"MODIFY v nvarchar(60)", "MODIFY COLUMN `v`: converts utf8mb4 to utf8mb3"},
    {"MODIFY n3 varchar(30)", "MODIFY COLUMN `n3`: converts utf8mb3 to utf8mb4"},
    {"MODIFY v varchar(60) BYTE", "MODIFY COLUMN `v`: varchar"},
    {"MODIFY v varchar(60) BINARY", "MODIFY COLUMN `v`: BINARY is not understood"},
    {"MODIFY v varchar(30)",
     "MODIFY COLUMN `v`: varchar(40) to varchar(30) may not keep every value: longer"},
    {"MODIFY x text(100)",
     "MODIFY COLUMN `x`: text to text(100) may not keep every value: the server chooses"},
    {"MODIFY x tinytext", "MODIFY COLUMN `x`: text to tinytext may not keep every value: longer"},
    {"MODIFY x json",
     "MODIFY COLUMN `x`: text to json may not keep every value: values are converted"},
    {"MODIFY ch varchar(10)",
     "MODIFY COLUMN `ch`: char(10) to varchar(10) may not keep every value: values are converted"},
    {"MODIFY ch binary(10)",
     "MODIFY COLUMN `ch`: char(10) to binary(10) may not keep every value: values are converted"},
    {"MODIFY bn binary(20)",
     "MODIFY COLUMN `bn`: binary(10) to binary(20) may not keep every value: zero bytes"},
    {"MODIFY big int",
     "MODIFY COLUMN `big`: bigint to int may not keep every value: it cannot hold larger "
     "numbers"},
    {"MODIFY a int unsigned",
     "MODIFY COLUMN `a`: int to int unsigned may not keep every value: it cannot hold "
     "negative numbers"},
    {"MODIFY a bigint unsigned",
     "MODIFY COLUMN `a`: int to bigint unsigned may not keep every value: it cannot hold "
     "negative numbers; a change to bigint folds"},
    {"MODIFY z bigint unsigned",
     "MODIFY COLUMN `z`: int(5) zerofill to bigint unsigned may not keep every value: ZEROFILL"},
    {"MODIFY z int unsigned",
     "MODIFY COLUMN `z`: int(5) zerofill to int unsigned may not keep every value: ZEROFILL"},
    {"MODIFY h bigint zerofill",
     "MODIFY COLUMN `h`: int to bigint zerofill may not keep every value: ZEROFILL"},
    {"MODIFY h varchar(20)",
     "MODIFY COLUMN `h`: int to varchar(20) may not keep every value: values are converted"},
    {"MODIFY d decimal(12,4) unsigned",
     "MODIFY COLUMN `d`: decimal(10,2) to decimal(12,4) unsigned may not keep every value: it "
     "cannot hold negative"},
    {"MODIFY d decimal(10,3)",
     "MODIFY COLUMN `d`: decimal(10,2) to decimal(10,3) may not keep every value: it holds fewer "
     "digits"},
    {"MODIFY d decimal(12,1)",
     "MODIFY COLUMN `d`: decimal(10,2) to decimal(12,1) may not keep every value: it holds fewer "
     "digits"},
    {"MODIFY d double",
     "MODIFY COLUMN `d`: decimal(10,2) to double may not keep every value: values are converted"},
    {"MODIFY f double",
     "MODIFY COLUMN `f`: float to double may not keep every value: values are converted"},
    {"MODIFY f varchar(20)",
     "MODIFY COLUMN `f`: float to varchar(20) may not keep every value: values are converted"},
    {"MODIFY bits bit(3)",
     "MODIFY COLUMN `bits`: bit(4) to bit(3) may not keep every value: longer values"},
    {"MODIFY e enum('b','a') DEFAULT 'a'",
     "MODIFY COLUMN `e`: enum('a','b') to enum('b','a') may not keep every value: the old "
     "members do not come first"},
    {"MODIFY e enum('a') DEFAULT 'a'",
     "MODIFY COLUMN `e`: enum('a','b') to enum('a') may not keep every value: the old"},
    {"MODIFY e varchar(5) DEFAULT 'a'",
     "MODIFY COLUMN `e`: enum('a','b') to varchar(5) may not keep every value: members"},
    {"MODIFY s set('y','x','z')",
     "MODIFY COLUMN `s`: set('x','y') to set('y','x','z') may not keep every value: the old"},
    {"MODIFY s enum('x','y')",
     "MODIFY COLUMN `s`: set('x','y') to enum('x','y') may not keep every value: members"},
    {"MODIFY j text",
     "MODIFY COLUMN `j`: json to text may not keep every value: values are converted"},
    {"MODIFY dt timestamp NULL",
     "MODIFY COLUMN `dt`: datetime to timestamp may not keep every value: values are converted"},
    {"MODIFY ts datetime", "MODIFY COLUMN `ts`: whether it may be NULL"},
    {"MODIFY ts datetime NULL",
     "MODIFY COLUMN `ts`: timestamp to datetime may not keep every value: values are converted"},
    {"MODIFY da datetime",
     "MODIFY COLUMN `da`: date to datetime may not keep every value: values are converted"},
    {"MODIFY ts timestamp(3)", "MODIFY COLUMN `ts`: whether it may be NULL"},
    {"MODIFY tn timestamp(3) NOT NULL", "MODIFY COLUMN `tn`: its default depends"},
    {"MODIFY a int NOT NULL", "MODIFY COLUMN `a`: NULL to NOT NULL"},
    {"MODIFY a bigint NOT NULL DEFAULT 0", "MODIFY COLUMN `a`: NULL to NOT NULL"},
    {"MODIFY uc char(20) NOT NULL", "MODIFY COLUMN `uc`: a longer CHAR in a unique key"},
    {"MODIFY tn timestamp NOT NULL ON UPDATE CURRENT_TIMESTAMP",
     "MODIFY COLUMN `tn`: its default depends"},
    {"MODIFY u varchar(30) DEFAULT ''", "MODIFY COLUMN `u`: NOT NULL to NULL in a unique key"},
    {"MODIFY id bigint NOT NULL", "MODIFY COLUMN `id`: drops AUTO_INCREMENT"},
    {"MODIFY id int", "MODIFY COLUMN `id`: drops AUTO_INCREMENT"},
    {"MODIFY a int AUTO_INCREMENT", "MODIFY COLUMN `a`: adds AUTO_INCREMENT"},
    {"MODIFY g int", "MODIFY COLUMN `g`: a generated column"},
    {"MODIFY g bigint AS (a + 1)", "MODIFY COLUMN `g`: a generated column"},
    {"MODIFY da date AS (dt)", "MODIFY COLUMN `da`: a generated column"},
    {"MODIFY gb bigint", "MODIFY COLUMN `gb`: changes the type under generated column `g`"},
    {"MODIFY h bigint", "MODIFY COLUMN `h`: changes the type under key `fx`"},
    {"MODIFY a bigint UNIQUE", "MODIFY COLUMN `a`: adds a unique key"},
    {"MODIFY a bigint CHECK (a > 0)", "MODIFY COLUMN `a`: adds a constraint"},
    {"MODIFY a bigint DEFAULT (1)", "MODIFY COLUMN `a`: DEFAULT (expression)"},
    {"MODIFY p point SRID 4326", "MODIFY COLUMN `p`: changes the SRID"},
    {"MODIFY p geometry",
     "MODIFY COLUMN `p`: point to geometry may not keep every value: values are converted"},
    {"MODIFY nope int", "MODIFY COLUMN `nope`: the original has no such column"},
    {"MODIFY CM int", "MODIFY COLUMN `CM`: spells the column's name in another way"},
    {"MODIFY COLUMN IF EXISTS nope int", "MODIFY COLUMN `nope`: the original has no such column"},
    {"ALTER COLUMN nope SET DEFAULT 1", "SET DEFAULT of `nope`: the original has no such column"},
    {"MODIFY v varchar(60), DEFAULT CHARSET=latin1", "the table's charset and columns change"},
    {"MODIFY a bigint, ALTER a SET DEFAULT 5", "`a` appears in two clauses"},
};
INSTANTIATE_TEST_SUITE_P(ChangedColumns, Passes, testing::ValuesIn(refused_changes));

constexpr folding table_clauses[] = {
    {"", cost::nothing},
    {"ALGORITHM=INPLACE", cost::nothing},
    {"ALGORITHM=INPLACE, LOCK=NONE", cost::nothing},
    {"ORDER BY a", cost::nothing},
    {"DISABLE KEYS", cost::nothing},
    {"ENGINE=InnoDB", rebuild},
    {"engine innodb", rebuild},
    {"ENGINE='InnoDB'", rebuild},
    {"FORCE", rebuild},
    {"ROW_FORMAT=COMPRESSED KEY_BLOCK_SIZE=8", rebuild},
    {"ENGINE=InnoDB ROW_FORMAT=DYNAMIC, ADD COLUMN c int", rebuild},
    {"COMMENT='it''s; -- new'", instant},
    {"STATS_PERSISTENT=1", instant},
    {"MAX_ROWS=1000", instant},
    {"DEFAULT CHARACTER SET latin1", instant},
    {"COLLATE utf8mb4_bin", instant},
    {"DEFAULT CHARSET=latin1, ADD COLUMN c varchar(10)", rebuild},
    {"AUTO_INCREMENT=5000", instant},
    {"AUTO_INCREMENT=5000, ADD COLUMN c int", rebuild},
};
INSTANTIATE_TEST_SUITE_P(TableClauses, Folds, testing::ValuesIn(table_clauses));

constexpr passing refused_clauses[] = {
    {"ENGINE=MyISAM", "ENGINE: the consumer may not have engine MyISAM"},
    {"TABLESPACE=ts1", "TABLESPACE"},
    {"ENCRYPTION='Y'", "ENCRYPTION"},
    {"COMPRESSION='zlib'", "COMPRESSION"},
    {"SECONDARY_ENGINE=rapid", "SECONDARY_ENGINE"},
    {"DATA DIRECTORY='/tmp'", "DATA DIRECTORY"},
    {"INDEX DIRECTORY='/tmp'", "INDEX DIRECTORY"},
    {"CONNECTION='x'", "CONNECTION"},
    {"UNION=(a,b)", "UNION"},
    {"CONVERT TO CHARACTER SET utf8mb4", "CONVERT TO CHARACTER SET"},
    {"CONVERT TO CHARACTER SET latin1 COLLATE latin1_bin", "CONVERT TO CHARACTER SET"},
    {"RENAME TO t2", "RENAME TO"},
    {"RENAME t2, ADD COLUMN c int", "RENAME TO"},
    {"PARTITION BY HASH (id) PARTITIONS 4", "PARTITION BY"},
    {"PARTITION BY RANGE (id) (PARTITION p0 VALUES LESS THAN (10))", "PARTITION BY"},
    {"ADD COLUMN c int PARTITION BY HASH (id)", "PARTITION BY"},
    {"REMOVE PARTITIONING", "REMOVE PARTITIONING"},
    {"ADD PARTITION (PARTITION p1 VALUES LESS THAN (20))", "ADD PARTITION"},
    {"DROP PARTITION p0", "DROP PARTITION"},
    {"TRUNCATE PARTITION p0", "TRUNCATE PARTITION"},
    {"EXCHANGE PARTITION p0 WITH TABLE t2", "EXCHANGE PARTITION"},
    {"REORGANIZE PARTITION p0 INTO (PARTITION n0 VALUES LESS THAN (5))", "REORGANIZE PARTITION"},
    {"COALESCE PARTITION 2", "COALESCE PARTITION"},
    {"REBUILD PARTITION ALL", "REBUILD PARTITION"},
    {"DISCARD PARTITION p0 TABLESPACE", "DISCARD PARTITION"},
    {"IMPORT PARTITION p0 TABLESPACE", "IMPORT PARTITION"},
    {"DISCARD TABLESPACE", "DISCARD TABLESPACE"},
    {"IMPORT TABLESPACE", "IMPORT TABLESPACE"},
    {"ADD SYSTEM VERSIONING", ""},
    {"ADD PERIOD FOR SYSTEM_TIME (a, b)", ""},
    {"FROBNICATE", ""},
    {"ADD COLUMN c int; DROP TABLE t", "the ALTER cannot be read"},
    {"ADD COLUMN c int, ADD UNIQUE (c), DROP COLUMN da", "ADD UNIQUE KEY"},
};
INSTANTIATE_TEST_SUITE_P(TableClauses, Passes, testing::ValuesIn(refused_clauses));

}  // namespace rewrite
