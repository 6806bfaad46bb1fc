#include "proxy/command/commands.hpp"
#include "proxy/command/config_flags.hpp"
#include "proxy/command/explain_alter.hpp"
#include "proxy/command/explain_files.hpp"
#include "proxy/command/offline_flags.hpp"
#include "proxy/command/output.hpp"
#include "proxy/command/progress_line.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace proxy {

namespace {

struct explain_flags
{
    offline_flags input;
    config_flags source;
    std::string alter;
    bool as_json = false;
};

void explain_logs(const explain_flags& flags)
{
    for (const std::string& file : flags.input.files)
        if (!std::filesystem::exists(file))
            throw command_error(
                exit_usage,
                fmt::format(
                    "{}: no such file. For a table of a running server give --alter and --source",
                    file
                )
            );
    progress_line line;
    const explanation found =
        explain_files(flags.input.options(), [&](std::uint64_t done, std::uint64_t all) {
            line.show(done, all);
        });
    line.clear();
    if (flags.as_json)
        print_json(to_json(found));
    else
        print_text(to_text(found));
}

// The exit code.
int explain_plan(const explain_flags& flags)
{
    if (flags.input.files.size() != 1)
        throw command_error(exit_usage, "--alter is about one table: give it as DATABASE.TABLE");
    const config chosen = flags.source.read();
    require_source(chosen);
    rewrite::policy rules = chosen.fold.rules;
    rules.fold_unproven = rules.fold_unproven || flags.input.unproven == "fold";
    rules.keep_values = rules.keep_values || flags.input.damage == "keep";
    rules.fold_rebuilds = rules.fold_rebuilds && flags.input.rebuild == "fold";
    const planned_verdict planned =
        explain_alter(source_access(chosen), flags.alter, flags.input.files.front(), rules);
    if (flags.as_json)
        print_json(to_json(planned));
    else
        print_text(to_text(planned));
    return planned.ruling.what == rewrite::outcome::fold ? exit_good : exit_finding;
}

}  // namespace

void add_explain(CLI::App& app, int& exit_code)
{
    auto flags = std::make_shared<explain_flags>();
    CLI::App* command =
        app.add_subcommand("explain", "Say what would be folded or passed, and why");
    command->footer(R"(Examples:
  unghost explain mysql-bin.000041 mysql-bin.000042
  unghost explain --json mysql-bin.000041
  unghost explain --alter "ADD COLUMN c int" shop.orders \
      --source db1:3306 --user unghost --password-file source.pw

The first two read binary log files. The third asks a running server about a schema change that you
plan; its exit code is 0 if it would be folded, 1 if it would be passed, and 2 if MySQL would refuse it,
as far as its words and the names in it tell.)");
    command
        ->add_option(
            "files", flags->input.files, "Binary log files, oldest first; or DATABASE.TABLE"
        )
        ->type_name("IN...")
        ->required();
    command->add_flag("--json", flags->as_json, "Print JSON (docs/json.md)");
    command->add_option("--alter", flags->alter, "The ALTER you plan: asks the source about it")
        ->type_name("TEXT");
    flags->input.add_to(*command);
    flags->source.add_source_to(*command);
    command->callback([flags, &exit_code] {
        if (!flags->alter.empty()) {
            exit_code = explain_plan(*flags);
            return;
        }
        explain_logs(*flags);
        exit_code = exit_good;
    });
}

}  // namespace proxy
