#include "proxy/admin/page_parts.hpp"
#include "proxy/text.hpp"

#include <algorithm>
#include <fmt/format.h>

// The lag of the last hour as a curve: SVG, so that it is there without a script.
namespace proxy {
namespace {

constexpr double width = 720;
constexpr double height = 120;

using seconds_at = std::optional<double> lag_sample::*;

// From the first sample on, but not of less than some minutes, nor of more than an hour.
double span_of(const std::vector<lag_sample>& history)
{
    const double hour = lag_history::interval.count() * static_cast<double>(lag_history::most);
    return std::clamp(static_cast<double>(history.back().at - history.front().at), 300.0, hour);
}

// A line for each run of samples in which it was known.
std::string
lines_of(const std::vector<lag_sample>& history, seconds_at which, double most, std::string_view of)
{
    const double span = span_of(history);
    const std::int64_t end = history.back().at;
    std::string html;
    std::string points;
    const auto finish = [&] {
        if (!points.empty())
            html += fmt::format("<polyline class=\"{}\" points=\"{}\"/>", of, points);
        points.clear();
    };
    for (const lag_sample& one : history) {
        const std::optional<double>& seconds = one.*which;
        const auto age = static_cast<double>(end - one.at);
        if (!seconds || age > span) {
            finish();
            continue;
        }
        points += fmt::format(
            "{:.1f},{:.1f} ",
            width * (1 - age / span),
            height - 4 - (height - 8) * std::clamp(*seconds / most, 0.0, 1.0)
        );
    }
    finish();
    return html;
}

double largest_of(const std::vector<lag_sample>& history)
{
    double most = 1;  // second: what is less looks level
    for (const lag_sample& one : history)
        most = std::max({most, one.source_seconds.value_or(0), one.consumer_seconds.value_or(0)});
    return most;
}

std::string seconds_text(const std::optional<double>& seconds)
{
    return seconds ? fmt::format("{:.1f} s", *seconds) : "not known";
}

}  // namespace

std::string history_of(const std::vector<lag_sample>& history)
{
    std::string html = "<section><h2>Lag in the last hour</h2>";
    if (history.size() < 2)
        return html + fmt::format(
                          "<p class=\"soft\">The curve begins {} seconds after the start.</p>"
                          "</section>\n",
                          lag_history::interval.count()
                      );
    const double most = largest_of(history);
    html += fmt::format(
        "<p class=\"ends\"><span class=\"of-source\">Behind the source: {}</span>"
        "<span class=\"of-consumer\">The last consumer: {}</span>"
        "<span class=\"soft\">Top of the curve: {:.1f} s</span></p>",
        seconds_text(history.back().source_seconds),
        seconds_text(history.back().consumer_seconds),
        most
    );
    html += fmt::format(
        "<svg class=\"curve\" role=\"img\" viewBox=\"0 0 {} {}\" preserveAspectRatio=\"none\">"
        "<title>Lag in seconds, at most {:.1f}</title>",
        width,
        height,
        most
    );
    html += lines_of(history, &lag_sample::consumer_seconds, most, "consumer");
    html += lines_of(history, &lag_sample::source_seconds, most, "source");
    return html + fmt::format(
                      "</svg><p class=\"ends soft\"><span>{} ago</span><span>now</span></p>"
                      "</section>\n",
                      duration_text(static_cast<std::int64_t>(span_of(history)))
                  );
}

}  // namespace proxy
