#include "proxy/session/local_answers.hpp"

#include "protocol/ascii.hpp"
#include "protocol/server_errors.hpp"
#include "proxy/session/log_listing.hpp"
#include "proxy/session/statement_cursor.hpp"
#include "proxy/session/variables.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <openssl/rand.h>
#include <set>

namespace proxy {
namespace {

using value = std::optional<std::string>;  // nothing: NULL
using protocol::lower;
using protocol::server_error;
using protocol::text_result;

// Statements we answer are short; a long INSERT is not even cut into tokens.
constexpr std::size_t max_statement = 64U << 10;

// Ends the reading of a statement with an error for the client.
struct refused
{
    server_error error;
};
// The statement is none of ours.
struct not_ours
{};

bool matches_like(std::string_view text, std::string_view pattern)
{
    if (pattern.empty())
        return text.empty();
    if (pattern[0] == '%') {
        for (std::size_t from = 0; from <= text.size(); ++from)
            if (matches_like(text.substr(from), pattern.substr(1)))
                return true;
        return false;
    }
    if (text.empty())
        return false;
    if (pattern[0] == '\\' && pattern.size() > 1)
        return text[0] == pattern[1] && matches_like(text.substr(1), pattern.substr(2));
    return (pattern[0] == '_' || pattern[0] == text[0]) &&
           matches_like(text.substr(1), pattern.substr(1));
}

std::string random_uuid()
{
    protocol::uuid made;
    RAND_bytes(made.data(), static_cast<int>(made.size()));
    made[6] = static_cast<std::uint8_t>((made[6] & 0x0f) | 0x40);
    made[8] = static_cast<std::uint8_t>((made[8] & 0x3f) | 0x80);
    return protocol::to_text(made);
}

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
    answer show_binary_logs() const;
    answer show_log_status() const;
    answer show_replicas() const;
    answer show_processlist() const;
    void read_assignment();
    void assign_system(const std::string& name, bool global);
    value read_expression();
    value read_variable();
    system_name read_system_name();
    value call(const std::string& function, const std::vector<value>& arguments);
    std::vector<value> read_arguments();
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

// Behind @@. The lexer takes a name behind @ as a host's, dots included.
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

// Behind the first @ of @name, @@name, @@scope.name.
value reading::read_variable()
{
    if (!in_.symbol('@')) {
        const auto found = session_.set.find(lower(read_name()));
        return found == session_.set.end() ? std::nullopt : found->second;
    }
    const system_name name = read_system_name();
    const value found = variables_.select(name.name, name.scope == "global");
    if (!found)
        throw refused{make_error(protocol::server_errno::unknown_system_variable, {name.name})};
    return found;
}

std::vector<value> reading::read_arguments()
{
    std::vector<value> arguments;
    if (in_.symbol(')'))
        return arguments;
    do
        arguments.push_back(read_expression());
    while (in_.symbol(','));
    if (!in_.symbol(')'))
        throw not_ours{};
    return arguments;
}

value reading::read_expression()
{
    if (in_.symbol('@'))
        return read_variable();
    if (in_.symbol('(')) {
        value inner = read_expression();
        if (!in_.symbol(')'))
            throw not_ours{};
        return inner;
    }
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
    if (in_.symbol('('))
        return call(name, read_arguments());
    if (name == "null")
        return std::nullopt;
    if (name == "true" || name == "false")
        return name == "true" ? "1" : "0";
    if (name == "current_timestamp" || name == "current_user")
        return call(name, {});
    throw not_ours{};
}

// One function of MySQL a paragraph.
// NOLINTNEXTLINE(readability-function-cognitive-complexity)
value reading::call(const std::string& function, const std::vector<value>& arguments)
{
    const auto now = std::chrono::system_clock::now();
    if (arguments.empty()) {
        if (function == "unix_timestamp")
            return std::to_string(std::chrono::system_clock::to_time_t(now));
        if (function == "now" || function == "current_timestamp" || function == "sysdate")
            return fmt::format(
                "{:%Y-%m-%d %H:%M:%S}", fmt::gmtime(std::chrono::system_clock::to_time_t(now))
            );
        if (function == "version")
            return variables_.select("version", true);
        if (function == "uuid")
            return random_uuid();
        if (function == "database" || function == "schema")
            return session_.database.empty() ? value() : session_.database;
        if (function == "user" || function == "session_user" || function == "current_user")
            return session_.user + "@" + session_.host;
        if (function == "connection_id")
            return std::to_string(session_.id);
    }
    if (function == "concat") {
        std::string joined;
        for (const value& part : arguments) {
            if (!part)
                return std::nullopt;
            joined += *part;
        }
        return joined;
    }
    if ((function == "gtid_subtract" || function == "gtid_subset") && arguments.size() == 2) {
        const value& one = arguments[0];
        const value& other = arguments[1];
        if (!one || !other)
            return std::nullopt;
        auto first = protocol::parse_gtid_set(*one);
        const auto second = protocol::parse_gtid_set(*other);
        if (!first || !second)
            throw refused{make_error(protocol::server_errno::malformed_gtid_set)};
        if (function == "gtid_subset")
            return second->contains(*first) ? "1" : "0";
        first->subtract(*second);
        return to_text(*first);
    }
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
        session_.system_variables[name] = std::move(text);
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
        session_.set[name] = read_expression();
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

answer reading::read_kill()
{
    const bool query_only = in_.word("QUERY");
    if (!query_only)
        in_.word("CONNECTION");
    const rewrite::token number = in_.take();
    std::uint64_t id = 0;
    const auto [end, error] =
        std::from_chars(number.text.data(), number.text.data() + number.text.size(), id);
    if (number.kind != rewrite::token_kind::number || error != std::errc() || !in_.at_end())
        throw not_ours{};
    if (id < first_session_id)
        throw not_ours{};  // the source's
    if (id > 0xffffffff || !from_.sessions.kill(static_cast<std::uint32_t>(id), query_only))
        throw refused{make_error(protocol::server_errno::unknown_thread, {std::to_string(id)})};
    return protocol::ok{};
}

answer reading::read_show()
{
    if (in_.only({"BINARY", "LOGS"}) || in_.only({"MASTER", "LOGS"}))
        return show_binary_logs();
    if (in_.only({"MASTER", "STATUS"}) || in_.only({"BINARY", "LOG", "STATUS"}))
        return show_log_status();
    if (in_.only({"REPLICAS"}) || in_.only({"SLAVE", "HOSTS"}))
        return show_replicas();
    if (in_.only({"PROCESSLIST"}) || in_.only({"FULL", "PROCESSLIST"}))
        return show_processlist();
    if (in_.words({"WARNINGS"}) || in_.words({"ERRORS"}))
        return text_result{{"Level", "Code", "Message"}, {}, {1}};
    if (!in_.word("GLOBAL") && !in_.word("SESSION"))
        in_.word("LOCAL");
    if (in_.word("VARIABLES"))
        return show_variables();
    throw not_ours{};
}

// Reads straight down what a SHOW VARIABLES may say.
// NOLINTNEXTLINE(readability-function-cognitive-complexity)
answer reading::show_variables()
{
    std::vector<std::string> patterns;
    if (in_.at_end()) {
        patterns.emplace_back("%");
    } else if (in_.word("LIKE")) {
        patterns.push_back(lower(read_string()));
    } else if (in_.word("WHERE")) {
        do {
            if (lower(read_name()) != "variable_name")
                throw not_ours{};
            if (in_.word("IN")) {
                if (!in_.symbol('('))
                    throw not_ours{};
                do
                    patterns.push_back(lower(read_string()));
                while (in_.symbol(','));
                if (!in_.symbol(')'))
                    throw not_ours{};
            } else if (in_.word("LIKE") || in_.symbol('=')) {
                patterns.push_back(lower(read_string()));
            } else {
                throw not_ours{};
            }
        } while (in_.word("OR"));
    }
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

answer reading::show_binary_logs() const
{
    text_result result{{"Log_name", "File_size"}, log_file_rows(from_.log), {1}};
    if (from_.facts.version_number >= 80014) {
        result.columns.emplace_back("Encrypted");
        for (protocol::text_row& row : result.rows)
            row.emplace_back("No");
    }
    return result;
}

answer reading::show_log_status() const
{
    text_result result{
        {"File", "Position", "Binlog_Do_DB", "Binlog_Ignore_DB", "Executed_Gtid_Set"}, {}, {1}
    };
    const std::uint64_t end = from_.log.committed_end();
    const std::shared_ptr<const file_list> files = from_.log.files();
    if (const clean_file* file = files->at(end))
        result.rows.push_back(
            {file->name,
             std::to_string(end - file->base),
             "",
             "",
             to_text(executed_set(from_.log, from_.facts.gtid_purged))}
        );
    return result;
}

answer reading::show_replicas() const
{
    const bool new_words = from_.facts.version_number >= 80022;
    text_result result;
    result.columns =
        new_words
            ? std::vector<std::string>{"Server_Id", "Host", "Port", "Source_Id", "Replica_UUID"}
            : std::vector<std::string>{"Server_id", "Host", "Port", "Master_id", "Slave_UUID"};
    result.rows = replica_rows(from_.sessions, from_.facts.server_id);
    return result;
}

answer reading::show_processlist() const
{
    text_result result{{"Id", "User", "Host", "db", "Command", "Time", "State", "Info"}, {}};
    const auto now = std::chrono::system_clock::now();
    for (const session_info& one : from_.sessions.list()) {
        const auto time = std::chrono::duration_cast<std::chrono::seconds>(now - one.since);
        result.rows.push_back(
            {std::to_string(one.id),
             one.user,
             one.peer,
             std::nullopt,
             one.dumping ? "Binlog Dump" : "Sleep",
             std::to_string(time.count()),
             one.doing,
             std::nullopt}
        );
    }
    return result;
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
