#include "tests/support/judged_rows.hpp"

namespace rewrite {
namespace {

using namespace tests;

constexpr folding new_columns[] = {
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

TEST(AddedColumnVerdict, FoldsWhatEveryRowGetsAlike)
{
    expect_folds(new_columns);
}

constexpr folding made_to_fit[] = {
    {"ADD COLUMN c int NOT NULL", instant, lenient},
    {"ADD COLUMN c json NOT NULL", instant, lenient},
    {"ADD COLUMN c date NOT NULL", instant, lenient},
    {"ADD COLUMN c enum('a','b') NOT NULL", instant, lenient},
    {"ADD COLUMN c long varchar NOT NULL", instant, lenient},
    {"ADD COLUMN c int, ADD COLUMN c2 int NOT NULL", instant, lenient},
    {"ADD COLUMN (c int, c2 int NOT NULL)", instant, lenient},
    {"ADD COLUMN c int /*!80000 NOT NULL */", instant, lenient},
    {"ADD COLUMN c int AS (a + 1)", instant, lenient},
    {"ADD COLUMN c int AS (`a` + n) VIRTUAL NOT NULL", instant, lenient},
    {"ADD COLUMN c int GENERATED ALWAYS AS (a + 1) STORED", rebuild, lenient},
    {"ADD COLUMN c varchar(50) AS (CONCAT(UPPER(v), 'x')) STORED", rebuild, lenient},
    {"ADD COLUMN c int AS (YEAR(dt)) STORED", rebuild, lenient},
    {"ADD COLUMN c varchar(9) AS (j->>'$.x') STORED", rebuild, lenient},
    {"ADD COLUMN c int AS (CASE WHEN a IS NULL THEN 0 ELSE a DIV 2 END)", instant, lenient},
};

TEST(AddedColumnVerdict, FoldsWhatTheCopyMakesFit)
{
    expect_folds(made_to_fit);
}

constexpr folding of_constants[] = {
    {"ADD COLUMN c int DEFAULT (1)", instant, lenient},
    {"ADD COLUMN c int NOT NULL DEFAULT (1 + 1)", instant, lenient},
    {"ADD COLUMN c json NOT NULL DEFAULT (json_object())", instant, lenient},
    {"ADD COLUMN c json DEFAULT (JSON_ARRAY('a', 1))", instant, lenient},
    {"ADD COLUMN c text NOT NULL DEFAULT ('x')", instant, lenient},
    {"ADD COLUMN c varchar(9) DEFAULT (concat('a', 'b'))", instant, lenient},
};

TEST(AddedColumnVerdict, FoldsExpressionsOfConstants)
{
    expect_folds(of_constants);
}

constexpr folding own_constraints[] = {
    {"ADD COLUMN c int UNIQUE", instant},
    {"ADD COLUMN c int UNIQUE KEY", instant},
    {"ADD COLUMN c int DEFAULT 5 UNIQUE", instant, counted},
    {"ADD COLUMN c int CHECK (c > 0)", rebuild, counted},
    {"ADD COLUMN c int CONSTRAINT k CHECK (c > 0) NOT ENFORCED", instant},
};

TEST(AddedColumnVerdict, FoldsConstraintsOfItsOwn)
{
    expect_folds(own_constraints);
    constexpr folding ignored[] = {{"ADD COLUMN c int CHECK (c > 0)", rebuild}};
    expect_folds(ignored, original, 50722);
}

constexpr passing refused_columns[] = {
    {"ADD COLUMN c geometry NOT NULL",
     "ADD COLUMN `c`: NOT NULL without DEFAULT: what rows get depends on the server"},
    {"ADD COLUMN c timestamp NOT NULL", "ADD COLUMN `c`: NOT NULL without DEFAULT"},
    {"ADD COLUMN c vector(4) NOT NULL", "ADD COLUMN `c`: NOT NULL without DEFAULT"},
    {"ADD COLUMN c int NOT NULL UNIQUE", "ADD COLUMN `c`: adds a unique key over `c`, which is NOT"
    },
    {"ADD COLUMN c int REFERENCES p(id)", "ADD COLUMN `c`: REFERENCES"},
    {"ADD COLUMN c int CHECK (c > RAND())", "ADD COLUMN `c`: CHECK: `RAND` is not known"},
    {"ADD COLUMN c int DEFAULT (a)", "ADD COLUMN `c`: DEFAULT (expression): `a` is not known"},
    {"ADD COLUMN c int DEFAULT (1/3)",
     "ADD COLUMN `c`: DEFAULT (expression): the digits of a quotient"},
    {"ADD COLUMN c int DEFAULT (@x)", "ADD COLUMN `c`: DEFAULT (expression): it cannot be read"},
    {"ADD COLUMN c date DEFAULT ('2020-01-01')",
     "ADD COLUMN `c`: DEFAULT (expression): it may be read in a time zone"},
    {"ADD COLUMN c int AS (HOUR(ts))", "ADD COLUMN `c`: a generated column: it reads the session"},
    {"ADD COLUMN c date AS (v) STORED", "ADD COLUMN `c`: a generated column: it reads the session"},
    {"ADD COLUMN c timestamp AS (dt) STORED NULL",
     "ADD COLUMN `c`: a generated column: it reads the session"},
    {"ADD COLUMN c int AS (a / 2)", "ADD COLUMN `c`: a generated column: the digits"},
    {"ADD COLUMN c int AS (WEEK(dt))", "ADD COLUMN `c`: a generated column: `WEEK` is not known"},
    {"ADD COLUMN c int AS (nope + 1)", "ADD COLUMN `c`: a generated column: `nope` is not known"},
    {"ADD COLUMN c varchar(9) AS (_latin1'x')", "ADD COLUMN `c`: a generated column: `_latin1`"},
    {"ADD COLUMN c int, ADD COLUMN c2 timestamp", "ADD COLUMN `c2`: its default depends"},
    {"ADD COLUMN (c int, c2 timestamp)", "ADD COLUMN `c`, `c2`: `c2`: its default depends"},
    {"ADD COLUMN c int NOT NULL DEFAULT NULL", "ADD COLUMN `c`: NOT NULL without DEFAULT"},
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
    {"ADD COLUMN c int AUTO_INCREMENT UNIQUE", "ADD COLUMN `c`: AUTO_INCREMENT"},
    {"ADD COLUMN c int AUTO_INCREMENT", "ADD COLUMN `c`: AUTO_INCREMENT"},
    {"ADD COLUMN c int PRIMARY KEY", "ADD COLUMN `c`: adds a unique key"},
    {"ADD COLUMN c int KEY", "ADD COLUMN `c`: adds a unique key"},
    {"ADD COLUMN c serial", "ADD COLUMN `c`: serial is not understood"},
    {"ADD COLUMN c varchar(5) DEFAULT _latin1'x'", "ADD COLUMN `c`: _latin1 is not understood"},
    {"ADD COLUMN c int COLUMN_FORMAT COMPRESSED", "ADD COLUMN `c`: COLUMN_FORMAT"},
    {"ADD COLUMN c int STORAGE TAPE", "ADD COLUMN `c`: STORAGE"},
    {"ADD COLUMN c point SRID 4326", "ADD COLUMN `c`: an SRID, the spatial reference system"},
    {"ADD COLUMN c uuid", "ADD COLUMN `c`: uuid is not understood"},
    {"ADD COLUMN c national int", "ADD COLUMN `c`: int is not understood"},
    {"ADD COLUMN c nchar(10) binary", "ADD COLUMN `c`: binary is not understood"},
    {"ADD COLUMN IF NOT EXISTS c int", "ADD COLUMN `c`: IF NOT EXISTS"},
    {"ADD COLUMN A int", "ADD COLUMN `A`: the original has such a column"},
    {"ADD COLUMN c int DEFAULT 'unended", "the ALTER cannot be read"},
    {"ADD COLUMN c int /* unended", "the ALTER cannot be read"},
};

TEST(AddedColumnVerdict, PassesWhatRowsMayGetOtherwise)
{
    expect_passes(refused_columns);
}

}  // namespace
}  // namespace rewrite
