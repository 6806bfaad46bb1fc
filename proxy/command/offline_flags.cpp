#include "proxy/command/offline_flags.hpp"

#include "proxy/config.hpp"

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
            "--rebuild",
            rebuild,
            "ALTERs that rebuild the table at a replica: fold (default) or pass"
        )
        ->type_name("WORD")
        ->check(CLI::IsMember({"pass", "fold"}).description(""));
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
    chosen.rules.keep_values = damage == "keep";
    chosen.rules.fold_rebuilds = rebuild == "fold";
    chosen.names = static_cast<rewrite::name_case>(lower_case_table_names);
    return chosen;
}

}  // namespace proxy
