#include "proxy/admin/summary_text.hpp"

#include "protocol/enum_names.hpp"
#include "proxy/admin/or_null.hpp"
#include "proxy/text.hpp"
#include "proxy/time_text.hpp"

#include <fmt/format.h>

namespace proxy {

namespace {

using nlohmann::json;

constexpr protocol::enum_names<rewrite::migration_state, 5, 1> states{
    {"folding", "passing", "cut over", "ended", "disturbed"}
};
constexpr protocol::enum_names<rewrite::remark_kind, 8, 1> remarks{
    {"folding",
     "passing",
     "cut over",
     "ended",
     "disturbed",
     "statement emptied",
     "name freed",
     "damaged"}
};
constexpr protocol::enum_names<rewrite::cost, 4> costs{{"nothing", "instant", "in place", "rebuild"}
};

rewrite::coordinate coordinate_from_json(const json& from)
{
    if (!from.is_object())
        return {};
    return {
        from.value("epoch", std::uint32_t{1}),
        from.value("file", ""),
        from.value("position", std::uint64_t{0})
    };
}

rewrite::table_name table_from_json(const json& from)
{
    if (!from.is_object())
        return {};
    return {from.value("schema", ""), from.value("table", "")};
}

void add_detail(std::string& text, std::string_view name, const std::string& value)
{
    if (!value.empty())
        text += fmt::format("  {:<11} {}\n", name, value);
}

// "2026-11-30 17:45:00 UTC, at mysql-bin.000041:1234", as far as it is known.
std::string moment(std::uint32_t seconds, const rewrite::coordinate& at)
{
    std::string text = seconds == 0 ? std::string() : time_text(seconds);
    if (!at.file.empty())
        text += (text.empty() ? "" : ", at ") + rewrite::to_text(at);
    return text;
}

json time_to_json(std::uint32_t seconds)
{
    if (seconds == 0)
        return nullptr;
    return iso_time(seconds);
}

std::uint32_t time_from_json(const json& from, const char* key)
{
    const auto at = from.find(key);
    const auto time =
        at != from.end() && at->is_string() ? parse_time(at->get<std::string>()) : std::nullopt;
    return static_cast<std::uint32_t>(time.value_or(0));
}

json times_to_json(const rewrite::migration_times& times)
{
    return {
        {"began", time_to_json(times.began)},
        {"judged", time_to_json(times.judged)},
        {"cut_over", time_to_json(times.cut_over)},
        {"ended", time_to_json(times.ended)},
    };
}

rewrite::migration_times times_from_json(const json& from)
{
    if (!from.is_object())
        return {};
    return {
        .began = time_from_json(from, "began"),
        .judged = time_from_json(from, "judged"),
        .cut_over = time_from_json(from, "cut_over"),
        .ended = time_from_json(from, "ended"),
    };
}

json duration_to_json(const rewrite::migration_summary& migration)
{
    const auto seconds = duration_of(migration);
    return seconds ? json(*seconds) : json();
}

}  // namespace

std::string_view to_text(rewrite::migration_state state)
{
    return states[state];
}

std::string_view to_text(rewrite::remark_kind kind)
{
    return remarks[kind];
}

std::string_view to_text(rewrite::cost price)
{
    return costs[price];
}

std::string_view to_text(rewrite::outcome what)
{
    return what == rewrite::outcome::fold ? "fold" : "pass";
}

json to_json(const rewrite::coordinate& at)
{
    if (at.file.empty())
        return nullptr;
    return {{"epoch", at.epoch}, {"file", at.file}, {"position", at.position}};
}

json to_json(const rewrite::table_name& table)
{
    return {{"schema", table.schema}, {"table", table.table}};
}

std::optional<std::uint32_t> duration_of(const rewrite::migration_summary& migration)
{
    const rewrite::migration_times& times = migration.times;
    const std::uint32_t end = times.cut_over != 0 ? times.cut_over : times.ended;
    if (times.began == 0 || end < times.began)
        return std::nullopt;
    return end - times.began;
}

json to_json(const rewrite::migration_summary& migration, alter_clauses text)
{
    json made = {
        {"id", migration.id},
        {"tool", rewrite::to_text(migration.which)},
        {"original", to_json(migration.original)},
        {"ghost", to_json(migration.ghost)},
        {"state", to_text(migration.state)},
        {"verdict",
         {{"outcome", to_text(migration.ruling.what)},
          {"reason", migration.ruling.reason},
          {"cost", to_text(migration.ruling.price)},
          {"unproven", migration.ruling.unproven}}},
        {"created", to_json(migration.created)},
        {"judged", to_json(migration.judged)},
        {"cut_over", to_json(migration.cut_over_at)},
        {"times", times_to_json(migration.times)},
        {"seconds", duration_to_json(migration)},
        {"disturbed_by", migration.disturbed_by},
        {"hidden",
         {{"transactions", migration.hidden_transactions},
          {"events", migration.hidden_events},
          {"bytes", migration.hidden_bytes}}},
        {"rows",
         {{"copied", or_null(migration.rows_copied)},
          {"original", or_null(migration.rows_of_original)}}},
    };
    if (text == alter_clauses::shown) {
        made["alter"] = migration.alter_text;
        made["served"] = migration.served_text;
    }
    return made;
}

json to_json(const rewrite::remark& said)
{
    return {
        {"kind", to_text(said.kind)},
        {"migration", said.migration},
        {"table", to_json(said.table)},
        {"at", to_json(said.at)},
        {"text", said.text},
    };
}

rewrite::migration_summary migration_from_json(const json& from)
{
    rewrite::migration_summary read;
    read.id = from.value("id", std::uint64_t{0});
    read.which = rewrite::tool_named(from.value("tool", "")).value_or(rewrite::default_tool);
    read.original = table_from_json(from.value("original", json()));
    read.ghost = table_from_json(from.value("ghost", json()));
    read.state = states.find(from.value("state", "")).value_or(rewrite::migration_state{});
    if (const json ruling = from.value("verdict", json()); ruling.is_object()) {
        read.ruling.what =
            ruling.value("outcome", "") == "fold" ? rewrite::outcome::fold : rewrite::outcome::pass;
        read.ruling.reason = ruling.value("reason", "");
        read.ruling.price = costs.find(ruling.value("cost", "")).value_or(rewrite::cost{});
        read.ruling.unproven = ruling.value("unproven", false);
    }
    read.created = coordinate_from_json(from.value("created", json()));
    read.judged = coordinate_from_json(from.value("judged", json()));
    read.cut_over_at = coordinate_from_json(from.value("cut_over", json()));
    read.times = times_from_json(from.value("times", json()));
    read.disturbed_by = from.value("disturbed_by", "");
    read.alter_text = from.value("alter", "");
    read.served_text = from.value("served", "");
    const json hidden = from.value("hidden", json::object());
    read.hidden_transactions = hidden.value("transactions", std::uint64_t{0});
    read.hidden_events = hidden.value("events", std::uint64_t{0});
    read.hidden_bytes = hidden.value("bytes", std::uint64_t{0});
    return read;
}

std::string describe(const rewrite::migration_summary& migration)
{
    std::string text = fmt::format(
        "migration {}: {} of {}: {}\n",
        migration.id,
        rewrite::to_text(migration.which),
        rewrite::to_text(migration.original),
        to_text(migration.state)
    );
    add_detail(text, "ghost", rewrite::to_text(migration.ghost));
    add_detail(text, "alter", migration.alter_text);
    add_detail(text, "served", migration.served_text);
    add_detail(
        text,
        "verdict",
        fmt::format("{}: {}", to_text(migration.ruling.what), migration.ruling.reason)
    );
    if (migration.ruling.what == rewrite::outcome::fold)
        add_detail(
            text, "cost", fmt::format("{} at a MySQL replica", to_text(migration.ruling.price))
        );
    add_detail(text, "disturbed", migration.disturbed_by);
    add_detail(text, "began", moment(migration.times.began, migration.created));
    add_detail(text, "judged", moment(migration.times.judged, migration.judged));
    add_detail(text, "cut over", moment(migration.times.cut_over, migration.cut_over_at));
    add_detail(text, "ended", moment(migration.times.ended, {}));
    if (const auto seconds = duration_of(migration))
        add_detail(text, "took", duration_text(*seconds));
    if (migration.hidden_events != 0)
        add_detail(
            text,
            "hidden",
            fmt::format(
                "{} events in {} transactions, {} bytes",
                migration.hidden_events,
                migration.hidden_transactions,
                migration.hidden_bytes
            )
        );
    return text;
}

}  // namespace proxy
