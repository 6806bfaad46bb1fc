#include "proxy/admin/summary_text.hpp"
#include "proxy/command/admin_client.hpp"
#include "proxy/command/commands.hpp"
#include "proxy/command/output.hpp"
#include "proxy/store/table_memory.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

// What is remembered of the source's tables.
namespace proxy {

namespace {

using nlohmann::json;

struct schema_flags
{
    admin_flags of;
    std::string table;
    bool as_json = false;
};

struct remembered_list
{
    std::vector<table_memory::listed> tables;
    std::vector<rewrite::facts> facts;  // of those, if one table is meant
};

// "shop.orders", or "orders" of any schema.
bool is_meant(const rewrite::table_name& table, const std::string& wanted)
{
    return wanted.empty() || table.table == wanted || to_text(table) == wanted;
}

remembered_list read_remembered(const schema_flags& flags)
{
    const std::filesystem::path folder = flags.of.folder();
    std::error_code none;
    if (folder.empty() || !std::filesystem::exists(folder / "ledger", none))
        throw command_error(
            exit_usage,
            "there is no data folder of unghost" +
                (folder.empty() ? std::string() : " at " + folder.string()) +
                "; give the folder of a running or ended one with --data"
        );
    remembered_list found;
    try {
        const auto memory = table_memory::open_to_read(folder / "ledger");
        for (table_memory::listed& one : memory->list()) {
            if (!is_meant(one.table, flags.table))
                continue;
            if (!flags.table.empty())
                found.facts.push_back(memory->find(one.table).value_or(rewrite::facts{}));
            found.tables.push_back(std::move(one));
        }
    } catch (const std::runtime_error& error) {
        throw command_error(exit_finding, error.what());
    }
    return found;
}

json facts_json(const rewrite::facts& known)
{
    json triggers = json::array();
    for (const rewrite::trigger_fact& one : known.triggers)
        triggers.push_back({{"name", one.name}, {"time", one.time}, {"event", one.event}});
    json children = json::array();
    for (const rewrite::table_name& one : known.children)
        children.push_back(to_text(one));
    return {
        {"create_table", known.create_table}, {"triggers", triggers}, {"referenced_by", children}
    };
}

json to_json(const remembered_list& found)
{
    json all = json::array();
    for (std::size_t i = 0; i < found.tables.size(); ++i) {
        const table_memory::listed& one = found.tables[i];
        json row = {
            {"table", to_text(one.table)},
            {"from", proxy::to_json(one.from)},
            {"asked_at", one.asked_at}
        };
        if (i < found.facts.size())
            row.update(facts_json(found.facts[i]));
        all.push_back(std::move(row));
    }
    return all;
}

std::string describe(const remembered_list& found)
{
    std::string text;
    for (std::size_t i = 0; i < found.tables.size(); ++i) {
        const table_memory::listed& one = found.tables[i];
        text += fmt::format(
            "{}  from {}, asked for at {}\n", to_text(one.table), to_text(one.from), one.asked_at
        );
        if (i >= found.facts.size())
            continue;
        const rewrite::facts& known = found.facts[i];
        text += known.create_table + "\n";
        for (const rewrite::trigger_fact& trigger : known.triggers)
            text += fmt::format("trigger {}: {} {}\n", trigger.name, trigger.time, trigger.event);
        for (const rewrite::table_name& child : known.children)
            text += fmt::format("referenced by {}\n", to_text(child));
    }
    return text.empty() ? "no such table is remembered\n" : text;
}

}  // namespace

void add_schema(CLI::App& app, int& exit_code)
{
    auto flags = std::make_shared<schema_flags>();
    CLI::App* command =
        app.add_subcommand("schema", "Show what is remembered of the source's tables");
    command->footer(R"(Examples:
  unghost schema --data /var/lib/unghost
  unghost schema shop.orders --data /var/lib/unghost

Each table is shown with the place in the source's log from which on its definition holds. A table that is
not listed is asked for when a migration of it begins. Exit code 1: none is remembered.)");
    command->add_option("TABLE", flags->table, "Only this table, with its definition");
    flags->of.add_folder_to(*command);
    command->add_flag("--json", flags->as_json, "Print JSON (docs/json.md)");
    command->callback([flags, &exit_code] {
        const remembered_list found = read_remembered(*flags);
        if (flags->as_json)
            print_json(to_json(found));
        else
            print_text(describe(found));
        exit_code = found.tables.empty() ? exit_finding : exit_good;
    });
}

}  // namespace proxy
