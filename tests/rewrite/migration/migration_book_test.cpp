#include "rewrite/migration/migration_book.hpp"

#include <gtest/gtest.h>

namespace {

using namespace rewrite;

const table_name original{"d", "t"};
const table_name ghost{"d", "_t_x"};
const table_name old{"d", "_t_old"};

coordinate at(std::uint64_t position)
{
    return {1, "b.000001", position};
}

class MigrationBook : public testing::Test
{
protected:
    std::uint64_t folding(const table_name& of = original, const table_name& as = ghost)
    {
        const std::uint64_t id =
            book.judge({.original = of, .ghost = as, .ruling = {.what = outcome::fold}}, at(4)).id;
        book.hide(as, helper_role::ghost, id);
        return id;
    }
    std::uint64_t passing()
    {
        return book.judge({.original = original, .ghost = ghost, .ruling = {}}, at(4)).id;
    }
    migration_state state(std::uint64_t id) const { return state_of(*book.by_id(id)); }
    outputs news()
    {
        outputs out;
        book.take_news(out);
        return out;
    }
    bool maps(const table_name& table)
    {
        return book.note_table_map({table.schema, table.table}, protocol::byte_view());
    }

    migration_book book;
};

TEST_F(MigrationBook, NumbersMigrationsAndFindsThem)
{
    const std::uint64_t first = folding();
    const std::uint64_t second = folding({"d", "u"}, {"d", "_u_x"});
    EXPECT_EQ(second, first + 1);
    EXPECT_EQ(book.of_ghost(ghost)->id, first);
    EXPECT_EQ(book.of_original({"d", "u"})->id, second);
    EXPECT_EQ(book.by_id(second)->id, second);
    EXPECT_EQ(book.by_id(99), nullptr);
}

TEST_F(MigrationBook, SaysAVerdictOnce)
{
    folding();
    const outputs out = news();
    ASSERT_EQ(out.remarks.size(), 1U);
    EXPECT_EQ(out.remarks[0].kind, remark_kind::folding);
    ASSERT_EQ(out.changed.size(), 1U);
    EXPECT_EQ(out.changed[0].state, migration_state::folding);
    EXPECT_FALSE(book.has_news());
}

TEST_F(MigrationBook, APassingMigrationHasNoOriginalToFold)
{
    const std::uint64_t id = passing();
    EXPECT_EQ(book.of_original(original), nullptr);
    EXPECT_EQ(book.of_ghost(ghost)->id, id);
    book.disturb(id, at(5), "somebody");
    EXPECT_EQ(state(id), migration_state::passing);
}

TEST_F(MigrationBook, KeepsTheNewestCandidates)
{
    for (std::size_t i = 0; i <= max_candidates; ++i)
        book.nominate({.name = {"d", std::to_string(i)}, .created = {}, .alters = {}});
    EXPECT_EQ(book.candidate_of({"d", "0"}), nullptr);
    EXPECT_NE(book.candidate_of({"d", "1"}), nullptr);
    book.forget(table_name{"d", "1"});
    EXPECT_EQ(book.candidate_of({"d", "1"}), nullptr);
}

TEST_F(MigrationBook, ACopyIsOfItsOwn)
{
    book.nominate({.name = {"d", "n"}, .created = {}, .alters = {}});
    migration_book draft = book;
    draft.add_candidate_alter({"d", "n"}, {.text = "ALTER"});
    draft.judge({.original = original, .ghost = ghost, .ruling = {}}, at(4));
    EXPECT_TRUE(book.candidate_of({"d", "n"})->alters.empty());
    EXPECT_EQ(draft.candidate_of({"d", "n"})->alters.size(), 1U);
    EXPECT_TRUE(book.live().empty());
    EXPECT_FALSE(book.has_news());
}

TEST_F(MigrationBook, AFreedGhostEndsItsMigration)
{
    const std::uint64_t id = folding();
    book.free(ghost, at(5));
    EXPECT_TRUE(book.hidden().empty());
    EXPECT_EQ(state(id), migration_state::ended);
    EXPECT_EQ(news().remarks.back().kind, remark_kind::ended);
}

TEST_F(MigrationBook, SaysThatTheLogFreedAName)
{
    const std::uint64_t id = folding();
    book.hide({"d", "_t_h"}, helper_role::changelog, id);
    news();
    book.free_by_log({"d", "_t_h"}, at(5));
    EXPECT_EQ(news().remarks.at(0).kind, remark_kind::name_freed);
    EXPECT_EQ(state(id), migration_state::folding);
}

TEST_F(MigrationBook, IsDisturbedOnce)
{
    const std::uint64_t id = folding();
    news();
    book.disturb(id, at(5), "first");
    book.disturb(id, at(6), "second");
    EXPECT_EQ(book.by_id(id)->disturbed_by, "first at b.000001:5");
    EXPECT_EQ(news().remarks.size(), 1U);
}

TEST_F(MigrationBook, RowsAfterTheSentryAreLost)
{
    const std::uint64_t id = folding();
    EXPECT_TRUE(maps(original));
    EXPECT_FALSE(book.by_id(id)->lost_rows());
    book.sentry_dropped(id);
    EXPECT_FALSE(book.by_id(id)->lost_rows());
    EXPECT_TRUE(maps(original));
    EXPECT_TRUE(book.by_id(id)->lost_rows());
    book.sentry_made(id);  // the tool tries again
    EXPECT_FALSE(book.by_id(id)->lost_rows());
}

TEST_F(MigrationBook, RowsOfAServedOldTableAreLost)
{
    const std::uint64_t id = folding();
    book.rename_original_away(id, {.to = old, .served = true}, at(5));
    EXPECT_EQ(book.hidden().find(old), nullptr);
    maps(old);
    EXPECT_TRUE(book.by_id(id)->lost_rows());
}

TEST_F(MigrationBook, AnOldTableThatIsNotServedIsHidden)
{
    const std::uint64_t id = folding();
    book.rename_original_away(id, {.to = old, .served = false}, at(5));
    ASSERT_NE(book.hidden().find(old), nullptr);
    EXPECT_EQ(book.hidden().find(old)->migration, id);
    EXPECT_EQ(state(id), migration_state::folding);
    book.disturb(id, at(6), "somebody");
    EXPECT_EQ(book.by_id(id)->away()->to, old) << "where it went is known whatever happens";
}

TEST_F(MigrationBook, ACutOverHidesTheOldTableAndDisturbsOtherRuns)
{
    const std::uint64_t id = folding();
    const std::uint64_t other = folding(original, {"d", "_t_y"});
    book.cut_over(id, old, at(7), std::nullopt, "ALTER TABLE t");
    EXPECT_EQ(state(id), migration_state::cut_over);
    EXPECT_EQ(book.hidden().find(ghost), nullptr);
    EXPECT_EQ(book.hidden().find(old)->role, helper_role::old);
    EXPECT_EQ(state(other), migration_state::disturbed);
    EXPECT_EQ(book.of_ghost(ghost), nullptr);
}

TEST_F(MigrationBook, ListsTheGhostWithTheFirstHelperOnly)
{
    const std::uint64_t id = folding();
    EXPECT_FALSE(book.take_listed_ghost(id));
    book.cut_over(id, old, at(7), std::nullopt, "ALTER TABLE t");
    EXPECT_TRUE(book.take_listed_ghost(id));
    EXPECT_FALSE(book.take_listed_ghost(id));
}

TEST_F(MigrationBook, DoesNotListAGhostWhoseNameWasTaken)
{
    const std::uint64_t id = folding();
    book.cut_over(id, old, at(7), std::nullopt, "ALTER TABLE t");
    book.take_name(ghost, at(8));
    EXPECT_FALSE(book.take_listed_ghost(id));
}

TEST_F(MigrationBook, AStrayedGhostEndsItUntilItIsRenamedBack)
{
    const std::uint64_t id = folding();
    const table_name stray{"d", "mine"};
    const hidden_object moved = book.move_hidden(ghost, stray, at(5), false);
    book.hide(stray, moved.role, moved.migration);
    EXPECT_EQ(moved.role, helper_role::strayed);
    EXPECT_EQ(state(id), migration_state::ended);
    book.retire();
    EXPECT_NE(book.by_id(id), nullptr) << "it still hides a table";

    const hidden_object back = book.move_hidden(stray, ghost, at(6), false);
    book.hide(ghost, back.role, back.migration);
    EXPECT_EQ(back.role, helper_role::ghost);
    EXPECT_EQ(state(id), migration_state::disturbed);
    EXPECT_EQ(book.of_ghost(ghost)->id, id);
}

TEST_F(MigrationBook, IsCutOverOnlyByTheOriginalsName)
{
    const std::uint64_t swapped = passing();
    book.end_by_rename(swapped, original, at(7));
    EXPECT_EQ(state(swapped), migration_state::cut_over);
    EXPECT_EQ(book.by_id(swapped)->cut_over_at, at(7));

    const std::uint64_t kept = passing();
    book.end_by_rename(kept, {"d", "mine"}, at(8));
    EXPECT_EQ(state(kept), migration_state::ended);
    EXPECT_EQ(book.by_id(kept)->cut_over_at, coordinate{});
}

TEST_F(MigrationBook, RetiresWhatIsOverAndHidesNothing)
{
    const std::uint64_t id = folding();
    book.cut_over(id, old, at(7), std::nullopt, "ALTER TABLE t");
    book.retire();
    EXPECT_NE(book.by_id(id), nullptr);
    book.free(old, at(8));
    book.retire();
    EXPECT_EQ(book.by_id(id), nullptr);
    ASSERT_EQ(book.summaries().size(), 1U);
    EXPECT_EQ(book.summaries()[0].state, migration_state::cut_over);
    EXPECT_EQ(news().changed.back().id, id) << "what is told is the last state";
}

TEST_F(MigrationBook, TellsWhenByTheClockOfTheEvents)
{
    book.set_time(100);
    const std::uint64_t id = folding();
    book.set_time(0);  // an artificial event
    EXPECT_EQ(book.by_id(id)->times, (migration_times{.began = 100, .judged = 100}));
    book.set_time(200);
    book.cut_over(id, old, at(7), expected_shape{}, "ALTER TABLE t");
    book.retire();
    EXPECT_EQ(
        book.by_id(id)->times, (migration_times{.began = 100, .judged = 100, .cut_over = 200})
    );
    news();
    book.set_time(300);
    book.free(old, at(8));
    book.retire();
    ASSERT_NE(book.by_id(id), nullptr) << "the original's shape is still to be seen";
    const outputs said = news();
    ASSERT_EQ(said.changed.size(), 1U);
    EXPECT_EQ(said.changed[0].times.ended, 300U);
    EXPECT_EQ(said.changed[0].served_text, "ALTER TABLE t");
    book.set_time(400);
    book.forget_expected(id);
    book.retire();
    EXPECT_EQ(book.summaries().back().times.ended, 300U) << "once";
}

TEST_F(MigrationBook, TellsWhatIsHiddenAfterTheEndToo)
{
    const std::uint64_t id = folding();
    news();
    book.count_hidden(id, {.transactions = 1, .events = 2, .bytes = 3});
    EXPECT_FALSE(book.has_news()) << "a copy hides much";
    book.cut_over(id, old, at(7), std::nullopt, {});
    news();
    book.count_hidden(id, {.transactions = 1, .events = 2, .bytes = 3});
    const outputs said = news();
    ASSERT_EQ(said.changed.size(), 1U);
    EXPECT_EQ(said.changed[0].hidden_events, 4U);
}

TEST_F(MigrationBook, BeganWhenItsTableWasMade)
{
    book.set_time(200);
    const std::uint64_t id =
        book.judge({.original = original, .ghost = ghost, .ruling = {}, .began = 150}, at(4)).id;
    EXPECT_EQ(book.by_id(id)->times, (migration_times{.began = 150, .judged = 200}));
    book.set_time(250);
    book.end(id, at(5), "dropped");
    EXPECT_EQ(book.by_id(id)->times.ended, 250U);
    book.set_time(260);
    book.retire();
    EXPECT_EQ(book.summaries().back().times.ended, 250U);
}

TEST_F(MigrationBook, KeepsAnEndedOneWhoseTriggersAreStillToBeDropped)
{
    const std::uint64_t id = folding();
    book.add_trigger(id, {"d", "trigger"});
    book.free(ghost, at(5));
    book.retire();
    EXPECT_NE(book.by_id(id), nullptr);
    book.lose_trigger(id, {"d", "trigger"});
    book.retire();
    EXPECT_EQ(book.by_id(id), nullptr);
}

TEST_F(MigrationBook, KeepsSummariesOfTheLastOnes)
{
    for (std::size_t i = 0; i < max_ended + 2; ++i) {
        book.end(passing());
        book.retire();
    }
    ASSERT_EQ(book.summaries().size(), max_ended);
    EXPECT_EQ(book.summaries().front().id, 3U);
}

TEST_F(MigrationBook, ADroppedSchemaTakesAllOfItsOwn)
{
    const std::uint64_t id = folding();
    book.nominate({.name = {"d", "n"}, .created = {}, .alters = {}});
    book.drop_schema("d", at(9));
    EXPECT_TRUE(book.hidden().empty());
    EXPECT_EQ(state(id), migration_state::ended);
    EXPECT_EQ(book.candidate_of({"d", "n"}), nullptr);
    book.retire();
    EXPECT_FALSE(book.watching());
}

TEST_F(MigrationBook, ChecksTheOriginalOnceAfterTheCutOver)
{
    const std::uint64_t id = folding();
    book.cut_over(id, old, at(7), expected_shape{{{.name = "a", .type = std::uint8_t{3}}}}, {});
    const table_name_view name{original.schema, original.table};
    const protocol::byte_buffer types{3, 15};
    protocol::table_map_view map;
    map.column_types = types;
    const auto misfit = book.misfit_of(name, map);
    ASSERT_TRUE(misfit);
    EXPECT_EQ(misfit->migration, id);
    book.forget_expected(name);
    EXPECT_FALSE(book.misfit_of(name, map));
}

TEST_F(MigrationBook, GoesOnFromItsContents)
{
    migration_book::contents saved;
    saved.next_id = 7;
    saved.candidates = {{.name = {"d", "n"}, .created = {}, .alters = {}}};
    book = migration_book(std::move(saved));
    EXPECT_NE(book.candidate_of({"d", "n"}), nullptr);
    EXPECT_EQ(folding(), 7U);
}

}  // namespace
