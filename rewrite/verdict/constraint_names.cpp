#include "rewrite/verdict/constraint_names.hpp"

#include "protocol/ascii.hpp"
#include "rewrite/sql/client_charset.hpp"
#include "rewrite/sql/column_text.hpp"
#include "rewrite/sql/table_constraint.hpp"
#include "rewrite/sql/table_definition.hpp"
#include "rewrite/verdict/clause_verdict.hpp"
#include "rewrite/verdict/copied_constraints.hpp"
#include "rewrite/verdict/foreign_key_indexes.hpp"

#include <algorithm>

namespace rewrite {

namespace {

// A constraint of the original, and what becomes of it.
struct followed_constraint
{
    table_constraint at_original;
    std::string at_ghost;
    bool enforced = true;   // in the end
    bool dropped = false;   // by a clause, or by the way in which the copy was made
    bool vanishes = false;  // with its column
};

// The name that an added constraint is given; empty without one.
std::string symbol_of(const index_definition& index, const lexical_rules& rules)
{
    const std::vector<token> tokens = tokenize(index.text, rules);
    const bool has_one = is(tokens.front(), "CONSTRAINT") && is_identifier(tokens[1]) &&
                         !is(tokens[1], "FOREIGN") && !is(tokens[1], "CHECK");
    return has_one ? name_in_utf8(tokens[1], rules) : std::string();
}

// Reads the two definitions and the ALTER, and writes the changes.
class constraint_reader
{
public:
    constraint_reader(
        const alter_text& alter, const constraint_source& from, const lexical_rules& rules
    )
        : alter_(alter)
        , from_(from)
        , rules_(rules)
    {}

    constraint_changes read()
    {
        object(read_definitions());
        for (std::size_t i = 0; i < alter_.clauses.size() && changes_.objection.empty(); ++i)
            object(follow(alter_.clauses[i], i));
        if (changes_.objection.empty())
            object(write());
        if (!changes_.objection.empty())
            return {.objection = changes_.objection, .clauses = {}, .replaced = {}};
        for (const std::string& clause : added_)
            append_clause(changes_.clauses, clause);
        return std::move(changes_);
    }

private:
    void object(std::string why)
    {
        if (changes_.objection.empty())
            changes_.objection = std::move(why);
    }

    std::string read_definitions();
    std::string follow(const alter_clause& clause, std::size_t number);
    std::string follow_drop(const alter_clause& clause, std::size_t number);
    std::string follow_enforcement(const alter_clause& clause, std::size_t number);
    std::string follow_column(const alter_clause& clause);
    std::string follow_added_columns(const alter_clause& clause) const;
    std::string follow_added_index(
        const alter_clause& clause, const index_definition& index, std::size_t number
    );
    std::string name_added_check(const index_definition& check);
    std::string write();
    std::string write_foreign_keys(std::string& additions);
    void write_check(const followed_constraint& one, std::string& additions);
    std::string objection_to_text() const;

    followed_constraint* find(std::string_view name_at_ghost, const alter_clause& clause);
    bool has_any(bool is_check) const
    {
        return std::ranges::any_of(followed_, [is_check](const followed_constraint& one) {
            return one.at_original.is_check == is_check;
        });
    }
    std::string name_in_the_end(std::string_view at_ghost, std::string_view infix) const
    {
        return name_after_rename(at_ghost, from_.ghost.table, from_.original.table, infix);
    }
    std::string name_at_consumers(const table_constraint& one) const
    {
        if (from_.away.empty())
            return one.name;
        return name_after_rename(one.name, from_.original.table, from_.away.table, infix_of(one));
    }

    const alter_text& alter_;
    const constraint_source& from_;
    const lexical_rules& rules_;
    table_definition table_;
    std::vector<followed_constraint> followed_;
    std::vector<std::string> added_;  // clauses for CHECKs that the ALTER does not name
    std::size_t last_number_ = 0;     // of the CHECKs' names that the server made for the copy
    constraint_changes changes_;
};

std::string constraint_reader::read_definitions()
{
    auto table = parse_create_table(from_.create_table);
    if (!table)
        return "the original's definition cannot be read";
    table_ = *std::move(table);
    copied_constraints copies =
        copies_of_constraints(table_, from_.create_table, from_.ghost_create, from_.ghost, rules_);
    for (copied_constraint& one : copies.all) {
        const bool enforced = one.at_original.enforced;
        const bool dropped = one.at_ghost.empty();
        changes_.left_out += dropped ? 1 : 0;
        followed_.push_back({std::move(one.at_original), std::move(one.at_ghost), enforced, dropped}
        );
    }
    last_number_ = copies.last_number;
    return std::move(copies.objection);
}

// What a clause that drops or changes a constraint names.
followed_constraint*
constraint_reader::find(std::string_view name_at_ghost, const alter_clause& clause)
{
    const auto one = std::ranges::find_if(followed_, [&](const followed_constraint& each) {
        const bool fits =
            clause.kind == clause_kind::drop_constraint ||
            each.at_original.is_check != (clause.kind == clause_kind::drop_foreign_key);
        return fits && protocol::equal_without_case(each.at_ghost, name_at_ghost);
    });
    return one == followed_.end() ? nullptr : &*one;
}

std::string constraint_reader::follow(const alter_clause& clause, std::size_t number)
{
    switch (clause.kind) {
        case clause_kind::drop_check:
        case clause_kind::drop_foreign_key:
        case clause_kind::drop_constraint: return follow_drop(clause, number);
        case clause_kind::set_enforced: return follow_enforcement(clause, number);
        default: break;
    }
    std::string objection = follow_column(clause);
    for (const index_definition& index : clause.indexes)
        if (objection.empty())
            objection = follow_added_index(clause, index, number);
    return objection;
}

std::string constraint_reader::follow_drop(const alter_clause& clause, std::size_t number)
{
    followed_constraint* dropped = find(clause.name, clause);
    if (!dropped)
        return describe(clause) + ": the copy has no such constraint";
    dropped->dropped = true;
    changes_.replaced.push_back(number);
    return {};
}

std::string constraint_reader::follow_enforcement(const alter_clause& clause, std::size_t number)
{
    followed_constraint* constraint = find(clause.name, clause);
    if (!constraint)
        return describe(clause) + ": the copy has no such constraint";
    const bool enforced = protocol::equal_without_case(clause.value, "ENFORCED");
    if (enforced && !constraint->enforced)
        return describe(clause) + " ENFORCED: " + std::string(violators_vanish);
    constraint->enforced = enforced;
    changes_.replaced.push_back(number);
    return {};
}

// The server lets a column go with a CHECK that reads no other. Columns that others read, and those
// of a foreign key, cannot go, and a CHECK's cannot be renamed.
std::string constraint_reader::follow_column(const alter_clause& clause)
{
    const bool is_dropped = clause.kind == clause_kind::drop_column;
    const bool is_renamed = clause.kind == clause_kind::rename_column ||
                            (clause.kind == clause_kind::change_column &&
                             !protocol::equal_without_case(clause.name, clause.new_name));
    for (followed_constraint& one : followed_) {
        if ((!is_dropped && !is_renamed) || one.dropped ||
            !mentions(tokenize(one.at_original.definition, printed), clause.name))
            continue;
        if (is_renamed || !one.at_original.is_check)
            return describe(clause) + ": " + to_text(one.at_original) + " reads it";
        one.vanishes = true;
    }
    return follow_added_columns(clause);
}

std::string constraint_reader::follow_added_columns(const alter_clause& clause) const
{
    if (clause.columns.empty() || !has_any(true))
        return {};
    const std::vector<token> tokens = tokenize(alter_.text, rules_);
    for (const column_definition& column : clause.columns) {
        const std::size_t begin = column.definition_offset;
        const auto first = std::ranges::lower_bound(tokens, begin, {}, &token::offset);
        const auto last =
            std::ranges::lower_bound(tokens, begin + column.definition.size(), {}, &token::offset);
        if (!read_column({first, last}, rules_).check.empty())
            return describe(clause) +
                   ": its CHECK would get another name than in the copy; add it in a clause of its "
                   "own, with a name";
    }
    return {};
}

std::string constraint_reader::follow_added_index(
    const alter_clause& clause, const index_definition& index, std::size_t number
)
{
    const bool is_check = index.kind == index_kind::check;
    if ((!is_check && index.kind != index_kind::foreign_key) || !has_any(is_check))
        return {};
    if (!is_check && changes_.left_out > 0)
        return describe(clause) + ": next to foreign keys that the copy does not have";
    const std::string symbol = symbol_of(index, rules_);
    const std::string_view infix = is_check ? check_infix : foreign_key_infix;
    if (is_generated_name(symbol, from_.ghost.table, infix))
        return describe(clause) + ": is called like those that the server names";
    if (!symbol.empty())
        return {};
    if (is_check && clause.kind == clause_kind::add_index) {
        added_.push_back(name_added_check(index));
        changes_.replaced.push_back(number);
        return {};
    }
    // The server would number it by the names of the consumer's table.
    const bool is_first = std::ranges::none_of(followed_, [&](const followed_constraint& one) {
        return is_generated_name(one.at_original.name, from_.original.table, infix);
    });
    if (!is_check && is_first)
        return {};
    return describe(clause) + ": would get another name than in the copy; give it a name";
}

// The server would number it by the names of the consumer's table.
std::string constraint_reader::name_added_check(const index_definition& check)
{
    const std::string name =
        from_.ghost.table + std::string(check_infix) + std::to_string(++last_number_);
    std::string clause =
        "ADD CONSTRAINT " + quoted_name(name_in_the_end(name, check_infix)) + " CHECK ";
    clause += check.expression;
    if (!check.tail.empty())
        clause += " " + std::string(check.tail);
    return clause;
}

std::string constraint_reader::write()
{
    std::string additions;
    std::string objection = write_foreign_keys(additions);
    for (const followed_constraint& one : followed_)
        if (one.at_original.is_check)
            write_check(one, additions);
    append_clause(changes_.clauses, additions);
    return objection.empty() ? objection_to_text() : objection;
}

std::string constraint_reader::write_foreign_keys(std::string& additions)
{
    std::vector<table_constraint> renamed;
    for (const followed_constraint& one : followed_) {
        const table_constraint& key = one.at_original;
        const std::string name = name_in_the_end(one.at_ghost, foreign_key_infix);
        if (key.is_check || (!one.dropped && name == key.name))
            continue;
        append_clause(changes_.clauses, "DROP FOREIGN KEY " + quoted_name(name_at_consumers(key)));
        if (one.dropped)
            continue;
        append_clause(additions, "ADD CONSTRAINT " + quoted_name(name) + " " + key.definition);
        renamed.push_back(key);
    }
    index_changes indexes = indexes_made_again(table_, renamed, alter_);
    for (const std::string& name : indexes.dropped)
        append_clause(changes_.clauses, "DROP KEY " + quoted_name(name));
    for (const std::string& index : indexes.added)
        append_clause(additions, "ADD " + index);
    changes_.renamed += renamed.size();
    return std::move(indexes.objection);
}

void constraint_reader::write_check(const followed_constraint& one, std::string& additions)
{
    const table_constraint& before = one.at_original;
    const std::string old = name_at_consumers(before);
    // What a rename back makes of it counts, not what it is called in between.
    const std::string name = name_in_the_end(one.at_ghost, check_infix);
    if (one.dropped || one.vanishes) {
        append_clause(changes_.clauses, "DROP CHECK " + quoted_name(old));
    } else if (name != before.name) {
        append_clause(changes_.clauses, "DROP CHECK " + quoted_name(old));
        append_clause(
            additions,
            "ADD CONSTRAINT " + quoted_name(name) + " " + before.definition +
                (one.enforced ? "" : " NOT ENFORCED")
        );
        ++changes_.renamed;
    } else if (one.enforced != before.enforced) {
        append_clause(changes_.clauses, "ALTER CHECK " + quoted_name(old) + " NOT ENFORCED");
    }
}

std::string constraint_reader::objection_to_text() const
{
    if (!protocol::is_ascii(changes_.clauses) && family_of(rules_.charset) != charset_family::utf8)
        return "constraints hold what the charset of the ALTER cannot be told";
    if (rules_.no_backslash_escapes && changes_.clauses.find('\\') != std::string::npos)
        return "constraints hold a backslash, and the ALTER is read without escapes";
    return {};
}

}  // namespace

void append_clause(std::string& clauses, std::string_view clause)
{
    if (!clauses.empty() && !clause.empty())
        clauses += ", ";
    clauses += clause;
}

constraint_changes
plan_constraints(const alter_text& alter, const constraint_source& from, const lexical_rules& rules)
{
    return constraint_reader(alter, from, rules).read();
}

}  // namespace rewrite
