#include "rewrite/sql/alter_text.hpp"

#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace rewrite {
namespace {

// The clauses of "ALTER TABLE t " + text. What they point into lives as long as this.
struct alter
{
    explicit alter(std::string_view clauses, const lexical_rules& rules = {})
        : text("ALTER TABLE t " + std::string(clauses))
        , read(read_alter(text, read_statement(text, "d", rules, name_case::sensitive), rules))
    {}

    const alter_clause* operator->() const { return &read.clauses.at(0); }
    std::vector<clause_kind> kinds() const
    {
        std::vector<clause_kind> all;
        for (const alter_clause& clause : read.clauses)
            all.push_back(clause.kind);
        return all;
    }
    std::string text;
    alter_text read;
};

clause_kind kind_of(std::string_view clause)
{
    const alter a(clause);
    EXPECT_TRUE(a.read.readable) << clause;
    EXPECT_EQ(a.read.clauses.size(), 1U) << clause;
    EXPECT_EQ(a->text, clause);
    EXPECT_EQ(a.text.substr(a->offset, a->size), clause);
    return a->kind;
}

TEST(AlterText, KnowsEveryKindOfClause)
{
    using enum clause_kind;
    EXPECT_EQ(kind_of("ADD c int"), add_column);
    EXPECT_EQ(kind_of("ADD COLUMN (c int, d int)"), add_column);
    EXPECT_EQ(kind_of("drop c"), drop_column);
    EXPECT_EQ(kind_of("MODIFY c int"), modify_column);
    EXPECT_EQ(kind_of("CHANGE COLUMN c d int"), change_column);
    EXPECT_EQ(kind_of("RENAME COLUMN c TO d"), rename_column);
    EXPECT_EQ(kind_of("ALTER c SET DEFAULT 5"), set_default);
    EXPECT_EQ(kind_of("ALTER COLUMN c DROP DEFAULT"), drop_default);
    EXPECT_EQ(kind_of("ALTER c SET INVISIBLE"), set_column_visibility);
    EXPECT_EQ(kind_of("ADD INDEX i (c)"), add_index);
    EXPECT_EQ(kind_of("DROP INDEX i"), drop_index);
    EXPECT_EQ(kind_of("DROP KEY `PRIMARY`"), drop_index);
    EXPECT_EQ(kind_of("DROP PRIMARY KEY"), drop_primary_key);
    EXPECT_EQ(kind_of("DROP FOREIGN KEY f"), drop_foreign_key);
    EXPECT_EQ(kind_of("DROP CHECK c"), drop_check);
    EXPECT_EQ(kind_of("DROP CONSTRAINT c"), drop_constraint);
    EXPECT_EQ(kind_of("RENAME INDEX i TO j"), rename_index);
    EXPECT_EQ(kind_of("ALTER INDEX i INVISIBLE"), set_index_visibility);
    EXPECT_EQ(kind_of("ALTER CHECK c NOT ENFORCED"), set_enforced);
    EXPECT_EQ(kind_of("CONVERT TO CHARACTER SET utf8mb4"), convert_to);
    EXPECT_EQ(kind_of("FORCE"), clause_kind::force);
    EXPECT_EQ(kind_of("ALGORITHM=INPLACE"), algorithm);
    EXPECT_EQ(kind_of("LOCK NONE"), lock);
    EXPECT_EQ(kind_of("WITHOUT VALIDATION"), validation);
    EXPECT_EQ(kind_of("WAIT 5"), clause_kind::wait);
    EXPECT_EQ(kind_of("NOWAIT"), clause_kind::wait);
    EXPECT_EQ(kind_of("ORDER BY a, b DESC"), order_by);
    EXPECT_EQ(kind_of("ENABLE KEYS"), enable_keys);
    EXPECT_EQ(kind_of("DISABLE KEYS"), disable_keys);
    EXPECT_EQ(kind_of("RENAME TO e.x"), rename_to);
    EXPECT_EQ(kind_of("RENAME x"), rename_to);
    EXPECT_EQ(kind_of("DISCARD TABLESPACE"), discard_tablespace);
    EXPECT_EQ(kind_of("IMPORT TABLESPACE"), import_tablespace);
    EXPECT_EQ(kind_of("SECONDARY_LOAD"), secondary_load);
}

TEST(AlterText, KnowsEveryPartitionClause)
{
    using enum clause_kind;
    EXPECT_EQ(kind_of("PARTITION BY HASH (a) PARTITIONS 4"), partition_by);
    EXPECT_EQ(kind_of("REMOVE PARTITIONING"), remove_partitioning);
    EXPECT_EQ(
        kind_of("ADD PARTITION (PARTITION p VALUES LESS THAN (3), PARTITION q VALUES LESS THAN (4))"
        ),
        add_partition
    );
    EXPECT_EQ(kind_of("DROP PARTITION p, q"), drop_partition);
    EXPECT_EQ(kind_of("COALESCE PARTITION 2"), coalesce_partition);
    EXPECT_EQ(
        kind_of("REORGANIZE PARTITION p, q INTO (PARTITION r VALUES IN (1))"), reorganize_partition
    );
    EXPECT_EQ(kind_of("REBUILD PARTITION ALL"), rebuild_partition);
    EXPECT_EQ(kind_of("OPTIMIZE PARTITION p"), optimize_partition);
    EXPECT_EQ(kind_of("ANALYZE PARTITION p"), analyze_partition);
    EXPECT_EQ(kind_of("CHECK PARTITION p"), check_partition);
    EXPECT_EQ(kind_of("REPAIR PARTITION p"), repair_partition);
    EXPECT_EQ(kind_of("TRUNCATE PARTITION p"), truncate_partition);
    EXPECT_EQ(kind_of("EXCHANGE PARTITION p WITH TABLE x WITHOUT VALIDATION"), exchange_partition);
    EXPECT_EQ(kind_of("DISCARD PARTITION p TABLESPACE"), discard_partition);
    EXPECT_EQ(kind_of("IMPORT PARTITION p TABLESPACE"), import_partition);
    EXPECT_EQ(kind_of("CONVERT TABLE x TO PARTITION p VALUES LESS THAN (4)"), convert_partition);
}

TEST(AlterText, CallsWhatItDoesNotKnowUnknown)
{
    using enum clause_kind;
    EXPECT_EQ(kind_of("ADD SYSTEM VERSIONING"), unknown);
    EXPECT_EQ(kind_of("DROP SYSTEM VERSIONING"), unknown);
    EXPECT_EQ(kind_of("ADD PERIOD FOR SYSTEM_TIME (a, b)"), unknown);
    EXPECT_EQ(kind_of("FROBNICATE (a, b) 5"), unknown);
    EXPECT_EQ(kind_of("UPGRADE PARTITIONING"), unknown);
    EXPECT_EQ(kind_of("ALTER c SET SOMETHING"), unknown);
    EXPECT_EQ(kind_of("CONVERT x"), unknown);
    const alter two("SHUFFLE a, ADD c int");
    EXPECT_EQ(two.kinds(), (std::vector{unknown, add_column}));
}

TEST(AlterText, SplitsAtCommasOutsideOfParenthesesOnly)
{
    using enum clause_kind;
    const alter a("ADD c decimal(10,2) DEFAULT '1,2', DROP d , MODIFY e enum('a','b') COMMENT 'x, "
                  "y', ADD KEY (c, e)");
    EXPECT_EQ(a.kinds(), (std::vector{add_column, drop_column, modify_column, add_index}));
    EXPECT_EQ(a->text, "ADD c decimal(10,2) DEFAULT '1,2'");
    EXPECT_EQ(a.read.commas.size(), 3U);
    EXPECT_EQ(a.read.clauses[3].group, 3U);
}

TEST(AlterText, ReadsColumns)
{
    const alter add("ADD COLUMN `c``x` varchar(5) NOT NULL DEFAULT 'a' AFTER `b`");
    EXPECT_EQ(add->name, "c`x");
    ASSERT_EQ(add->columns.size(), 1U);
    EXPECT_EQ(add->columns[0].definition, "varchar(5) NOT NULL DEFAULT 'a'");
    EXPECT_EQ(add.text.substr(add->columns[0].definition_offset, 7), "varchar");
    EXPECT_EQ(add->columns[0].after, "b");
    EXPECT_TRUE(alter("ADD c int FIRST")->columns[0].first);

    const alter list("ADD (c int, d varchar(3) DEFAULT (concat('a', 'b')), UNIQUE u (c))");
    ASSERT_EQ(list->columns.size(), 2U);
    EXPECT_EQ(list->columns[1].name, "d");
    EXPECT_EQ(list->columns[1].definition, "varchar(3) DEFAULT (concat('a', 'b'))");
    ASSERT_EQ(list->indexes.size(), 1U);
    EXPECT_EQ(list->indexes[0].kind, index_kind::unique);

    const alter change("CHANGE a b int unsigned FIRST");
    EXPECT_EQ(change->name, "a");
    EXPECT_EQ(change->new_name, "b");
    EXPECT_EQ(change->columns[0].definition, "int unsigned");
    EXPECT_TRUE(change->columns[0].first);

    const alter modify("MODIFY after int AFTER first");
    EXPECT_EQ(modify->name, "after");
    EXPECT_EQ(modify->columns[0].after, "first");

    EXPECT_TRUE(alter("ADD COLUMN IF NOT EXISTS c int")->columns[0].if_not_exists);
    EXPECT_TRUE(alter("DROP COLUMN IF EXISTS c")->if_exists);
    EXPECT_EQ(alter("DROP COLUMN IF EXISTS c")->name, "c");
    EXPECT_EQ(alter("RENAME COLUMN a TO b")->new_name, "b");
    EXPECT_EQ(alter("ALTER a SET DEFAULT (1 + 2)")->value, "(1 + 2)");
    EXPECT_EQ(alter("ALTER a SET INVISIBLE")->value, "INVISIBLE");
}

TEST(AlterText, KeepsAVersionCommentThatLiesWholeInADefinition)
{
    using enum clause_kind;
    const alter a("ADD c varchar(5) /*!50100 COLLATE utf8mb4_bin */ NOT NULL /*!50606 "
                  "COLUMN_FORMAT FIXED */, DROP d");
    EXPECT_EQ(
        a->columns[0].definition,
        "varchar(5) /*!50100 COLLATE utf8mb4_bin */ NOT NULL /*!50606 COLUMN_FORMAT FIXED */"
    );
    EXPECT_EQ(a.kinds(), (std::vector{add_column, drop_column}));
    EXPECT_EQ(
        alter("/*!50100 ADD c int, DROP d */").kinds(), (std::vector{add_column, drop_column})
    );
}

TEST(AlterText, ReadsIndexes)
{
    const alter plain("ADD KEY `i` USING BTREE (a, `b`(10) DESC, (lower(c))) INVISIBLE COMMENT 'x'"
    );
    const index_definition& index = plain->indexes.at(0);
    EXPECT_EQ(index.kind, index_kind::plain);
    EXPECT_EQ(index.name, "i");
    ASSERT_EQ(index.parts.size(), 3U);
    EXPECT_EQ(index.parts[0].column, "a");
    EXPECT_EQ(index.parts[1].prefix, 10U);
    EXPECT_TRUE(index.parts[1].descending);
    EXPECT_EQ(index.parts[2].expression, "(lower(c))");
    EXPECT_TRUE(index.invisible);
    EXPECT_EQ(index.tail, "INVISIBLE COMMENT 'x'");

    const auto kind = [](std::string_view text) { return alter(text)->indexes.at(0).kind; };
    EXPECT_EQ(kind("ADD UNIQUE (a)"), index_kind::unique);
    EXPECT_EQ(kind("ADD CONSTRAINT PRIMARY KEY (a)"), index_kind::primary);
    EXPECT_EQ(kind("ADD FULLTEXT INDEX f (a) WITH PARSER ngram"), index_kind::fulltext);
    EXPECT_EQ(kind("ADD SPATIAL KEY (a)"), index_kind::spatial);
    EXPECT_EQ(kind("ADD VECTOR INDEX (a)"), index_kind::unknown);
    EXPECT_EQ(kind("ADD UNIQUE (a, p WITHOUT OVERLAPS)"), index_kind::unknown);
    EXPECT_EQ(kind("ADD INDEX i"), index_kind::unknown);

    const alter foreign("ADD CONSTRAINT f FOREIGN KEY (a) REFERENCES p (b) ON DELETE CASCADE");
    EXPECT_EQ(foreign->indexes[0].kind, index_kind::foreign_key);
    EXPECT_EQ(foreign->name, "f");
    EXPECT_EQ(foreign->indexes[0].tail, "REFERENCES p (b) ON DELETE CASCADE");
    const alter check("ADD CONSTRAINT k CHECK (a > (1)) NOT ENFORCED");
    EXPECT_EQ(check->indexes[0].kind, index_kind::check);
    EXPECT_EQ(check->indexes[0].expression, "(a > (1))");
    EXPECT_TRUE(check->indexes[0].not_enforced);
    EXPECT_FALSE(alter("ADD CHECK (a)")->indexes[0].not_enforced);
}

TEST(AlterText, ReadsTableOptionsWithAndWithoutCommas)
{
    using enum clause_kind;
    const alter a("ENGINE=InnoDB ROW_FORMAT dynamic, COMMENT='it''s' DEFAULT CHARACTER SET = "
                  "latin1 COLLATE x, "
                  "INDEX DIRECTORY '/a', UNION (b,c), PAGE_COMPRESSED=1");
    std::string all;
    for (const alter_clause& clause : a.read.clauses) {
        EXPECT_EQ(clause.kind, table_option);
        all += clause.name + '=' + clause.value + ' ' + std::to_string(clause.group) + ';';
    }
    EXPECT_EQ(
        all,
        "ENGINE=InnoDB 0;ROW_FORMAT=dynamic 0;COMMENT=it's 1;CHARSET=latin1 1;COLLATE=x 1;"
        "INDEX DIRECTORY=/a 2;UNION=(b,c) 3;PAGE_COMPRESSED=1 4;"
    );
    EXPECT_EQ(alter("CONVERT TO CHARSET utf8mb4 COLLATE utf8mb4_bin")->new_name, "utf8mb4_bin");
    EXPECT_EQ(alter("DEFAULT COLLATE y")->name, "COLLATE");
}

TEST(AlterText, EndsAListAtItsPartitionClause)
{
    using enum clause_kind;
    EXPECT_EQ(
        alter("ADD c int PARTITION BY KEY (c)").kinds(), (std::vector{add_column, partition_by})
    );
    EXPECT_EQ(
        alter("ADD KEY (c), ENGINE=InnoDB REMOVE PARTITIONING").kinds(),
        (std::vector{add_index, table_option, remove_partitioning})
    );
    EXPECT_EQ(
        alter("ORDER BY a PARTITION BY KEY (c)").kinds(), (std::vector{order_by, partition_by})
    );
}

TEST(AlterText, ReadsNothingFromOtherStatements)
{
    const std::string_view text = "RENAME TABLE a TO b";
    EXPECT_FALSE(read_alter(text, read_statement(text, "d", {}, name_case::sensitive), {}).readable
    );
    EXPECT_FALSE(alter("COMMENT 'x").read.readable);
    EXPECT_FALSE(alter("ADD c int ) , DROP d").read.readable);
    const std::string_view ignore = "ALTER IGNORE TABLE t ADD c int";
    EXPECT_TRUE(read_alter(ignore, read_statement(ignore, "d", {}, name_case::sensitive), {}).ignore
    );
}

TEST(AlterText, ReadsEveryBeginningOfAText)
{
    const alter whole(
        "WAIT 5 ADD COLUMN (a int AFTER b, KEY (c(1) DESC)), ALTER CHECK d NOT ENFORCED, /*!50100 "
        "RENAME e, */ "
        "CONVERT TO CHARACTER SET f COLLATE g, DATA DIRECTORY='h' PARTITION BY KEY (i)"
    );
    for (std::size_t size = 0; size <= whole.text.size(); ++size) {
        const std::string text = whole.text.substr(0, size);
        const auto read = read_statement(text, "d", {}, name_case::sensitive);
        for (const alter_clause& clause : read_alter(text, read, {}).clauses)
            EXPECT_LE(clause.offset + clause.size, text.size()) << text;
    }
}

}  // namespace
}  // namespace rewrite
