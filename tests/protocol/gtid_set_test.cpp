#include "protocol/binlog_file.hpp"
#include "protocol/gtid_set.hpp"
#include "tests/support/files.hpp"
#include "tests/support/hex.hpp"
#include "tests/support/prefixes.hpp"

#include <random>
#include <set>

namespace {

using namespace protocol;
using namespace tests::literals;

constexpr std::string_view a = "3e11fa47-71ca-11e1-9e33-c80aa9429562";
constexpr std::string_view b = "ab8a1a7c-e8d1-11f1-bd15-02fc00000001";

gtid_set set_of(std::string text)
{
    // "a" and "b" at the start of a part stand for the two UUIDs.
    std::string full;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool starts = i == 0 || text[i - 1] == ',';
        if (starts && (text[i] == 'a' || text[i] == 'b'))
            full += text[i] == 'a' ? a : b;
        else
            full += text[i];
    }
    const auto set = parse_gtid_set(full);
    EXPECT_TRUE(set) << full;
    return set ? *set : gtid_set{};
}

gtid id_of(std::string_view source, std::string tag, std::uint64_t number)
{
    return {.source = *parse_uuid(source), .tag = std::move(tag), .number = number};
}

TEST(Uuid, IsReadWithAndWithoutDashesInAnyCase)
{
    const auto id = parse_uuid("3E11FA47-71CA-11E1-9E33-C80AA9429562");
    ASSERT_TRUE(id);
    EXPECT_EQ(to_text(*id), a);
    EXPECT_EQ(parse_uuid("3e11fa4771ca11e19e33c80aa9429562"), *id);
    for (const std::string_view bad :
         {"",
          "3e11fa47",
          "3e11fa47-71ca-11e1-9e33-c80aa942956",
          "3e11fa47-71ca-11e1-9e33-c80aa942956g",
          "3e11fa4771ca-11e1-9e33-c80aa9429562-",
          "3e11fa47-71ca-11e1-9e33-c80aa94295623",
          "{3e11fa47-71ca-11e1-9e33-c80aa9429562}"})
        EXPECT_FALSE(parse_uuid(bad)) << bad;
}

TEST(Gtid, PrintsItsTagBetweenSourceAndNumber)
{
    EXPECT_EQ(to_text(id_of(a, "", 7)), std::string(a) + ":7");
    EXPECT_EQ(to_text(id_of(a, "tag1", 7)), std::string(a) + ":tag1:7");
}

TEST(GtidSet, IsReadAsTheServerPrintsIt)
{
    // @@gtid_executed of MySQL 9.7.4, with its newline.
    const auto set =
        parse_gtid_set("3e11fa47-71ca-11e1-9e33-c80aa9429562:9223372036854775806:tag1:7,\n"
                       "ab8a1a7c-e8d1-11f1-bd15-02fc00000001:1-6:other_tag_:1:tag1:1-2");
    ASSERT_TRUE(set);
    EXPECT_EQ(set->count(), 11U);
    EXPECT_TRUE(set->contains(id_of(a, "", 9223372036854775806U)));
    EXPECT_TRUE(set->contains(id_of(a, "tag1", 7)));
    EXPECT_FALSE(set->contains(id_of(a, "", 7)));
    EXPECT_TRUE(set->contains(id_of(b, "", 6)));
    EXPECT_FALSE(set->contains(id_of(b, "", 7)));
    EXPECT_TRUE(set->contains(id_of(b, "other_tag_", 1)));
    EXPECT_TRUE(set->contains(id_of(b, "tag1", 2)));
    EXPECT_EQ(
        to_text(*set),
        "3e11fa47-71ca-11e1-9e33-c80aa9429562:9223372036854775806:tag1:7,"
        "ab8a1a7c-e8d1-11f1-bd15-02fc00000001:1-6:other_tag_:1:tag1:1-2"
    );
}

TEST(GtidSet, TextMayBeWrittenInManyWays)
{
    const std::string source(a);
    EXPECT_EQ(parse_gtid_set(""), gtid_set{});
    EXPECT_EQ(parse_gtid_set(" \n"), gtid_set{});
    EXPECT_EQ(parse_gtid_set(",,"), gtid_set{});
    EXPECT_EQ(to_text(set_of("a:3-5:1:7-9:2")), source + ":1-5:7-9");
    EXPECT_EQ(to_text(set_of("a:1-5,a:6")), source + ":1-6");
    EXPECT_EQ(to_text(*parse_gtid_set(" " + source + " : 1 - 5 : 7 ,")), source + ":1-5:7");
    EXPECT_EQ(to_text(set_of("a:9-3:1")), source + ":1");
    // What MySQL 9.7.4 takes too, and what it makes of it.
    EXPECT_EQ(to_text(set_of("a:1-0")), "");
    EXPECT_EQ(to_text(set_of("a")), "");
    EXPECT_EQ(to_text(set_of("a:tag1")), "");
    EXPECT_EQ(to_text(set_of("a:tag1:tag2:1")), source + ":tag2:1");
    EXPECT_EQ(to_text(set_of("a:TAG_1:1-2,a:4:tag_1:3")), source + ":4:tag_1:1-3");
}

TEST(GtidSet, TextThatIsNoSetIsRefused)
{
    const std::string source(a);
    for (const char* rest :
         {":",
          ":0",
          ":-5",
          ":1-",
          ":1-x",
          ":1-2-3",
          ":1 2",
          "-1",
          ":9223372036854775807",
          ":1-9223372036854775807",
          ":99999999999999999999",
          ":tag1:",
          ":1:",
          "::1",
          ":1;",
          ":1t:1",
          ":a_tag_that_is_one_letter_too_longs:1",
          ":t-g:1",
          ":\xc3\xa9:1",
          "x"}) {
        const std::string bad = source + rest;
        EXPECT_EQ(parse_gtid_set(bad), tl::unexpected(errc::bad_value)) << bad;
    }
    EXPECT_FALSE(parse_gtid_set("x"));
}

TEST(GtidSet, GrowsAtTheEndWithoutGaps)
{
    gtid_set set;
    for (std::uint64_t number = 1; number <= 1000; ++number)
        set.add(id_of(a, "", number));
    ASSERT_EQ(set.streams().size(), 1U);
    EXPECT_EQ(
        set.streams().begin()->second, (std::vector<gtid_set::interval>{{.begin = 1, .end = 1001}})
    );
    set.add(id_of(a, "", 0));  // no GTID at all
    set.add(id_of(a, "", max_gtid_number + 1));
    EXPECT_EQ(set.count(), 1000U);
}

TEST(GtidSet, ContainsASetOnlyIfItContainsAllOfIt)
{
    const gtid_set big = set_of("a:1-5:7-9:tag1:1,b:1");
    for (const char* part : {"", "a:1-5", "a:2-3:8", "b:1", "a:tag1:1", "a:1-5:7-9:tag1:1,b:1"})
        EXPECT_TRUE(big.contains(set_of(part))) << part;
    for (const char* other : {"a:6", "a:5-7", "a:1-10", "b:2", "b:tag1:1", "a:tag2:1"})
        EXPECT_FALSE(big.contains(set_of(other))) << other;
}

TEST(GtidSet, GivesTheGtidsOfOneSource)
{
    const gtid_set set = set_of("a:1-5:tag1:1,b:1");
    EXPECT_EQ(set.of(*parse_uuid(a)), set_of("a:1-5:tag1:1"));
    EXPECT_EQ(set.of(*parse_uuid(b)), set_of("b:1"));
    EXPECT_TRUE(set.of(uuid{}).empty());
}

TEST(GtidSet, CalculatesLikeASetOfNumbers)
{
    std::mt19937 random(20261125);
    SCOPED_TRACE("seed 20261125");
    const std::vector<std::string> tags = {"", "t"};
    using model = std::set<std::pair<std::string, std::uint64_t>>;
    const auto make = [&](gtid_set& set, model& numbers) {
        for (int i = 0; i < 25; ++i) {
            const std::string& tag = tags[random() % 2];
            const std::uint64_t number = 1 + random() % 40;
            set.add(id_of(a, tag, number));
            numbers.emplace(tag, number);
        }
    };
    const auto expect_same = [&](const gtid_set& set, const model& numbers) {
        ASSERT_EQ(set.count(), numbers.size());
        for (const std::string& tag : tags)
            for (std::uint64_t number = 1; number <= 42; ++number)
                ASSERT_EQ(set.contains(id_of(a, tag, number)), numbers.contains({tag, number}));
        for (const auto& [where, list] : set.streams()) {
            ASSERT_FALSE(list.empty());
            for (std::size_t i = 1; i < list.size(); ++i)
                ASSERT_LT(list[i - 1].end, list[i].begin);
        }
        EXPECT_EQ(parse_gtid_set(to_text(set)), set);
        byte_buffer bytes;
        append_gtid_set_binary(bytes, set);
        EXPECT_EQ(parse_gtid_set_binary(bytes), set);
    };
    for (int round = 0; round < 200; ++round) {
        gtid_set left;
        gtid_set right;
        model left_numbers;
        model right_numbers;
        make(left, left_numbers);
        make(right, right_numbers);
        expect_same(left, left_numbers);

        gtid_set sum = left;
        sum.add(right);
        model sum_numbers = left_numbers;
        sum_numbers.insert(right_numbers.begin(), right_numbers.end());
        expect_same(sum, sum_numbers);
        EXPECT_TRUE(sum.contains(left) && sum.contains(right));

        gtid_set difference = left;
        difference.subtract(right);
        gtid_set common = left;
        common.subtract(difference);
        model difference_numbers;
        model common_numbers;
        for (const auto& one : left_numbers)
            (right_numbers.contains(one) ? common_numbers : difference_numbers).insert(one);
        expect_same(difference, difference_numbers);
        expect_same(common, common_numbers);
        EXPECT_EQ(left.contains(right), common_numbers.size() == right_numbers.size());
    }
}

TEST(GtidSet, BinaryFormWithoutTagsIsTheOldOne)
{
    const auto bytes = "0100000000000000 3e11fa4771ca11e19e33c80aa9429562 0200000000000000 "
                       "0100000000000000 0600000000000000 0700000000000000 0800000000000000"_hex;
    EXPECT_EQ(parse_gtid_set_binary(bytes), set_of("a:1-5:7"));
    byte_buffer written;
    append_gtid_set_binary(written, set_of("a:1-5:7"));
    EXPECT_EQ(tests::to_hex(written), tests::to_hex(bytes));
    tests::expect_every_shorter_prefix_refused(bytes, parse_gtid_set_binary);

    written.clear();
    append_gtid_set_binary(written, {});
    EXPECT_EQ(tests::to_hex(written), "0000000000000000");
}

TEST(GtidSet, BinaryFormWithTagsIsAsTheServerWritesIt)
{
    // PREVIOUS_GTIDS of MySQL 9.7.4.
    const auto bytes = "0105000000000001 "
                       "3e11fa4771ca11e19e33c80aa9429562 00 0100000000000000 "
                       "feffffffffffff7f ffffffffffffff7f "
                       "3e11fa4771ca11e19e33c80aa9429562 08 74616731 0100000000000000 "
                       "0700000000000000 0800000000000000 "
                       "ab8a1a7ce8d111f1bd1502fc00000001 00 0100000000000000 "
                       "0100000000000000 0600000000000000 "
                       "ab8a1a7ce8d111f1bd1502fc00000001 14 6f746865725f7461675f 0100000000000000 "
                       "0100000000000000 0200000000000000 "
                       "ab8a1a7ce8d111f1bd1502fc00000001 08 74616731 0100000000000000 "
                       "0100000000000000 0300000000000000"_hex;
    const auto set = parse_gtid_set_binary(bytes);
    ASSERT_TRUE(set);
    EXPECT_EQ(*set, set_of("a:9223372036854775806:tag1:7,b:1-5:other_tag_:1:tag1:1-2"));
    byte_buffer written;
    append_gtid_set_binary(written, *set);
    EXPECT_EQ(tests::to_hex(written), tests::to_hex(bytes));
    tests::expect_every_shorter_prefix_refused(bytes, parse_gtid_set_binary);
}

TEST(GtidSet, BinaryFormTheServerWouldRefuseIsRefused)
{
    const std::string start = "0100000000000000 3e11fa4771ca11e19e33c80aa9429562 ";
    const auto parse = [&](const std::string& rest) {
        return parse_gtid_set_binary(tests::from_hex(start + rest));
    };
    const std::string two = "0200000000000000 ";
    EXPECT_EQ(parse("0000000000000000"), gtid_set{});
    EXPECT_FALSE(parse("0100000000000000 0000000000000000 0600000000000000"));  // from 0
    EXPECT_FALSE(parse("0100000000000000 0600000000000000 0600000000000000"));  // empty
    EXPECT_FALSE(parse("0100000000000000 0100000000000000 0000000000000080"));  // beyond the end
    EXPECT_FALSE(parse(
        two + "0100000000000000 0600000000000000 "
              "0600000000000000 0800000000000000"
    ));  // adjacent
    EXPECT_FALSE(parse(
        two + "0700000000000000 0800000000000000 "
              "0100000000000000 0600000000000000"
    ));                                                                     // falling
    EXPECT_FALSE(parse("0000000000000000 00"));                             // more than it says
    EXPECT_EQ(parse("ffffffffffffffff"), tl::unexpected(errc::truncated));  // no memory for it
    EXPECT_EQ(parse_gtid_set_binary("0000000000000002"_hex), tl::unexpected(errc::unsupported));
    EXPECT_EQ(
        parse_gtid_set_binary("0101000000000001 3e11fa4771ca11e19e33c80aa9429562 02 41 "
                              "0100000000000000 0100000000000000 0200000000000000"_hex),
        tl::unexpected(errc::bad_value)  // a tag is lower case
    );
}

}  // namespace
