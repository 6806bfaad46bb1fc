#include "rewrite/sql/alter_emit.hpp"

#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace rewrite {
namespace {

// "ALTER TABLE t " + text, read. What it points into lives as long as this.
struct emitted
{
    explicit emitted(std::string_view clauses, const lexical_rules& rules = {})
        : text("ALTER TABLE t " + std::string(clauses))
        , read(read_alter(text, read_statement(text, "d", rules, name_case::sensitive), rules))
    {}

    std::string emit(const std::vector<std::size_t>& drop, std::string_view prefix = {}) const
    {
        return emit_alter(read, {"d", "o"}, drop, prefix).value_or("NOTHING");
    }

    std::string text;
    alter_text read;
};

TEST(AlterEmit, EmitsTheTextWithTheTableExchanged)
{
    const std::string_view text = "alter /* gh-ost */ table `db`.`_t_gho` \n  ADD COLUMN c int "
                                  "default 5 /* note */,\n  ADD COLUMN e datetime -- x";
    const auto read = read_alter(text, read_statement(text, "d", {}, name_case::sensitive), {});
    EXPECT_EQ(
        emit_alter(read, {"db", "t"}, {}),
        "alter /* gh-ost */ table `db`.`t` \n  ADD COLUMN c int default 5 /* note */,\n  ADD "
        "COLUMN e datetime -- x"
    );
}

TEST(AlterEmit, CutsDroppedClausesWithTheirComma)
{
    const emitted a("ADD c int, ALGORITHM=INPLACE, LOCK=NONE, DROP d");
    EXPECT_EQ(a.emit({1, 2}), "ALTER TABLE `d`.`o` ADD c int, DROP d");
    EXPECT_EQ(a.emit({0}), "ALTER TABLE `d`.`o` ALGORITHM=INPLACE, LOCK=NONE, DROP d");
    EXPECT_EQ(a.emit({3}), "ALTER TABLE `d`.`o` ADD c int, ALGORITHM=INPLACE, LOCK=NONE");
    EXPECT_EQ(a.emit({0, 3}), "ALTER TABLE `d`.`o` ALGORITHM=INPLACE, LOCK=NONE");
    EXPECT_EQ(a.emit({0, 1, 3}), "ALTER TABLE `d`.`o` LOCK=NONE");
    EXPECT_EQ(a.emit({0, 1, 2, 3}), "");
    EXPECT_EQ(a.emit({}), "ALTER TABLE `d`.`o` ADD c int, ALGORITHM=INPLACE, LOCK=NONE, DROP d");
}

TEST(AlterEmit, CutsOneOptionOfAGroupWithoutAComma)
{
    const emitted a("ENGINE=InnoDB AUTO_INCREMENT=5 ROW_FORMAT=DYNAMIC, ADD c int");
    EXPECT_EQ(a.emit({1}), "ALTER TABLE `d`.`o` ENGINE=InnoDB ROW_FORMAT=DYNAMIC, ADD c int");
    EXPECT_EQ(a.emit({0, 1, 2}), "ALTER TABLE `d`.`o` ADD c int");
    EXPECT_EQ(emitted("AUTO_INCREMENT=5").emit({0}), "");
}

TEST(AlterEmit, CutsInsideVersionCommentsAndBeforeATrailingComment)
{
    EXPECT_EQ(
        emitted("/*!50600 ALGORITHM=INPLACE, LOCK=NONE, */ ADD c int").emit({0, 1}),
        "ALTER TABLE `d`.`o` /*!50600 */ ADD c int"
    );
    EXPECT_EQ(emitted("ADD c int,LOCK=NONE -- x").emit({1}), "ALTER TABLE `d`.`o` ADD c int -- x");
}

// A version comment that begins or ends in a clause's middle would lose one of its marks.
TEST(AlterEmit, CutsAVersionCommentWholeOrDoesNotReadTheText)
{
    const emitted whole("ADD c int /*!50606 STORAGE MEMORY */, ADD d int");
    EXPECT_TRUE(whole.read.readable);
    EXPECT_EQ(whole.emit({0}), "ALTER TABLE `d`.`o` ADD d int");
    EXPECT_EQ(whole.emit({1}), "ALTER TABLE `d`.`o` ADD c int /*!50606 STORAGE MEMORY */");
    EXPECT_TRUE(emitted("ADD c int /*!50606 STORAGE MEMORY */").read.readable);
    EXPECT_TRUE(emitted("/*!50606 ADD c int */, /*!80000 ADD d int */").read.readable);

    EXPECT_FALSE(emitted("/*!50606 RENAME e, ADD CHECK (a */ > 1)").read.readable);
    EXPECT_FALSE(emitted("ADD c int /*!50606 STORAGE MEMORY, ADD d int */").read.readable);
    EXPECT_FALSE(emitted("/*!50100 RENAME e, ADD CHECK (aO */**** *").read.readable);
}

TEST(AlterEmit, PutsNoCommaBeforeAPartitionClause)
{
    EXPECT_EQ(
        emitted("LOCK=NONE PARTITION BY KEY (a)").emit({0}),
        "ALTER TABLE `d`.`o` PARTITION BY KEY (a)"
    );
    EXPECT_EQ(
        emitted("ADD c int, LOCK=NONE REMOVE PARTITIONING").emit({1}),
        "ALTER TABLE `d`.`o` ADD c int REMOVE PARTITIONING"
    );
    EXPECT_EQ(
        emitted("REMOVE PARTITIONING").emit({}, "RENAME TO t"),
        "ALTER TABLE `d`.`o` RENAME TO t REMOVE PARTITIONING"
    );
    EXPECT_EQ(
        emitted("ALGORITHM=COPY, COALESCE PARTITION 2").emit({0}),
        "ALTER TABLE `d`.`o` COALESCE PARTITION 2"
    );
}

TEST(AlterEmit, PutsAPrefixInFront)
{
    EXPECT_EQ(
        emitted("ADD c int -- x").emit({}, "RENAME TO `d`.`t`"),
        "ALTER TABLE `d`.`o` RENAME TO `d`.`t`, ADD c int -- x"
    );
    EXPECT_EQ(
        emitted("/*!50100 ADD c int */").emit({}, "FORCE"),
        "ALTER TABLE `d`.`o` FORCE, /*!50100 ADD c int */"
    );
    EXPECT_EQ(emitted("LOCK=NONE").emit({0}, "FORCE"), "ALTER TABLE `d`.`o` FORCE");
    EXPECT_EQ(
        emitted("WAIT 5 ADD c int").emit({}, "FORCE"), "ALTER TABLE `d`.`o` WAIT 5 FORCE, ADD c int"
    );
    EXPECT_EQ(
        emitted("WAIT 5 ADD c int").emit({0}, "FORCE"), "ALTER TABLE `d`.`o` FORCE, ADD c int"
    );
}

TEST(AlterEmit, WritesTheTargetInTheTextsCharsetOrNotAtAll)
{
    const emitted latin1("ADD c int", {.charset = 8});
    EXPECT_EQ(emit_alter(latin1.read, {"d", "ä"}, {}), "ALTER TABLE `d`.`\xe4` ADD c int");
    EXPECT_EQ(emit_alter(latin1.read, {"d", "表"}, {}), std::nullopt);
    const emitted gbk("ADD c int", {.charset = 28});
    EXPECT_EQ(emit_alter(gbk.read, {"d", "ä"}, {}), std::nullopt);
    EXPECT_EQ(emit_alter(gbk.read, {"d", "o"}, {}), "ALTER TABLE `d`.`o` ADD c int");
}

TEST(AlterEmit, WritesEveryBeginningOfATextWithoutItsFirstClause)
{
    const emitted whole(
        "WAIT 5 ADD COLUMN (a int AFTER b, KEY (c(1) DESC)), ALTER CHECK d NOT ENFORCED, /*!50100 "
        "RENAME e, */ "
        "CONVERT TO CHARACTER SET f COLLATE g, DATA DIRECTORY='h' PARTITION BY KEY (i)"
    );
    for (std::size_t size = 0; size <= whole.text.size(); ++size) {
        const std::string text = whole.text.substr(0, size);
        const auto clauses =
            read_alter(text, read_statement(text, "d", {}, name_case::sensitive), {});
        if (!clauses.clauses.empty())
            EXPECT_TRUE(emit_alter(clauses, {"d", "o"}, {0})) << text;
    }
}

}  // namespace
}  // namespace rewrite
