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
    std::string tool = "gh-ost";
    bool as_json = false;
};

void explain_logs(const explain_flags& flags)
{
    if (flags.input.files.empty())
        throw command_error(
            exit_usage, "Nothing to explain: name binary log files, or give --alter TEXT"
        );
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

// Of a dump's table if one is given, else of the source's, else of any table.
planned_verdict explained(const explain_flags& flags)
{
    const std::vector<std::string>& tables = flags.input.files;
    const config chosen = flags.source.read();
    planned_migration asked{
        .alter = flags.alter,
        .table = tables.empty() ? std::string() : tables.front(),
        .which = parse_tool(flags.tool),
        .rules = chosen.fold.rules,
    };
    asked.rules.fold_unproven = asked.rules.fold_unproven || flags.input.unproven == "fold";
    asked.rules.keep_values = asked.rules.keep_values || flags.input.damage == "keep";
    over_block(flags.input.block, flags.input.rebuild, asked.rules);
    const bool has_source = chosen.source.where.port != 0 || !flags.source.file.empty();
    const bool has_dump = !flags.input.schema.empty();
    if (tables.size() > 1 || (tables.empty() && (has_source || has_dump)))
        throw command_error(exit_usage, "--alter is about one table: give it as DATABASE.TABLE");
    if (has_dump)
        return explain_by_dump(flags.input.schema, flags.input.names(), asked);
    if (!has_source)
        return explain_without_table(asked);
    require_source(chosen);
    return explain_at_source(source_access(chosen), asked);
}

// The exit code.
int explain_plan(const explain_flags& flags)
{
    const planned_verdict planned = explained(flags);
    const bool is_judged = !planned.ruling.reason.empty();
    if (!planned.refusal.empty() && !is_judged)
        throw command_error(exit_usage, planned.refusal);
    if (flags.as_json)
        print_json(to_json(planned));
    else if (planned.refusal.empty())
        print_text(to_text(planned));
    else
        print_text(fmt::format("{}\n\n{}", planned.refusal, to_text(planned)));
    return exit_code_of(planned);
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
  unghost explain --alter "ADD COLUMN c int" shop.orders --schema before.sql
  unghost explain --alter "ADD COLUMN c int"

The first two read binary log files. The others are about a schema change that you plan: of a table of a
running server, of one in a dump, of any table. The exit code is 0 if it would be folded, 1 if it would be
passed, and 2 if MySQL would refuse it, as far as its words and the names in it tell.)");
    command
        ->add_option(
            "files", flags->input.files, "Binary log files, oldest first; or DATABASE.TABLE"
        )
        ->type_name("IN...");
    command->add_flag("--json", flags->as_json, "Print JSON (docs/json.md)");
    command->add_option("--alter", flags->alter, "The ALTER that you plan")->type_name("TEXT");
    command->add_option("--tool", flags->tool, "What you run it with: gh-ost (default) or pt-osc")
        ->type_name("NAME");
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
