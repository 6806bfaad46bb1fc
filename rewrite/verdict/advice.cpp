#include "rewrite/verdict/advice.hpp"

#include "protocol/ascii.hpp"
#include "rewrite/sql/alter_text.hpp"
#include "rewrite/sql/column_text.hpp"
#include "rewrite/sql/table_name.hpp"
#include "rewrite/verdict/clause_traits.hpp"

#include <algorithm>

namespace rewrite {

namespace {

// Looks at names, whose spelling servers compare without case; what is not ASCII is let pass.
class name_check
{
public:
    name_check(const alter_text& alter, const table_definition& table)
        : alter_(alter)
        , table_(table)
    {}

    std::string objection_to(const alter_clause& clause) const
    {
        if (clause.if_exists || clause.if_not_exists)
            return {};
        switch (traits_of(clause.kind).columns) {
            case column_effect::none: break;
            case column_effect::adds: return objection_to_added(clause);
            default: return has_column(clause.name) ? "" : no_column(clause.name);
        }
        if (traits_of(clause.kind).names_index && !has_index(clause.name))
            return "there is no index " + quoted_name(clause.name);
        return objection_to_indexes(clause);
    }

private:
    static std::string no_column(const std::string& name)
    {
        return "there is no column " + quoted_name(name);
    }
    bool has_column(const std::string& name) const
    {
        return !protocol::is_ascii(name) || table_.find(name);
    }
    bool has_index(const std::string& name) const
    {
        return !protocol::is_ascii(name) || table_.find_index(name);
    }
    // A clause makes it free, or gives it to a column.
    bool moves(const std::string& name) const
    {
        return std::ranges::any_of(alter_.clauses, [&name](const alter_clause& other) {
            const column_effect effect = traits_of(other.kind).columns;
            return effect != column_effect::none &&
                   ((effect != column_effect::adds && protocol::equal_without_case(other.name, name)
                    ) ||
                    protocol::equal_without_case(other.new_name, name) ||
                    std::ranges::any_of(other.columns, [&name](const column_definition& column) {
                        return protocol::equal_without_case(column.name, name);
                    }));
        });
    }

    std::string objection_to_added(const alter_clause& clause) const
    {
        for (const column_definition& column : clause.columns) {
            const auto frees = [&column](const alter_clause& other) {
                const column_effect effect = traits_of(other.kind).columns;
                return effect != column_effect::adds && effect != column_effect::none &&
                       protocol::equal_without_case(other.name, column.name);
            };
            if (protocol::is_ascii(column.name) && table_.find(column.name) &&
                std::ranges::none_of(alter_.clauses, frees))
                return "there is a column " + quoted_name(column.name) + " already";
            if (!column.after.empty() && !has_column(column.after) && !moves(column.after))
                return no_column(column.after);
        }
        return objection_to_indexes(clause);
    }

    std::string objection_to_indexes(const alter_clause& clause) const
    {
        for (const index_definition& index : clause.indexes)
            for (const key_part& part : index.parts)
                if (!part.column.empty() && !has_column(part.column) && !moves(part.column))
                    return no_column(part.column);
        return {};
    }

    const alter_text& alter_;
    const table_definition& table_;
};

std::string objection_to_words(
    const alter_clause& clause, const std::vector<token>& tokens, const lexical_rules& rules
)
{
    if (clause.kind == clause_kind::unknown)
        return "unknown clause " +
               quoted_name(std::string(clause.text.substr(0, clause.text.find_first_of(" \t\n"))));
    for (const column_definition& column : clause.columns) {
        const std::size_t begin = column.definition_offset;
        const auto first = std::ranges::lower_bound(tokens, begin, {}, &token::offset);
        const auto last =
            std::ranges::lower_bound(tokens, begin + column.definition.size(), {}, &token::offset);
        if (first == last)
            return "column " + quoted_name(column.name) + " has no type";
        const table_column read = read_column({first, last}, rules).column;
        if (read.type.empty() && !protocol::equal_without_case(read.other, "SERIAL"))
            return "unknown type " + quoted_name(read.other) + " of column " +
                   quoted_name(column.name);
    }
    return {};
}

}  // namespace

std::string refusal(const migration_plan& plan, const facts& told)
{
    if (plan.rules.server_version >= first_mariadb)
        return {};  // it has types and clauses of its own
    const alter_text alter = read_alter_of(plan);
    if (!alter.readable)
        return "it cannot be read: a quote, a comment or a parenthesis does not close, or it is "
               "more than one statement";
    const std::vector<token> tokens = tokenize(alter.text, plan.rules);
    const auto table = parse_create_table(told.create_table);
    for (const alter_clause& clause : alter.clauses) {
        std::string objection = objection_to_words(clause, tokens, plan.rules);
        if (objection.empty() && table && told.missing.empty())
            objection = name_check(alter, *table).objection_to(clause);
        if (!objection.empty())
            return objection;
    }
    return {};
}

std::string_view class_of(const verdict& ruling)
{
    if (ruling.what == outcome::pass)
        return "passed";
    if (ruling.unproven)
        return "unproven";
    if (ruling.rests_on.counted)
        return "counted";
    if (ruling.rests_on.witnessed)
        return "witnessed";
    return ruling.rests_on.lenient ? "lenient" : "same";
}

bool wants_count(const verdict& ruling, const policy& rules)
{
    if (ruling.what == outcome::pass || rules.count == count_rows::never)
        return false;
    return rules.count == count_rows::always || ruling.rests_on.counted;
}

std::string settings_that_fold(const migration_plan& plan, const facts& told, const policy& rules)
{
    if (!told.missing.empty())  // of rights: no setting stands in for them
        return {};
    if (judge(plan, &told, rules).what == outcome::fold)
        return {};
    // Each alone first: the last bit is the least of them.
    for (const unsigned chosen : {1U, 2U, 4U, 3U, 5U, 6U, 7U}) {
        policy more = rules;
        std::string text;
        const auto set = [&text](std::string_view setting) {
            text += text.empty() ? "" : " and ";
            text += setting;
        };
        if (chosen & 4U) {
            more.fold_unproven_tables.push_back(plan.original);
            set("unproven = \"fold\"");
        }
        if (chosen & 2U) {
            more.keep_values_tables.push_back(plan.original);
            set("damage = \"keep\"");
        }
        if (chosen & 1U) {
            more.block = {};
            more.block_tables.clear();
            set("block = \"fold\"");
        }
        if (judge(plan, &told, more).what == outcome::fold)
            return text + " in [fold.table.\"" + to_text(plan.original) + "\"]";
    }
    return {};
}

}  // namespace rewrite
