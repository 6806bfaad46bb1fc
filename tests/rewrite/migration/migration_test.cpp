#include "rewrite/migration/migration.hpp"

#include <gtest/gtest.h>

namespace {

using namespace rewrite;

migration full(migration_stage stage)
{
    migration m;
    m.id = 3;
    m.which = tool::pt_osc;
    m.stage = std::move(stage);
    m.original = {"d", "t"};
    m.ghost = {"d", "_t_new"};
    m.ruling = {.what = outcome::fold, .reason = "ADD", .price = cost::rebuild, .unproven = true};
    m.known = facts{.table = {"d", "t"}, .create_table = "CREATE"};
    m.created = {1, "b.000001", 4};
    m.judged = {1, "b.000001", 5};
    m.cut_over_at = {1, "b.000002", 6};
    m.alters = {{.at = {1, "b.000001", 9}, .text = "ALTER", .database = "d", .status = {1, 2}}};
    m.triggers = {{"d", "pt_osc_d_t_del"}};
    m.threads = {4, 5};
    m.disturbed_by = "a person";
    m.original_types = {3, 15};
    m.hidden_transactions = 1;
    m.hidden_events = 2;
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

protocol::byte_buffer bytes_of(const migration& m)
{
    protocol::byte_buffer bytes;
    protocol::writer to(bytes);
    append_migration(to, m);
    return bytes;
}

TEST(Migration, IsReadAsItWasWrittenInEveryStage)
{
    for (const migration& m : one_a_stage()) {
        const protocol::byte_buffer bytes = bytes_of(m);
        protocol::reader from(bytes);
        const migration read = read_migration(from);
        ASSERT_TRUE(from.ok());
        EXPECT_EQ(from.remaining(), 0U);
        EXPECT_EQ(bytes_of(read), bytes);
        EXPECT_EQ(read.stage.index(), m.stage.index());
        EXPECT_EQ(read.away() != nullptr, m.away() != nullptr);
        EXPECT_EQ(read.lost_rows(), m.lost_rows());
        EXPECT_EQ(read.expected() != nullptr, m.expected() != nullptr);
    }
}

TEST(Migration, IsNotReadFromFewerBytes)
{
    for (const migration& m : one_a_stage()) {
        const protocol::byte_buffer bytes = bytes_of(m);
        for (std::size_t size = 0; size < bytes.size(); ++size) {
            protocol::reader from(protocol::byte_view(bytes).first(size));
            read_migration(from);
            EXPECT_FALSE(from.ok()) << size;
        }
    }
}

TEST(Migration, FoldsUntilItsCutOverIsWhole)
{
    EXPECT_TRUE(full(folding_stage{}).folding());
    EXPECT_TRUE(full(half_cut_over_stage{}).folding());
    EXPECT_TRUE(full(disturbed_stage{}).folding());
    EXPECT_FALSE(full(passing_stage{}).folding());
    EXPECT_FALSE(full(strayed_stage{}).folding());
    EXPECT_FALSE(full(cut_over_stage{}).folding());
    EXPECT_FALSE(full(ended_stage{}).folding());
}

TEST(Migration, IsListedByTheNameOfItsStage)
{
    EXPECT_EQ(state_of(full(passing_stage{})), migration_state::passing);
    EXPECT_EQ(state_of(full(folding_stage{})), migration_state::folding);
    EXPECT_EQ(state_of(full(half_cut_over_stage{})), migration_state::folding);
    EXPECT_EQ(state_of(full(disturbed_stage{})), migration_state::disturbed);
    EXPECT_EQ(state_of(full(strayed_stage{})), migration_state::ended);
    EXPECT_EQ(state_of(full(cut_over_stage{})), migration_state::cut_over);
    EXPECT_EQ(state_of(full(ended_stage{})), migration_state::ended);
}

TEST(Candidate, IsReadAsItWasWritten)
{
    candidate c{.name = {"d", "n"}, .created = {.text = "CREATE"}, .alters = {{.text = "ALTER"}}};
    protocol::byte_buffer bytes;
    protocol::writer to(bytes);
    append_candidate(to, c);
    protocol::reader from(bytes);
    const candidate read = read_candidate(from);
    EXPECT_TRUE(from.ok() && from.remaining() == 0);
    EXPECT_EQ(read.alters.size(), 1U);
    EXPECT_EQ(read.created.text, "CREATE");
}

}  // namespace
