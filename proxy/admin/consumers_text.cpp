#include "proxy/admin/status_json.hpp"
#include "proxy/text.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

// What `unghost consumers` and `unghost position` print.
namespace proxy {
namespace {

using nlohmann::json;

constexpr std::string_view line_format = "{:<11} {:<16} {:<21} {:<20} {:<32} {:>10} {:>9}  {}\n";

// How old the oldest event is that it was not sent yet.
std::string age_text(const json& consumer)
{
    const auto age = consumer.find("lag_seconds");
    return age != consumer.end() && age->is_number()
               ? duration_text(static_cast<std::int64_t>(age->get<double>()))
               : std::string();
}

}  // namespace

std::string describe_consumers(const json& status)
{
    const json none = json::array();
    const json& list = status.contains("sessions") ? status.at("sessions") : none;
    if (list.empty())
        return "Nobody is connected.\n";
    std::string text = fmt::format(
        fmt::runtime(line_format), "id", "user", "from", "program", "reads", "lag", "", "for"
    );
    for (const json& one : list) {
        const bool dumping = one.value("dumping", false);
        text += fmt::format(
            fmt::runtime(line_format),
            one.value("id", std::uint32_t{0}),
            one.value("user", ""),
            one.value("peer", ""),
            one.value("program", ""),
            dumping ? place_text(one.at("reads")) : one.value("doing", ""),
            dumping ? size_text(one.value("behind_bytes", std::uint64_t{0})) : "",
            dumping ? age_text(one) : "",
            duration_text(one.value("seconds", std::int64_t{0}))
        );
    }
    return text;
}

std::string describe_position(const position_question& asked, const json& answer)
{
    const bool ours = answer.value("is_ours", false);
    const std::string_view here = ours ? "unghost's log" : "the source's log";
    const std::string_view there = ours ? "the source's log" : "unghost's log";
    if (answer.at("there").is_object())
        return fmt::format("{}\n", place_text(answer.at("there")));
    std::string text = fmt::format(
        "{}:{} of {} has no place in {}: no event begins there that is the same in both, or it is "
        "not there (yet)\n",
        asked.file,
        asked.position,
        here,
        there
    );
    if (answer.at("before").is_object())
        text += fmt::format("before it: {}\n", place_text(answer.at("before")));
    if (answer.at("after").is_object())
        text += fmt::format("after it:  {}\n", place_text(answer.at("after")));
    return text;
}

}  // namespace proxy
