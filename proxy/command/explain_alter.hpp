#pragma once

#include "proxy/command/planned_verdict.hpp"
#include "proxy/command/source_session.hpp"

namespace proxy {

// A migration that somebody plans.
struct planned_migration
{
    std::string alter;  // its clauses, or the whole statement
    std::string table;  // DATABASE.TABLE
    rewrite::tool which = rewrite::default_tool;
    rewrite::policy rules;
};

// The clauses of "ADD COLUMN c int" and of "ALTER TABLE t ADD COLUMN c int".
std::string clauses_of(const std::string& alter);

// "gh-ost", "pt-osc", "pt-online-schema-change". Throws command_error.
rewrite::tool parse_tool(const std::string& name);

// Of a table at the source. Throws command_error, source_error, and as source_access::run does.
planned_verdict explain_at_source(const source_access& access, const planned_migration& asked);

// Of a table in a dump (`mysqldump --no-data`). Throws command_error.
planned_verdict explain_by_dump(
    const std::filesystem::path& dump, rewrite::name_case names, const planned_migration& asked
);

// Of any table: asked.table may be empty.
planned_verdict explain_without_table(const planned_migration& asked);

}  // namespace proxy
