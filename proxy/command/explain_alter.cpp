#include "proxy/command/explain_alter.hpp"

#include "protocol/server_version.hpp"
#include "proxy/admin/summary_text.hpp"
#include "proxy/command/commands.hpp"
#include "proxy/config_reader.hpp"
#include "proxy/source/facts_query.hpp"
#include "proxy/source/source_variables.hpp"
#include "rewrite/sql/statement.hpp"
#include "rewrite/verdict/advice.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace proxy {

namespace {

struct asked
{
    rewrite::table_name table;
    rewrite::facts known;
    std::uint32_t version = 0;
    std::string time_zone;  // that a tool's session would have
};

rewrite::name_case names_of(const source_variables& all)
{
    const std::string rule = variable(all, "lower_case_table_names");
    return rule == "1"   ? rewrite::name_case::lower
           : rule == "2" ? rewrite::name_case::insensitive
                         : rewrite::name_case::sensitive;
}

asio::awaitable<asked> ask(const source_access& access, rewrite::table_name typed)
{
    asked answer;
    source_log log;
    {
        const auto source = co_await access.connect();
        const auto all = co_await read_source_variables(*source);
        answer.version = protocol::version_number(source->hello().server_version);
        answer.time_zone = variable(all, "time_zone");
        answer.table = rewrite::resolve(typed.schema, typed.table, {}, names_of(all));
        if (const auto uuid = protocol::parse_uuid(variable(all, "server_uuid")))
            log.uuid = *uuid;
    }
    facts_query facts(access.name(), access.login(), access.dial());
    answer.known = co_await facts.ask(answer.table, std::move(log));
    co_return answer;
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

planned_verdict explain_alter(
    const source_access& access,
    const std::string& alter,
    const std::string& table,
    const rewrite::policy& rules
)
{
    planned_verdict planned{.clauses = clauses_of(alter)};
    rewrite::table_name typed;
    try {
        typed = parse_table(table);
    } catch (const std::runtime_error& error) {
        throw command_error(exit_usage, error.what());
    }
    const asked answer = access.run(ask(access, typed));
    planned.table = answer.table;
    if (answer.known.create_table.empty() && answer.known.missing.empty())
        throw command_error(
            exit_usage,
            fmt::format(
                "{} has no table {}: is the name right?", access.name(), to_text(answer.table)
            )
        );
    rewrite::migration_plan plan =
        rewrite::plan_for_alter(planned.clauses, answer.table, answer.version);
    plan.time_zone = answer.time_zone;
    if (const std::string refused = rewrite::refusal(plan, answer.known); !refused.empty())
        throw command_error(
            exit_usage,
            fmt::format("MySQL would refuse this ALTER of {}: {}", to_text(answer.table), refused)
        );
    planned.ruling = rewrite::judge(plan, &answer.known, rules);
    if (planned.ruling.what == rewrite::outcome::pass)
        planned.settings = rewrite::settings_that_fold(plan, answer.known, rules);
    return planned;
}

std::string to_text(const planned_verdict& planned)
{
    const bool folds = planned.ruling.what == rewrite::outcome::fold;
    std::string text = fmt::format("{}: {}\n", to_text(planned.table), planned.clauses);
    text +=
        fmt::format("  verdict     {}: {}\n", to_text(planned.ruling.what), planned.ruling.reason);
    if (folds)
        text += fmt::format(
            "  cost        {} at a MySQL replica\n\nConsumers will get it as one ALTER TABLE when "
            "the tool "
            "cuts over.\n",
            to_text(planned.ruling.price)
        );
    else
        text += "\nConsumers will get all that the tool writes, as without unghost.\n";
    if (!planned.settings.empty())
        text += fmt::format(
            "It would be folded with {}{}.\n",
            planned.settings,
            planned.settings.starts_with("unproven") ? ": right only if you know that the reason "
                                                       "above does not apply to the table's rows"
                                                     : ""
        );
    return text;
}

nlohmann::json to_json(const planned_verdict& planned)
{
    return {
        {"table", to_json(planned.table)},
        {"alter", planned.clauses},
        {"outcome", to_text(planned.ruling.what)},
        {"reason", planned.ruling.reason},
        {"cost", to_text(planned.ruling.price)},
        {"unproven", planned.ruling.unproven},
        {"settings", planned.settings},
    };
}

}  // namespace proxy
