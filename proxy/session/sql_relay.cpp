#include "proxy/session/sql_relay.hpp"

#include "protocol/capabilities.hpp"
#include "protocol/command.hpp"
#include "protocol/server_errors.hpp"

#include <algorithm>
#include <array>
#include <asio/error.hpp>
#include <fmt/format.h>
#include <span>

namespace proxy {
namespace {

using protocol::byte_buffer;
using protocol::byte_view;
using protocol::command_type;
using protocol::row_format;
using protocol::server_errno;
using protocol::server_error;

constexpr std::size_t max_prepared = 4096;
// A prepared statement's id follows the command byte.
constexpr std::size_t statement_id_end = 1 + 4;

const server_error out_of_order = make_error(server_errno::packets_out_of_order);
// What COM_BINLOG_DUMP says to an account without the right; COM_REGISTER_SLAVE: access_denied.
const server_error no_right_to_dump =
    make_error(server_errno::specific_access_denied, {"REPLICATION SLAVE"});

// 5.7 writes ALL PRIVILEGES, later ones each by its name.
constexpr std::array<std::string_view, 3> rights_to_kill{
    "SUPER", "CONNECTION_ADMIN", "ALL PRIVILEGES"
};
constexpr std::array<std::string_view, 1> right_of_system_users{"SYSTEM_USER"};

// A line of SHOW GRANTS. In front of " ON *.* TO " stand names of privileges alone: a name that
// somebody chose, of a column or a role, is quoted, or (columns, 5.7) in parentheses.
bool gives_one_of(std::span<const std::string_view> rights, std::string_view grant)
{
    constexpr std::string_view head = "GRANT ";
    if (!grant.starts_with(head))
        return false;
    grant.remove_prefix(head.size());
    std::string_view list = grant.substr(0, grant.find(" ON *.* TO "));
    if (list.size() == grant.size() ||
        list.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ_, ") != list.npos)
        return false;
    while (!list.empty()) {
        const std::string_view name = list.substr(0, list.find(','));
        if (std::ranges::find(rights, name) != rights.end())
            return true;
        list.remove_prefix(std::min(list.size(), name.size() + 1));
        list.remove_prefix(std::min(list.size(), list.find_first_not_of(' ')));
    }
    return false;
}

bool give_one_of(std::span<const std::string_view> rights, const std::vector<std::string>& grants)
{
    return std::ranges::any_of(grants, [rights](const std::string& grant) {
        return gives_one_of(rights, grant);
    });
}

std::uint8_t code_of(command_type type)
{
    return static_cast<std::uint8_t>(type);
}

}  // namespace

sql_relay::sql_relay(packet_stream& client, source_connection source, relay_surroundings with)
    : pipe_(client, std::move(source))
    , with_(std::move(with))
{}

asio::awaitable<std::optional<dump_parameters>> sql_relay::run()
{
    while (co_await pipe_.next_command()) {
        switch (co_await serve_command()) {
            case next::command: continue;
            case next::dump: pipe_.client().set_next_sequence(1); co_return std::move(dump_);
            case next::end: co_return std::nullopt;
        }
    }
    co_return std::nullopt;
}

asio::awaitable<sql_relay::next> sql_relay::serve_command()
{
    const std::uint8_t number = pipe_.command_number();
    pipe_.client().set_next_sequence(static_cast<std::uint8_t>(number + 1));
    if (number != 0) {
        co_await pipe_.tell(out_of_order);
        co_return next::end;
    }
    if (pipe_.command_size() == 0) {
        co_await pipe_.tell(make_error(server_errno::malformed_packet));
        co_return next::end;
    }
    if (!pipe_.command_is_short()) {
        const std::uint8_t command = pipe_.command_code();
        co_await pipe_.pass_large_command();
        co_await pipe_.pass_answer(command);
        co_return next::command;
    }
    co_return co_await serve_short_command(pipe_.take_command());
}

asio::awaitable<sql_relay::next> sql_relay::serve_short_command(byte_view packet)
{
    const std::uint8_t command = packet.front();
    switch (static_cast<command_type>(command)) {
        case command_type::query: co_await serve_query(packet); co_return next::command;
        case command_type::stmt_prepare: co_await serve_prepare(packet); co_return next::command;
        case command_type::stmt_execute: co_await serve_execute(packet); co_return next::command;
        case command_type::quit: co_await pipe_.pass_command(); co_return next::end;
        case command_type::change_user:
            co_return co_await change_user(packet) ? next::command : next::end;
        case command_type::register_slave:
            co_await take_registration(packet);
            co_return next::command;
        case command_type::binlog_dump:
        case command_type::binlog_dump_gtid:
            co_return co_await prepare_dump(packet) ? next::dump : next::end;
        case command_type::process_kill:
            if (packet.size() >= statement_id_end) {
                const auto id = static_cast<std::uint32_t>(protocol::load_le(packet.subspan(1, 4)));
                if (id >= first_session_id) {
                    co_await kill({.topic = position_topic::kill, .connection = id});
                    co_return next::command;
                }
            }
            break;
        case command_type::stmt_close:
            if (packet.size() >= statement_id_end)
                prepared_.erase(static_cast<std::uint32_t>(protocol::load_le(packet.subspan(1, 4)))
                );
            break;
        case command_type::reset_connection: prepared_.clear(); break;
        default: break;
    }
    co_await pipe_.pass_command();
    co_await pipe_.pass_answer(command);
    co_return next::command;
}

// Nothing: the client has been told the source's error.
asio::awaitable<std::optional<protocol::result_set>> sql_relay::ask_rows(std::string text)
{
    const packets answer = co_await pipe_.ask(std::move(text));
    auto rows = protocol::parse_result_set(answer, row_format::text, pipe_.capabilities());
    if (rows)
        co_return std::move(*rows);
    if (!protocol::is_error(answer.back()))
        refuse_answer(rows.error());
    co_await pipe_.tell({answer.back()});
    co_return std::nullopt;
}

asio::awaitable<void> sql_relay::serve_query(byte_view packet)
{
    const auto text = protocol::parse_query_text(packet, pipe_.capabilities());
    auto statement = text ? read_position_statement(*text) : std::nullopt;
    if (!statement) {
        co_await pipe_.pass_command();
        co_await pipe_.pass_answer(code_of(command_type::query));
    } else if (statement->topic == position_topic::kill) {
        co_await kill(std::move(*statement));
    } else if (statement->topic == position_topic::log_events) {
        // The source has no such file, but knows who may ask, and how the answer looks.
        packets answer = co_await pipe_.ask("SHOW BINLOG EVENTS LIMIT 1");
        co_await answer_position(std::move(*statement), std::move(answer), row_format::text);
    } else {
        co_await pipe_.pass_command();
        packets answer = co_await pipe_.collect_answer(code_of(command_type::query));
        co_await answer_position(std::move(*statement), std::move(answer), row_format::text);
    }
}

asio::awaitable<void> sql_relay::serve_prepare(byte_view packet)
{
    auto statement = read_position_statement(protocol::as_text(packet.subspan(1)));
    co_await pipe_.pass_command();
    if (!statement || statement->topic == position_topic::kill ||
        statement->topic == position_topic::log_events || prepared_.size() >= max_prepared) {
        co_await pipe_.pass_answer(code_of(command_type::stmt_prepare));
        co_return;
    }
    const packets answer = co_await pipe_.collect_answer(code_of(command_type::stmt_prepare));
    if (protocol::is_ok(answer.front()) && answer.front().size() >= statement_id_end) {
        const auto id = protocol::load_le(byte_view(answer.front()).subspan(1, 4));
        prepared_[static_cast<std::uint32_t>(id)] = std::move(*statement);
    }
    co_await pipe_.tell(answer);
}

asio::awaitable<void> sql_relay::serve_execute(byte_view packet)
{
    const auto id = packet.size() >= statement_id_end
                        ? static_cast<std::uint32_t>(protocol::load_le(packet.subspan(1, 4)))
                        : 0;
    const auto statement = prepared_.find(id);
    const bool with_cursor = packet.size() > statement_id_end && packet[statement_id_end] != 0;
    co_await pipe_.pass_command();
    if (statement == prepared_.end()) {
        co_await pipe_.pass_answer(code_of(command_type::stmt_execute));
        co_return;
    }
    packets answer = co_await pipe_.collect_answer(code_of(command_type::stmt_execute));
    if (with_cursor) {
        // Its rows would come by COM_STMT_FETCH, past us.
        co_await pipe_.tell(make_error_with_text(
            server_errno::unknown_error,
            "unghost answers statements about log positions without a cursor; ask without one"
        ));
        co_return;
    }
    co_await answer_position(statement->second, std::move(answer), row_format::binary);
}

asio::awaitable<void>
sql_relay::answer_position(position_statement statement, packets answer, row_format format)
{
    auto rows = protocol::parse_result_set(answer, format, pipe_.capabilities());
    if (!rows) {  // an error, most likely: no right to ask
        co_await pipe_.tell(answer);
        co_return;
    }
    if (const auto error =
            co_await put_own_positions(std::move(statement), *rows, with_.positions)) {
        co_await pipe_.tell(*error);
        co_return;
    }
    const auto packets = protocol::result_set_packets(*rows);
    if (!packets)
        refuse_answer(packets.error());
    co_await pipe_.tell(*packets);
}

asio::awaitable<bool> sql_relay::change_user(byte_view packet)
{
    auto request = protocol::parse_change_user(packet, pipe_.capabilities());
    if (!request) {
        co_await pipe_.tell(make_error(server_errno::malformed_packet));
        co_return false;
    }
    const std::string user = request->user;
    // At once: who is logged in here already learns little by it.
    if (const auto refusal = refusal_of(with_.relay, user, with_.host)) {
        co_await pipe_.tell(*refusal);
        co_return false;
    }
    const std::string key = login_key(with_.host, user);
    co_await with_.wrong.wait_for(key);
    request->proof.clear();
    request->plugin = no_such_plugin;
    byte_buffer command;
    // The connection there has it always (log_in_at_source).
    protocol::append_change_user(
        command, *request, pipe_.capabilities() | protocol::capability::plugin_auth
    );
    pipe_.source().set_next_sequence(0);
    co_await pipe_.source().write(command);
    // The proofs are read as packets: they may have arrived already.
    pipe_.drop_early();
    unproven_login login(with_.wrong, key);
    if (!co_await pass_proofs(pipe_.client(), pipe_.source(), pipe_.capabilities(), with_.proofs))
        co_return false;
    login.is_no_guess();
    with_.wrong.forget(key);
    prepared_.clear();
    with_.sessions.update(with_.id, [&](session_info& info) { info.user = user; });
    co_return true;
}

asio::awaitable<void> sql_relay::kill(position_statement statement)
{
    const std::optional<session_info> target = with_.sessions.find(statement.connection);
    if (!target) {
        co_await pipe_.tell(
            make_error(server_errno::unknown_thread, {std::to_string(statement.connection)})
        );
        co_return;
    }
    if (target->source_thread != 0) {  // the source knows who may
        co_await pipe_.tell(co_await pipe_.ask(fmt::format(
            "KILL {} {}",
            statement.killed == kill_scope::query ? "QUERY" : "CONNECTION",
            target->source_thread
        )));
        co_return;
    }
    if (!co_await may_kill(*target)) {
        co_await pipe_.tell(
            make_error(server_errno::not_owner_of_thread, {std::to_string(statement.connection)})
        );
        co_return;
    }
    with_.sessions.kill(statement.connection, statement.killed);
    co_await pipe_.tell_ok();
}

// What holds, of roles that are active on this connection too.
asio::awaitable<std::optional<std::vector<std::string>>> sql_relay::ask_grants()
{
    const packets answer = co_await pipe_.ask("SHOW GRANTS");
    const auto rows = protocol::parse_result_set(answer, row_format::text, pipe_.capabilities());
    if (!rows)
        co_return std::nullopt;
    std::vector<std::string> grants;
    for (const protocol::text_row& row : rows->rows)
        if (row.size() == 1 && row[0])
            grants.push_back(*row[0]);
    co_return grants;
}

// The source's rule (sql/sql_kill.cc kill_one_thread): one's own, or by privilege; and a session
// that has SYSTEM_USER only by one that has it too, be it of the same account.
asio::awaitable<bool> sql_relay::may_kill(const session_info& target)
{
    const std::optional<session_info> self = with_.sessions.find(with_.id);
    const bool is_own = self && is_same_account(*self, target);
    if (is_own && !target.system_user)
        co_return true;
    const auto grants = co_await ask_grants();
    if (!grants || (target.system_user && !give_one_of(right_of_system_users, *grants)))
        co_return false;
    co_return is_own || give_one_of(rights_to_kill, *grants);
}

// Passed on too: the source checks the right, and says what a replica expects to hear.
asio::awaitable<void> sql_relay::take_registration(byte_view packet)
{
    const auto replica = protocol::parse_register_slave(packet);
    co_await pipe_.pass_command();
    const packets answer = co_await pipe_.collect_answer(code_of(command_type::register_slave));
    if (replica && protocol::is_ok(answer.front()))
        with_.sessions.update(with_.id, [&](session_info& info) {
            info.registered = true;
            info.replica_host = replica->host;
            info.replica_port = replica->port;
            info.server_id = replica->server_id;
        });
    co_await pipe_.tell(answer);
}

// False: refused, and the client has been told; a server closes after that too.
asio::awaitable<bool> sql_relay::prepare_dump(byte_view packet)
{
    dump_ = parse_dump(packet);
    if (!dump_) {
        co_await pipe_.tell(make_error(server_errno::malformed_packet));
        co_return false;
    }
    // mysqlbinlog and CDC tools do not register, so this asks whether they may.
    byte_buffer registration;
    protocol::append_register_slave(registration, {.server_id = dump_->server_id});
    pipe_.source().set_next_sequence(0);
    co_await pipe_.source().write(registration);
    const packets answer = co_await pipe_.collect_answer(code_of(command_type::register_slave));
    if (protocol::is_ok(answer.front())) {
        if (!co_await read_variables())
            co_return false;
        co_await note_system_user();
        co_return true;
    }
    const auto error = protocol::parse_error(answer.front());
    if (error && error->code == number_of(server_errno::access_denied))
        co_await pipe_.tell(no_right_to_dump);
    else
        co_await pipe_.tell(answer);
    co_return false;
}

asio::awaitable<bool> sql_relay::read_variables()
{
    std::string text = "SELECT ";
    for (const std::string_view name : dump_variables)
        text += fmt::format("{}@{}", name == dump_variables.front() ? "" : ", ", name);
    const auto answer = co_await ask_rows(std::move(text));
    if (!answer)
        co_return false;
    user_variables set;
    for (const protocol::text_row& row : answer->rows)
        for (std::size_t i = 0; i < row.size() && i < dump_variables.size(); ++i)
            set[std::string(dump_variables[i])] = row[i];
    if (dump_)
        set_variables(*dump_, set);
    co_return true;
}

// While its connection to the source is there: who may end the dump depends on it. Where the source
// does not tell, only its likes may.
asio::awaitable<void> sql_relay::note_system_user()
{
    const auto grants = co_await ask_grants();
    const bool has_it = !grants || give_one_of(right_of_system_users, *grants);
    with_.sessions.update(with_.id, [has_it](session_info& info) { info.system_user = has_it; });
}

}  // namespace proxy
