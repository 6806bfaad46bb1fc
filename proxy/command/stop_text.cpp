#include "proxy/command/stop_text.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <vector>

namespace proxy {

namespace {

using nlohmann::json;

// Without what every row changes, and the comma that only says that another line follows.
std::string plain(std::string_view line)
{
    std::string text(line);
    static constexpr std::string_view counter = " AUTO_INCREMENT=";
    if (const std::size_t at = text.find(counter); text.starts_with(')') && at != text.npos) {
        const std::size_t end = text.find(' ', at + counter.size());
        text.erase(at, end == text.npos ? end : end - at);
    }
    if (text.ends_with(','))
        text.pop_back();
    return text;
}

std::vector<std::string> lines_of(std::string_view definition)
{
    std::vector<std::string> lines;
    while (!definition.empty()) {
        const std::size_t end = std::min(definition.find('\n'), definition.size());
        lines.push_back(plain(definition.substr(0, end)));
        definition.remove_prefix(std::min(end + 1, definition.size()));
    }
    return lines;
}

void add_missing(
    std::string& text,
    char mark,
    const std::vector<std::string>& of,
    const std::vector<std::string>& in
)
{
    for (const std::string& line : of)
        if (std::ranges::find(in, line) == in.end())
            text += fmt::format("{} {}\n", mark, line);
}

void add_detail(std::string& text, std::string_view name, const std::string& value)
{
    if (!value.empty())
        text += fmt::format("  {:<11} {}\n", name, value);
}

std::string table_text(const json& table)
{
    return table.is_object() && !table.value("table", "").empty()
               ? table.value("schema", "") + '.' + table.value("table", "")
               : std::string();
}

}  // namespace

std::string definition_difference(std::string_view then, std::string_view now)
{
    const std::vector<std::string> first = lines_of(then);
    const std::vector<std::string> second = lines_of(now);
    std::string text;
    add_missing(text, '-', first, second);
    add_missing(text, '+', second, first);
    return text;
}

std::string describe_word(const json& word)
{
    std::string text = "--" + word.value("word", "");
    if (const std::string sql = word.value("sql", ""); !sql.empty())
        text += " '" + sql + "'";
    std::string line;
    add_detail(
        line,
        "resumed",
        fmt::format("{} by {} at {}", text, word.value("given_by", ""), word.value("given_at", ""))
    );
    return line;
}

std::string consequence_of(const std::string& word, const std::string& sql)
{
    if (word == "pass")
        return "what the source wrote";
    if (word == "empty")
        return "an empty transaction";
    return "the statement: " + sql;
}

std::string describe_stop_look(const json& look)
{
    const json& stop = look.at("stop");
    std::string text =
        fmt::format("Stopped at {}: {}\n", stop.value("id", ""), stop.value("text", ""));
    const std::string table = table_text(stop.value("original", json()));
    add_detail(text, "table", table);
    add_detail(text, "ghost", table_text(stop.value("ghost", json())));
    add_detail(text, "alter", look.value("alter", ""));
    add_detail(text, "disturbed", look.value("disturbed_by", ""));
    if (table.empty())
        return text;
    const std::string then = look.value("definition_then", "");
    const std::string now = look.value("definition_now", "");
    if (const std::string trouble = look.value("definition_trouble", ""); !trouble.empty())
        return text + "  The source did not tell its definition: " + trouble + "\n";
    if (then.empty())
        return text + "  No definition of it was recorded: SHOW CREATE TABLE at a consumer\n";
    if (now.empty())
        return text + "  At the source there is no " + table + " now\n";
    const std::string differs = definition_difference(then, now);
    if (differs.empty())
        return text + "  Its definition at the source is what it was at the verdict\n";
    return text + "  Its definition at the verdict (-), and at the source now (+):\n" + differs;
}

}  // namespace proxy
