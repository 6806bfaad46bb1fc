#include "rewrite/verdict/copied_constraints.hpp"

#include "protocol/ascii.hpp"
#include "rewrite/sql/client_charset.hpp"
#include "rewrite/sql/column_text.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

namespace rewrite {

namespace {

// Introducers other than these say that the bytes that follow are no UTF-8.
bool has_foreign_text(const table_constraint& constraint)
{
    if (protocol::is_ascii(constraint.definition))
        return false;
    return std::ranges::any_of(tokenize(constraint.definition, printed), [](const token& t) {
        return t.kind == token_kind::word && t.text.starts_with('_') && !is(t, "_UTF8MB4") &&
               !is(t, "_UTF8MB3");
    });
}

// A text that the server prints in the charset of the column that it is compared with, once the
// copy is altered, though it was printed in another.
bool has_text_to_convert(const table_constraint& constraint, const table_definition& table)
{
    return std::ranges::any_of(tokenize(constraint.definition, printed), [&table](const token& t) {
        if (t.kind != token_kind::word || !t.text.starts_with('_'))
            return false;
        const std::string charset = protocol::lower(t.text.substr(1));
        return std::ranges::any_of(table.columns, [&charset](const table_column& column) {
            return has_charset(column.type) && column.charset != charset;
        });
    });
}

// The number of a name that a server made; nothing if it is none, or one that a person typed.
std::optional<std::size_t> number_of(std::string_view digits)
{
    constexpr std::size_t most_digits = 6;
    std::size_t number = 0;
    const auto [stop, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (error != std::errc() || stop != digits.data() + digits.size() ||
        digits.size() > most_digits)
        return std::nullopt;
    return number;
}

std::string objection_to(const table_constraint& constraint, const lexical_rules& rules)
{
    if (rules.server_version >= first_mariadb)
        return "MariaDB names constraints by rules of its own";
    if (has_foreign_text(constraint))
        return to_text(constraint) + " has a text in another charset";
    if (constraint.cascades)
        return to_text(constraint) +
               " changes rows with its parent (CASCADE or SET NULL), which the log does not show";
    return {};
}

std::string read_original(
    const table_definition& table, const lexical_rules& rules, std::vector<copied_constraint>& all
)
{
    for (const auto* lines : {&table.foreign_keys, &table.checks}) {
        for (const std::string& line : *lines) {
            auto constraint = parse_constraint(line);
            if (!constraint || constraint->name.empty())
                return "the names of its constraints are not known";
            if (std::string objection = objection_to(*constraint, rules); !objection.empty())
                return objection;
            if (constraint->is_check && has_text_to_convert(*constraint, table))
                return to_text(*constraint) + " has a text that may be printed in another charset";
            all.push_back({.at_original = std::move(*constraint)});
        }
    }
    return {};
}

// CREATE TABLE ... LIKE numbers CHECKs in the order in which they are printed, and leaves foreign
// keys out.
std::string name_like_server(const table_name& ghost, std::vector<copied_constraint>& all)
{
    std::string before;
    std::size_t number = 0;
    for (copied_constraint& one : all) {
        if (!one.at_original.is_check)
            continue;
        const std::string name = protocol::lower(one.at_original.name);
        // What a person typed is in another order.
        if (!protocol::is_ascii(name) || name <= before)
            return "the order of its CHECK constraints is not known";
        before = name;
        one.at_ghost = ghost.table + std::string(check_infix) + std::to_string(++number);
    }
    return {};
}

std::string name_like_text(
    const table_definition& table,
    std::string_view ghost_create,
    const lexical_rules& rules,
    std::vector<copied_constraint>& all
)
{
    constexpr std::string_view unknown = "the names of the copy's constraints are not known";
    const auto copy = parse_create_table(ghost_create);
    if (!copy || copy->foreign_keys.size() != table.foreign_keys.size() ||
        copy->checks.size() != table.checks.size())
        return std::string(unknown);
    std::vector<std::string> lines = copy->foreign_keys;
    lines.insert(lines.end(), copy->checks.begin(), copy->checks.end());
    for (std::size_t i = 0; i < all.size(); ++i) {
        const auto constraint = parse_constraint(lines[i]);
        if (!constraint || constraint->name.empty())
            return std::string(unknown);
        if (!protocol::is_ascii(constraint->name) &&
            family_of(rules.charset) != charset_family::utf8)
            return "the copy's constraints have names in another charset";
        all[i].at_ghost = constraint->name;
    }
    return {};
}

// What is called like those that the server names, it numbers with them.
std::string note_numbers(const table_name& ghost, copied_constraints& copies)
{
    for (const copied_constraint& one : copies.all) {
        const std::string_view infix = infix_of(one.at_original);
        if (!is_generated_name(one.at_ghost, ghost.table, infix))
            continue;
        const auto number =
            number_of(std::string_view(one.at_ghost).substr(ghost.table.size() + infix.size()));
        if (!number || !one.at_original.is_check)
            return to_text(one.at_original) + " is called like those that the server names";
        copies.last_number = std::max(copies.last_number, *number);
    }
    return {};
}

}  // namespace

copied_constraints copies_of_constraints(
    const table_definition& table,
    std::string_view create_table,
    std::string_view ghost_create,
    const table_name& ghost,
    const lexical_rules& rules
)
{
    copied_constraints copies;
    copies.objection = read_original(table, rules, copies.all);
    if (!copies.objection.empty() || copies.all.empty())
        return copies;
    if (ghost_create.empty())
        copies.objection = name_like_server(ghost, copies.all);
    else if (ghost_create == create_table)  // it stands in for the original's, which is not known
        copies.objection = "the names of its constraints are not known";
    else
        copies.objection = name_like_text(table, ghost_create, rules, copies.all);
    if (copies.objection.empty())
        copies.objection = note_numbers(ghost, copies);
    return copies;
}

std::string_view infix_of(const table_constraint& constraint)
{
    return constraint.is_check ? check_infix : foreign_key_infix;
}

std::string to_text(const table_constraint& constraint)
{
    return (constraint.is_check ? "CHECK " : "FOREIGN KEY ") + quoted_name(constraint.name);
}

}  // namespace rewrite
