#include "proxy/admin/status_json.hpp"
#include "proxy/admin/summary_text.hpp"
#include "proxy/text.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

// What `unghost status` prints, from /status.json.
namespace proxy {
namespace {

using nlohmann::json;

template <class Number>
std::optional<Number> number_in(const json& from, const char* key)
{
    const auto at = from.find(key);
    return at != from.end() && at->is_number() ? std::optional(at->get<Number>()) : std::nullopt;
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
        place_text(stop.at("at")),
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

void add_source(std::string& text, const json& source)
{
    const std::string version = source.value("version", "");
    const std::string error = source.value("error", "");
    std::string state = "connected";
    if (!source.value("connected", false))
        state = error.empty() ? "not connected" : "not connected: " + error;
    add_line(
        text,
        "source",
        fmt::format(
            "{}{}, {}",
            source.value("address", ""),
            version.empty() ? "" : " (" + version + ")",
            state
        )
    );
}

// What was pulled and is not published, and where it is.
std::string waiting_text(const json& status)
{
    std::string text = size_text(status.value("unpublished_bytes", std::uint64_t{0}));
    if (const auto spooled = status.value("spooled_bytes", std::uint64_t{0}); spooled != 0)
        text += fmt::format(" ({} of it in the spool)", size_text(spooled));
    return text;
}

std::string describe_lag(const json& status)
{
    const json& source = status.at("source");
    const auto seconds = number_in<double>(source, "lag_seconds");
    const auto bytes = number_in<std::uint64_t>(source, "lag_bytes");
    const auto silent = number_in<double>(source, "last_contact_seconds");
    if (!seconds && !silent)
        return "not known: the source has not been reached since the start";
    std::string text = seconds ? fmt::format("{:.1f} s", *seconds) : "not known in seconds";
    if (bytes)
        return text + fmt::format(
                          ", {} not pulled, {} pulled and waiting",
                          size_text(number_in<std::uint64_t>(source, "unpulled_bytes").value_or(0)),
                          waiting_text(status)
                      );
    return text + fmt::format(
                      ", growing: nothing was heard of the source for {:.0f} s, what it has logged "
                      "since is not known",
                      silent.value_or(0)
                  );
}

void add_store(std::string& text, const json& status)
{
    const std::string oldest = status.value("oldest_file", "");
    const std::string folder = status.value("data_folder", "");
    add_line(
        text,
        "stored",
        oldest.empty() ? "nothing yet in " + folder
                       : fmt::format(
                             "{} in {}, from {} on",
                             size_text(status.value("stored_bytes", std::uint64_t{0})),
                             folder,
                             oldest
                         )
    );
}

bool is_running(const json& migration)
{
    const auto state = migration_from_json(migration).state;
    return state != rewrite::migration_state::cut_over && state != rewrite::migration_state::ended;
}

std::string source_place(const json& status, const char* key)
{
    const json& at = status.at(key);
    return place_text(at) + (at.is_object() ? " of the source" : "");
}

// Whether consumers can be moved here or away.
std::string describe_moving(const json& status)
{
    const json& safe = status.at("safe_to_move");
    if (safe.is_null())
        return "not known before the source has been reached";
    if (safe.get<bool>())
        return "safe: nothing is hidden, consumers can be moved here or away";
    const json& hidden = status.at("hidden");
    if (hidden.empty())
        return "not now: a migration is under way (unghost migrations)";
    if (std::ranges::any_of(status.at("migrations"), is_running))
        return "not now: these tables are hidden until their migration is over: " + names(hidden);
    return fmt::format(
        "not now: these tables of migrations that are over are still at the source, and hidden: "
        "{}. DROP TABLE them there, if their tool does not",
        names(hidden)
    );
}

// A line for each task that has failed.
std::string describe_tasks(const json& status)
{
    std::string text;
    const json none = json::array();
    const json& tasks = status.contains("tasks") ? status.at("tasks") : none;
    for (const json& one : tasks)
        if (const auto failures = one.value("failures", std::uint64_t{0}); failures != 0)
            add_line(
                text,
                "task",
                fmt::format(
                    "{}: {}, failed {} time{}: {}",
                    one.value("name", ""),
                    one.value("state", ""),
                    failures,
                    failures == 1 ? "" : "s",
                    one.value("last_problem", "")
                )
            );
    return text;
}

}  // namespace

std::string place_text(const json& at)
{
    if (!at.is_object())
        return "nothing yet";
    // The source's have an epoch.
    return rewrite::to_text(
        {at.value("epoch", std::uint32_t{0}),
         at.value("file", ""),
         at.value("position", std::uint64_t{0})}
    );
}

std::string describe_status(const json& status)
{
    std::string text = status.value("phase", "");
    if (const std::string why = status.value("phase_text", ""); !why.empty())
        text += ": " + why;
    text += '\n';
    add_source(text, status.at("source"));
    add_line(text, "lag", describe_lag(status));
    add_line(text, "pulled", source_place(status, "pulled"));
    std::string published = place_text(status.at("published"));
    if (status.value("published_source", json()).is_object())
        published += ", which is " + source_place(status, "published_source");
    add_line(text, "published", published);
    add_line(
        text,
        "consumers",
        fmt::format(
            "{} at {}", status.value("consumers", std::uint64_t{0}), status.value("listen", "")
        )
    );
    add_store(text, status);
    const json& total = status.at("migrations_total");
    add_line(
        text,
        "migrations",
        fmt::format(
            "{} folded, {} passed, {} stopped since this process started",
            total.value("folded", std::uint64_t{0}),
            total.value("passed", std::uint64_t{0}),
            total.value("stopped", std::uint64_t{0})
        )
    );
    add_line(text, "moving", describe_moving(status));
    text += describe_running(status.at("migrations"));
    text += describe_tasks(status);
    if (status.at("stop").is_object())
        text += describe_stop(status.at("stop"));
    return text;
}

}  // namespace proxy
