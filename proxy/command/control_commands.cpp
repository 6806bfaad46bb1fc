#include "proxy/admin/status_json.hpp"
#include "proxy/admin/summary_text.hpp"
#include "proxy/command/admin_client.hpp"
#include "proxy/command/commands.hpp"
#include "proxy/command/output.hpp"
#include "proxy/store/ledger.hpp"

#include <CLI/CLI.hpp>
#include <charconv>
#include <map>
#include <nlohmann/json.hpp>

// The commands that talk to a running unghost.
namespace proxy {

namespace {

using nlohmann::json;

// From the ledger, where its folder is known, with what the running process knows since; newest
// first.
std::vector<rewrite::migration_summary> read_migrations(const admin_flags& flags)
{
    std::map<std::uint64_t, rewrite::migration_summary, std::greater<>> all;
    const std::filesystem::path folder = flags.folder();
    const bool has_ledger = !folder.empty() && std::filesystem::exists(folder / "ledger");
    if (has_ledger)
        for (auto& one : ledger(folder / "ledger", ledger_access::read_only).migrations())
            all.insert_or_assign(one.id, std::move(one));
    try {
        const json status = ask_status(flags.where());
        for (const json& one : status.at("migrations")) {
            auto now = migration_from_json(one);
            now.alter_text = all[now.id].alter_text;
            all.insert_or_assign(now.id, std::move(now));
        }
    } catch (const command_error&) {
        if (!has_ledger)
            throw;
    }
    std::vector<rewrite::migration_summary> list;
    list.reserve(all.size());
    for (auto& [id, one] : all)
        list.push_back(std::move(one));
    return list;
}

void print_migrations(const std::vector<rewrite::migration_summary>& list, bool as_json)
{
    if (as_json) {
        json made = json::array();
        for (const auto& one : list)
            made.push_back(to_json(one, alter_clauses::shown));
        return print_json(made);
    }
    if (list.empty())
        print_text("No schema change by a known tool so far.\n");
    for (const auto& one : list)
        print_text(describe(one) + "\n");
}

}  // namespace

void add_status(CLI::App& app, int& exit_code)
{
    struct status_flags
    {
        admin_flags of;
        bool as_json = false;
    };
    auto flags = std::make_shared<status_flags>();
    CLI::App* command = app.add_subcommand("status", "Show the status of a running unghost");
    command->footer(R"(Examples:
  unghost status --data /var/lib/unghost
  unghost status --admin 127.0.0.1:9307 --json

Exit code 1: publishing is stopped and waits for `unghost resume`.)");
    flags->of.add_to(*command);
    command->add_flag("--json", flags->as_json, "Print JSON (docs/json.md)");
    command->callback([flags, &exit_code] {
        const json status = ask_status(flags->of.where());
        if (flags->as_json)
            print_json(status);
        else
            print_text(describe_status(status));
        exit_code = status.value("phase", "") == "stopped" ? exit_finding : exit_good;
    });
}

void add_migrations(CLI::App& app, int& exit_code)
{
    struct migrations_flags
    {
        admin_flags of;
        bool as_json = false;
    };
    auto flags = std::make_shared<migrations_flags>();
    CLI::App* command = app.add_subcommand(
        "migrations", "List the schema changes seen, newest first, with their verdicts"
    );
    command->footer(R"(Examples:
  unghost migrations --data /var/lib/unghost
  unghost migrations --data /var/lib/unghost --json

With --data this also works while unghost is not running.)");
    flags->of.add_to(*command);
    command->add_flag("--json", flags->as_json, "Print JSON (docs/json.md)");
    command->callback([flags, &exit_code] {
        print_migrations(read_migrations(flags->of), flags->as_json);
        exit_code = exit_good;
    });
}

void add_consumers(CLI::App& app, int& exit_code)
{
    struct consumers_flags
    {
        admin_flags of;
        bool as_json = false;
    };
    auto flags = std::make_shared<consumers_flags>();
    CLI::App* command =
        app.add_subcommand("consumers", "List who is connected, and how far each has read");
    command->footer(R"(Examples:
  unghost consumers --data /var/lib/unghost
  unghost consumers --data /var/lib/unghost --json)");
    flags->of.add_to(*command);
    command->add_flag("--json", flags->as_json, "Print JSON (docs/json.md)");
    command->callback([flags, &exit_code] {
        const json status = ask_status(flags->of.where());
        if (flags->as_json)
            print_json(status.value("sessions", json::array()));
        else
            print_text(describe_consumers(status));
        exit_code = exit_good;
    });
}

void add_position(CLI::App& app, int& exit_code)
{
    struct position_flags
    {
        admin_flags of;
        std::string place;
        bool as_json = false;
    };
    auto flags = std::make_shared<position_flags>();
    CLI::App* command = app.add_subcommand(
        "position", "Translate a position of the source's log into one of unghost's log, or back"
    );
    command->footer(R"(Examples:
  unghost position mysql-bin.000123:157 --data /var/lib/unghost
  unghost position mysql-bin.1000000123:157 --data /var/lib/unghost

The file's number tells whose file it is: unghost's numbers begin at 1000000000. A position inside a
rewritten transaction has no counterpart in the other log; then the positions before and after it
are printed, and the exit code is 1.)");
    command->add_option("POSITION", flags->place, "FILE:POSITION")->required();
    flags->of.add_to(*command);
    command->add_flag("--json", flags->as_json, "Print JSON (docs/json.md)");
    command->callback([flags, &exit_code] {
        position_question asked;
        const std::string& text = flags->place;
        const std::size_t colon = text.rfind(':');
        asked.file = text.substr(0, colon);
        const char* const end = text.data() + text.size();
        const auto [stop, wrong] =
            colon == std::string::npos
                ? std::from_chars(end, end, asked.position)
                : std::from_chars(text.data() + colon + 1, end, asked.position);
        if (asked.file.empty() || wrong != std::errc() || stop != end)
            throw command_error(
                exit_usage, "give the position as FILE:POSITION, for example mysql-bin.000123:157"
            );
        const json answer = ask_position(flags->of.where(), asked);
        if (flags->as_json)
            print_json(answer);
        else
            print_text(describe_position(asked, answer));
        exit_code = answer.at("there").is_object() ? exit_good : exit_finding;
    });
}

void add_resume(CLI::App& app, int& exit_code)
{
    struct resume_flags
    {
        admin_flags data;
        std::string id;
        bool pass = false;
        bool empty = false;
        std::string sql;
    };
    auto flags = std::make_shared<resume_flags>();
    CLI::App* command = app.add_subcommand("resume", "Resume publishing after a stop");
    command->footer(R"(Examples:
  unghost resume mysql-bin.000123:157 --pass --data /var/lib/unghost
  unghost resume mysql-bin.000123:157 --sql 'ALTER TABLE shop.orders ADD COLUMN c int' \
      --data /var/lib/unghost

`unghost status` shows the stop, its id, and which of the three it accepts. The answer is recorded:
unghost does not ask for it a second time. It is taken at the socket control.sock in the data folder,
which unghost's own user and root may open.)");
    command->add_option("ID", flags->id, "The stop's id, as `unghost status` shows it")->required();
    auto* words =
        command->add_option_group("word", "What to serve in place of the event that it stopped at");
    words->add_flag("--pass", flags->pass, "Serve what the source wrote");
    words->add_flag("--empty", flags->empty, "Serve an empty transaction");
    words->add_option("--sql", flags->sql, "Serve this statement")->type_name("TEXT");
    words->require_option(1);
    flags->data.add_folder_to(*command);
    command->callback([flags, &exit_code] {
        const std::string word = flags->pass ? "pass" : flags->empty ? "empty" : "sql";
        const std::filesystem::path folder = flags->data.folder();
        if (folder.empty())
            throw command_error(exit_usage, "which unghost? Give --data DIR or --config FILE");
        if (const auto refused = ask_resume(folder, flags->id, word, flags->sql))
            throw command_error(exit_finding, *refused);
        print_text("resumed\n");
        exit_code = exit_good;
    });
}

}  // namespace proxy
