#include "rewrite/decision.hpp"

#include <gtest/gtest.h>
#include <set>

namespace rewrite {

namespace {

decision sample()
{
    decision made;
    made.kind = question_kind::verdict;
    made.at = {2, "mysql-bin.000007", 0x1'0000'0004};
    made.ruling = {
        .what = outcome::fold,
        .reason = "ADD COLUMN `c`",
        .price = cost::instant,
        .unproven = true,
        .rests_on = {.lenient = true, .counted = true},
        .counts = true,
    };
    made.original = {"shop", "orders"};
    made.ghost = {"shop", "_orders_gho"};
    facts known;
    known.table = {"shop", "orders"};
    known.create_table = "CREATE TABLE `orders` (\n  `id` int NOT NULL\n) ENGINE=InnoDB";
    known.triggers = {{"t1", "AFTER", "INSERT", "SET @a = 1"}, {"t2", "BEFORE", "UPDATE", ""}};
    known.children = {{"shop", "lines"}, {"other", "x"}};
    known.fence = {2, "mysql-bin.000007", 900};
    known.row_format = "Compact";
    known.bytes = 13'314'398'617;
    known.missing = "";
    made.known = known;
    made.expired = true;
    made.found = true;
    made.word = operator_word::sql;
    made.sql = "ALTER TABLE t ADD c int";
    return made;
}

}  // namespace

TEST(Decision, ReadsBackEveryField)
{
    const auto read = parse_decision(to_bytes(sample()));
    ASSERT_TRUE(read);
    EXPECT_EQ(read->kind, question_kind::verdict);
    EXPECT_EQ(read->at, sample().at);
    EXPECT_EQ(read->ruling.what, outcome::fold);
    EXPECT_EQ(read->ruling.reason, "ADD COLUMN `c`");
    EXPECT_EQ(read->ruling.price, cost::instant);
    EXPECT_TRUE(read->ruling.unproven);
    EXPECT_EQ(read->original, sample().original);
    EXPECT_EQ(read->ghost, sample().ghost);
    ASSERT_TRUE(read->known);
    EXPECT_EQ(read->known->table, (table_name{"shop", "orders"}));
    EXPECT_EQ(read->known->create_table, sample().known->create_table);
    ASSERT_EQ(read->known->triggers.size(), 2U);
    EXPECT_EQ(read->known->triggers[0].name, "t1");
    EXPECT_EQ(read->known->triggers[0].time, "AFTER");
    EXPECT_EQ(read->known->triggers[0].event, "INSERT");
    EXPECT_EQ(read->known->triggers[0].body, "SET @a = 1");
    EXPECT_EQ(read->known->triggers[1].name, "t2");
    EXPECT_EQ(read->known->children, sample().known->children);
    EXPECT_EQ(read->known->fence, sample().known->fence);
    EXPECT_EQ(read->known->row_format, "Compact");
    EXPECT_EQ(read->known->bytes, 13'314'398'617U);
    EXPECT_TRUE(read->expired);
    EXPECT_TRUE(read->found);
    EXPECT_EQ(read->word, operator_word::sql);
    EXPECT_EQ(read->sql, "ALTER TABLE t ADD c int");
    EXPECT_EQ(read->ruling.rests_on, sample().ruling.rests_on);
    EXPECT_TRUE(read->ruling.counts);
    EXPECT_EQ(to_bytes(*read), to_bytes(sample()));
}

// What version 1 ends before.
void cut_later_fields(protocol::byte_buffer& bytes, const decision& made)
{
    decision plain = made;
    plain.ruling.rests_on = {};
    plain.ruling.counts = false;
    protocol::byte_buffer facts;
    protocol::writer to(facts);
    if (made.known)
        append_later_facts(to, *made.known);
    bytes = to_bytes(plain);
    // A tag and a length before the facts, an end mark after them.
    bytes.resize(bytes.size() - (made.known ? facts.size() + 2 : 0) - 1);
}

TEST(Decision, OfRelease01IsReadWithoutARowFormat)
{
    decision made = sample();
    made.known->row_format.clear();
    protocol::byte_buffer bytes = to_bytes(made);
    bytes[0] = 1;
    EXPECT_FALSE(parse_decision(bytes)) << "a version 1 ends before it";
    cut_later_fields(bytes, made);
    bytes[0] = 1;
    const auto read = parse_decision(bytes);
    ASSERT_TRUE(read);
    EXPECT_EQ(read->sql, made.sql);
    EXPECT_EQ(read->known->row_format, "");
}

TEST(Decision, ReadsBackWhetherANameWasFree)
{
    for (const bool found : {true, false}) {
        decision made;
        made.kind = question_kind::free_name;
        made.at = {1, "b.000001", 4};
        made.ghost = {"d", "_t_gho"};
        made.found = found;
        const auto read = parse_decision(to_bytes(made));
        ASSERT_TRUE(read);
        EXPECT_EQ(read->kind, question_kind::free_name);
        EXPECT_EQ(read->ghost, made.ghost);
        EXPECT_EQ(read->found, found);
    }
}

TEST(Decision, ReadsBackADecisionWithoutFacts)
{
    decision made;
    made.kind = question_kind::second_half;
    made.at = {0, "b.000001", 4};
    const auto read = parse_decision(to_bytes(made));
    ASSERT_TRUE(read);
    EXPECT_EQ(read->kind, question_kind::second_half);
    EXPECT_FALSE(read->known);
    EXPECT_FALSE(read->found);
}

// Version 2 has the row format where later ones have a tagged record.
TEST(Decision, OfVersion2IsReadWithItsRowFormat)
{
    for (const bool with_facts : {true, false}) {
        decision made = sample();
        if (!with_facts)
            made.known.reset();
        protocol::byte_buffer bytes = to_bytes(made);
        cut_later_fields(bytes, made);
        bytes[0] = 2;
        protocol::writer(bytes).text_lenenc("Compact");
        const auto read = parse_decision(bytes);
        ASSERT_EQ(read.has_value(), with_facts) << "there is none without facts";
        if (read)
            EXPECT_EQ(read->known->row_format, "Compact");
    }
}

TEST(Decision, ReadsBackACount)
{
    decision made;
    made.kind = question_kind::count;
    made.at = {1, "b.000001", 4};
    made.counted = row_count{.rows = 1ULL << 40, .changed_before = -7, .uncounted = "why"};
    const auto read = parse_decision(to_bytes(made));
    ASSERT_TRUE(read);
    EXPECT_EQ(read->counted, made.counted);
    made.counted.reset();
    EXPECT_FALSE(parse_decision(to_bytes(made))) << "there is no count in it";
    made.kind = question_kind::verdict;
    made.counted = row_count{};
    EXPECT_FALSE(parse_decision(to_bytes(made))) << "it has a count";
}

TEST(Decision, RefusesEveryShorterPrefixAndLeftoverBytes)
{
    protocol::byte_buffer bytes = to_bytes(sample());
    for (std::size_t size = 0; size < bytes.size(); ++size)
        EXPECT_FALSE(parse_decision(protocol::byte_view(bytes).first(size))) << size;
    bytes.push_back(0);
    EXPECT_FALSE(parse_decision(bytes));
}

TEST(Decision, RefusesAnotherVersionAndValuesThatAreNone)
{
    protocol::byte_buffer bytes = to_bytes(sample());
    for (const std::uint8_t version : {std::uint8_t{0}, std::uint8_t{4}}) {
        bytes[0] = version;
        EXPECT_EQ(parse_decision(bytes).error(), protocol::errc::unsupported);
    }
    bytes[0] = 3;
    bytes[1] = 0;
    EXPECT_FALSE(parse_decision(bytes));
    bytes[1] = 6;
    EXPECT_FALSE(parse_decision(bytes));
}

TEST(Decision, TakesNoMemoryForACountThatCannotBe)
{
    protocol::byte_buffer bytes;
    protocol::writer to(bytes);
    to.text_lenenc("s").text_lenenc("t").text_lenenc("create").lenenc(0xffffffffffff).u8(0);
    protocol::reader from(bytes);
    const facts known = read_facts(from);
    EXPECT_FALSE(from.ok());
    EXPECT_TRUE(known.triggers.empty());
}

TEST(Decision, NamesEveryStopReason)
{
    EXPECT_EQ(to_text(stop_reason::disturbed_cut_over), "disturbed_cut_over");
    EXPECT_EQ(to_text(stop_reason::unreadable), "unreadable");
    EXPECT_EQ(to_text(static_cast<stop_reason>(200)), "unknown");
    std::set<std::string_view> names;
    for (auto one = std::uint8_t(stop_reason::disturbed_cut_over);
         to_text(static_cast<stop_reason>(one)) != "unknown";
         ++one)
        EXPECT_TRUE(names.insert(to_text(static_cast<stop_reason>(one))).second);
    EXPECT_TRUE(names.contains("unreadable"));
}

}  // namespace rewrite
