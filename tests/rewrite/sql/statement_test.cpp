#include "rewrite/sql/statement.hpp"

#include <array>
#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace rewrite {
namespace {

statement read(std::string_view text, const lexical_rules& rules = {})
{
    return read_statement(text, "d", rules, name_case::sensitive);
}

std::string role_text(table_role role)
{
    constexpr std::array names{"target", "like", "from", "to", "on", "ref", "exchange", "read"};
    return names[static_cast<std::size_t>(role)];
}

// "role schema.table" of each reference; a star if it is written.
std::string tables(const statement& read)
{
    std::string all;
    for (const table_reference& table : read.tables) {
        all += all.empty() ? "" : ", ";
        all += role_text(table.role) + ' ' + to_text(table.name) + (table.written ? "*" : "");
    }
    return all;
}

std::string tables(std::string_view text)
{
    return tables(read(text));
}

void expect_places(std::string_view text, std::vector<std::string> places)
{
    SCOPED_TRACE(text);
    std::vector<std::string> got;
    for (const table_reference& table : read(text).tables)
        got.emplace_back(text.substr(table.offset, table.size));
    EXPECT_EQ(got, places);
}

using enum statement_kind;

TEST(Statement, KnowsTheWordsOfTransactions)
{
    EXPECT_EQ(read("BEGIN").kind, begin);
    EXPECT_EQ(read("begin").kind, begin);
    EXPECT_EQ(read("/* x */ BEGIN WORK").kind, begin);
    EXPECT_EQ(read("START TRANSACTION").kind, begin);
    EXPECT_EQ(read("START REPLICA").kind, other);
    EXPECT_EQ(read("COMMIT").kind, commit);
    EXPECT_EQ(read("commit work").kind, commit);
    EXPECT_EQ(read("ROLLBACK").kind, rollback);
    EXPECT_EQ(read("ROLLBACK TO `a`").kind, savepoint);
    EXPECT_EQ(read("ROLLBACK WORK TO SAVEPOINT a").kind, savepoint);
    EXPECT_EQ(read("SAVEPOINT `a`").kind, savepoint);
    EXPECT_EQ(read("RELEASE SAVEPOINT a").kind, savepoint);
}

TEST(Statement, ReadsXidsInEveryFormAsTheSameBytes)
{
    const std::string ab_1(
        "ab\0\0"
        "1",
        5
    );
    for (const std::string_view text :
         {"XA START X'6162',X'',1",
          "XA BEGIN 'ab'",
          "xa start 0x6162, '', 1",
          "XA START 'ab','',0x1"}) {
        SCOPED_TRACE(text);
        EXPECT_EQ(read(text).kind, xa_start);
        EXPECT_EQ(read(text).xid, ab_1);
    }
    EXPECT_EQ(read("XA END X'6162',X'63',7").kind, xa_end);
    EXPECT_EQ(
        read("XA END X'6162',X'63',7").xid,
        std::string(
            "ab\0c\0"
            "7",
            6
        )
    );
    EXPECT_EQ(read("XA PREPARE 'a'").kind, xa_prepare);
    EXPECT_EQ(read("XA COMMIT 'a' ONE PHASE").kind, xa_commit);
    EXPECT_EQ(read("XA ROLLBACK 'a'").kind, xa_rollback);
    EXPECT_EQ(read("XA RECOVER").kind, other);
    EXPECT_EQ(read("XA COMMIT").kind, unreadable);
}

TEST(Statement, ReadsGhostTablesOfGhOst)
{
    const auto create = read("create /* gh-ost */ table `db`.`_t_gho` like `db`.`t`");
    EXPECT_EQ(create.kind, create_table_like);
    EXPECT_EQ(create.comment, " gh-ost ");
    EXPECT_EQ(tables(create), "target db._t_gho, like db.t");

    const std::string_view text =
        "alter /* gh-ost */ table `db`.`_t_gho` \n  ADD COLUMN c int -- x";
    const auto alter = read(text);
    EXPECT_EQ(alter.kind, alter_table);
    EXPECT_EQ(alter.comment, " gh-ost ");
    EXPECT_EQ(tables(alter), "target db._t_gho");
    EXPECT_EQ(text.substr(alter.clauses_offset), " \n  ADD COLUMN c int -- x");
    expect_places(text, {"`db`.`_t_gho`"});

    const auto rename =
        read("rename /* gh-ost */ table `d`.`t` to `d`.`_t_del`, `d`.`_t_gho` to `d`.`t`");
    EXPECT_EQ(rename.kind, rename_table);
    EXPECT_EQ(tables(rename), "from d.t, to d._t_del, from d._t_gho, to d.t");

    const auto changelog = read("create /* gh-ost */ table `d`.`_t_ghc` (\n\t id bigint, key "
                                "(id)\n) comment='gh-ost changelog'");
    EXPECT_EQ(changelog.kind, create_table);
    EXPECT_EQ(tables(changelog), "target d._t_ghc");
}

TEST(Statement, ReadsTriggersOfPtOnlineSchemaChange)
{
    const std::string_view text =
        "CREATE DEFINER=`pt`@`127.0.0.1` TRIGGER `pt_osc_d1_t_del` AFTER DELETE ON `d1`.`t` FOR "
        "EACH ROW "
        "BEGIN DECLARE CONTINUE HANDLER FOR 1146 begin end; DELETE IGNORE FROM `d1`.`_t_new` WHERE "
        "`d1`.`_t_new`.`id` <=> OLD.`id`; END";
    const auto trigger = read(text);
    EXPECT_EQ(trigger.kind, create_trigger);
    EXPECT_EQ(trigger.trigger.name, (table_name{"d1", "pt_osc_d1_t_del"}));
    EXPECT_EQ(trigger.trigger.time, "AFTER");
    EXPECT_EQ(trigger.trigger.event, "DELETE");
    EXPECT_TRUE(text.substr(trigger.trigger.body_offset).starts_with("BEGIN DECLARE"));
    EXPECT_EQ(tables(trigger), "on d1.t, read d1._t_new*, read d1._t_new");
    expect_places(text, {"`d1`.`t`", "`d1`.`_t_new`", "`d1`.`_t_new`"});

    EXPECT_EQ(
        tables("CREATE DEFINER=a@b TRIGGER x AFTER UPDATE ON t FOR EACH ROW FOLLOWS y BEGIN DELETE "
               "IGNORE "
               "FROM `_t_new` WHERE !(OLD.`id` <=> NEW.`id`); REPLACE INTO `_t_new` (`id`, `a`) "
               "VALUES "
               "(NEW.`id`, NEW.`a`); END"),
        "on d.t, read d._t_new*, read d._t_new*"
    );
}

TEST(Statement, GivesNamesInATriggerItsTablesSchema)
{
    const auto trigger =
        read("create trigger tr before insert on e.t for each row insert into log select 1 from u");
    EXPECT_EQ(trigger.trigger.name, (table_name{"e", "tr"}));
    EXPECT_EQ(tables(trigger), "on e.t, read e.log*, read e.u");
    EXPECT_EQ(
        tables(
            "create trigger tr before insert on t for each row set new.a = (select max(a) from u)"
        ),
        "on d.t, read d.u"
    );
}

TEST(Statement, ReadsDropTrigger)
{
    const auto drop = read("DROP TRIGGER IF EXISTS `d1`.`pt_osc_d1_t_del` ");
    EXPECT_EQ(drop.kind, drop_trigger);
    EXPECT_TRUE(drop.if_exists);
    EXPECT_EQ(drop.trigger.name, (table_name{"d1", "pt_osc_d1_t_del"}));
    EXPECT_EQ(tables(drop), "");
    EXPECT_EQ(read("DROP /* c */ TRIGGER x").trigger.name, (table_name{"d", "x"}));
}

TEST(Statement, ReadsWhatTheServerWritesForDropTable)
{
    const auto drop = read("DROP TABLE IF EXISTS `_t_del`,`e`.`x` /* generated by server */");
    EXPECT_EQ(drop.kind, drop_table);
    EXPECT_TRUE(drop.if_exists);
    EXPECT_FALSE(drop.temporary);
    EXPECT_EQ(tables(drop), "target d._t_del, target e.x");
    EXPECT_TRUE(read("DROP TEMPORARY TABLE t").temporary);
    EXPECT_TRUE(read("DROP /*!40005 TEMPORARY */ TABLE IF EXISTS `t`").temporary);
    EXPECT_EQ(tables("drop tables a, b cascade"), "target d.a, target d.b");
}

TEST(Statement, TellsARenamedTableFromARenamedColumnOrIndex)
{
    for (const std::string_view text :
         {"alter table a rename b",
          "alter table a rename to b",
          "alter table a rename as b",
          "alter table a rename = b",
          "ALTER TABLE a ADD c int, RENAME `b`",
          "alter ignore table a rename to d.b, algorithm=inplace"}) {
        SCOPED_TRACE(text);
        EXPECT_EQ(read(text).kind, alter_table_rename);
        EXPECT_EQ(tables(text), "target d.a, to d.b");
    }
    for (const std::string_view text :
         {"alter table a rename column x to y",
          "alter table a rename index x to y",
          "alter table a rename key x to y",
          "alter table a drop `rename`",
          "alter table a comment 'rename to b'"}) {
        SCOPED_TRACE(text);
        EXPECT_EQ(read(text).kind, alter_table);
        EXPECT_EQ(tables(text), "target d.a");
    }
    EXPECT_EQ(tables("alter table e.a rename b"), "target e.a, to d.b") << "the session's database";
    EXPECT_EQ(
        tables(read_statement("alter table e.a rename b", "", {}, name_case::sensitive)),
        "target e.a, to e.b"
    );
}

TEST(Statement, FindsTheOtherTablesOfAnAlter)
{
    EXPECT_EQ(
        tables("ALTER TABLE t EXCHANGE PARTITION p WITH TABLE x WITHOUT VALIDATION"),
        "target d.t, exchange d.x"
    );
    EXPECT_EQ(
        tables("ALTER TABLE e.t ADD CONSTRAINT f FOREIGN KEY (a) REFERENCES p (id)"),
        "target e.t, ref e.p"
    );
    EXPECT_EQ(
        tables("ALTER TABLE t ADD FOREIGN KEY (a) REFERENCES `e`.`p` (id) ON DELETE CASCADE"),
        "target d.t, ref e.p"
    );
    EXPECT_EQ(
        tables("ALTER TABLE t UNION=(a, e.b), ENGINE=MERGE"), "target d.t, read d.a, read e.b"
    );
    EXPECT_EQ(
        tables("ALTER TABLE t convert table x to partition p values less than (3)"),
        "target d.t, exchange d.x"
    );
    EXPECT_EQ(tables("ALTER TABLE IF EXISTS t ADD c int"), "target d.t");
}

TEST(Statement, ReadsCreateTable)
{
    const std::string_view text =
        "CREATE TABLE IF NOT EXISTS e.`t` (\n a int references q(a), `b` int, "
        "CONSTRAINT f FOREIGN KEY (`b`) REFERENCES `p` (`id`)) ENGINE=InnoDB";
    const auto create = read(text);
    EXPECT_EQ(create.kind, create_table);
    EXPECT_TRUE(create.if_not_exists);
    EXPECT_EQ(tables(create), "target e.t, ref e.q, ref e.p");
    EXPECT_EQ(text[create.clauses_offset], '(');

    EXPECT_EQ(tables("create table x (like e.y)"), "target d.x, like e.y");
    EXPECT_TRUE(read("create temporary table x (a int)").temporary);
    EXPECT_EQ(read("create or replace table x (a int)").kind, create_table);
    EXPECT_EQ(read("create table x (a int) with system versioning").kind, create_table);
    EXPECT_EQ(
        tables("create table m (a int) engine=merge union=(a,b) insert_method=last"),
        "target d.m, read d.a, read d.b"
    );
}

TEST(Statement, ReadsCreateTableSelectInBothForms)
{
    const auto rows = read("CREATE TABLE `x` (\n  `a` int\n) START TRANSACTION");
    EXPECT_EQ(rows.kind, create_table);
    const auto select = read("create table x (a int) as select a from t join e.u using (a)");
    EXPECT_EQ(select.kind, create_table_select);
    EXPECT_EQ(tables(select), "target d.x, read d.t, read e.u");
    EXPECT_EQ(tables("create table x table t"), "target d.x, read d.t");
    EXPECT_EQ(tables("create table x (select * from t)"), "target d.x, read d.t");
}

TEST(Statement, ReadsTheOtherKindsOfDdl)
{
    EXPECT_EQ(tables("CREATE UNIQUE INDEX i USING BTREE ON e.t (a)"), "on e.t");
    EXPECT_EQ(read("CREATE fulltext INDEX i ON t (a)").kind, create_index);
    EXPECT_EQ(read("DROP INDEX i ON t").kind, drop_index);
    EXPECT_EQ(tables("DROP INDEX `PRIMARY` ON t"), "on d.t");
    EXPECT_EQ(tables("TRUNCATE t"), "target d.t");
    EXPECT_EQ(tables("TRUNCATE TABLE `e`.`t`"), "target e.t");
    EXPECT_EQ(
        tables("ANALYZE TABLE `d1`.`_t_new` /* pt-online-schema-change */"), "target d1._t_new"
    );
    EXPECT_EQ(tables("OPTIMIZE LOCAL TABLES a, b"), "target d.a, target d.b");
    EXPECT_EQ(tables("FLUSH TABLES a, b WITH READ LOCK"), "read d.a, read d.b");
    EXPECT_EQ(tables("FLUSH TABLES WITH READ LOCK"), "");
    EXPECT_EQ(read("FLUSH PRIVILEGES").kind, statement_kind::flush);
    EXPECT_EQ(tables("GRANT SELECT (a, b), INSERT ON TABLE e.t TO u@h"), "on e.t");
    EXPECT_EQ(tables("GRANT ALL ON *.* TO u"), "");
    EXPECT_EQ(tables("GRANT ALL ON `e`.* TO u"), "");
    EXPECT_EQ(tables("REVOKE ALL ON t FROM u"), "on d.t");
    EXPECT_EQ(tables("GRANT EXECUTE ON PROCEDURE e.p TO u"), "");
    EXPECT_EQ(tables("GRANT role TO u"), "");
    EXPECT_EQ(
        tables("CREATE ALGORITHM=UNDEFINED DEFINER=`a`@`b` SQL SECURITY DEFINER VIEW v (x) AS "
               "SELECT a FROM t"),
        "target d.v, read d.t"
    );
    EXPECT_EQ(read("ALTER VIEW v AS SELECT 1").kind, create_view);
    EXPECT_EQ(tables("DROP VIEW IF EXISTS v, e.w"), "target d.v, target e.w");
    EXPECT_EQ(
        tables("CREATE DEFINER=table@x VIEW v AS SELECT 1 FROM a, (b), (SELECT 1 FROM c) x, e . f"),
        "target d.v, read d.a, read d.b, read d.c, read e.f"
    );
}

TEST(Statement, ReadsDatabases)
{
    EXPECT_EQ(read("CREATE DATABASE IF NOT EXISTS `a b` CHARACTER SET utf8mb4").database, "a b");
    EXPECT_EQ(read("DROP SCHEMA x").kind, drop_database);
    EXPECT_EQ(read("DROP SCHEMA x").database, "x");
    EXPECT_EQ(read("ALTER DATABASE CHARACTER SET latin1").database, "d");
    EXPECT_EQ(read("ALTER DATABASE x CHARACTER SET latin1").database, "x");
    EXPECT_EQ(read_statement("DROP DATABASE MyDb", "", {}, name_case::lower).database, "mydb");
}

TEST(Statement, CallsAllElseOther)
{
    for (const std::string_view text :
         {"RENAME USER a TO b",
          "ALTER USER a IDENTIFIED BY 'x'",
          "CREATE USER a",
          "SET PASSWORD = 'x'",
          "CREATE DEFINER=a@b PROCEDURE p() BEGIN DROP TABLE t; END",
          "CREATE EVENT e ON SCHEDULE EVERY 1 DAY DO DELETE FROM t",
          "ALTER DEFINER=a@b EVENT e ENABLE",
          "ALTER TABLESPACE x ADD DATAFILE 'y'",
          "CREATE ROLE r",
          "",
          "CREATE SPATIAL REFERENCE SYSTEM 4120 NAME 'x'",
          "DROP FUNCTION f",
          "INSTALL PLUGIN x SONAME 'y'"}) {
        SCOPED_TRACE(text);
        EXPECT_EQ(read(text).kind, other);
        EXPECT_EQ(tables(text), "");
    }
}

TEST(Statement, FindsTheTablesOfChangesOfRows)
{
    EXPECT_EQ(
        tables("INSERT LOW_PRIORITY IGNORE INTO `d1`.`_t_new` (`id`, `a`) SELECT `id`, `a` FROM "
               "`d1`.`t` FORCE "
               "INDEX(`PRIMARY`) WHERE ((`id` >= '1')) LOCK IN SHARE MODE "
               "/*pt-online-schema-change 4711 copy nibble*/"),
        "target d1._t_new*, read d1.t"
    );
    EXPECT_EQ(
        tables("insert t values (1, null, f(x)), (2, (select a from u), 3) on duplicate key update "
               "a = values(a)"),
        "target d.t*, read d.u"
    );
    EXPECT_EQ(
        tables("REPLACE INTO percona.checksums (a) SELECT REPLACE(a, b, c) FROM e.t"),
        "target percona.checksums*, read e.t"
    );
    EXPECT_EQ(
        tables("UPDATE a, e.b JOIN c USING (x, y) SET z = 1 WHERE i IN (SELECT i FROM u)"),
        "target d.a*, target e.b*, target d.c*, read d.u"
    );
    EXPECT_EQ(
        tables("DELETE FROM a WHERE x = (SELECT 1 FROM b, c)"), "target d.a*, read d.b, read d.c"
    );
    EXPECT_EQ(
        tables("DELETE a, e.b.* FROM a JOIN e.b ON a.i = e.b.i"),
        "target d.a*, target e.b*, read a.i"
    );
    EXPECT_EQ(tables("DELETE FROM a USING a, b WHERE 1"), "target d.a*, target d.b*");
    EXPECT_EQ(tables("DELETE QUICK FROM a"), "target d.a*");
    EXPECT_EQ(
        tables("LOAD DATA INFILE 'x' REPLACE INTO TABLE `e`.t FIELDS TERMINATED BY ',' (a, b)"),
        "target e.t*"
    );
    EXPECT_EQ(
        tables("WITH c AS (SELECT 1 FROM t) UPDATE u JOIN c SET a = 1"),
        "read d.t, target d.u*, target d.c*"
    );
    EXPECT_EQ(
        tables("INSERT INTO a SELECT * FROM b UNION SELECT 1 FROM c FOR UPDATE"),
        "target d.a*, read d.b, read d.c"
    );
    EXPECT_EQ(
        tables("UPDATE { OJ a LEFT OUTER JOIN b ON 1 } SET x = 1"), "target d.a*, target d.b*"
    );
    EXPECT_EQ(
        tables("INSERT INTO a SELECT 1 FROM b USE INDEX FOR ORDER BY (i), c"),
        "target d.a*, read d.b, read d.c"
    );
    EXPECT_EQ(tables("INSERT INTO x.insert VALUES ('from t', @from, `a`)"), "target x.insert*");
    EXPECT_EQ(tables("INSERT INTO .t VALUES (1)"), "target d.t*");
}

TEST(Statement, NamesATableOnceInAChangeOfRowsUnlessItIsWrittenToo)
{
    EXPECT_EQ(
        tables("INSERT INTO a VALUES ((SELECT 1 FROM t), (SELECT 2 FROM t))"),
        "target d.a*, read d.t"
    );
    EXPECT_EQ(tables("WITH x AS (SELECT 1 FROM t) UPDATE t SET a = 1"), "read d.t, target d.t*");
}

TEST(Statement, ReadsMariaDbsForms)
{
    EXPECT_EQ(
        tables("SET STATEMENT max_statement_time=10 FOR ALTER TABLE t ADD c int"), "target d.t"
    );
    EXPECT_EQ(
        tables("RENAME TABLE IF EXISTS a WAIT 5 TO b, c NOWAIT TO d.e"),
        "from d.a, to d.b, from d.c, to d.e"
    );
    EXPECT_EQ(tables("CREATE SEQUENCE s"), "target d.s");
}

TEST(Statement, TakesMariaDbsSequencesForTables)
{
    EXPECT_EQ(tables("create sequence if not exists s start with 1"), "target d.s");
    EXPECT_EQ(tables("alter sequence if exists e.s restart 5"), "target e.s");
    EXPECT_EQ(tables("drop sequence s, e.s"), "target d.s, target e.s");
}

TEST(Statement, CannotReadADdlWithoutTheNameItNeeds)
{
    for (const char* text :
         {"create table",
          "alter table",
          "drop trigger",
          "create trigger",
          "create trigger x before insert",
          "create index i",
          "rename table a",
          "create database"})
        EXPECT_EQ(read(text).kind, unreadable) << text;
}

TEST(Statement, TakesNoKeywordForOneAfterADot)
{
    EXPECT_EQ(tables("alter table t add check (t.rename > 0)"), "target d.t");
    EXPECT_EQ(tables("create table t (a int check (t.references > 0))"), "target d.t");
    EXPECT_EQ(tables("create table t (a int) default charset x.union = 5"), "target d.t");
}

TEST(Statement, GoesThroughCommentsAndVersionComments)
{
    EXPECT_EQ(tables("/* a */ -- b\n alter # c\n table t add x int"), "target d.t");
    EXPECT_EQ(read("/* a */ alter table t /* b */ add x int").comment, " a ");
    EXPECT_EQ(read("alter table t /* b */ add x int").comment, "");
    EXPECT_EQ(tables("/*!50100 ALTER TABLE t RENAME x */"), "target d.t, to d.x");
    EXPECT_EQ(tables("RENAME TABLE t TO /*!99999 wrong, */ x"), "from d.t, to d.x");
}

TEST(Statement, MayNameAnythingIfItCannotBeRead)
{
    for (const std::string_view text :
         {"ALTER TABLE t COMMENT 'x",
          "DROP TABLE",
          "RENAME TABLE a b",
          "ALTER TABLE 'x' ADD a int",
          "SET x = `",
          "insert into t values ('"}) {
        SCOPED_TRACE(text);
        EXPECT_EQ(read(text).kind, unreadable);
        EXPECT_TRUE(read(text).names({"any", "table"}));
    }
    EXPECT_TRUE(read("DROP TABLE t").names({"d", "t"}));
    EXPECT_FALSE(read("DROP TABLE t").names({"e", "t"}));
    EXPECT_NE(read("DROP TABLE t").first(table_role::target), nullptr);
    EXPECT_EQ(read("DROP TABLE t").first(table_role::on), nullptr);
}

TEST(Statement, ComparesNamesAsTheServerStoresThem)
{
    EXPECT_TRUE(read("DROP TABLE `\xe4`", {.charset = 8}).names({"d", "ä"}));
    EXPECT_TRUE(read_statement("DROP TABLE MyDb.T", "", {}, name_case::lower).names({"mydb", "t"}));
    const auto gbk = read("DROP TABLE `\xb1\xed`", {.charset = 28});
    EXPECT_TRUE(gbk.names({"d", "表"})) << "not converted: any name that is not ASCII";
    EXPECT_FALSE(gbk.names({"d", "t"}));
    EXPECT_TRUE(read("DROP TABLE \"t\"", {.ansi_quotes = true}).names({"d", "t"}));
}

TEST(Statement, ReadsEveryBeginningOfAStatement)
{
    const std::string_view text = "CREATE DEFINER=`a`@`b` TRIGGER x AFTER UPDATE ON `d`.`t` FOR "
                                  "EACH ROW BEGIN UPDATE a SET b = (SELECT 'x' FROM c); END";
    for (std::size_t size = 0; size <= text.size(); ++size)
        read(text.substr(0, size));
}

TEST(Statement, TakesTimeInProportionToItsLength)
{
    std::string text = "INSERT INTO t VALUES (0)";
    while (text.size() < 4'000'000)
        text += ", (1234567, 'some text, with \\' and so on', NULL, f(x, y.z), (SELECT a FROM u))";
    EXPECT_EQ(tables(text), "target d.t*, read y.z, read d.u");
    EXPECT_EQ(read(std::string(300'000, '(')).kind, change_rows);
}

}  // namespace
}  // namespace rewrite
