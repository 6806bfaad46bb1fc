#include "rewrite/renamed_column.hpp"
#include "rewrite/rewriter.hpp"
#include "tests/support/folded_log.hpp"

#include <optional>
#include <vector>

namespace {

using namespace tests;
using rewrite::renamed_column;
using rewrite::row_count;
using rewrite::stop_reason;
using rewrite::values_seen;

using values = std::vector<std::optional<int>>;  // of the renamed column; nothing: NULL

// Rows (id, value) of two integers.
byte_buffer images(const values& of)
{
    byte_buffer bytes;
    protocol::writer to(bytes);
    std::uint32_t id = 0;
    for (const auto& value : of) {
        to.u8(value ? 0 : 2).u32(++id);
        if (value)
            to.u32(static_cast<std::uint32_t>(*value));
    }
    return bytes;
}

// gh-ost's run with a CHANGE of the column's name: what the log has of t and of its copy.
class renaming_log : public tool_log
{
public:
    explicit renaming_log(std::string_view clauses = "CHANGE b b2 int") { gh_ost_begins(clauses); }
    renaming_log& original(const values& of) { return rows_of("t", of); }
    renaming_log& copy(const values& of) { return rows_of("_t_gho", of); }
    renaming_log& cuts_over()
    {
        gh_ost_sentry().gh_ost_rename();
        return *this;
    }

private:
    renaming_log& rows_of(std::string_view table, const values& of)
    {
        constexpr std::array<std::uint8_t, 2> types{3, 3};
        next();
        begin();
        if (table != "t")
            rows_query("insert /* gh-ost `d1`.`t` */ ignore into `d1`.`_t_gho`");
        const std::uint64_t id = 50 + table.size();
        table_map(id, "d1", table, types);
        rows(event_type::write_rows, id, protocol::rows_end_of_statement, images(of));
        xid(last);
        return *this;
    }
};

folded_log folding(row_count counted)
{
    folded_log folded;
    folded.definitions["d1.t"] =
        "CREATE TABLE `t` (`id` int NOT NULL, `b` int DEFAULT NULL, PRIMARY KEY (`id`)) "
        "ENGINE=InnoDB";
    folded.counted = std::move(counted);
    return folded;
}

constexpr std::string_view the_change = "alter /* gh-ost */ table `d1`.`t` CHANGE b b2 int";

TEST(RenamedColumn, IsFoldedWhereARowOfTheCopyShowsIt)
{
    for (const values& copied : {values{7}, values{std::nullopt, 7}}) {
        renaming_log log;
        log.copy(copied).cuts_over();
        folded_log folded = folding({.rows = copied.size(), .others = {1}});
        ASSERT_TRUE(folded.run(log));
        EXPECT_EQ(folded.transactions().back(), the_change);
    }
}

TEST(RenamedColumn, StopsWhereTheToolLeavesItOut)
{
    renaming_log log;
    log.copy({std::nullopt, std::nullopt}).cuts_over();
    folded_log folded = folding({.rows = 2, .others = {1}});
    ASSERT_FALSE(folded.run(log));
    ASSERT_TRUE(folded.stopped);
    EXPECT_EQ(folded.stopped->reason, stop_reason::not_witnessed);
    EXPECT_EQ(
        folded.stopped->text,
        "no row of the tool's copy shows whether it copies `b` of d1.t to `b2`: all have one value "
        "there"
    );
    EXPECT_NE(folded.transactions().back(), the_change);
}

// Nobody counted, so nobody asked what the original has.
TEST(RenamedColumn, StopsWhereOneValueIsAllThatWasSeen)
{
    renaming_log log;
    log.copy({std::nullopt}).cuts_over();
    folded_log folded = folding({.uncounted = "the source was too slow"});
    ASSERT_FALSE(folded.run(log));
    EXPECT_EQ(folded.stopped->reason, stop_reason::not_witnessed);
}

TEST(RenamedColumn, IsFoldedWhereItDoesNotMatter)
{
    {
        renaming_log log;  // empty
        log.cuts_over();
        folded_log folded = folding({.rows = 0, .others = {0}});
        ASSERT_TRUE(folded.run(log));
        EXPECT_EQ(folded.transactions().back(), the_change);
    }
    renaming_log log;  // NULL in all rows, and by default
    log.original({std::nullopt}).copy({std::nullopt, std::nullopt}).cuts_over();
    folded_log folded = folding({.rows = 1, .others = {0}});
    ASSERT_TRUE(folded.run(log));
    EXPECT_EQ(folded.transactions().back(), the_change);
}

// A row that came after the count: a copy without the column has NULL in its place.
TEST(RenamedColumn, StopsWhereALaterRowMatters)
{
    renaming_log log;
    log.original({5}).copy({std::nullopt, std::nullopt}).cuts_over();
    folded_log folded = folding({.rows = 1, .others = {0}});
    ASSERT_FALSE(folded.run(log));
    EXPECT_EQ(folded.stopped->reason, stop_reason::not_witnessed);
}

TEST(RenamedColumn, IsAskedForWhenTheRowsAreCounted)
{
    const auto asked = [](std::string_view clauses) {
        renaming_log log(clauses);
        folded_log folded = folding({});
        EXPECT_TRUE(folded.run(log));
        const auto wanted = folded.rewriter().wanted_counts();
        return wanted.size() == 1 ? wanted.front().conditions : std::vector<std::string>{"?"};
    };
    using list = std::vector<std::string>;
    EXPECT_EQ(asked("ADD c int"), list{});
    EXPECT_EQ(asked("CHANGE b b2 int"), list{"`b` IS NOT NULL"});
    EXPECT_EQ(asked("CHANGE b b2 bigint NOT NULL DEFAULT 3"), list{"NOT (`b` <=> 3)"});
    EXPECT_EQ(asked("CHANGE b b2 int DEFAULT '-3'"), list{"NOT (`b` <=> -3)"});
    EXPECT_EQ(asked("CHANGE b b2 int NOT NULL"), list{"NOT (`b` <=> 0)"});
    EXPECT_EQ(asked("CHANGE b b2 varchar(20) NOT NULL DEFAULT ''"), list{});
}

TEST(RenamedColumn, OutlivesARestart)
{
    renaming_log log;
    log.copy({7}).cuts_over();
    folded_log folded = folding({.rows = 1, .others = {1}});
    folded.restart_at_borders = true;
    ASSERT_TRUE(folded.run(log));
    EXPECT_EQ(folded.transactions().back(), the_change);
}

TEST(RenamedColumn, IsReadAsItWasWritten)
{
    renamed_column sample{
        .name = "b",
        .place = 1,
        .new_name = "b2",
        .new_place = 300,
        .null_by_default = true,
        .differs = "`b` IS NOT NULL",
        .original = {.how_many = values_seen::number::many, .digest = 5, .unread = true},
        .copy = {.how_many = values_seen::number::one, .digest = 9, .unread = false},
        .other = 12,
    };
    byte_buffer bytes;
    protocol::writer to(bytes);
    append_renamed(to, sample);
    protocol::reader from(bytes);
    EXPECT_EQ(rewrite::read_renamed(from), sample);
    EXPECT_TRUE(from.ok());
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        protocol::reader shorter(protocol::byte_view(bytes).first(size));
        rewrite::read_renamed(shorter);
        EXPECT_FALSE(shorter.ok()) << size;
    }
}

TEST(RenamedColumn, IsUnwitnessedWhileRowsCannotBeRead)
{
    renamed_column column{.null_by_default = true, .other = 0};
    EXPECT_TRUE(column.is_indifferent());
    column.copy.add_unread();
    EXPECT_FALSE(column.is_indifferent());
    EXPECT_FALSE(column.is_witnessed());
}

}  // namespace
