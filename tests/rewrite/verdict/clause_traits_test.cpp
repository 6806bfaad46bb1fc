#include "rewrite/sql/column_text.hpp"
#include "rewrite/verdict/clause_traits.hpp"
#include "rewrite/verdict/clause_verdict.hpp"

#include <gtest/gtest.h>
#include <set>

namespace rewrite {
namespace {

constexpr auto last_kind = static_cast<std::size_t>(clause_kind::unknown);

TEST(ClauseTraits, HaveARowForEachKindWithItsOwnWords)
{
    std::set<std::string_view> words;
    for (std::size_t i = 0; i <= last_kind; ++i) {
        const auto kind = static_cast<clause_kind>(i);
        EXPECT_EQ(traits_of(kind).kind, kind) << i;
        EXPECT_TRUE(words.insert(traits_of(kind).words).second) << traits_of(kind).words;
    }
    EXPECT_EQ(traits_of(clause_kind{255}).kind, clause_kind::unknown);
}

TEST(ClauseTraits, SayWhyAClauseIsUnprovenAndWhatAProvenOneCosts)
{
    for (std::size_t i = 0; i <= last_kind; ++i) {
        const clause_traits& row = traits_of(static_cast<clause_kind>(i));
        EXPECT_EQ(row.objection.empty(), row.what != clause_class::unproven) << row.words;
        EXPECT_EQ(row.price != cost::nothing, row.what == clause_class::same) << row.words;
    }
}

TEST(ClauseTraits, TellClausesThatOnlySayHow)
{
    for (const clause_kind kind :
         {clause_kind::algorithm,
          clause_kind::lock,
          clause_kind::validation,
          clause_kind::wait,
          clause_kind::order_by,
          clause_kind::enable_keys,
          clause_kind::disable_keys})
        EXPECT_TRUE(says_only_how(kind)) << traits_of(kind).words;
    EXPECT_FALSE(says_only_how(clause_kind::add_column));
    EXPECT_FALSE(says_only_how(clause_kind::unknown));
}

TEST(ClauseTraits, TellClausesThatWouldTakeRowsAwayFromTheOriginal)
{
    for (const clause_kind kind :
         {clause_kind::drop_partition,
          clause_kind::truncate_partition,
          clause_kind::exchange_partition,
          clause_kind::discard_partition,
          clause_kind::import_partition,
          clause_kind::convert_partition,
          clause_kind::discard_tablespace,
          clause_kind::import_tablespace,
          clause_kind::rename_to})
        EXPECT_TRUE(destroys_rows(kind)) << traits_of(kind).words;
    EXPECT_FALSE(destroys_rows(clause_kind::add_partition));
    EXPECT_FALSE(destroys_rows(clause_kind::algorithm));
}

TEST(ClauseTraits, HaveAJudgeForEachKindThatIsJudgedByWhatItSays)
{
    const table_definition table;
    const lexical_rules rules;
    for (std::size_t i = 0; i <= last_kind; ++i) {
        alter_clause clause;
        clause.kind = static_cast<clause_kind>(i);
        const finding result = judge_clause(clause, {table, {}, rules});
        const clause_traits& row = traits_of(clause.kind);
        if (row.what == clause_class::judged)
            EXPECT_NE(result.objection, traits_of(clause_kind::unknown).objection) << row.words;
    }
}

}  // namespace
}  // namespace rewrite
