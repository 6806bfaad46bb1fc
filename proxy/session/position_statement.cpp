#include "proxy/session/position_statement.hpp"

#include "protocol/ascii.hpp"
#include "proxy/session/session_registry.hpp"
#include "proxy/session/statement_cursor.hpp"

#include <charconv>

namespace proxy {
namespace {

// Longer ones are none of these; they are not even cut into tokens.
constexpr std::size_t max_position_statement = 4096;

bool begins_with_word(std::string_view text, std::string_view word)
{
    return protocol::equal_without_case(text.substr(0, word.size()), word);
}

// After blanks and comments. An executable comment (/*! ... */) holds words.
std::string_view first_word(std::string_view text)
{
    for (;;) {
        const std::size_t at = text.find_first_not_of(" \t\r\n\f\v(");
        if (at == std::string_view::npos)
            return {};
        text.remove_prefix(at);
        if (!text.starts_with("/*") || text.starts_with("/*!"))
            return text;
        const std::size_t end = text.find("*/", 2);
        if (end == std::string_view::npos)
            return {};
        text.remove_prefix(end + 2);
    }
}

bool holds(std::string_view text, std::string_view word)
{
    for (std::size_t at = 0; at + word.size() <= text.size(); ++at)
        if (begins_with_word(text.substr(at), word))
            return true;
    return false;
}

// Most statements of a client are seen here not to be ours, without a look at all of their bytes.
bool may_be_ours(std::string_view text)
{
    if (text.size() > max_position_statement)
        return false;
    const std::string_view word = first_word(text);
    if (begins_with_word(word, "select"))
        return holds(word, "gtid_");
    return begins_with_word(word, "show") || begins_with_word(word, "kill") ||
           word.starts_with("/*!") || word.starts_with("--") || word.starts_with('#');
}

std::optional<std::uint64_t> number(statement_cursor& in)
{
    const rewrite::token token = in.take();
    std::uint64_t value = 0;
    const auto [end, wrong] =
        std::from_chars(token.text.data(), token.text.data() + token.text.size(), value);
    if (token.kind != rewrite::token_kind::number || wrong != std::errc() ||
        end != token.text.data() + token.text.size())
        return std::nullopt;
    return value;
}

std::optional<position_statement> topic(position_topic what)
{
    return position_statement{.topic = what};
}

// SHOW BINLOG EVENTS [IN 'file'] [FROM position] [LIMIT [skip,] count]
std::optional<position_statement> read_log_events(statement_cursor& in)
{
    position_statement found{.topic = position_topic::log_events};
    if (in.word("IN")) {
        const rewrite::token name = in.take();
        if (name.kind != rewrite::token_kind::string)
            return std::nullopt;
        found.file = rewrite::string_of(name, {});
    }
    if (in.word("FROM")) {
        found.position = number(in);
        if (!found.position)
            return std::nullopt;
    }
    if (in.word("LIMIT")) {
        found.limit = number(in);
        if (found.limit && in.symbol(',')) {
            found.skip = *found.limit;
            found.limit = number(in);
        } else if (found.limit && in.word("OFFSET")) {
            const auto skip = number(in);
            if (!skip)
                return std::nullopt;
            found.skip = *skip;
        }
        if (!found.limit)
            return std::nullopt;
    }
    return in.at_end() ? std::optional(found) : std::nullopt;
}

std::optional<position_statement> read_show(statement_cursor& in)
{
    if (in.only({"MASTER", "STATUS"}) || in.only({"BINARY", "LOG", "STATUS"}))
        return topic(position_topic::log_status);
    if (in.only({"BINARY", "LOGS"}) || in.only({"MASTER", "LOGS"}))
        return topic(position_topic::log_files);
    if (in.only({"REPLICAS"}) || in.only({"SLAVE", "HOSTS"}))
        return topic(position_topic::replicas);
    if (in.words({"BINLOG", "EVENTS"}))
        return read_log_events(in);
    if (!in.word("GLOBAL") && !in.word("SESSION"))
        in.word("LOCAL");
    if (in.word("VARIABLES"))
        return topic(position_topic::variables);
    return std::nullopt;
}

std::optional<position_statement> read_kill(statement_cursor& in)
{
    position_statement found{.topic = position_topic::kill};
    if (!in.word("CONNECTION") && in.word("QUERY"))
        found.killed = kill_scope::query;
    const auto id = number(in);
    if (!id || !in.at_end() || *id < first_session_id || *id > 0xffffffff)
        return std::nullopt;
    found.connection = static_cast<std::uint32_t>(*id);
    return found;
}

// The name of a system variable, in lower case, if that is what comes next: @@name, @@global.name.
// The lexer takes what follows an @ as one name, dots included.
std::string read_system_variable(statement_cursor& in)
{
    if (!in.symbol('@') || !in.symbol('@'))
        return {};
    std::string name;
    for (;;) {
        const rewrite::token part = in.take();
        if (part.kind == rewrite::token_kind::string)
            name += rewrite::string_of(part, {});
        else if (part.kind == rewrite::token_kind::word || part.kind == rewrite::token_kind::name)
            name += rewrite::name_of(part);
        else
            return {};
        if (!in.symbol('.'))
            break;
        name += '.';
    }
    name = protocol::lower(name);
    const std::size_t dot = name.rfind('.');
    return dot == std::string::npos ? name : name.substr(dot + 1);
}

// After an item: its alias, if any, then the next item or the end of the list.
bool item_ends(statement_cursor& in)
{
    in.word("AS");
    if (!in.at_end() && !is_symbol(in.peek(), ',') && !is(in.peek(), "LIMIT") &&
        !is(in.peek(), "FROM"))
        in.take();
    return in.at_end() || is_symbol(in.peek(), ',') || is(in.peek(), "LIMIT") ||
           is(in.peek(), "FROM");
}

void skip_item(statement_cursor& in)
{
    int depth = 0;
    while (!in.at_end() && (depth > 0 || !is_symbol(in.peek(), ','))) {
        const rewrite::token token = in.take();
        depth += is_symbol(token, '(') ? 1 : is_symbol(token, ')') ? -1 : 0;
    }
}

// Only items that are nothing but the variable: what a function makes of one stays the source's.
std::optional<position_statement> read_select(statement_cursor& in)
{
    position_statement found{.topic = position_topic::gtid_sets};
    for (std::size_t item = 0; !in.at_end(); ++item) {
        const std::size_t begin = in.place();
        const std::string name = read_system_variable(in);
        if (!name.empty() && item_ends(in)) {
            if (name == "gtid_purged")
                found.purged.push_back(item);
            else if (name == "gtid_executed")
                found.executed.push_back(item);
        } else {
            in.go_back(begin);
        }
        skip_item(in);
        in.symbol(',');
    }
    if (found.purged.empty() && found.executed.empty())
        return std::nullopt;
    return found;
}

}  // namespace

std::optional<position_statement> read_position_statement(std::string_view text)
{
    if (!may_be_ours(text))
        return std::nullopt;
    statement_cursor in(text);
    if (in.word("SHOW"))
        return read_show(in);
    if (in.word("KILL"))
        return read_kill(in);
    if (in.word("SELECT"))
        return read_select(in);
    return std::nullopt;
}

}  // namespace proxy
