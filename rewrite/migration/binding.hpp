#pragma once

#include "rewrite/sql/statement.hpp"

#include <optional>

// How the tools' statements look. Names and markers only nominate a table for a role; what binds a
// ghost to its original is a statement that names both: gh-ost's CREATE ... LIKE, pt-osc's trigger.
namespace rewrite {

// gh-ost marks its DDL with this comment. (Its DROPs lose it: the server writes them anew.)
bool has_gh_ost_marker(const statement& read);

enum class gh_ost_role : std::uint8_t {
    none,
    ghost,       // _t_gho
    changelog,   // _t_ghc
    sentry,      // _t_del while the sentry; the old table afterwards
    checkpoint,  // _t_ghk
};
struct gh_ost_name
{
    gh_ost_role role = gh_ost_role::none;
    std::string
        base;  // between the first _ and the suffix; cut to fit 64 bytes, so not always t's name
};
gh_ost_name nominate(const table_name& name);
// The ghost that goes with a changelog, sentry or checkpoint table; empty if the name is no such.
// Long names are cut differently for `_YYYYMMDDhhmmss_del`, so a sentry may match by its prefix
// only.
bool same_run(const gh_ost_name& helper, const table_name& helper_name, const table_name& ghost);

// A trigger as pt-online-schema-change makes it: AFTER, on the original, doing nothing but DELETE
// IGNORE FROM and REPLACE INTO one other table.
struct tool_trigger
{
    table_name name;
    table_name original;
    table_name ghost;
};
std::optional<tool_trigger> read_tool_trigger(
    std::string_view text,
    const statement& read,
    std::string_view default_database,
    const lexical_rules& rules,
    name_case names
);
// The same for a trigger known by its facts: does its body write nothing but the ghost?
bool writes_only(std::string_view body, const table_name& ghost, name_case names);

// Row changes sent by the tools carry a comment; only logged with ROWS_QUERY or as statements.
bool has_tool_marker(std::string_view text);

}  // namespace rewrite
