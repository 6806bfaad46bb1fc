#include "rewrite/migration/saved_book.hpp"
#include "tests/support/all_tools.hpp"

#include <gtest/gtest.h>

namespace {

using namespace rewrite;

migration full(migration_stage stage)
{
    migration m;
    m.id = 3;
    m.which = tests::all_tools().back()->which;
    m.stage = std::move(stage);
    m.original = {"d", "t"};
    m.ghost = {"d", "_t_new"};
    m.ruling = {.what = outcome::fold, .reason = "ADD", .price = cost::rebuild, .unproven = true};
    m.ruling.counts = true;
    m.rows = {.copied = 5, .changed = -6, .uncounted = "a reason"};
    m.counted = row_count{.rows = 7, .changed_before = -8, .uncounted = "another"};
    m.ruling.rests_on = {.lenient = true, .counted = true, .renamed = true};
    m.ghost_create = "CREATE TABLE `_t_new`";
    m.known = facts{.table = {"d", "t"}, .create_table = "CREATE", .row_format = "Compact"};
    m.created = {1, "b.000001", 4};
    m.judged = {1, "b.000001", 5};
    m.cut_over_at = {1, "b.000002", 6};
    m.alters = {{.at = {1, "b.000001", 9}, .text = "ALTER", .database = "d", .status = {1, 2}}};
    m.triggers = {{"d", "a_trigger"}};
    m.lost_trigger = "another_trigger";
    m.threads = {4, 5};
    m.announced = {6};
    m.riders = {{.name = {"d", "r"}, .on = {"d", "_t_new"}, .writes = {"d", "_t_old"}}};
    m.prepared = {"X'61',X'',1"};
    m.damaged_by = "an ENUM";
    m.disturbed_by = "a person";
    m.original_types = {3, 15};
    m.hidden_transactions = 1;
    m.hidden_events = 2;
    m.times = {.began = 10, .judged = 20, .cut_over = 30, .ended = 0xffff'ffff};
    m.served_text = "ALTER TABLE `d`.`t` ADD COLUMN c int";
    m.hidden_bytes = 3;
    return m;
}

const original_away away{.to = {"d", "_t_del"}, .served = true};

std::vector<migration> one_a_stage()
{
    const expected_shape shape{{{.name = "a", .type = std::uint8_t{3}}, {.name = "b", .type = {}}}};
    std::vector<migration> all;
    for (const migration_stage& stage : std::initializer_list<migration_stage>{
             passing_stage{},
             folding_stage{original_lock::sentry_dropped},
             half_cut_over_stage{away, original_lock::rows_lost},
             disturbed_stage{away},
             strayed_stage{},
             cut_over_stage{.list_ghost = true, .expected = shape},
             ended_stage{},
         })
        all.push_back(full(stage));
    return all;
}

migration_book full_book()
{
    migration_book::contents all;
    all.next_id = 9;
    all.hidden.hide({"d", "_t_new"}, {.role = helper_role::ghost, .migration = 3});
    all.candidates = {
        {.name = {"d", "n"}, .created = {.text = "CREATE"}, .alters = {{.text = "ALTER"}}}
    };
    all.live = one_a_stage();
    all.temporary.add({{.server_id = 7, .thread_id = 70'000}, {"d", "_t_new"}});
    return migration_book(std::move(all));
}

protocol::byte_buffer bytes_of(const migration_book& book)
{
    protocol::byte_buffer bytes;
    protocol::writer to(bytes);
    append_book(to, book);
    return bytes;
}

TEST(SavedBook, IsReadAsItWasWrittenInEveryStage)
{
    const migration_book book = full_book();
    const protocol::byte_buffer bytes = bytes_of(book);
    protocol::reader from(bytes);
    const migration_book read = read_book(from);
    ASSERT_TRUE(from.ok());
    EXPECT_EQ(from.remaining(), 0U);
    EXPECT_EQ(bytes_of(read), bytes);
    EXPECT_EQ(read.next_id(), 9U);
    ASSERT_EQ(read.live().size(), book.live().size());
    for (std::size_t i = 0; i < read.live().size(); ++i) {
        const migration& m = book.live()[i];
        const migration& same = read.live()[i];
        EXPECT_EQ(same.stage.index(), m.stage.index());
        EXPECT_EQ(same.away() != nullptr, m.away() != nullptr);
        EXPECT_EQ(same.lost_rows(), m.lost_rows());
        EXPECT_EQ(same.expected() != nullptr, m.expected() != nullptr);
        EXPECT_EQ(same.alters.size(), m.alters.size());
        EXPECT_EQ(same.ruling.rests_on, m.ruling.rests_on);
        EXPECT_EQ(same.ghost_create, m.ghost_create);
        EXPECT_EQ(same.lost_trigger, m.lost_trigger);
        EXPECT_EQ(same.prepared, m.prepared);
        EXPECT_EQ(same.damaged_by, m.damaged_by);
        EXPECT_EQ(same.threads, m.threads);
        EXPECT_EQ(same.announced, m.announced);
        ASSERT_EQ(same.riders.size(), 1U);
        EXPECT_EQ(same.riders[0].on, m.riders[0].on);
        EXPECT_EQ(same.riders[0].writes, m.riders[0].writes);
        EXPECT_EQ(same.hidden_bytes, m.hidden_bytes);
    }
    ASSERT_NE(read.candidate_of({"d", "n"}), nullptr);
    EXPECT_EQ(read.candidate_of({"d", "n"})->alters.size(), 1U);
    EXPECT_NE(read.hidden().find(table_name{"d", "_t_new"}), nullptr);
    EXPECT_EQ(read.temporary().all(), book.temporary().all());
    EXPECT_FALSE(read.temporary().empty());
}

TEST(SavedBook, IsNotReadFromFewerBytes)
{
    const protocol::byte_buffer bytes = bytes_of(full_book());
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        protocol::reader from(protocol::byte_view(bytes).first(size));
        read_book(from);
        EXPECT_FALSE(from.ok()) << size;
    }
}

TEST(SavedBook, RefusesAMigrationOfAToolThatIsNotThere)
{
    migration_book::contents all;
    all.live.emplace_back().which = static_cast<tool>(200);
    const protocol::byte_buffer bytes = bytes_of(migration_book(std::move(all)));
    protocol::reader from(bytes);
    read_book(from);
    EXPECT_FALSE(from.ok());
}

}  // namespace
