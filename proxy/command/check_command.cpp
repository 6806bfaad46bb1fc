#include "proxy/command/admin_client.hpp"
#include "proxy/command/commands.hpp"
#include "proxy/command/config_check.hpp"
#include "proxy/command/config_flags.hpp"
#include "proxy/command/output.hpp"
#include "proxy/command/source_session.hpp"
#include "proxy/config_reader.hpp"
#include "proxy/source/facts_query.hpp"
#include "proxy/source/replica_check.hpp"
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

struct check_flags
{
    config_flags from;
    std::string consumer;  // HOST:PORT
    std::string consumer_user;
    std::string consumer_password_file;
    bool file_only = false;
    bool as_json = false;

    // The unghost that would serve it.
    admin_flags running() const
    {
        return {.admin = from.admin, .data = from.data, .config = from.file};
    }
};

// Said of consumers as a whole: whether they may be moved now. Nothing if no unghost runs.
std::vector<finding> check_moving(const check_flags& flags)
{
    const admin_flags running = flags.running();
    if (running.admin.empty() && running.folder().empty())
        return {};
    nlohmann::json status;
    try {
        status = ask_status(running.where());
    } catch (const command_error&) {
        return {};  // `check` comes before the first `serve`, mostly
    }
    if (status.value("phase", "") != "serving")
        return {
            {finding_level::note,
             "moving",
             fmt::format(
                 "unghost is {}: move consumers when it serves (unghost status)",
                 status.value("phase", "not well")
             )}
        };
    if (status.value("safe_to_move", nlohmann::json()) == true)
        return {
            {finding_level::good,
             "moving",
             "nothing is hidden now: consumers can be moved here or away"}
        };
    return {
        {finding_level::warning,
         "moving",
         "tables are hidden until their migration is over: move consumers later (unghost status)"}
    };
}

protocol::gtid_set set_of(const nlohmann::json& status, const char* key)
{
    const auto found = status.find(key);
    if (found != status.end() && found->is_string())
        if (auto set = protocol::parse_gtid_set(found->get<std::string>()))
            return std::move(*set);
    throw command_error(
        exit_unreachable,
        fmt::format("the running unghost does not say its {}; is it of this version?", key)
    );
}

std::optional<position_status> place_of(const nlohmann::json& from)
{
    if (!from.is_object())
        return std::nullopt;
    return position_status{from.value("file", ""), from.value("position", std::uint64_t{0})};
}

asio::awaitable<replica_place> read_place(const source_access& access)
{
    const auto replica = co_await access.connect();
    co_return co_await read_replica_place(*replica);
}

void append(std::vector<finding>& to, std::vector<finding> more)
{
    std::ranges::move(more, std::back_inserter(to));
}

std::vector<finding> check_consumer(const check_flags& flags, const config& chosen)
{
    config to = chosen;
    try {
        to.source.where = parse_address(flags.consumer, source_port);
    } catch (const std::runtime_error& error) {
        throw command_error(exit_usage, fmt::format("--consumer: {}", error.what()));
    }
    if (flags.consumer_user.empty() != flags.consumer_password_file.empty())
        throw command_error(
            exit_usage, "give both --consumer-user and --consumer-password-file, or neither"
        );
    // With the source's own account the consumer must be as trustworthy as the source.
    if (!flags.consumer_user.empty()) {
        to.source.user = flags.consumer_user;
        to.source.password_file = flags.consumer_password_file;
        to.source.tls = std::min(to.source.tls, tls_mode::required);
    }

    const address running = flags.running().where();
    const nlohmann::json status = ask_status(running);
    const served_place here{
        .source_uuid = status.at("source").value("server_uuid", ""),
        .executed = set_of(status, "gtid_executed"),
        .purged = set_of(status, "gtid_purged"),
        .translate =
            [&](const position_question& asked) {
                const nlohmann::json answer = ask_position(running, asked);
                return position_answer{
                    .is_ours = answer.value("is_ours", false),
                    .there = place_of(answer.at("there")),
                    .before = place_of(answer.at("before")),
                    .after = place_of(answer.at("after")),
                };
            },
    };
    try {
        const source_access access(to, "consumer");
        return check_replica(access.run(read_place(access)), here);
    } catch (const source_error& error) {
        throw command_error(
            exit_unreachable,
            fmt::format(
                "--consumer: {}. --consumer-user and --consumer-password-file name an account "
                "there with REPLICATION CLIENT",
                error.what()
            )
        );
    }
}

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

std::string lines_of(const std::vector<finding>& findings)
{
    std::string text;
    for (const finding& one : findings)
        text += fmt::format("{:<5} {}: {}\n", word_of(one.level), one.topic, one.text);
    return text;
}

std::string report_of(const source_access& access, const checked& result, bool servable)
{
    std::string text = lines_of(result.findings);
    text += fmt::format(
        "\n{} {}.\n",
        access.name(),
        servable ? "can be served" : "cannot be served before what FAILs is put right"
    );
    const bool lacks = std::ranges::any_of(result.findings, [](const finding& one) {
        return one.topic == "rights" && one.level != finding_level::good;
    });
    if (lacks && !result.account.empty())
        text += fmt::format(
            "Run this at the source to give the account what it needs:\n  {}\n",
            grant_line(result.account)
        );
    return text;
}

nlohmann::json to_json(const checked& result, bool servable)
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
    return made;
}

bool is_problem(const finding& one)
{
    return one.level == finding_level::problem;
}

int check_file(const check_flags& flags)
{
    const checked result{.findings = check_config(flags.from.read()), .account = {}};
    const bool good = std::ranges::none_of(result.findings, is_problem);
    if (flags.as_json)
        print_json(to_json(result, good));
    else
        print_text(lines_of(result.findings));
    return good ? exit_good : exit_usage;
}

int check_all(const check_flags& flags)
{
    const config chosen = flags.from.read();
    require_source(chosen);
    const source_access access(chosen);
    checked result = access.run(check(access));
    if (!chosen.store.folder.empty() && !flags.from.file.empty())
        append(result.findings, check_config(chosen));
    append(result.findings, check_moving(flags));
    if (!flags.consumer.empty())
        append(result.findings, check_consumer(flags, chosen));
    const bool servable = std::ranges::none_of(result.findings, [&](const finding& one) {
        return is_problem(one) && one.topic != "consumer";
    });
    if (flags.as_json)
        print_json(to_json(result, servable));
    else
        print_text(report_of(access, result, servable));
    return std::ranges::none_of(result.findings, is_problem) ? exit_good : exit_finding;
}

}  // namespace

void add_check(CLI::App& app, int& exit_code)
{
    auto flags = std::make_shared<check_flags>();
    CLI::App* command =
        app.add_subcommand("check", "Check whether a source can be served, and what is missing");
    command->footer(R"(Examples:
  unghost check --source db1:3306 --user unghost --password-file source.pw
  unghost check --config /etc/unghost/main.toml
  unghost check --config /etc/unghost/main.toml --file-only
  unghost check --config /etc/unghost/main.toml --consumer replica1:3306

--consumer asks a MySQL replica for its position, and says whether it would find it here. That needs
a running unghost, named by its data folder, its admin address or its configuration file.

Nothing is changed at the source or the consumer. Each line is OK, NOTE, WARN (works, with limits) or
FAIL (cannot be served, would not find its position). The exit code is 1 if any line is FAIL; with
--file-only it is 2.)");
    flags->from.add_source_to(*command);
    command
        ->add_option(
            "--consumer",
            flags->consumer,
            "A replica: check whether it would find its position here"
        )
        ->type_name("HOST:PORT");
    command
        ->add_option(
            "--consumer-user",
            flags->consumer_user,
            "Account there (default: the same as at the source)"
        )
        ->type_name("NAME");
    command
        ->add_option(
            "--consumer-password-file",
            flags->consumer_password_file,
            "File whose first line is its password"
        )
        ->type_name("FILE");
    command->add_option("--data", flags->from.data, "Data folder of the running unghost")
        ->type_name("DIR");
    command->add_option("--admin", flags->from.admin, "Or its admin address")
        ->type_name("HOST:PORT");
    command->add_flag(
        "--file-only", flags->file_only, "Check the configuration and the files it names, no server"
    );
    command->add_flag("--json", flags->as_json, "Print JSON (docs/json.md)");
    command->callback([flags, &exit_code] {
        exit_code = flags->file_only ? check_file(*flags) : check_all(*flags);
    });
}

}  // namespace proxy
