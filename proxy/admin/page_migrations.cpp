#include "proxy/admin/page_parts.hpp"
#include "proxy/text.hpp"
#include "proxy/time_text.hpp"

#include <algorithm>
#include <fmt/format.h>

// Migrations: what became of each, and when, on one axis of time.
namespace proxy {
namespace {

using nlohmann::json;

// Seconds since 1970.
struct time_axis
{
    std::int64_t begin = 0;
    std::int64_t end = 0;
};

std::int64_t moment_of(const json& times, const char* name)
{
    const json& at = times.at(name);
    return at.is_string() ? parse_time(at.get<std::string>()).value_or(0) : 0;
}

std::int64_t end_of(const json& times)
{
    const std::int64_t swapped = moment_of(times, "cut_over");
    return swapped != 0 ? swapped : moment_of(times, "ended");
}

// From the first that began to now, as far as that is known.
time_axis axis_of(const json& migrations, const std::vector<lag_sample>& history)
{
    time_axis axis{.end = history.empty() ? 0 : history.back().at};
    for (std::size_t i = 0; i < std::min(migrations.size(), most_rows); ++i) {
        const json& times = migrations[i].at("times");
        const std::int64_t began = moment_of(times, "began");
        axis.end = std::max({axis.end, began, end_of(times)});
        if (began != 0 && (axis.begin == 0 || began < axis.begin))
            axis.begin = began;
    }
    return axis;
}

std::string bar_of(const json& one, const time_axis& axis)
{
    const json& times = one.at("times");
    const std::int64_t began = moment_of(times, "began");
    if (began == 0 || axis.end <= axis.begin)
        return {};
    const std::int64_t ended = end_of(times);
    const auto state = one.at("state").get<std::string>();
    const bool runs = state == "folding" || state == "passing" || state == "disturbed";
    const std::int64_t until = ended != 0 ? ended : runs ? axis.end : began;
    const double whole = static_cast<double>(axis.end - axis.begin);
    const double from = 100 * static_cast<double>(began - axis.begin) / whole;
    const double size = 100 * static_cast<double>(std::max(until - began, std::int64_t{0})) / whole;
    return fmt::format(
        "<svg class=\"bar\" viewBox=\"0 0 100 4\" preserveAspectRatio=\"none\" "
        "aria-hidden=\"true\">"
        "<rect class=\"{}\" x=\"{:.2f}\" y=\"0\" width=\"{:.2f}\" height=\"4\"/></svg>",
        state == "cut over" ? "cut" : state,
        std::min(from, 99.0),
        std::max(size, 1.0)
    );
}

std::string time_of(const json& one)
{
    const json& times = one.at("times");
    const std::int64_t began = moment_of(times, "began");
    if (began == 0)
        return "not known";
    const std::int64_t ended = end_of(times);
    if (ended == 0)
        return time_text(began) + " on";
    return time_text(began) + ", " + duration_text(std::max(ended - began, std::int64_t{0}));
}

// Of the rows that both tables have by now, counted in the log.
std::string progress_of(const json& one)
{
    const json& rows = one.at("rows");
    if (one.at("state") != "folding" || rows.at("copied").is_null())
        return {};
    const auto copied = std::max(rows.at("copied").get<std::int64_t>(), std::int64_t{0});
    if (rows.at("original").is_null())
        return fmt::format("<br>{} rows copied", copied);
    const auto all = std::max(rows.at("original").get<std::int64_t>(), std::int64_t{1});
    return fmt::format(
        "<br><progress max=\"{0}\" value=\"{1}\"></progress> {1} of {0} rows copied",
        all,
        std::min(copied, all)
    );
}

std::string row_of(const json& one, const time_axis& axis)
{
    const std::string hidden = fmt::format(
        "{} events, {}",
        text_of(one.at("hidden").at("events")),
        bytes_text(one.at("hidden").at("bytes"))
    );
    const json& verdict = one.at("verdict");
    return fmt::format(
        "<tr>{}{}{}{}{}{}</tr>\n",
        cell("Table", table_of(one.at("original"))),
        cell("Tool", text_of(one.at("tool"))),
        cell("State", text_of(one.at("state")) + progress_of(one)),
        cell("Time", time_of(one) + bar_of(one, axis)),
        cell("Verdict", text_of(verdict.at("outcome")) + ": " + text_of(verdict.at("reason"))),
        cell("Hidden", hidden)
    );
}

}  // namespace

std::string migrations_of(const json& status, const std::vector<lag_sample>& history)
{
    const json& all = status.at("migrations");
    if (all.empty())
        return "<section><h2>Migrations</h2><p class=\"soft\">None yet.</p></section>\n";
    const time_axis axis = axis_of(all, history);
    std::string rows;
    std::uint64_t saved = 0;
    std::size_t count = 0;
    for (const json& one : all) {
        saved += one.at("hidden").at("bytes").get<std::uint64_t>();
        if (++count <= most_rows)
            rows += row_of(one, axis);
    }
    std::string html = "<section><h2>Migrations</h2><p>Not sent to consumers, in those listed: " +
                       size_text(saved) + ".";
    if (axis.begin != 0)
        html += " <span class=\"soft\">Bars: from " + time_text(axis.begin) + " to " +
                time_text(axis.end) + ".</span>";
    html += "</p><div class=\"wide\"><table><thead><tr>";
    for (const char* name : {"Table", "Tool", "State", "Time", "Verdict", "Hidden"})
        html += fmt::format("<th scope=\"col\">{}</th>", name);
    return html + "</tr></thead><tbody>\n" + rows + "</tbody></table></div>" + rows_left(count) +
           "</section>\n";
}

}  // namespace proxy
