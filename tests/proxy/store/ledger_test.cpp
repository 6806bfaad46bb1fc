#include "proxy/store/ledger.hpp"
#include "tests/support/temp_folder.hpp"

#include <fstream>
#include <gtest/gtest.h>
#include <sqlite3.h>

namespace proxy {
namespace {

rewrite::decision fold_at(const std::string& file, std::uint64_t position)
{
    rewrite::decision made;
    made.kind = rewrite::question_kind::verdict;
    made.at = {1, file, position};
    made.ruling.what = rewrite::outcome::fold;
    made.ruling.reason = "ADD COLUMN c";
    made.original = {"shop", "orders"};
    made.ghost = {"shop", "_orders_gho"};
    made.known.emplace();
    made.known->create_table = "CREATE TABLE `orders` (`id` int)";
    return made;
}

// What sqlite3 does with a ledger that nobody has open: the first value of its answer.
std::string with_sqlite(const std::filesystem::path& file, const std::string& sql)
{
    sqlite3* db = nullptr;
    EXPECT_EQ(sqlite3_open(file.c_str(), &db), SQLITE_OK);
    std::string value;
    const auto keep = [](void* to, int, char** values, char**) {
        *static_cast<std::string*>(to) = values[0];
        return 0;
    };
    EXPECT_EQ(sqlite3_exec(db, sql.c_str(), keep, &value, nullptr), SQLITE_OK) << sql;
    sqlite3_close(db);
    return value;
}

// Its decisions as release 0.1 wrote them: without the tagged record at the end, of four bytes
// where nothing is in it.
void make_old(const std::filesystem::path& file)
{
    with_sqlite(
        file,
        "pragma user_version = 1; update decisions set "
        "bytes = cast(x'01' || substr(bytes, 2, length(bytes) - 5) as blob)"
    );
}

std::string refusal_of(const std::filesystem::path& file)
{
    try {
        (void)ledger(file).decisions();
    } catch (const std::runtime_error& error) {
        return error.what();
    }
    return {};
}

TEST(Ledger, IsNotForOthersToRead)
{
    using std::filesystem::perms;
    const tests::temp_folder folder;
    const std::filesystem::path file = folder / "ledger";
    const auto others = [&](const char* beside) {
        return std::filesystem::status(file.string() + beside).permissions() & perms::others_all;
    };
    for (int start = 0; start < 2; ++start) {
        ledger kept(file);
        ASSERT_TRUE(kept.record(fold_at("bin.000001", 4)));
        for (const char* beside : {"", "-wal", "-shm"}) {
            ASSERT_TRUE(std::filesystem::exists(file.string() + beside)) << beside;
            EXPECT_EQ(others(beside), perms::none) << beside;
        }
        // As an earlier release made it.
        std::filesystem::permissions(file, perms{0644});
    }
    EXPECT_EQ(others(""), perms::others_read);
    const ledger opened(file);
    EXPECT_EQ(others(""), perms::none);
    EXPECT_NE(std::filesystem::status(file).permissions() & perms::group_read, perms::none);
}

TEST(Ledger, GivesBackADecisionOfAnEarlierRun)
{
    const tests::temp_folder folder;
    {
        ledger first(folder / "ledger");
        EXPECT_TRUE(first.record(fold_at("mysql-bin.000009", 400)));
    }
    const ledger second(folder / "ledger");
    const auto found = second.find({1, "mysql-bin.000009", 400}, rewrite::question_kind::verdict);
    ASSERT_TRUE(found && *found);
    EXPECT_EQ(to_bytes(**found), to_bytes(fold_at("mysql-bin.000009", 400)));
    EXPECT_FALSE(*second.find({1, "mysql-bin.000009", 400}, rewrite::question_kind::stop));
    EXPECT_FALSE(*second.find({1, "mysql-bin.000009", 401}, rewrite::question_kind::verdict));
    EXPECT_FALSE(*second.find({2, "mysql-bin.000009", 400}, rewrite::question_kind::verdict));
}

// In another server's log the same transaction has another coordinate.
TEST(Ledger, FindsADecisionByTheTransactionThatAsked)
{
    const tests::temp_folder folder;
    const protocol::gtid id{.source = {1, 2, 3}, .tag = {}, .number = 77};
    const rewrite::coordinate there{2, "other.000001", 4000};
    rewrite::question asked{.at = there, .in = {.transaction = id, .number = 2}};
    rewrite::decision made = fold_at("b.000001", 400);
    made.in = asked.in;
    {
        ledger all(folder / "ledger");
        EXPECT_TRUE(all.record(made));
        EXPECT_TRUE(all.record({
            .kind = rewrite::question_kind::count,
            .at = made.at,
            .counted = rewrite::row_count{.rows = 9, .uncounted = {}},
        }));
    }
    ledger all(folder / "ledger");
    rewrite::question count{.kind = rewrite::question_kind::count, .at = there};
    EXPECT_FALSE(*all.find_by_gtid(count)) << "nobody knows yet where its verdict was made";
    const auto found = all.find_by_gtid(asked);
    ASSERT_TRUE(found && *found);
    EXPECT_EQ((*found)->at, there);
    EXPECT_EQ((*found)->ruling.reason, made.ruling.reason);
    const auto counted = all.find_by_gtid(count);
    ASSERT_TRUE(counted && *counted);
    EXPECT_EQ((*counted)->counted->rows, 9U);
    EXPECT_EQ((*counted)->at, there);

    asked.in.number = 1;
    EXPECT_FALSE(*all.find_by_gtid(asked)) << "another question of that transaction";
    asked.in = {.transaction = {.source = {9}, .tag = {}, .number = 77}, .number = 2};
    EXPECT_FALSE(*all.find_by_gtid(asked)) << "another transaction";
    asked.in = {};
    EXPECT_FALSE(*all.find_by_gtid(asked)) << "one without a GTID";
}

TEST(Ledger, KnowsWhichServersWereFollowed)
{
    const tests::temp_folder folder;
    const auto gtids = [](const char* numbers) {
        return *protocol::parse_gtid_set(
            std::string("11111111-2222-3333-4444-555555555555:") + numbers
        );
    };
    recorded_epoch third{
        .log = {3, {7}, "c.000009"},
        .server_id = 4,
        .stored = gtids("1-9"),
        .known = gtids("1-10"),
        .lost = gtids("5"),
        .end = {3, "c.000010", 157},
        .before = {},
    };
    recorded_epoch second = third;
    second.log = {2, {8}, "b.000001"};
    second.end = {2, "b.000001", 900};
    second.before = {1, "a.000007", 500};
    {
        ledger all(folder / "ledger");
        EXPECT_TRUE(all.epochs().empty());
        EXPECT_TRUE(all.record(third));
        EXPECT_TRUE(all.record(second));
        second.server_id = 5;  // the one before never came to be
        EXPECT_TRUE(all.record(second));
    }
    const auto listed = ledger(folder / "ledger", ledger_access::read_only).epochs();
    ASSERT_EQ(listed.size(), 2U);
    EXPECT_EQ(listed[0].log, second.log);
    EXPECT_EQ(listed[0].server_id, 5U);
    EXPECT_EQ(listed[0].before, second.before);
    EXPECT_EQ(listed[0].end, second.end);
    EXPECT_EQ(listed[1].log, third.log);
    EXPECT_EQ(listed[1].stored, third.stored);
    EXPECT_EQ(listed[1].known, third.known);
    EXPECT_EQ(listed[1].lost, third.lost);
    EXPECT_TRUE(listed[1].before.file.empty());
}

TEST(Ledger, ListsDecisionsInLogOrderNotInTextOrder)
{
    const tests::temp_folder folder;
    ledger all(folder / "ledger");
    EXPECT_TRUE(all.record(fold_at("mysql-bin.1000000", 4)));
    EXPECT_TRUE(all.record(fold_at("mysql-bin.999999", 1000)));
    EXPECT_TRUE(all.record(fold_at("mysql-bin.999999", 200)));
    const auto listed = all.decisions();
    ASSERT_EQ(listed.size(), 3U);
    EXPECT_EQ(listed[0].at.position, 200U);
    EXPECT_EQ(listed[1].at.position, 1000U);
    EXPECT_EQ(listed[2].at.file, "mysql-bin.1000000");
}

TEST(Ledger, TakesTheSameDecisionAgainButNeverAnotherOne)
{
    const tests::temp_folder folder;
    ledger all(folder / "ledger");
    EXPECT_TRUE(all.record(fold_at("b.000001", 4)));
    EXPECT_TRUE(all.record(fold_at("b.000001", 4)));
    rewrite::decision other = fold_at("b.000001", 4);
    other.ruling.what = rewrite::outcome::pass;
    EXPECT_THROW((void)all.record(other), std::logic_error);
    EXPECT_EQ(all.decisions().size(), 1U);
}

TEST(Ledger, OfAnEarlierReleaseStaysItsOwnUntilADecisionIsAdded)
{
    const tests::temp_folder folder;
    const std::filesystem::path file = folder / "ledger";
    EXPECT_TRUE(ledger(file).record(fold_at("b.000001", 4)));
    make_old(file);
    EXPECT_TRUE(ledger(file).record(fold_at("b.000001", 4))) << "the same, written in another way";
    EXPECT_EQ(with_sqlite(file, "pragma user_version"), "1");
    EXPECT_TRUE(ledger(file).record(fold_at("b.000001", 99)));
    EXPECT_EQ(with_sqlite(file, "pragma user_version"), "3");
    EXPECT_EQ(ledger(file).decisions().size(), 2U);
}

TEST(Ledger, OfANewerReleaseIsForThatOne)
{
    const tests::temp_folder folder;
    const std::filesystem::path file = folder / "ledger";
    EXPECT_TRUE(ledger(file).record(fold_at("b.000001", 4)));
    with_sqlite(file, "update decisions set bytes = cast(x'7f' || substr(bytes, 2) as blob)");
    EXPECT_NE(refusal_of(file).find("a newer unghost"), std::string::npos) << refusal_of(file);
    EXPECT_EQ(refusal_of(file).find("move the whole"), std::string::npos) << "it is in order";
    with_sqlite(file, "pragma user_version = 99");
    EXPECT_NE(refusal_of(file).find("a newer unghost"), std::string::npos) << refusal_of(file);
}

TEST(Ledger, KeepsTheLastStateOfAMigration)
{
    const tests::temp_folder folder;
    ledger all(folder / "ledger");
    rewrite::migration_summary one;
    one.id = 1;
    one.which = rewrite::tool::pt_osc;
    one.original = {"shop", "orders"};
    one.ghost = {"shop", "_orders_new"};
    one.created = {1, "b.000001", 4};
    all.update(one);
    one.state = rewrite::migration_state::cut_over;
    one.ruling = {
        .what = rewrite::outcome::fold,
        .reason = "ADD c",
        .price = rewrite::cost::rebuild,
        .unproven = true,
    };
    one.cut_over_at = {1, "b.000002", 99};
    one.alter_text = "ADD COLUMN c INT";
    one.hidden_bytes = ~std::uint64_t{0};
    one.times = {.began = 10, .judged = 11, .cut_over = 500, .ended = 0xffff'ffff};
    one.served_text = "ALTER TABLE `shop`.`orders` ADD COLUMN c INT";
    all.update(one);
    rewrite::migration_summary two;
    two.id = 2;
    all.update(two);
    EXPECT_TRUE(all.write_notes());

    const ledger reader(folder / "ledger", ledger_access::read_only);
    const auto listed = reader.migrations();
    ASSERT_EQ(listed.size(), 2U);
    EXPECT_EQ(listed[0].id, 2U);
    EXPECT_EQ(listed[1].which, rewrite::tool::pt_osc);
    EXPECT_EQ(listed[1].original, one.original);
    EXPECT_EQ(listed[1].ghost, one.ghost);
    EXPECT_EQ(listed[1].state, rewrite::migration_state::cut_over);
    EXPECT_EQ(listed[1].ruling.reason, "ADD c");
    EXPECT_EQ(listed[1].ruling.price, rewrite::cost::rebuild);
    EXPECT_TRUE(listed[1].ruling.unproven);
    EXPECT_EQ(listed[1].created, one.created);
    EXPECT_EQ(listed[1].cut_over_at, one.cut_over_at);
    EXPECT_EQ(listed[1].alter_text, one.alter_text);
    EXPECT_EQ(listed[1].hidden_bytes, one.hidden_bytes);
    EXPECT_EQ(listed[1].times, one.times);
    EXPECT_EQ(listed[1].served_text, one.served_text);
    EXPECT_EQ(listed[0].times, rewrite::migration_times{});
}

TEST(Ledger, OfAReleaseThatNotedNoTimesIsReadAndGoesOn)
{
    const tests::temp_folder folder;
    const std::filesystem::path file = folder / "ledger";
    const auto add = [&file](std::uint64_t id, std::uint32_t began) {
        ledger all(file);
        rewrite::migration_summary one;
        one.id = id;
        one.times.began = began;
        all.update(one);
        EXPECT_TRUE(all.write_notes());
    };
    add(1, 10);
    with_sqlite(file, "drop table migration_times");
    EXPECT_EQ(ledger(file, ledger_access::read_only).migrations().at(0).times.began, 0U);
    add(2, 20);
    add(4, 40);
    with_sqlite(file, "insert into migration_times values (3, 30, 0, 0, 0, '')");
    const auto listed = ledger(file, ledger_access::read_only).migrations();
    ASSERT_EQ(listed.size(), 3U);
    EXPECT_EQ(listed[0].times.began, 40U);
    EXPECT_EQ(listed[1].times.began, 20U) << "each its own";
    EXPECT_EQ(listed[2].times.began, 0U);
}

TEST(Ledger, AcceptsRemarksAndStopsAgainWhenTheLogIsReplayed)
{
    const tests::temp_folder folder;
    ledger all(folder / "ledger");
    rewrite::remark said;
    said.kind = rewrite::remark_kind::folding;
    said.at = {1, "b.000001", 4};
    said.text = "folding";
    all.add_remark(said);
    all.add_remark(said);
    rewrite::question stopped;
    stopped.kind = rewrite::question_kind::stop;
    stopped.at = {1, "b.000001", 4};
    all.set_stop(stopped);
    all.set_stop(stopped);
    EXPECT_TRUE(all.write_notes());
    all.add_remark(said);
    all.set_stop(std::nullopt);
    EXPECT_TRUE(all.write_notes());
}

TEST(Ledger, SaysWhatToDoWithADamagedFile)
{
    const tests::temp_folder folder;
    std::ofstream(folder / "ledger") << "this is no database, and it is long enough to be read as "
                                        "one: 0123456789012345678901234567890123456789";
    try {
        const ledger damaged(folder / "ledger");
        FAIL() << "opened";
    } catch (const std::runtime_error& error) {
        EXPECT_NE(std::string(error.what()).find("restore it from a backup"), std::string::npos);
    }
    EXPECT_THROW(ledger(folder / "absent", ledger_access::read_only), std::runtime_error);
}

}  // namespace
}  // namespace proxy
