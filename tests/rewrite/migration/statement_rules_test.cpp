#include "rewrite/migration/statement_rules.hpp"

#include <gtest/gtest.h>

namespace {

using namespace rewrite;

const coordinate here{1, "b.000001", 100};

// One statement before the rules.
class StatementRules : public testing::Test
{
protected:
    const table_name original{"d1", "t"};
    const table_name ghost{"d1", "_t_gho"};

    statement_fate judge(std::string_view text)
    {
        const protocol::query_view query{.database = "d1", .text = text};
        const protocol::event_view event{};
        const lexical_rules rules;
        const statement read = read_statement(text, "d1", rules, name_case::sensitive);
        const statement_event s{here, event, query, read, rules, protocol::checksum::none};
        return statement_rules(set, s, answer ? &*answer : nullptr, book).judge();
    }
    std::uint64_t folding()
    {
        const std::uint64_t id = book.judge(
                                         {.which = default_tool,
                                          .original = original,
                                          .ghost = ghost,
                                          .ruling = {.what = outcome::fold}},
                                         here
        )
                                     .id;
        book.hide(ghost, helper_role::ghost, id);
        return id;
    }
    void tell(operator_word word, std::string sql = {})
    {
        answer = decision{.kind = question_kind::stop, .at = here};
        answer->word = word;
        answer->sql = std::move(sql);
    }
    template <class Fate>
    static const Fate& as(const statement_fate& fate)
    {
        EXPECT_TRUE(std::holds_alternative<Fate>(fate)) << fate.index();
        return std::get<Fate>(fate);
    }

    settings set;
    std::optional<decision> answer;
    migration_book book;
};

TEST_F(StatementRules, KeepWhatNamesNoHiddenTable)
{
    folding();
    as<keep_statement>(judge("CREATE TABLE u (id int)"));
    as<keep_statement>(judge("GRANT SELECT ON d1.u TO x"));
    as<keep_statement>(judge("CREATE TEMPORARY TABLE v (id int)"));
}

TEST_F(StatementRules, StopAtAStatementThatNeedsAHiddenTable)
{
    const std::uint64_t id = folding();
    const statement_fate fate = judge("CREATE VIEW v AS SELECT * FROM `_t_gho`");
    const question& stop = as<question>(fate);
    EXPECT_EQ(stop.kind, question_kind::stop);
    EXPECT_EQ(stop.reason, stop_reason::hidden_named);
    EXPECT_EQ(stop.migration, id);
    EXPECT_EQ(stop.at, here);
}

TEST_F(StatementRules, DoAsAnOperatorSays)
{
    folding();
    const std::string_view text = "CREATE VIEW v AS SELECT * FROM `_t_gho`";
    tell(operator_word::empty);
    as<empty_statement>(judge(text));
    tell(operator_word::sql, "CREATE VIEW v AS SELECT 1");
    EXPECT_EQ(as<replace_text>(judge(text)).text, "CREATE VIEW v AS SELECT 1");
    tell(operator_word::pass);
    as<keep_statement>(judge(text));
    EXPECT_TRUE(book.hidden().empty()) << "from here on consumers must have it";
}

TEST_F(StatementRules, AskForTheVerdictWhereARunBegins)
{
    const statement_fate fate = judge("create /* gh-ost */ table `_t_gho` like `t`");
    const question& verdict = as<question>(fate);
    EXPECT_EQ(verdict.kind, question_kind::verdict);
    EXPECT_EQ(verdict.original, original);
    EXPECT_EQ(verdict.ghost, ghost);
}

TEST_F(StatementRules, HideAGhostWhoseVerdictIsFold)
{
    answer = decision{
        .at = here, .ruling = {.what = outcome::fold}, .original = original, .ghost = ghost
    };
    const statement_fate fate = judge("create /* gh-ost */ table `_t_gho` like `t`");
    EXPECT_EQ(as<empty_statement>(fate).hidden_for, 1U);
    ASSERT_NE(book.hidden().find(ghost), nullptr);
    EXPECT_EQ(book.by_id(1)->created, here);
}

TEST_F(StatementRules, RecordTheToolsAlterOfItsGhost)
{
    const std::uint64_t id = folding();
    as<empty_statement>(judge("alter /* gh-ost */ table `_t_gho` ADD COLUMN c int"));
    ASSERT_EQ(book.by_id(id)->alters.size(), 1U);
    as<empty_statement>(judge("alter /* gh-ost */ table `_t_gho` AUTO_INCREMENT=7"));
    EXPECT_TRUE(book.by_id(id)->is<folding_stage>());
    as<empty_statement>(judge("alter table `_t_gho` ADD COLUMN d int"));
    EXPECT_TRUE(book.by_id(id)->is<disturbed_stage>());
}

TEST_F(StatementRules, PutTheRecordedAlterInThePlaceOfTheCutOver)
{
    const std::uint64_t id = folding();
    judge("alter /* gh-ost */ table `_t_gho` ADD COLUMN c int");
    const statement_fate fate = judge("rename /* gh-ost */ table `t` to `_t_del`, `_t_gho` to `t`");
    EXPECT_NE(as<stand_in>(fate).text.find("ADD COLUMN c int"), std::string::npos);
    EXPECT_TRUE(book.by_id(id)->is<cut_over_stage>());
    EXPECT_EQ(book.hidden().find(table_name{"d1", "_t_del"})->role, helper_role::old);
}

TEST_F(StatementRules, AskAndDoNothingAtTheCutOverOfADisturbedMigration)
{
    const std::uint64_t id = folding();
    as<keep_statement>(judge("ALTER TABLE t ADD COLUMN z int"));
    ASSERT_TRUE(book.by_id(id)->is<disturbed_stage>());
    const statement_fate fate = judge("RENAME TABLE t TO `_t_del`, `_t_gho` TO t");
    EXPECT_EQ(as<question>(fate).reason, stop_reason::disturbed_cut_over);
    EXPECT_TRUE(book.by_id(id)->is<disturbed_stage>());
}

TEST_F(StatementRules, AskWhetherTheSecondRenameFollows)
{
    const std::uint64_t id = folding();
    const std::string_view text = "alter /* gh-ost */ table `t` rename to `_t_del`";
    EXPECT_EQ(as<question>(judge(text)).kind, question_kind::second_half);
    answer = decision{.kind = question_kind::second_half, .at = here, .found = true};
    as<empty_statement>(judge(text));
    ASSERT_TRUE(book.by_id(id)->is<half_cut_over_stage>());
    EXPECT_NE(book.hidden().find(table_name{"d1", "_t_del"}), nullptr);
}

TEST_F(StatementRules, CutHiddenTablesOutOfALongerList)
{
    folding();
    EXPECT_EQ(as<replace_text>(judge("DROP TABLE u, `_t_gho`, v")).text, "DROP TABLE u,v");
    EXPECT_TRUE(book.hidden().empty());
    folding();
    EXPECT_EQ(as<replace_text>(judge("ANALYZE TABLE u, `_t_gho`")).text, "ANALYZE TABLE u");
    as<empty_statement>(judge("ANALYZE TABLE `_t_gho`"));
}

TEST_F(StatementRules, DropAHiddenTableOnlyWhereAConsumerHasIt)
{
    folding();
    EXPECT_EQ(
        as<write_text>(judge("DROP TABLE `_t_gho`")).text,
        "DROP TABLE IF EXISTS `d1`.`_t_gho` /* generated by server */"
    );
}

}  // namespace
