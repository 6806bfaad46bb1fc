#include "proxy/session/local_answers.hpp"

#include "protocol/ascii.hpp"
#include "protocol/server_errors.hpp"
#include "proxy/session/like_pattern.hpp"
#include "proxy/session/show_answers.hpp"
#include "proxy/session/sql_functions.hpp"
#include "proxy/session/statement_cursor.hpp"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>

namespace proxy {
namespace {

using protocol::lower;
using protocol::text_result;

// Statements we answer are short; a long INSERT is not even cut into tokens.
constexpr std::size_t max_statement = 64U << 10;
// Of what a session has set: a replica sets a dozen.
constexpr std::size_t max_variables = 500;
constexpr std::size_t max_variable_bytes = 64U << 10;

class reading
{
public:
    reading(std::string_view statement, session_state& session, answer_sources from)
        : in_(statement)
        , session_(session)
        , from_(from)
        , variables_{from.facts, from.log, session}
    {}

    answer read();

private:
    struct system_name
    {
        std::string scope;
        std::string name;
    };
    answer read_select();
    answer read_set();
    answer read_show();
    answer read_kill();
    answer show_variables();
    std::vector<std::string> read_variable_patterns();
    std::vector<std::string> read_name_condition();
    void read_assignment();
    void assign_system(const std::string& name, bool global);
    sql_value read_expression();
    std::optional<std::string> open_call();
    sql_value read_operand();
    sql_value read_variable();
    system_name read_system_name();
    std::string read_name();
    std::string read_string();
    void skip_value();

    statement_cursor in_;
    session_state& session_;
    answer_sources from_;
    known_variables variables_;
};

answer reading::read()
{
    // MariaDB's SET STATEMENT name = value FOR statement: the values change nothing here.
    if (in_.words({"SET", "STATEMENT"})) {
        while (!in_.at_end() && !in_.word("FOR"))
            in_.take();
    }
    if (in_.word("SELECT"))
        return read_select();
    if (in_.word("SET"))
        return read_set();
    if (in_.word("SHOW"))
        return read_show();
    if (in_.word("KILL"))
        return read_kill();
    if (in_.word("USE")) {
        session_.database = read_name();
        return protocol::ok{};
    }
    // There is nothing here that a transaction could hold.
    for (const std::string_view harmless : {"COMMIT", "ROLLBACK", "BEGIN"})
        if (is(in_.peek(), harmless))
            return protocol::ok{};
    if (in_.words({"START", "TRANSACTION"}) && in_.at_end())
        return protocol::ok{};
    throw not_ours{};
}

answer reading::read_select()
{
    text_result result;
    protocol::text_row row;
    do {
        const std::size_t begin = in_.place();
        row.push_back(read_expression());
        std::string name(in_.text_from(begin));
        if (in_.word("AS"))
            name = in_.peek().kind == rewrite::token_kind::string ? read_string() : read_name();
        else if (in_.peek().kind == rewrite::token_kind::name ||
                 (in_.peek().kind == rewrite::token_kind::word && !is(in_.peek(), "LIMIT") &&
                  !is(in_.peek(), "FROM")))
            name = read_name();
        result.columns.push_back(std::move(name));
    } while (in_.symbol(','));
    if (in_.words({"FROM", "DUAL"})) {
    }
    if (in_.word("LIMIT"))
        in_.take();
    if (!in_.at_end())
        throw not_ours{};
    result.rows.push_back(std::move(row));
    return result;
}

std::string reading::read_name()
{
    const rewrite::token token = in_.take();
    if (token.kind != rewrite::token_kind::word && token.kind != rewrite::token_kind::name &&
        token.kind != rewrite::token_kind::string)
        throw not_ours{};
    return token.kind == rewrite::token_kind::string ? string_of(token, {}) : name_of(token);
}

std::string reading::read_string()
{
    const rewrite::token token = in_.take();
    if (token.kind != rewrite::token_kind::string)
        throw not_ours{};
    return string_of(token, {});
}

// After @@. The lexer takes a name after @ as a host's, dots included.
reading::system_name reading::read_system_name()
{
    std::string name = lower(read_name());
    if (in_.symbol('.'))
        name += "." + lower(read_name());
    const std::size_t dot = name.find('.');
    if (dot == std::string::npos)
        return {"", name};
    return {name.substr(0, dot), name.substr(dot + 1)};
}

// After the first @ of @name, @@name, @@scope.name.
sql_value reading::read_variable()
{
    if (!in_.symbol('@')) {
        const auto found = session_.set.find(lower(read_name()));
        return found == session_.set.end() ? std::nullopt : found->second;
    }
    const system_name name = read_system_name();
    const sql_value found = variables_.select(
        name.name, name.scope == "global" ? variable_scope::global : variable_scope::session
    );
    if (!found)
        throw refused{make_error(protocol::server_errno::unknown_system_variable, {name.name})};
    return found;
}

// Calls and parentheses that are open are kept in a list: a client may nest them as deep as its
// statement is long.
sql_value reading::read_expression()
{
    struct open_parenthesis
    {
        std::string function;  // empty: none
        std::vector<sql_value> arguments;
    };
    std::vector<open_parenthesis> open;
    for (;;) {
        sql_value read;
        if (auto function = open_call()) {
            open.push_back({std::move(*function), {}});
            if (open.back().function.empty() || !in_.symbol(')'))
                continue;
            read = call_function(open.back().function, {}, session_, variables_);
            open.pop_back();
        } else {
            read = read_operand();
        }
        for (;;) {
            if (open.empty())
                return read;
            open_parenthesis& inner = open.back();
            inner.arguments.push_back(std::move(read));
            if (!inner.function.empty() && in_.symbol(','))
                break;
            if (!in_.symbol(')'))
                throw not_ours{};
            read = inner.function.empty()
                       ? std::move(inner.arguments.front())
                       : call_function(inner.function, inner.arguments, session_, variables_);
            open.pop_back();
        }
    }
}

// Takes NAME( or a parenthesis alone, whose name is empty.
std::optional<std::string> reading::open_call()
{
    if (in_.symbol('('))
        return "";
    if (in_.peek().kind != rewrite::token_kind::word || !is_symbol(in_.peek(1), '('))
        return std::nullopt;
    std::string function = lower(in_.take().text);
    in_.take();
    return function;
}

sql_value reading::read_operand()
{
    if (in_.symbol('@'))
        return read_variable();
    if (in_.symbol('-')) {
        const rewrite::token number = in_.take();
        if (number.kind != rewrite::token_kind::number)
            throw not_ours{};
        return "-" + std::string(number.text);
    }
    const rewrite::token token = in_.take();
    if (token.kind == rewrite::token_kind::number)
        return std::string(token.text);
    if (token.kind == rewrite::token_kind::string)
        return string_of(token, {});
    if (token.kind != rewrite::token_kind::word)
        throw not_ours{};
    const std::string name = lower(token.text);
    if (name == "null")
        return std::nullopt;
    if (name == "true" || name == "false")
        return name == "true" ? "1" : "0";
    if (name == "current_timestamp" || name == "current_user")
        return call_function(name, {}, session_, variables_);
    throw not_ours{};
}

answer reading::read_set()
{
    do
        read_assignment();
    while (in_.symbol(','));
    if (!in_.at_end())
        throw not_ours{};
    return protocol::ok{};
}

// A value we need not understand: up to the next comma outside of parentheses.
void reading::skip_value()
{
    int depth = 0;
    while (!in_.at_end() && (depth > 0 || !is_symbol(in_.peek(), ','))) {
        const rewrite::token token = in_.take();
        depth += is_symbol(token, '(') ? 1 : is_symbol(token, ')') ? -1 : 0;
    }
}

std::size_t bytes_of(const std::string& name, const std::string& value)
{
    return name.size() + value.size();
}
std::size_t bytes_of(const std::string& name, const sql_value& value)
{
    return name.size() + (value ? value->size() : 0);
}

// What a session has set is bounded, whatever it sets.
template <class Map>
void keep(Map& variables, const std::string& name, typename Map::mapped_type value)
{
    std::size_t bytes = bytes_of(name, value);
    for (const auto& [other, kept] : variables)
        if (other != name)
            bytes += bytes_of(other, kept);
    if (bytes > max_variable_bytes || variables.size() > max_variables)
        throw refused{make_error_with_text(
            protocol::server_errno::unknown_error,
            "unghost: too many variables are set, or too long ones"
        )};
    variables[name] = std::move(value);
}

void reading::assign_system(const std::string& name, bool global)
{
    if (global)
        throw refused{make_error(
            protocol::server_errno::specific_access_denied, {"SUPER or SYSTEM_VARIABLES_ADMIN"}
        )};
    in_.symbol(':');
    if (!in_.symbol('='))
        throw not_ours{};
    const std::size_t begin = in_.place();
    const rewrite::token& first = in_.peek();
    const bool plain =
        first.kind == rewrite::token_kind::string || first.kind == rewrite::token_kind::number;
    std::string text =
        first.kind == rewrite::token_kind::string ? string_of(first, {}) : std::string(first.text);
    skip_value();
    if (in_.place() == begin)
        throw not_ours{};
    if (in_.place() == begin + 1 && (plain || first.kind == rewrite::token_kind::word))
        keep(session_.system_variables, name, std::move(text));
}

void reading::read_assignment()
{
    if (in_.word("NAMES") || in_.word("CHARSET") || in_.words({"CHARACTER", "SET"})) {
        skip_value();
        return;
    }
    bool global = false;
    if (in_.symbol('@')) {
        const bool system = in_.symbol('@');
        if (system) {
            const system_name name = read_system_name();
            global = name.scope == "global" || name.scope.starts_with("persist");
            assign_system(name.name, global);
            return;
        }
        const std::string name = lower(read_name());
        in_.symbol(':');
        if (!in_.symbol('='))
            throw not_ours{};
        keep(session_.set, name, read_expression());
        return;
    }
    if (in_.word("GLOBAL") || in_.word("PERSIST") || in_.word("PERSIST_ONLY"))
        global = true;
    else if (in_.word("SESSION") || in_.word("LOCAL")) {
    }
    if (!global && in_.word("TRANSACTION")) {
        while (!in_.at_end())
            in_.take();
        return;
    }
    assign_system(lower(read_name()), global);
}

// An account of unghost's own has no right but to replicate: it sees and ends its own sessions.
session_info own_account(const session_state& session)
{
    return {.user = session.user, .own_account = true};
}

answer reading::read_kill()
{
    const kill_scope what = in_.word("QUERY") ? kill_scope::query : kill_scope::connection;
    if (what == kill_scope::connection)
        in_.word("CONNECTION");
    const rewrite::token number = in_.take();
    std::uint64_t id = 0;
    const auto [end, error] =
        std::from_chars(number.text.data(), number.text.data() + number.text.size(), id);
    if (number.kind != rewrite::token_kind::number || error != std::errc() || !in_.at_end())
        throw not_ours{};
    if (id < first_session_id)
        throw not_ours{};  // the source's
    const auto number_of_session = static_cast<std::uint32_t>(id);
    const auto target = id > 0xffffffff ? std::nullopt : from_.sessions.find(number_of_session);
    if (target && !is_same_account(*target, own_account(session_)))
        throw refused{make_error(protocol::server_errno::not_owner_of_thread, {std::to_string(id)})
        };
    if (!target || !from_.sessions.kill(number_of_session, what))
        throw refused{make_error(protocol::server_errno::unknown_thread, {std::to_string(id)})};
    return protocol::ok{};
}

answer reading::read_show()
{
    if (in_.only({"BINARY", "LOGS"}) || in_.only({"MASTER", "LOGS"}))
        return show_binary_logs(from_);
    if (in_.only({"MASTER", "STATUS"}) || in_.only({"BINARY", "LOG", "STATUS"}))
        return show_log_status(from_);
    if (in_.only({"REPLICAS"}) || in_.only({"SLAVE", "HOSTS"}))
        return show_replicas(from_);
    if (in_.only({"PROCESSLIST"}) || in_.only({"FULL", "PROCESSLIST"}))
        return show_processlist(from_, own_account(session_));
    if (in_.words({"WARNINGS"}) || in_.words({"ERRORS"}))
        return text_result{{"Level", "Code", "Message"}, {}, {1}};
    if (!in_.word("GLOBAL") && !in_.word("SESSION"))
        in_.word("LOCAL");
    if (in_.word("VARIABLES"))
        return show_variables();
    throw not_ours{};
}

answer reading::show_variables()
{
    const std::vector<std::string> patterns = read_variable_patterns();
    if (!in_.at_end())
        throw not_ours{};
    text_result result{{"Variable_name", "Value"}, {}};
    for (const auto& entry : variables_.all())
        if (std::ranges::any_of(patterns, [&](const std::string& pattern) {
                return matches_like(entry.first, pattern);
            }))
            result.rows.push_back({entry.first, entry.second});
    return result;
}

std::vector<std::string> reading::read_variable_patterns()
{
    if (in_.at_end())
        return {"%"};
    if (in_.word("LIKE"))
        return {lower(read_string())};
    std::vector<std::string> patterns;
    if (!in_.word("WHERE"))
        return patterns;
    do
        for (std::string& pattern : read_name_condition())
            patterns.push_back(std::move(pattern));
    while (in_.word("OR"));
    return patterns;
}

// Variable_name = 'a', LIKE 'a%' or IN ('a', 'b').
std::vector<std::string> reading::read_name_condition()
{
    if (lower(read_name()) != "variable_name")
        throw not_ours{};
    if (in_.word("LIKE") || in_.symbol('='))
        return {lower(read_string())};
    if (!in_.word("IN") || !in_.symbol('('))
        throw not_ours{};
    std::vector<std::string> patterns;
    do
        patterns.push_back(lower(read_string()));
    while (in_.symbol(','));
    if (!in_.symbol(')'))
        throw not_ours{};
    return patterns;
}

}  // namespace

void session_state::reset()
{
    set.clear();
    system_variables.clear();
}

std::optional<answer>
answer_locally(std::string_view statement, session_state& session, answer_sources from)
{
    if (statement.size() > max_statement)
        return std::nullopt;
    try {
        return reading(statement, session, from).read();
    } catch (const refused& refusal) {
        return refusal.error;
    } catch (const not_ours&) {
        return std::nullopt;
    }
}

}  // namespace proxy
