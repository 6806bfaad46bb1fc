#include "proxy/admin/summary_text.hpp"
#include "proxy/command/admin_client.hpp"
#include "proxy/command/commands.hpp"
#include "proxy/command/migration_filter.hpp"
#include "proxy/command/output.hpp"
#include "proxy/command/stop_text.hpp"
#include "proxy/store/ledger.hpp"

#include <CLI/CLI.hpp>
#include <chrono>
#include <map>
#include <nlohmann/json.hpp>

namespace proxy {

namespace {

using nlohmann::json;

struct migrations_flags
{
    admin_flags of;
    migration_filter::options wanted;
    bool as_json = false;

    bool wants_all() const
    {
        return wanted.table.empty() && wanted.since.empty() && wanted.states.empty();
    }
};

struct known_migrations
{
    std::vector<rewrite::migration_summary> list;
    std::vector<given_word> words;
};

// From the ledger, where its folder is known, with what the running process knows since; newest
// first.
known_migrations read_migrations(const admin_flags& flags)
{
    std::map<std::uint64_t, rewrite::migration_summary, std::greater<>> all;
    known_migrations known;
    const std::filesystem::path folder = flags.folder();
    std::error_code none;
    const bool has_ledger = !folder.empty() && std::filesystem::exists(folder / "ledger", none);
    if (has_ledger) {
        const ledger from(folder / "ledger", ledger_access::read_only);
        for (auto& one : from.migrations())
            all.insert_or_assign(one.id, std::move(one));
        known.words = from.words();
    }
    try {
        const json status = ask_status(flags.where());
        for (const json& one : status.at("migrations")) {
            auto now = migration_from_json(one);
            const auto& recorded = all[now.id];
            now.alter_text = recorded.alter_text;
            now.served_text = recorded.served_text;
            all.insert_or_assign(now.id, std::move(now));
        }
    } catch (const command_error&) {
        if (!has_ledger)
            throw;
    }
    known.list.reserve(all.size());
    for (auto& [id, one] : all)
        known.list.push_back(std::move(one));
    return known;
}

json words_of(const known_migrations& known, std::uint64_t migration)
{
    json words = json::array();
    for (const given_word& one : known.words)
        if (one.migration == migration)
            words.push_back({
                {"at", proxy::to_json(one.at)},
                {"word", rewrite::operator_word_names[one.word]},
                {"sql", one.sql},
                {"given_by", one.given_by},
                {"given_at", one.given_at},
            });
    return words;
}

// `nothing`: what to say where there is none.
void print_migrations(const known_migrations& known, bool as_json, std::string_view nothing)
{
    json made = json::array();
    for (const auto& one : known.list) {
        const json words = words_of(known, one.id);
        if (as_json) {
            made.push_back(proxy::to_json(one, alter_clauses::shown));
            made.back()["words"] = words;
            continue;
        }
        print_text(describe(one));
        for (const json& word : words)
            print_text(describe_word(word));
        print_text("\n");
    }
    if (as_json)
        print_json(made);
    else if (known.list.empty())
        print_text(nothing);
}

migration_filter filter_of(const migrations_flags& flags)
{
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    try {
        return {flags.wanted, std::chrono::duration_cast<std::chrono::seconds>(now).count()};
    } catch (const std::runtime_error& wrong) {
        throw command_error(exit_usage, wrong.what());
    }
}

}  // namespace

void add_migrations(CLI::App& app, int& exit_code)
{
    auto flags = std::make_shared<migrations_flags>();
    CLI::App* command = app.add_subcommand(
        "migrations", "List the schema changes seen, newest first, with their verdicts"
    );
    command->footer(R"(Examples:
  unghost migrations --data /var/lib/unghost
  unghost migrations --data /var/lib/unghost --table shop.orders --since 7d
  unghost migrations --data /var/lib/unghost --state disturbed --json

With --data this also works while unghost is not running. All times are the source's, as its log
has them, in UTC.)");
    flags->of.add_to(*command);
    command
        ->add_option(
            "--table", flags->wanted.table, "Only those of this table, with its database or without"
        )
        ->type_name("[DATABASE.]TABLE");
    command
        ->add_option(
            "--since",
            flags->wanted.since,
            "Only those that still run, or began, were cut over or ended since then"
        )
        ->type_name("TIME|DURATION");
    command
        ->add_option(
            "--state",
            flags->wanted.states,
            "Only those in this state: folding, passing, cut_over, ended or disturbed; several "
            "with commas"
        )
        ->type_name("STATE")
        ->delimiter(',');
    command->add_option("--limit", flags->wanted.limit, "At most so many, the newest")
        ->type_name("N");
    command->add_flag("--json", flags->as_json, "Print JSON (docs/json.md)");
    command->callback([flags, &exit_code] {
        const migration_filter filter = filter_of(*flags);
        known_migrations known = read_migrations(flags->of);
        known.list = filter.of(std::move(known.list));
        print_migrations(
            known,
            flags->as_json,
            flags->wants_all() ? "No schema change by a known tool so far.\n"
                               : "No schema change that matches.\n"
        );
        exit_code = exit_good;
    });
}

}  // namespace proxy
