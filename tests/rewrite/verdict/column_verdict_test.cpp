#include "tests/support/judged_rows.hpp"

namespace rewrite {
namespace {

using namespace tests;

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

TEST(ColumnVerdict, FoldsWhatValuesBecomeAlike)
{
    expect_folds(changed_columns);
}

constexpr folding narrowed[] = {
    {"MODIFY big int", rebuild, lenient},
    {"MODIFY big smallint", rebuild, lenient},
    {"MODIFY a int unsigned", rebuild, lenient},
    {"MODIFY a bigint unsigned", rebuild, lenient},
    {"MODIFY nu int", rebuild, lenient},
    {"MODIFY a decimal(10,2)", rebuild, lenient},
    {"MODIFY a double", rebuild, lenient},
    {"MODIFY a varchar(20)", rebuild, lenient},
    {"MODIFY h varchar(20)", rebuild, lenient},  // under a key over an expression
    {"MODIFY d decimal(12,4) unsigned", rebuild, lenient},
    {"MODIFY d decimal(10,3)", rebuild, lenient},
    {"MODIFY d decimal(12,1)", rebuild, lenient},
    {"MODIFY d double", rebuild, lenient},
    {"MODIFY f double", rebuild, lenient},
    {"MODIFY bits bit(3)", rebuild, lenient},
    {"MODIFY bits int", rebuild, lenient},
    {"MODIFY v varchar(30)", rebuild, lenient},
    {"MODIFY x tinytext", rebuild, lenient},
    {"MODIFY x varchar(300)", rebuild, lenient},
    {"MODIFY bl varbinary(9)", rebuild, lenient},
    {"MODIFY ch char(5)", rebuild, lenient},
    {"MODIFY e enum('b','a') DEFAULT 'a'", rebuild},
    {"MODIFY e enum('a','c','b') DEFAULT 'a'", rebuild},
    {"MODIFY e enum('a') DEFAULT 'a'", rebuild, lenient},
    {"MODIFY e varchar(5) DEFAULT 'a'", rebuild, lenient},
    {"MODIFY e text", rebuild, lenient},
};

TEST(ColumnVerdict, FoldsValuesThatAreMadeToFit)
{
    expect_folds(narrowed);
}

constexpr folding not_null[] = {
    {"MODIFY a int NOT NULL", rebuild, lenient},
    {"MODIFY a bigint NOT NULL DEFAULT 0", rebuild, lenient},
    {"MODIFY v varchar(40) NOT NULL", rebuild, lenient},
    {"MODIFY gb int NOT NULL", rebuild, lenient},
    {"MODIFY n int NULL", rebuild},  // tools find rows by the primary key
    {"MODIFY u varchar(30) DEFAULT ''", rebuild},
};

TEST(ColumnVerdict, FoldsWhatBecomesNotNull)
{
    expect_folds(not_null);
}

constexpr folding in_keys[] = {
    {"MODIFY n smallint NOT NULL", rebuild, lenient_and_counted},
    {"MODIFY n int unsigned NOT NULL", rebuild, lenient_and_counted},
    {"MODIFY u varchar(8) NOT NULL", rebuild, lenient_and_counted},
    {"MODIFY id bigint unsigned NOT NULL AUTO_INCREMENT", rebuild, counted},
    {"MODIFY id smallint NOT NULL AUTO_INCREMENT", rebuild, counted},
    {"MODIFY a bigint UNIQUE", rebuild, counted},
    {"MODIFY a bigint CHECK (a > 0)", rebuild, counted},
};

TEST(ColumnVerdict, FoldsKeysWhereRowsAreCounted)
{
    expect_folds(in_keys);
}

constexpr folding under_others[] = {
    {"MODIFY gb bigint", rebuild, lenient},
    {"MODIFY h bigint", rebuild, lenient},
    {"MODIFY gb smallint", rebuild, lenient},
    {"MODIFY g bigint AS (a + 1)", rebuild, lenient},
    {"MODIFY g varchar(9) AS (CONCAT(a, n))", rebuild, lenient},
    {"MODIFY da date AS (dt) STORED", rebuild, lenient},
    {"MODIFY a bigint DEFAULT (1)", rebuild},
    {"MODIFY v varchar(40) DEFAULT (uuid())", instant},
};

TEST(ColumnVerdict, FoldsWhatOthersAreComputedFrom)
{
    expect_folds(under_others);
}

TEST(ColumnVerdict, CountsWhatUniqueKeysAndChecksAreComputedFrom)
{
    constexpr std::string_view create =
        "CREATE TABLE `t` (`id` int NOT NULL, `a` int DEFAULT NULL, `b` int DEFAULT NULL,"
        " `g` int GENERATED ALWAYS AS ((`a` + 1)) VIRTUAL,"
        " `h` int GENERATED ALWAYS AS ((`g` + 1)) VIRTUAL,"
        " PRIMARY KEY (`id`), UNIQUE KEY `u` (`h`)) ENGINE=InnoDB";
    constexpr folding rows[] = {
        {"MODIFY a bigint", rebuild, lenient_and_counted},
        {"MODIFY a smallint", rebuild, lenient_and_counted},
        {"MODIFY b smallint", rebuild, lenient},
    };
    expect_folds(rows, create);
}

TEST(ColumnVerdict, LeavesTheKeyThatFindsRowsAlone)
{
    constexpr std::string_view create =
        "CREATE TABLE `t` (`a` int NOT NULL, `v` varchar(20) NOT NULL, UNIQUE KEY `u` (`a`),"
        " UNIQUE KEY `w` (`v`)) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin";
    constexpr folding folds[] = {
        {"MODIFY a smallint NOT NULL", rebuild, counted},
        {"MODIFY v varchar(30) NOT NULL", instant},
    };
    constexpr passing passes[] = {
        {"MODIFY v varchar(10) NOT NULL",
         "MODIFY COLUMN `v`: varchar(20) to varchar(10) may not keep every value: longer values "
         "are cut, rounded or refused, and tools find rows by it"},
        {"MODIFY a int NULL", "MODIFY COLUMN `a`: NOT NULL to NULL in a unique key, by which"},
        {"MODIFY a smallint NOT NULL, ADD COLUMN c int NOT NULL",
         "values of a key by which tools find rows must not be made to fit"},
    };
    expect_folds(folds, create);
    expect_passes(passes, create);
}

// 5.7 copies the bits of numbers, and the lengths of texts.
TEST(ColumnVerdict, PassesWhatAnOldServerCopiesInItsOwnWay)
{
    constexpr passing rows[] = {
        {"MODIFY nu int", "MODIFY COLUMN `nu`: int unsigned to int may not keep every value"},
        {"MODIFY x tinytext", "MODIFY COLUMN `x`: text to tinytext may not keep every value"},
    };
    expect_passes(rows, original, 50722);
}

constexpr passing refused_changes[] = {
    {"MODIFY uc char(20) NOT NULL", "MODIFY COLUMN `uc`: another length of a CHAR in a unique key"},
    {"MODIFY uc char(5) NOT NULL", "MODIFY COLUMN `uc`: another length of a CHAR in a unique key"},
    {"MODIFY ts timestamp NOT NULL DEFAULT '2020-01-01 00:00:00'",
     "MODIFY COLUMN `ts`: NULL to NOT NULL: what a NULL becomes depends on the server"},
    {"MODIFY p point NOT NULL", "MODIFY COLUMN `p`: NULL to NOT NULL: what a NULL becomes"},
    {"MODIFY f decimal(10,2)", "MODIFY COLUMN `f`: float to decimal(10,2) may not keep every"},
    {"MODIFY f int", "MODIFY COLUMN `f`: float to int may not keep every"},
    {"MODIFY d int", "MODIFY COLUMN `d`: decimal(10,2) to int may not keep every"},
    {"MODIFY a date", "MODIFY COLUMN `a`: int to date may not keep every"},
    {"MODIFY a enum('1')", "MODIFY COLUMN `a`: int to enum('1') may not keep every"},
    {"MODIFY bits varchar(9)", "MODIFY COLUMN `bits`: bit(4) to varchar(9) may not keep every"},
    {"MODIFY v int", "MODIFY COLUMN `v`: varchar(40) to int may not keep every"},
    {"MODIFY v varchar(60) CHARACTER SET binary", "MODIFY COLUMN `v`: converts utf8mb4 to binary"},
    {"MODIFY v varchar(60) BYTE", "MODIFY COLUMN `v`: varchar"},
    {"MODIFY v varchar(60) BINARY", "MODIFY COLUMN `v`: BINARY is not understood"},
    {"MODIFY x text(100)",
     "MODIFY COLUMN `x`: text to text(100) may not keep every value: the server chooses"},
    {"MODIFY x json",
     "MODIFY COLUMN `x`: text to json may not keep every value: values are converted"},
    {"MODIFY ch varchar(10)",
     "MODIFY COLUMN `ch`: char(10) to varchar(10) may not keep every value: values are converted"},
    {"MODIFY ch binary(10)",
     "MODIFY COLUMN `ch`: char(10) to binary(10) may not keep every value: values are converted"},
    {"MODIFY bn binary(20)",
     "MODIFY COLUMN `bn`: binary(10) to binary(20) may not keep every value: zero bytes"},
    {"MODIFY z bigint unsigned",
     "MODIFY COLUMN `z`: int(5) zerofill to bigint unsigned may not keep every value: ZEROFILL"},
    {"MODIFY z int unsigned",
     "MODIFY COLUMN `z`: int(5) zerofill to int unsigned may not keep every value: ZEROFILL"},
    {"MODIFY h bigint zerofill",
     "MODIFY COLUMN `h`: int to bigint zerofill may not keep every value: ZEROFILL"},
    {"MODIFY f varchar(20)",
     "MODIFY COLUMN `f`: float to varchar(20) may not keep every value: values are converted"},
    {"MODIFY e varbinary(5) DEFAULT 'a'",
     "MODIFY COLUMN `e`: enum('a','b') to varbinary(5) may not keep every value: members"},
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
    {"MODIFY tn timestamp NOT NULL ON UPDATE CURRENT_TIMESTAMP",
     "MODIFY COLUMN `tn`: its default depends"},
    {"MODIFY id bigint NOT NULL", "MODIFY COLUMN `id`: drops AUTO_INCREMENT"},
    {"MODIFY id int", "MODIFY COLUMN `id`: drops AUTO_INCREMENT"},
    {"MODIFY a int AUTO_INCREMENT", "MODIFY COLUMN `a`: adds AUTO_INCREMENT"},
    {"MODIFY g int", "MODIFY COLUMN `g`: a generated column becomes a plain one"},
    {"MODIFY g int AS (HOUR(ts))", "MODIFY COLUMN `g`: a generated column: it reads the session"},
    {"MODIFY da date AS (dt)", "MODIFY COLUMN `da`: becomes a virtual column"},
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

TEST(ColumnVerdict, PassesWhatValuesMayBecomeOtherwise)
{
    expect_passes(refused_changes);
}

// gh-ost finds the copy's rows by the member's old place, and takes no text from bytes.
TEST(ColumnVerdict, PassesMembersThatMoveWhereToolsFindRowsByThem)
{
    constexpr std::string_view create =
        "CREATE TABLE `t` (`id` int NOT NULL, `k` enum('a','b') NOT NULL, PRIMARY KEY (`id`,`k`)) "
        "ENGINE=InnoDB DEFAULT CHARSET=utf8mb4";
    EXPECT_EQ(judged("MODIFY k enum('b','a') NOT NULL", create).what, outcome::pass);
    EXPECT_EQ(judged("MODIFY k enum('z','a','b') NOT NULL", create).what, outcome::pass);
    EXPECT_EQ(judged("MODIFY k enum('a','b','c') NOT NULL", create).what, outcome::fold);
    EXPECT_EQ(judged("MODIFY k varchar(9) NOT NULL", create).what, outcome::pass);
    constexpr std::string_view binary =
        "CREATE TABLE `t` (`id` int NOT NULL, `k` enum('a','b') CHARACTER SET binary DEFAULT NULL, "
        "PRIMARY KEY (`id`)) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4";
    EXPECT_EQ(judged("MODIFY k enum('b','a') CHARACTER SET binary", binary).what, outcome::pass);
}

}  // namespace
}  // namespace rewrite
