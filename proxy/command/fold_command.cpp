#include "proxy/admin/summary_text.hpp"
#include "proxy/command/commands.hpp"
#include "proxy/command/fold_output.hpp"
#include "proxy/command/offline_flags.hpp"
#include "proxy/command/output.hpp"
#include "proxy/text.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <iterator>

namespace proxy {

namespace {

std::string summary_of(const offline_result& result, const fold_output& output)
{
    std::string text;
    const auto to = std::back_inserter(text);
    for (const auto& migration : result.migrations) {
        const bool folded = migration.ruling.what == rewrite::outcome::fold;
        fmt::format_to(
            to,
            "{} {} of {}: {}\n",
            folded ? "folded" : "passed",
            rewrite::to_text(migration.which),
            rewrite::to_text(migration.original),
            migration.ruling.reason
        );
    }
    for (const std::string& stop : result.would_have_stopped)
        fmt::format_to(
            to, "passed from its beginning, because it would have stopped at {}\n", stop
        );
    if (output.unfinished_bytes() != 0)
        fmt::format_to(
            to,
            "the last transaction is unfinished in the input and was left out ({})\n",
            size_text(output.unfinished_bytes())
        );
    const log_counts all = total(output.counts());
    fmt::format_to(
        to,
        "{} transactions, {} of them emptied; {} of {} rows events kept\n",
        all.transactions,
        all.emptied,
        all.rows_kept,
        all.rows_in
    );
    fmt::format_to(to, "{} in, {} out", size_text(all.bytes_in), size_text(all.bytes_out));
    if (all.bytes_out < all.bytes_in)
        fmt::format_to(
            to,
            ", {:.1f} % saved",
            100.0 - 100.0 * static_cast<double>(all.bytes_out) / static_cast<double>(all.bytes_in)
        );
    text += '\n';
    for (const auto& file : output.files())
        text += file.string() + '\n';
    return text;
}

}  // namespace

void add_fold(CLI::App& app, int& exit_code)
{
    struct fold_flags
    {
        offline_flags input;
        std::string folder;
        bool overwrite = false;
    };
    auto flags = std::make_shared<fold_flags>();
    CLI::App* command = app.add_subcommand("fold", "Fold binary log files, without a server");
    command->footer(R"(Examples:
  unghost fold mysql-bin.000041 mysql-bin.000042 -o clean
  unghost fold --schema before.sql mysql-bin.0000* -o clean

The files must follow each other. The clean ones are called mysql-bin.1000000041 and so on; replay
them with mysqlbinlog. A migration that cannot be proven to fold equal is left as it is; the summary
says why. `unghost explain` says it without writing anything.)");
    command->add_option("files", flags->input.files, "Binary log files, oldest first")
        ->type_name("IN...")
        ->required()
        ->check(CLI::ExistingFile.description(""));
    command->add_option("-o,--output", flags->folder, "Folder for the clean files")
        ->type_name("DIR")
        ->required();
    command->add_flag("--overwrite", flags->overwrite, "Write over files of these names there");
    flags->input.add_to(*command);
    command->callback([flags, &exit_code] {
        progress_line line;
        fold_output output(
            flags->folder,
            line,
            flags->overwrite ? existing_files::overwritten : existing_files::kept
        );
        const offline_result result = fold_offline(flags->input.options(), output);
        line.clear();
        print_text(summary_of(result, output));
        exit_code = exit_good;
    });
}

}  // namespace proxy
