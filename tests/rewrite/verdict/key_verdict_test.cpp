#include "tests/support/judged_rows.hpp"

namespace rewrite {
namespace {

using namespace tests;

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

TEST(KeyVerdict, Folds)
{
    expect_folds(indexes);
}

constexpr folding unique_keys[] = {
    {"ADD UNIQUE KEY `u` (a)", in_place, counted},
    {"ADD UNIQUE (a)", in_place, counted},
    {"ADD UNIQUE (v(3), a)", in_place, counted},
    {"ADD CONSTRAINT c UNIQUE (a)", in_place, counted},
    {"ADD UNIQUE KEY u ((LOWER(v)))", in_place, lenient_and_counted},
    {"ADD COLUMN c int, ADD UNIQUE KEY uc (c)", rebuild},
    {"ADD COLUMN c int, ADD UNIQUE KEY uc (a, c)", rebuild},
    {"ADD COLUMN c int DEFAULT 1, ADD UNIQUE KEY uc (a, c)", rebuild, counted},
    {"DROP PRIMARY KEY", rebuild},
    {"DROP INDEX `PRIMARY`", rebuild},
    {"DROP INDEX uu", instant},
    {"DROP INDEX uu, DROP INDEX ku", instant},
    {"DROP PRIMARY KEY, ADD PRIMARY KEY (id, n)", rebuild, counted},
    {"DROP PRIMARY KEY, MODIFY n bigint NOT NULL", rebuild},
    {"DROP PRIMARY KEY, ADD PRIMARY KEY (n), ADD KEY (id)", rebuild, counted},
    {"MODIFY a bigint UNIQUE", rebuild, counted},
};

TEST(KeyVerdict, FoldsUniqueKeysWhereRowsAreCounted)
{
    expect_folds(unique_keys);
}

TEST(KeyVerdict, KeepsTheLastKeyThatFindsRows)
{
    constexpr std::string_view create =
        "CREATE TABLE `t` (`a` int NOT NULL, `b` int DEFAULT NULL,"
        " UNIQUE KEY `u` (`a`), UNIQUE KEY `w` (`b`)) ENGINE=InnoDB";
    constexpr folding folds[] = {
        {"ADD PRIMARY KEY (a)", rebuild, counted},
        {"MODIFY a int NOT NULL PRIMARY KEY", rebuild, counted},
        {"DROP INDEX w", instant},
        {"DROP INDEX u, ADD PRIMARY KEY (a)", rebuild, counted},
        {"DROP INDEX u, ADD UNIQUE KEY x (A)", in_place, counted},
    };
    constexpr passing passes[] = {
        {"DROP INDEX u", "DROP INDEX `u`: the index is unique: tools find rows by it"},
        {"DROP INDEX u, ADD KEY (a)", "DROP INDEX `u`: the index is unique"},
        {"DROP INDEX u, ADD UNIQUE KEY (b)", "DROP INDEX `u`: the index is unique"},
        {"DROP INDEX u, ADD UNIQUE KEY x (a, b)", "DROP INDEX `u`: the index is unique"},
        {"DROP INDEX u, ADD UNIQUE KEY x (a), MODIFY a int NULL",
         "MODIFY COLUMN `a`: NOT NULL to NULL in a unique key"},
    };
    expect_folds(folds, create);
    expect_passes(passes, create);
}

// Of one row a key over more columns may take two: as it was, and as it is.
TEST(KeyVerdict, FoldsKeysThatAreMadeAgain)
{
    constexpr std::string_view create =
        "CREATE TABLE `t` (`id` int NOT NULL, `a` int NOT NULL, `b` smallint unsigned NOT NULL,"
        " `c` int NOT NULL, `v` varchar(40) NOT NULL, PRIMARY KEY (`id`),"
        " UNIQUE KEY `ab` (`a`,`b`)) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4";
    constexpr folding folds[] = {
        {"DROP PRIMARY KEY, DROP KEY ab, ADD PRIMARY KEY (b, a), ADD UNIQUE KEY (id)",
         rebuild,
         counted},
        {"DROP PRIMARY KEY, DROP KEY ab, ADD PRIMARY KEY (a, b), MODIFY b smallint unsigned NOT "
         "NULL, MODIFY c bigint NOT NULL",
         rebuild,
         counted},
        {"DROP PRIMARY KEY, DROP KEY ab, ADD PRIMARY KEY (a, b), MODIFY c smallint NOT NULL",
         rebuild,
         lenient_and_counted},
    };
    constexpr passing passes[] = {
        {"DROP PRIMARY KEY, DROP KEY ab, ADD PRIMARY KEY (id, c)", "DROP PRIMARY KEY: the index"},
        {"DROP PRIMARY KEY, DROP KEY ab, ADD PRIMARY KEY (a, b, c)", "DROP PRIMARY KEY: the index"},
        {"DROP PRIMARY KEY, ADD PRIMARY KEY (c), MODIFY c varchar(9) NOT NULL",
         "MODIFY COLUMN `c`: int to varchar(9) may not keep every value"},
        {"DROP PRIMARY KEY, ADD PRIMARY KEY (v), MODIFY v varchar(3) NOT NULL",
         "MODIFY COLUMN `v`: varchar(40) to varchar(3) may not keep every value"},
    };
    expect_folds(folds, create);
    expect_passes(passes, create);
}

constexpr folding with_conditions[] = {
    {"ADD CHECK (a > 0)", rebuild, counted},
    {"ADD CONSTRAINT ck CHECK (a > 0 AND v IS NOT NULL) ENFORCED", rebuild, counted},
    {"ADD CONSTRAINT ck CHECK (a > 0) NOT ENFORCED", instant},
    {"ADD INDEX k ((a + 1))", in_place, lenient},
    {"ADD INDEX k ((CAST(j->'$.x' AS UNSIGNED ARRAY)))", in_place, lenient},
};

constexpr folding foreign_keys[] = {
    {"ADD FOREIGN KEY (a) REFERENCES p (id)", rebuild, counted},
    {"ADD CONSTRAINT fk FOREIGN KEY (a) REFERENCES p (id) ON DELETE RESTRICT", rebuild, counted},
    {"ADD COLUMN c int, ADD FOREIGN KEY (c) REFERENCES p (id) ON DELETE CASCADE", rebuild},
};

TEST(KeyVerdict, FoldsForeignKeysWhereRowsAreCounted)
{
    for (const folding& row : foreign_keys) {
        const verdict ruling = judged(row.clauses);
        EXPECT_EQ(ruling.what, outcome::fold) << ruling.reason;
        EXPECT_EQ(ruling.rests_on.counted, row.needs.counted) << row.clauses;
        EXPECT_EQ(ruling.price, row.price) << row.clauses;
    }
}

TEST(KeyVerdict, FoldsChecksAndKeysOverExpressions)
{
    expect_folds(with_conditions);
}

constexpr passing refused_indexes[] = {
    {"ADD COLUMN c int NOT NULL, ADD UNIQUE KEY uc (c)",
     "ADD UNIQUE KEY `uc`: adds a unique key over `c`, which is NOT NULL from the same ALTER"},
    {"MODIFY a int NOT NULL, ADD UNIQUE KEY ua (a)", "ADD UNIQUE KEY `ua`: adds a unique key"},
    {"MODIFY a int NOT NULL UNIQUE", "MODIFY COLUMN `a`: adds a unique key of what becomes"},
    {"ADD UNIQUE KEY k ((HOUR(ts)))", "ADD UNIQUE KEY `k`: over an expression: it reads the session"
    },
    {"ADD PRIMARY KEY (a)", "ADD PRIMARY KEY on `a`: a primary key over `a`, which becomes NOT NULL"
    },
    {"ADD COLUMN c int, ADD PRIMARY KEY (c)", "ADD PRIMARY KEY on `c`: a primary key over a new"},
    {"DROP PRIMARY KEY, ADD PRIMARY KEY (id, a)", "ADD PRIMARY KEY on `id`: a primary key over `a`"
    },
    {"DROP PRIMARY KEY, MODIFY n varchar(9) NOT NULL",
     "MODIFY COLUMN `n`: int to varchar(9) may not keep every value: values are converted, and "
     "copied ones may differ from those that ALTER TABLE makes, and tools find rows by it"},
    {"DROP PRIMARY KEY, MODIFY n int NULL", "MODIFY COLUMN `n`: NOT NULL to NULL in a unique key"},
    {"DROP PRIMARY KEY, DROP INDEX uu, DROP INDEX ku", "DROP PRIMARY KEY: the index is unique"},
    {"DROP INDEX nope", "DROP INDEX `nope`: the original has no such index"},
    {"ADD SPATIAL INDEX sp (p)", "ADD SPATIAL INDEX `sp`"},
    {"ADD FOREIGN KEY (a) REFERENCES p (id) ON DELETE CASCADE",
     "ADD FOREIGN KEY on `a`: rows that a foreign key's own action changes"},
    {"ADD FOREIGN KEY (a) REFERENCES t (id)", "ADD FOREIGN KEY on `a`: a foreign key to the table"},
    {"ADD CHECK (a > RAND())", "ADD CHECK: CHECK: `RAND` is not known"},
    {"ADD CHECK (ts > '2020-01-01')", "ADD CHECK: CHECK: it reads the session"},
    {"ADD INDEX k ((a / 2))", "ADD INDEX `k`: over an expression: the digits of a quotient"},
    {"DROP FOREIGN KEY fk", "DROP FOREIGN KEY `fk`"},
    {"DROP CHECK ck", "DROP CHECK `ck`"},
    {"DROP CONSTRAINT ck", "DROP CONSTRAINT `ck`"},
    {"ALTER CHECK ck ENFORCED", "ALTER CHECK `ck`"},
    {"DROP INDEX kv, ADD INDEX kv (v, a)", "`kv` appears in two clauses"},
    {"RENAME INDEX nope TO x", "RENAME INDEX `nope`: the original has no such index"},
};

TEST(KeyVerdict, Passes)
{
    expect_passes(refused_indexes);
}

}  // namespace
}  // namespace rewrite
