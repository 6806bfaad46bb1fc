#include "proxy/command/offline_flags.hpp"

#include "proxy/command/config_flags.hpp"

#include <CLI/CLI.hpp>

namespace proxy {

void offline_flags::add_to(CLI::App& command)
{
    command
        .add_option(
            "--schema",
            schema,
            "Tables as they were before the first file: `mysqldump --no-data`. Without "
            "it what the files themselves say counts"
        )
        ->type_name("FILE")
        ->check(CLI::ExistingFile.description(""));
    command
        .add_option(
            "--ledger",
            ledger,
            "Decisions of a running unghost (the file `ledger` in its data folder): with them the "
            "output is byte for byte what it served"
        )
        ->type_name("FILE")
        ->check(CLI::ExistingFile.description(""));
    command
        .add_option(
            "--unproven",
            unproven,
            "What cannot be proven to fold equal: pass (default) or fold it anyway"
        )
        ->type_name("WORD")
        ->check(CLI::IsMember({"pass", "fold"}).description(""));
    add_block(
        command, block, rebuild, "; files do not say a table's size, which then counts as larger"
    );
    command
        .add_option(
            "--damage",
            damage,
            "Migrations by which the tool changes values on the source: pass (default), or keep "
            "what was written"
        )
        ->type_name("WORD")
        ->check(CLI::IsMember({"pass", "keep"}).description(""));
    command
        .add_option(
            "--helper-drops",
            helper_drops,
            "A tool's DROPs of tables that were never served: serve (default), or hide"
        )
        ->type_name("WORD")
        ->check(CLI::IsMember({"serve", "hide"}).description(""));
    command
        .add_option(
            "--lower-case-table-names",
            lower_case_table_names,
            "As on the source: 0 (default), 1 or 2"
        )
        ->type_name("N")
        ->check(CLI::Range(0, 2).description(""));
}

offline_options offline_flags::options() const
{
    offline_options chosen;
    chosen.files.assign(files.begin(), files.end());
    chosen.schema = schema;
    chosen.ledger = ledger;
    chosen.rules = fold_config().rules;
    chosen.rules.fold_unproven = unproven == "fold";
    over_block(block, rebuild, chosen.rules);
    chosen.rules.keep_values = damage == "keep";
    chosen.rules.hide_helper_drops = helper_drops == "hide";
    chosen.names = names();
    return chosen;
}

rewrite::name_case offline_flags::names() const
{
    return static_cast<rewrite::name_case>(lower_case_table_names);
}

}  // namespace proxy
