#include "rewrite/schema_change.hpp"
#include "rewrite/sql/session_rules.hpp"
#include "tests/support/folded_log.hpp"

namespace {

using namespace rewrite;

// "table d.t, schema d, ..."
std::string text_of(const std::vector<schema_change>& changes)
{
    constexpr std::array words{"table", "schema", "triggers", "everything"};
    std::string text;
    for (const schema_change& one : changes) {
        text +=
            (text.empty() ? "" : ", ") + std::string(words.at(static_cast<std::size_t>(one.what)));
        if (one.what == change_scope::table)
            text += " " + to_text(one.name);
        else if (one.what != change_scope::everything)
            text += " " + one.name.schema;
    }
    return text;
}

std::string changed_by(std::string_view sql)
{
    const lexical_rules rules;
    return text_of(schema_changes_of(read_statement(sql, "d", rules, name_case::sensitive), sql));
}

TEST(SchemaChange, NamesEachTableThatAStatementMayChange)
{
    EXPECT_EQ(changed_by("ALTER TABLE t ADD c int"), "table d.t");
    EXPECT_EQ(
        changed_by("CREATE TABLE x.c (i int REFERENCES p (i), FOREIGN KEY (i) REFERENCES q (i))"),
        "table x.c, table x.p, table x.q"
    );
    EXPECT_EQ(
        changed_by("RENAME TABLE a TO b, x.c TO d"), "table d.a, table d.b, table x.c, table d.d"
    );
    EXPECT_EQ(changed_by("ALTER TABLE a RENAME TO b"), "table d.a, table d.b");
    EXPECT_EQ(
        changed_by("ALTER TABLE a EXCHANGE PARTITION p WITH TABLE b"), "table d.a, table d.b"
    );
    EXPECT_EQ(changed_by("DROP TABLE IF EXISTS a, b"), "table d.a, table d.b");
    EXPECT_EQ(changed_by("CREATE UNIQUE INDEX i ON t (a)"), "table d.t");
    EXPECT_EQ(changed_by("DROP INDEX i ON t"), "table d.t");
    EXPECT_EQ(changed_by("TRUNCATE t"), "table d.t");
    EXPECT_EQ(changed_by("OPTIMIZE TABLE t"), "table d.t");
    EXPECT_EQ(
        changed_by("CREATE TRIGGER r AFTER INSERT ON t FOR EACH ROW INSERT INTO u VALUES (1)"),
        "table d.t"
    );
    EXPECT_EQ(changed_by("CREATE TABLE n SELECT * FROM t"), "table d.n");
}

TEST(SchemaChange, LeavesWhatIsOnlyRead)
{
    EXPECT_EQ(changed_by("CREATE TABLE n LIKE t"), "table d.n");
    for (const char* sql :
         {"BEGIN",
          "INSERT INTO t VALUES (1)",
          "ANALYZE TABLE t",
          "CREATE VIEW v AS SELECT * FROM t",
          "GRANT SELECT ON t TO a",
          "FLUSH TABLES t",
          "CREATE USER a",
          "CREATE DATABASE x",
          "CREATE TEMPORARY TABLE t (i int)",
          "DROP TEMPORARY TABLE t"})
        EXPECT_EQ(changed_by(sql), "") << sql;
}

TEST(SchemaChange, SaysMoreWhereItCannotSayWhat)
{
    EXPECT_EQ(changed_by("DROP DATABASE x"), "schema x");
    EXPECT_EQ(changed_by("ALTER DATABASE x CHARACTER SET latin1"), "schema x");
    EXPECT_EQ(changed_by("DROP TRIGGER x.r"), "triggers x");
    EXPECT_EQ(changed_by("DROP TRIGGER r"), "triggers d");
    EXPECT_EQ(changed_by("ALTER TABLE t ADD c int DEFAULT 'x"), "everything");
    EXPECT_EQ(changed_by("ALTER TABLESPACE s RENAME TO r"), "everything");
    EXPECT_EQ(changed_by("DROP DATABASE `\xe4`"), "everything");
}

struct told
{
    std::vector<std::string> changes;
    std::uint64_t count = 0;
};

// What the rewriter tells of these events.
told told_of(const tests::event_builder& log, bool started = false)
{
    rewriter one({});
    one.begin_file(4);
    if (started)
        one.on_source_started();
    told all;
    for (const tests::logged& event : tests::upstream(log.events())) {
        outputs out;
        const auto parsed = protocol::parse_event(event.bytes, log.sum());
        EXPECT_TRUE(one.on_event(event.at, *parsed, log.sum(), out));
        if (!out.schema.empty())
            all.changes.push_back(text_of(out.schema));
    }
    all.count = one.schema_changes();
    const auto restored = rewriter::restore({}, one.save());
    EXPECT_EQ(restored->schema_changes(), all.count);
    return all;
}

TEST(SchemaChange, IsToldByTheRewriterForEachStatement)
{
    tests::tool_log log;
    log.change("t").ddl("ALTER TABLE t ADD c int").ddl("DROP DATABASE x").change("t");
    const told all = told_of(log);
    EXPECT_EQ(all.changes, (std::vector<std::string>{"table d1.t", "schema x"}));
    EXPECT_EQ(all.count, 2U);
}

TEST(SchemaChange, IsToldOfStatementsInTransactionsToo)
{
    tests::tool_log log;
    log.next().begin().query("CREATE TABLE n (i int) START TRANSACTION", "d1").xid(1);
    log.next().begin().query("INSERT INTO t VALUES (1)", "d1").xid(2);
    EXPECT_EQ(told_of(log).changes, std::vector<std::string>{"table d1.n"});
}

// A source that was killed may have lost the end of its log.
TEST(SchemaChange, IsEverythingWhereTheSourceDidNotEndInOrder)
{
    tests::tool_log log;
    log.change("t");
    EXPECT_EQ(told_of(log, true).changes, std::vector<std::string>{"everything"});
    EXPECT_TRUE(told_of(log).changes.empty());
}

}  // namespace
