#include "proxy/admin/page_parts.hpp"

#include "proxy/admin/page.hpp"
#include "proxy/text.hpp"

#include <fmt/format.h>

namespace proxy {

using nlohmann::json;

namespace {

constexpr std::size_t longest_text = 300;

}  // namespace

std::string escape_html(std::string_view text)
{
    std::string safe;
    for (const char c : text)
        switch (c) {
            case '&': safe += "&amp;"; break;
            case '<': safe += "&lt;"; break;
            case '>': safe += "&gt;"; break;
            case '"': safe += "&quot;"; break;
            case '\'': safe += "&#39;"; break;
            default: safe += c;
        }
    return safe;
}

std::string text_of(const json& value)
{
    if (value.is_null())
        return "not known";
    const std::string text = value.is_string()
                                 ? value.get<std::string>()
                                 : value.dump(-1, ' ', false, json::error_handler_t::replace);
    return escape_html(shortened(text, longest_text));
}

std::string table_of(const json& table)
{
    return text_of(table.at("schema")) + "." + text_of(table.at("table"));
}

std::string place_of(const json& place)
{
    if (place.is_null())
        return "none";
    return text_of(place.at("file")) + ":" + text_of(place.at("position"));
}

std::string bytes_text(const json& value)
{
    return value.is_null() ? "not known" : size_text(value.get<std::uint64_t>());
}

std::string seconds_of(const json& value)
{
    return value.is_null() ? "not known" : fmt::format("{:.1f} s", value.get<double>());
}

std::string item(std::string_view name, const std::string& value)
{
    return fmt::format("<div><dt>{}</dt><dd>{}</dd></div>\n", name, value);
}

std::string cell(std::string_view name, const std::string& value)
{
    return fmt::format("<td data-name=\"{}\"><div>{}</div></td>", name, value);
}

std::string rows_left(std::size_t all)
{
    if (all <= most_rows)
        return {};
    return fmt::format("<p class=\"soft\">and {} more: see /status.json</p>", all - most_rows);
}

}  // namespace proxy
