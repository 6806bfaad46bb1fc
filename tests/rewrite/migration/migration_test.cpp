#include "rewrite/migration/migration.hpp"

#include <gtest/gtest.h>

namespace {

using namespace rewrite;

migration full()
{
    migration m;
    m.id = 3;
    m.which = tool::pt_osc;
    m.state = migration_state::disturbed;
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
    m.sentry_dropped = m.lost_rows = m.away_served = m.list_ghost = m.strayed_ghost = true;
    m.away = {"d", "_t_del"};
    m.original_types = {3, 15};
    m.expected =
        expected_shape{{{.name = "a", .type = std::uint8_t{3}}, {.name = "b", .type = {}}}};
    m.hidden_transactions = 1;
    m.hidden_events = 2;
    m.hidden_bytes = 3;
    return m;
}

TEST(Migration, IsReadAsItWasWritten)
{
    protocol::byte_buffer bytes;
    protocol::writer to(bytes);
    append_migration(to, full());
    protocol::reader from(bytes);
    const migration read = read_migration(from);
    ASSERT_TRUE(from.ok());
    EXPECT_EQ(from.remaining(), 0U);
    protocol::byte_buffer again;
    protocol::writer to_again(again);
    append_migration(to_again, read);
    EXPECT_EQ(again, bytes);
    EXPECT_EQ(read.expected->columns.size(), 2U);
    EXPECT_TRUE(read.strayed_ghost && read.away_served);
}

TEST(Migration, IsNotReadFromFewerBytes)
{
    protocol::byte_buffer bytes;
    protocol::writer to(bytes);
    append_migration(to, full());
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        protocol::reader from(protocol::byte_view(bytes).first(size));
        read_migration(from);
        EXPECT_FALSE(from.ok()) << size;
    }
}

TEST(Migration, FoldsWhileItIsDisturbed)
{
    migration m;
    for (const auto state : {migration_state::folding, migration_state::disturbed}) {
        m.state = state;
        EXPECT_TRUE(m.folding());
    }
    for (const auto state :
         {migration_state::passing,
          migration_state::cut_over,
          migration_state::ended,
          migration_state::candidate}) {
        m.state = state;
        EXPECT_FALSE(m.folding());
    }
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
