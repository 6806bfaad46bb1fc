#include "proxy/command/commands.hpp"
#include "proxy/command/config_flags.hpp"
#include "proxy/command/source_session.hpp"
#include "proxy/source/facts_query.hpp"
#include "proxy/source/source_check.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace proxy {

namespace {

struct checked
{
    std::vector<finding> findings;
    std::string account;  // "unghost@%"
};

asio::awaitable<checked> check(const source_access& access)
{
    const auto source = co_await access.connect();
    checked result;
    result.findings = co_await check_source(*source);
    try {
        result.account = (co_await read_account(*source)).name;
    } catch (const source_error&) {
        result.account.clear();  // what it may not ask of itself is a finding already
    }
    co_return result;
}

std::string_view word_of(finding_level level)
{
    switch (level) {
        case finding_level::good: return "OK";
        case finding_level::note: return "NOTE";
        case finding_level::warning: return "WARN";
        case finding_level::problem: return "FAIL";
    }
    return "?";
}

void print_text(const source_access& access, const checked& result, bool servable)
{
    for (const finding& one : result.findings)
        fmt::print("{:<5} {}: {}\n", word_of(one.level), one.topic, one.text);
    fmt::print(
        "\n{} {}.\n",
        access.name(),
        servable ? "can be served" : "cannot be served before what FAILs is put right"
    );
    if (!result.account.empty())
        fmt::print("What its account needs, run there:\n  {}\n", grant_line(result.account));
}

void print_json(const checked& result, bool servable)
{
    nlohmann::json made = {
        {"servable", servable},
        {"findings", nlohmann::json::array()},
        {"grant", result.account.empty() ? "" : grant_line(result.account)},
    };
    for (const finding& one : result.findings)
        made["findings"].push_back(
            {{"level", word_of(one.level)}, {"topic", one.topic}, {"text", one.text}}
        );
    fmt::print("{}\n", made.dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
}

}  // namespace

void add_check(CLI::App& app, int& exit_code)
{
    struct check_flags
    {
        config_flags from;
        bool as_json = false;
    };
    auto flags = std::make_shared<check_flags>();
    CLI::App* command =
        app.add_subcommand("check", "Say whether a source can be served, and what is missing");
    command->footer(R"(Examples:
  unghost check --source db1:3306 --user unghost --password-file source.pw
  unghost check --config /etc/unghost/main.toml

Nothing is changed at the source. Each line is OK, NOTE, WARN (works, but less than it could) or
FAIL (cannot be served). Exit code 1 if one FAILs.)");
    flags->from.add_source_to(*command);
    command->add_flag("--json", flags->as_json, "Print JSON (docs/json.md)");
    command->callback([flags, &exit_code] {
        const config chosen = flags->from.read();
        require_source(chosen);
        const source_access access(chosen);
        const checked result = access.run(check(access));
        const bool servable = std::ranges::none_of(result.findings, [](const finding& one) {
            return one.level == finding_level::problem;
        });
        if (flags->as_json)
            print_json(result, servable);
        else
            print_text(access, result, servable);
        exit_code = servable ? exit_good : exit_finding;
    });
}

}  // namespace proxy
