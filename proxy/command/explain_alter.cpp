#include "proxy/command/explain_alter.hpp"

#include "protocol/server_version.hpp"
#include "proxy/command/commands.hpp"
#include "proxy/command/schema_dump.hpp"
#include "proxy/config_reader.hpp"
#include "proxy/source/facts_query.hpp"
#include "proxy/source/source_variables.hpp"
#include "rewrite/sql/statement.hpp"
#include "rewrite/verdict/advice.hpp"

#include <fmt/format.h>
#include <fstream>

namespace proxy {

namespace {

// A name, and what is known of it.
struct asked_table
{
    rewrite::table_name name;
    rewrite::facts known;
    std::uint32_t version = rewrite::default_server_version;
    std::string time_zone;  // that a tool's session would have
};

rewrite::name_case names_of(const source_variables& all)
{
    const std::string rule = variable(all, "lower_case_table_names");
    return rule == "1"   ? rewrite::name_case::lower
           : rule == "2" ? rewrite::name_case::insensitive
                         : rewrite::name_case::sensitive;
}

asio::awaitable<asked_table> ask(const source_access& access, rewrite::table_name typed)
{
    asked_table answer;
    source_log log;
    {
        const auto source = co_await access.connect();
        const auto all = co_await read_source_variables(*source);
        answer.version = protocol::version_number(source->hello().server_version);
        answer.time_zone = variable(all, "time_zone");
        answer.name = rewrite::resolve(typed.schema, typed.table, {}, names_of(all));
        if (const auto uuid = protocol::parse_uuid(variable(all, "server_uuid")))
            log.uuid = *uuid;
    }
    facts_query facts(access.name(), access.login(), access.dial());
    answer.known = co_await facts.ask(answer.name, std::move(log));
    co_return answer;
}

rewrite::table_name typed_table(const planned_migration& asked)
{
    try {
        return parse_table(asked.table);
    } catch (const std::runtime_error& error) {
        throw command_error(exit_usage, error.what());
    }
}

std::string refusal_text(const rewrite::migration_plan& plan, const rewrite::facts& known)
{
    const std::string why = rewrite::refusal(plan, known);
    return why.empty() ? std::string() : "MySQL would refuse this ALTER: " + why;
}

rewrite::migration_plan
plan_of(const planned_migration& asked, const planned_verdict& planned, const asked_table& table)
{
    rewrite::migration_plan plan =
        rewrite::plan_for_alter(planned.clauses, table.name, table.version, asked.which);
    plan.time_zone = table.time_zone;
    // A trigger tool makes its copy by the original's text, not by LIKE.
    if (rewrite::description_of(asked.which).rows == rewrite::row_source::triggers)
        plan.ghost_create = table.known.create_table;
    return plan;
}

planned_verdict begun(const planned_migration& asked)
{
    planned_verdict planned;
    planned.which = asked.which;
    planned.clauses = clauses_of(asked.alter);
    return planned;
}

planned_verdict judged(const planned_migration& asked, const asked_table& table)
{
    planned_verdict planned = begun(asked);
    planned.table = table.name;
    planned.has_definition = true;
    planned.rows = table.known.rows;
    planned.bytes = table.known.bytes;
    const rewrite::migration_plan plan = plan_of(asked, planned, table);
    planned.refusal = refusal_text(plan, table.known);
    if (!planned.refusal.empty())
        return planned;
    planned.ruling = rewrite::judge(plan, &table.known, asked.rules);
    if (planned.ruling.what == rewrite::outcome::pass) {
        planned.settings = rewrite::settings_that_fold(plan, table.known, asked.rules);
        planned.ways = rewrite::ways_that_fold(plan, table.known, asked.rules);
    } else if (rewrite::wants_count(planned.ruling, asked.rules)) {
        planned.uncounted = table.known.uncountable;
        planned.counts = planned.uncounted.empty();
    }
    return planned;
}

// The ALTER would fail, and yet there is something to say about it.
planned_verdict
judged_without(const planned_migration& asked, const asked_table& table, const std::string& where)
{
    planned_verdict planned = explain_without_table(asked);
    planned.table = table.name;
    if (planned.refusal.empty())
        planned.refusal =
            fmt::format("{} has no table {}: is the name right?", where, to_text(table.name));
    return planned;
}

}  // namespace

std::string clauses_of(const std::string& alter)
{
    const auto read = rewrite::read_statement(alter, "x", {}, rewrite::name_case::sensitive);
    if (read.kind == rewrite::statement_kind::alter_table)
        return alter.substr(
            std::min(alter.find_first_not_of(" \t\n", read.clauses_offset), alter.size())
        );
    return alter;
}

rewrite::tool parse_tool(const std::string& name)
{
    if (const auto known = rewrite::tool_named(name))
        return *known;
    throw command_error(exit_usage, fmt::format("--tool: \"{}\" should be gh-ost or pt-osc", name));
}

planned_verdict explain_at_source(const source_access& access, const planned_migration& asked)
{
    const asked_table table = access.run(ask(access, typed_table(asked)));
    if (table.known.create_table.empty() && table.known.missing.empty())
        return judged_without(asked, table, access.name());
    return judged(asked, table);
}

planned_verdict explain_by_dump(
    const std::filesystem::path& dump, rewrite::name_case names, const planned_migration& asked
)
{
    std::ifstream in(dump, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    if (!in)
        throw command_error(
            exit_usage, fmt::format("{} cannot be read; is the path right?", dump.string())
        );
    const auto tables = read_schema_dump(text, names);
    const rewrite::table_name typed = typed_table(asked);
    asked_table table{.name = rewrite::resolve(typed.schema, typed.table, {}, names)};
    const auto found = tables.find(table.name);
    if (found == tables.end())
        return judged_without(asked, table, dump.string());
    table.known = found->second;
    return judged(asked, table);
}

planned_verdict explain_without_table(const planned_migration& asked)
{
    planned_verdict planned = begun(asked);
    asked_table table{.name = {.schema = "d", .table = "t"}};
    if (!asked.table.empty())
        planned.table = table.name = typed_table(asked);
    table.known.missing = "nobody said which table";
    const rewrite::migration_plan plan = plan_of(asked, planned, table);
    planned.refusal = refusal_text(plan, table.known);
    if (!planned.refusal.empty())
        return planned;
    rewrite::clause_ruling made = rewrite::judge_without_table(plan, asked.rules);
    planned.ruling = std::move(made.ruling);
    planned.lacks = std::move(made.lacks);
    planned.needs = std::move(made.needs);
    planned.counts = rewrite::wants_count(planned.ruling, asked.rules);
    return planned;
}

}  // namespace proxy
