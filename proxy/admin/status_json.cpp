#include "proxy/admin/status_json.hpp"

#include "proxy/admin/summary_text.hpp"
#include "proxy/text.hpp"
#include "proxy/version.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace proxy {

namespace {

using nlohmann::json;

json stop_json(const stop_status& stop)
{
    json words = json::array();
    if (stop.can_pass)
        words.push_back("pass");
    if (stop.can_empty)
        words.push_back("empty");
    if (stop.can_sql)
        words.push_back("sql");
    return {
        {"id", stop.id},
        {"migration", stop.asked.migration},
        {"reason", rewrite::to_text(stop.asked.reason)},
        {"at", to_json(stop.asked.at)},
        {"original", to_json(stop.asked.original)},
        {"ghost", to_json(stop.asked.ghost)},
        {"text", stop.asked.text},
        {"words", std::move(words)},
    };
}

json position_json(const std::optional<position_status>& at)
{
    if (!at || at->empty())
        return {};
    return {{"file", at->file}, {"position", at->position}};
}

json consumer_json(const consumer_status& one)
{
    return {
        {"id", one.id},
        {"user", one.user},
        {"peer", one.peer},
        {"program", one.program},
        {"doing", one.doing},
        {"seconds", one.seconds},
        {"dumping", one.dumping},
        {"reads", position_json(one.reads)},
        {"behind_bytes", one.behind_bytes},
        {"server_id", one.server_id},
        {"replica_uuid", one.replica_uuid},
    };
}

std::string place(const json& at)
{
    if (!at.is_object())
        return "nothing yet";
    return fmt::format("{}:{}", at.value("file", ""), at.value("position", std::uint64_t{0}));
}

std::string names(const json& list)
{
    std::string text;
    for (const json& one : list)
        text += (text.empty() ? "" : ", ") + one.get<std::string>();
    return text;
}

void add_line(std::string& text, std::string_view name, const std::string& value)
{
    text += fmt::format("{:<11} {}\n", name, value);
}

// A line for each migration that is not over.
std::string describe_running(const json& migrations)
{
    std::string text;
    for (const json& one : migrations) {
        const auto running = migration_from_json(one);
        using enum rewrite::migration_state;
        if (running.state == cut_over || running.state == ended)
            continue;
        add_line(
            text,
            running.state == disturbed ? "ALARM" : "running",
            fmt::format(
                "{} of {}: {}",
                rewrite::to_text(running.which),
                rewrite::to_text(running.original),
                to_text(running.state)
            )
        );
        if (!running.disturbed_by.empty())
            text.insert(
                text.size() - 1,
                fmt::format(
                    ": {}; abort the tool, or publishing stops at its cut-over",
                    running.disturbed_by
                )
            );
    }
    return text;
}

std::string describe_stop(const json& stop)
{
    std::string text = fmt::format(
        "\nSTOPPED at {}: {}\nConsumers have everything before it and wait. To go on, one of:\n",
        place(stop.at("at")),
        stop.value("text", "")
    );
    const std::string id = stop.value("id", "");
    for (const json& word : stop.at("words")) {
        if (word == "pass")
            text += fmt::format("  unghost resume {} --pass     serve what the source wrote\n", id);
        else if (word == "empty")
            text += fmt::format("  unghost resume {} --empty    serve an empty transaction\n", id);
        else
            text +=
                fmt::format("  unghost resume {} --sql '…'  serve this statement instead\n", id);
    }
    return text;
}

}  // namespace

std::string_view to_text(program_phase phase)
{
    switch (phase) {
        case program_phase::starting: return "starting";
        case program_phase::serving: return "serving";
        case program_phase::disk_full: return "disk full";
        case program_phase::stopped: return "stopped";
        case program_phase::ending: return "ending";
    }
    return "unknown";
}

json to_json(const position_answer& answer)
{
    return {
        {"is_ours", answer.is_ours},
        {"there", position_json(answer.there)},
        {"before", position_json(answer.before)},
        {"after", position_json(answer.after)},
    };
}

json to_json(const program_status& status, const program_metrics& numbers, const metrics_clock& now)
{
    json sessions = json::array();
    for (const consumer_status& one : status.consumers)
        sessions.push_back(consumer_json(one));
    json migrations = json::array();
    for (const auto& one : status.migrations)
        migrations.push_back(to_json(one, false));
    const auto age = facts_age_seconds(numbers, now);
    json published = position_json(status.published);
    return {
        {"version", version()},
        {"phase", to_text(status.phase)},
        {"phase_text", status.phase_text},
        {"source",
         {{"address", status.source_address},
          {"version", status.source_version},
          {"server_uuid", status.source_uuid},
          {"connected", numbers.source_connected.load()},
          {"error", status.source_error},
          {"lag_seconds", lag_seconds(numbers, now)},
          {"lag_bytes", numbers.source_lag_bytes.load()}}},
        {"listen", status.listen_address},
        {"data_folder", status.data_folder},
        {"pulled", to_json(status.pulled)},
        {"published", std::move(published)},
        {"gtid_executed", status.gtid_executed},
        {"gtid_purged", status.gtid_purged},
        {"oldest_file", status.oldest_file},
        {"stored_bytes", numbers.stored_bytes.load()},
        {"unpublished_bytes", numbers.unpublished_bytes.load()},
        {"consumers", numbers.consumers.load()},
        {"transactions", numbers.transactions.load()},
        {"transactions_emptied", numbers.transactions_emptied.load()},
        {"facts_age_seconds", age ? json(*age) : json()},
        {"safe_to_move", status.safe_to_move},
        {"hidden", status.hidden},
        {"migrations_total",
         {{"folded", numbers.migrations_folded.load()},
          {"passed", numbers.migrations_passed.load()},
          {"stopped", numbers.migrations_stopped.load()}}},
        {"migrations", std::move(migrations)},
        {"stop", status.stop ? stop_json(*status.stop) : json()},
        {"sessions", std::move(sessions)},
    };
}

std::string describe_status(const json& status)
{
    const json& source = status.at("source");
    std::string text = status.value("phase", "");
    if (const std::string why = status.value("phase_text", ""); !why.empty())
        text += ": " + why;
    text += '\n';
    const bool connected = source.value("connected", false);
    const std::string error = source.value("error", "");
    add_line(
        text,
        "source",
        fmt::format(
            "{} ({}), {}",
            source.value("address", ""),
            source.value("version", ""),
            connected       ? "connected"
            : error.empty() ? "not connected"
                            : "not connected: " + error
        )
    );
    add_line(
        text,
        "lag",
        fmt::format(
            "{:.1f} s, {} not pulled, {} not published",
            source.value("lag_seconds", 0.0),
            size_text(source.value("lag_bytes", std::uint64_t{0})),
            size_text(status.value("unpublished_bytes", std::uint64_t{0}))
        )
    );
    add_line(text, "pulled", place(status.at("pulled")) + " of the source");
    add_line(text, "published", place(status.at("published")));
    add_line(
        text,
        "consumers",
        fmt::format(
            "{} at {}", status.value("consumers", std::uint64_t{0}), status.value("listen", "")
        )
    );
    add_line(
        text,
        "stored",
        fmt::format(
            "{} in {}, from {} on",
            size_text(status.value("stored_bytes", std::uint64_t{0})),
            status.value("data_folder", ""),
            status.value("oldest_file", "")
        )
    );
    const json& total = status.at("migrations_total");
    add_line(
        text,
        "migrations",
        fmt::format(
            "{} folded, {} passed, {} stopped",
            total.value("folded", std::uint64_t{0}),
            total.value("passed", std::uint64_t{0}),
            total.value("stopped", std::uint64_t{0})
        )
    );
    add_line(
        text,
        "moving",
        status.value("safe_to_move", false)
            ? "safe: nothing is hidden, consumers can be moved here or away"
            : "not now: these tables are hidden until their migration is over: " +
                  names(status.at("hidden"))
    );
    text += describe_running(status.at("migrations"));
    if (status.at("stop").is_object())
        text += describe_stop(status.at("stop"));
    return text;
}

}  // namespace proxy
