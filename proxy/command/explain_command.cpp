#include "proxy/command/commands.hpp"
#include "proxy/command/explain_files.hpp"
#include "proxy/command/offline_flags.hpp"
#include "proxy/command/progress_line.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace proxy {

namespace {

void explain(const offline_flags& input, bool as_json)
{
    progress_line line;
    const explanation found =
        explain_files(input.options(), [&](std::uint64_t done, std::uint64_t all) {
            line.show(done, all);
        });
    line.clear();
    if (as_json)
        fmt::print(
            "{}\n", to_json(found).dump(2, ' ', false, nlohmann::json::error_handler_t::replace)
        );
    else
        fmt::print("{}", to_text(found));
}

}  // namespace

void add_explain(CLI::App& app, int& exit_code)
{
    struct explain_flags
    {
        offline_flags input;
        bool as_json = false;
    };
    auto flags = std::make_shared<explain_flags>();
    CLI::App* command =
        app.add_subcommand("explain", "Say what would be folded or passed, and why");
    command->footer(R"(Examples:
  unghost explain mysql-bin.000041 mysql-bin.000042
  unghost explain --json mysql-bin.000041)");
    command->add_option("files", flags->input.files, "Binary log files, oldest first")
        ->type_name("IN...")
        ->required()
        ->check(CLI::ExistingFile);
    command->add_flag("--json", flags->as_json, "Print JSON (docs/json.md)");
    flags->input.add_to(*command);
    command->callback([flags, &exit_code] {
        explain(flags->input, flags->as_json);
        exit_code = exit_good;
    });
}

}  // namespace proxy
