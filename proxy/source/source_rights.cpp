#include "proxy/source/source_rights.hpp"

#include "protocol/ascii.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <string_view>

namespace proxy {

namespace {

const std::vector<std::string> pulling_rights{"REPLICATION SLAVE", "REPLICATION CLIENT"};
const std::vector<std::string> facts_rights{"SELECT", "TRIGGER", "PROCESS"};

// Names of rights in front of " ON ": nothing else has these characters only. A role called
// "x ON *.*" is in quotes and ends the list.
std::string_view rights_list(std::string_view line)
{
    std::size_t end = 0;
    while (end < line.size() && (protocol::is_upper(line[end]) || line[end] == '_' ||
                                 line[end] == ',' || line[end] == ' '))
        ++end;
    std::string_view list = line.substr(0, end);
    constexpr std::string_view on = " ON ";
    return list.ends_with(on) ? list.substr(0, list.size() - on.size()) : std::string_view();
}

std::set<std::string> split(std::string_view list)
{
    std::set<std::string> names;
    while (!list.empty()) {
        const std::size_t comma = std::min(list.find(','), list.size());
        std::string_view name = list.substr(0, comma);
        while (name.starts_with(' '))
            name.remove_prefix(1);
        if (!name.empty())
            names.emplace(name);
        list.remove_prefix(std::min(comma + 1, list.size()));
    }
    return names;
}

// The text of a `quoted` name at the beginning; empty if there is none.
std::string unquote(std::string_view text)
{
    std::string name;
    if (!text.starts_with('`'))
        return name;
    for (std::size_t i = 1; i < text.size(); ++i) {
        if (text[i] == '`' && (i + 1 >= text.size() || text[i + 1] != '`'))
            return name;
        if (text[i] == '`')
            ++i;
        name += text[i];
    }
    return {};
}

std::vector<std::string>
missing_of(const std::vector<std::string>& wanted, const source_rights& rights)
{
    std::vector<std::string> missing;
    for (const std::string& right : wanted)
        if (!rights.has(right))
            missing.push_back(right);
    return missing;
}

void read_line(std::string_view line, source_rights& rights)
{
    constexpr std::string_view grant = "GRANT ";
    constexpr std::string_view revoke = "REVOKE ";
    const bool revokes = line.starts_with(revoke);
    if (!revokes && !line.starts_with(grant))
        return;
    line.remove_prefix(revokes ? revoke.size() : grant.size());
    const std::string_view list = rights_list(line);
    if (list.empty())
        return;
    const std::string_view target = line.substr(list.size() + 4);
    const std::set<std::string> names = split(list);
    if (!revokes && target.starts_with("*.* TO ")) {
        rights.all = rights.all || names.contains("ALL PRIVILEGES") || names.contains("ALL");
        rights.global.insert(names.begin(), names.end());
    }
    if (revokes && (names.contains("SELECT") || names.contains("TRIGGER")))
        rights.revoked_schemas.push_back(unquote(target));
}

// 'repl'@'%' of "repl@%". A host part has no @, a user may.
std::string quoted_account(const std::string& account)
{
    const auto quoted = [](std::string_view part) {
        std::string text = "'";
        for (const char letter : part) {
            if (letter == '\'' || letter == '\\')
                text += letter;
            text += letter;
        }
        return text + "'";
    };
    const std::size_t at = account.rfind('@');
    if (at == std::string::npos)
        return quoted(account);
    const std::string_view all = account;
    return quoted(all.substr(0, at)) + "@" + quoted(all.substr(at + 1));
}

}  // namespace

source_rights parse_grants(const protocol::text_result& rows)
{
    source_rights rights;
    for (const protocol::text_row& row : rows.rows)
        if (!row.empty())
            read_line(row[0].value_or(""), rights);
    return rights;
}

std::vector<std::string> missing_for_pulling(const source_rights& rights)
{
    return missing_of(pulling_rights, rights);
}

std::vector<std::string> missing_for_facts(const source_rights& rights)
{
    return missing_of(facts_rights, rights);
}

std::string grant_line(const std::string& account)
{
    return fmt::format(
        "GRANT {}, {} ON *.* TO {};",
        fmt::join(pulling_rights, ", "),
        fmt::join(facts_rights, ", "),
        quoted_account(account)
    );
}

}  // namespace proxy
