#include "rewrite/verdict/any_table.hpp"

#include "protocol/ascii.hpp"
#include "rewrite/sql/table_name.hpp"
#include "rewrite/verdict/clause_traits.hpp"

#include <algorithm>
#include <array>
#include <limits>

namespace rewrite {

namespace {

// A table that is made up from what the ALTER names.
class made_up_table
{
public:
    explicit made_up_table(const alter_text& alter)
    {
        add_line("`unghost id`", "int NOT NULL");
        add_key("PRIMARY KEY (`unghost id`)");
        for (const alter_clause& clause : alter.clauses)
            take(clause, alter);
    }

    void add_line(const std::string& quoted_name, const std::string& definition)
    {
        lines_ += "  " + quoted_name + " " + definition + ",\n";
    }
    void add_key(const std::string& text) { keys_ += (keys_.empty() ? "  " : ",\n  ") + text; }
    void set_options(const std::string& text) { options_ = text; }

    std::string text() const { return "CREATE TABLE `t` (\n" + lines_ + keys_ + "\n) " + options_; }

private:
    // What the clause speaks of as being there.
    void take(const alter_clause& clause, const alter_text& alter)
    {
        switch (traits_of(clause.kind).columns) {
            case column_effect::redefines:
                if (!clause.columns.empty())
                    add_column(clause.name, std::string(clause.columns.front().definition));
                break;
            case column_effect::drops:
            case column_effect::renames:
            case column_effect::keeps_type: add_column(clause.name, "int DEFAULT NULL"); break;
            default: break;
        }
        for (const column_definition& column : clause.columns)
            take_place(column.after, alter);
        for (const index_definition& index : clause.indexes)
            for (const key_part& part : index.parts)
                take_place(part.column, alter);
        if (traits_of(clause.kind).names_index && take_name("index " + clause.name))
            add_key("KEY " + quoted_name(clause.name) + " (`unghost id`)");
    }

    // A column that is named, if no clause makes it.
    void take_place(const std::string& name, const alter_text& alter)
    {
        const bool is_made = std::ranges::any_of(alter.clauses, [&name](const alter_clause& one) {
            return protocol::equal_without_case(one.new_name, name) ||
                   std::ranges::any_of(one.columns, [&name](const column_definition& column) {
                       return protocol::equal_without_case(column.name, name);
                   });
        });
        if (!name.empty() && !is_made)
            add_column(name, "int DEFAULT NULL");
    }
    void add_column(const std::string& name, const std::string& definition)
    {
        if (take_name("column " + name))
            add_line(quoted_name(name), definition);
    }
    bool take_name(const std::string& name)
    {
        const std::string lower = protocol::lower(name);
        if (std::ranges::find(names_, lower) != names_.end())
            return false;
        names_.push_back(lower);
        return true;
    }

    std::string lines_;
    std::string keys_;
    std::string options_ = "ENGINE=InnoDB DEFAULT CHARSET=utf8mb4";
    std::vector<std::string> names_;
};

// Something that a table may have, for which an ALTER that would fold may pass.
struct obstacle
{
    std::string_view words;
    void (*put)(made_up_table& table, facts& told);
};

void put_key(made_up_table& table, std::string_view type)
{
    table.add_line("`unghost k`", std::string(type) + " NOT NULL");
    table.add_key("UNIQUE KEY `unghost k` (`unghost k`)");
}

constexpr std::array obstacles{
    obstacle{
        "foreign keys",
        [](made_up_table& table, facts&) {
            table.add_line("`unghost f`", "int DEFAULT NULL");
            table.add_key("KEY `unghost f` (`unghost f`)");
            table.add_key("CONSTRAINT `unghost f` FOREIGN KEY (`unghost f`) REFERENCES `p` (`id`)");
        }
    },
    obstacle{
        "child tables: none may have a foreign key to it",
        [](made_up_table&, facts& told) { told.children.push_back({"unghost", "child"}); }
    },
    obstacle{
        "CHECK constraints",
        [](made_up_table& table, facts&) {
            table.add_key("CONSTRAINT `unghost c` CHECK ((`unghost id` > 0))");
        }
    },
    obstacle{
        "triggers",
        [](made_up_table&, facts& told) {
            told.triggers.push_back({"unghost", "AFTER", "INSERT", "SET @unghost = 1"});
        }
    },
    obstacle{
        "DATA or INDEX DIRECTORY",
        [](made_up_table& table, facts&) {
            table.set_options("ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 DATA DIRECTORY='/d/'");
        }
    },
    obstacle{
        "engine other than InnoDB, MyISAM and RocksDB",
        [](made_up_table& table, facts&) { table.set_options("ENGINE=ARCHIVE"); }
    },
    obstacle{
        "stored generated columns, or unique keys over an expression, that read the session's time "
        "zone or language",
        [](made_up_table& table, facts&) {
            table.add_line("`unghost t`", "timestamp NULL DEFAULT NULL");
            table.add_line(
                "`unghost g`", "varchar(40) GENERATED ALWAYS AS (dayname(`unghost t`)) STORED"
            );
        }
    },
    obstacle{
        "key columns of FLOAT or DOUBLE",
        [](made_up_table& table, facts&) { put_key(table, "float"); }
    },
    obstacle{
        "key columns of SET", [](made_up_table& table, facts&) { put_key(table, "set('a')"); }
    },
    obstacle{"key columns of BIT", [](made_up_table& table, facts&) { put_key(table, "bit(4)"); }},
    obstacle{
        "key columns of text in another charset than ascii and utf8",
        [](made_up_table& table, facts&) {
            put_key(table, "varchar(9) CHARACTER SET latin1 COLLATE latin1_swedish_ci");
        }
    },
    obstacle{
        "JSON columns",
        [](made_up_table& table, facts&) { table.add_line("`unghost j`", "json DEFAULT NULL"); }
    },
    obstacle{
        "rows that the source cannot count",
        [](made_up_table&, facts& told) { told.uncountable = "they are not to be counted"; }
    },
    obstacle{
        "more bytes than fold.block lets fold",
        [](made_up_table&, facts& told) { told.bytes = std::numeric_limits<std::uint64_t>::max(); }
    },
};

// Judges with one more thing in the table.
class judged_table
{
public:
    judged_table(const migration_plan& plan, const alter_text& alter, const policy& rules)
        : plan_(plan)
        , alter_(alter)
        , rules_(rules)
    {}

    template <class Put>
    verdict with(Put put) const
    {
        made_up_table table(alter_);
        facts told{.table = plan_.original};
        told.bytes = 1;
        put(table, told);
        told.create_table = table.text();
        migration_plan plan = plan_;
        if (!plan.ghost_create.empty())
            plan.ghost_create = told.create_table;
        return judge(plan, &told, rules_);
    }
    template <class Put>
    bool passes_with(Put put) const
    {
        const verdict ruling = with(put);
        return ruling.what == outcome::pass || ruling.unproven;
    }

private:
    const migration_plan& plan_;
    const alter_text& alter_;
    const policy& rules_;
};

// What the columns and indexes that a clause names may be.
void add_own(const alter_clause& clause, const judged_table& table, clause_ruling& made)
{
    const std::string name = quoted_name(clause.name);
    const column_effect effect = traits_of(clause.kind).columns;
    if (effect == column_effect::drops) {
        if (table.passes_with([&name](made_up_table& with, facts&) {
                with.add_key("UNIQUE KEY `unghost u` (" + name + ")");
            }))
            made.lacks.push_back("primary or unique key over " + name);
        made.lacks.push_back("partitions by " + name);
    }
    if (clause.kind == clause_kind::drop_index)
        made.needs.push_back("index " + name + " is not unique");
    if (effect == column_effect::redefines)
        made.needs.push_back(
            "what " + name +
            " is now: the new type holds all of its values, and the rest folds (MODIFY "
            "in docs/verdicts.md)"
        );
}

}  // namespace

clause_ruling judge_without_table(const migration_plan& plan, const policy& rules)
{
    clause_ruling made;
    const alter_text alter = read_alter_of(plan);
    const judged_table table(plan, alter, rules);
    made.ruling = table.with([](made_up_table&, facts&) {});
    if (made.ruling.what == outcome::pass || made.ruling.unproven)
        return made;
    for (const obstacle& one : obstacles) {
        if (table.passes_with(one.put))
            made.lacks.emplace_back(one.words);
    }
    for (const alter_clause& clause : alter.clauses)
        add_own(clause, table, made);
    return made;
}

}  // namespace rewrite
