#include "proxy/admin/status_json.hpp"
#include "proxy/command/admin_client.hpp"
#include "proxy/command/commands.hpp"
#include "proxy/command/output.hpp"
#include "proxy/command/stop_text.hpp"

#include <CLI/CLI.hpp>
#include <charconv>
#include <nlohmann/json.hpp>

// The commands that talk to a running unghost.
namespace proxy {

namespace {

using nlohmann::json;

// For whoever may open the control socket.
std::string look_at_stop(const json& status, const admin_flags& of)
{
    const std::filesystem::path folder = of.folder();
    if (status.value("phase", "") != "stopped" || folder.empty())
        return {};
    try {
        return "\n" + describe_stop_look(ask_stop(folder, {}));
    } catch (const command_error&) {
        return {};
    }
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

Exit code 1: publishing is stopped and waits for `unghost resume`, or the source cannot be followed.)"
    );
    flags->of.add_to(*command);
    command->add_flag("--json", flags->as_json, "Print JSON (docs/json.md)");
    command->callback([flags, &exit_code] {
        const json status = ask_status(flags->of.where());
        if (flags->as_json)
            print_json(status);
        else
            print_text(describe_status(status) + look_at_stop(status, flags->of));
        const std::string phase = status.value("phase", "");
        exit_code = phase == "stopped" || phase == "not following" ? exit_finding : exit_good;
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

}  // namespace proxy
