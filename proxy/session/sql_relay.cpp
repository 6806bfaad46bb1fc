#include "proxy/session/sql_relay.hpp"

#include "protocol/capabilities.hpp"
#include "protocol/command.hpp"

#include <asio/error.hpp>
#include <fmt/format.h>

namespace proxy {
namespace {

using protocol::answer_place;
using protocol::byte_buffer;
using protocol::byte_view;
using protocol::command_type;
using protocol::packet_header_size;
using protocol::row_format;
using protocol::server_error;

// Larger commands are passed on piece by piece and not looked at.
constexpr std::size_t short_command = 64U << 10;
// Answers that are read instead of passed on: lists of files, of variables.
constexpr std::size_t max_collected = 16U << 20;
constexpr std::size_t max_prepared = 4096;
// A prepared statement's id stands behind the command byte.
constexpr std::size_t statement_id_end = 1 + 4;

const server_error out_of_order{1156, "08S01", "Got packets out of order"};
// What the two commands say to an account without the right.
constexpr std::uint16_t access_denied = 1045;  // COM_REGISTER_SLAVE
const server_error no_right_to_dump{
    1227,
    "42000",
    "Access denied; you need (at least one of) the REPLICATION SLAVE privilege(s) for this "
    "operation"
};
const server_error malformed{1835, "HY000", "Malformed communication packet."};

void append(byte_buffer& to, byte_view bytes)
{
    to.insert(to.end(), bytes.begin(), bytes.end());
}

std::uint8_t code_of(command_type type)
{
    return static_cast<std::uint8_t>(type);
}

[[noreturn]] void not_understood(protocol::errc what)
{
    throw std::system_error(make_error_code(what), "the source's answer");
}

}  // namespace

sql_relay::sql_relay(packet_stream& client, source_connection source, relay_surroundings with)
    : client_(client)
    , source_(std::move(source))
    , peers_(client_, *source_.stream)
    , with_(with)
{}

asio::awaitable<std::optional<dump_parameters>> sql_relay::run()
{
    while (co_await next_command()) {
        switch (co_await serve_command()) {
            case next::command: continue;
            case next::dump: client_.set_next_sequence(1); co_return std::move(dump_);
            case next::end: co_return std::nullopt;
        }
    }
    co_return std::nullopt;
}

// False: one side has gone. Else in_ begins with a command.
asio::awaitable<bool> sql_relay::next_command()
{
    in_.erase(in_.begin(), in_.begin() + static_cast<std::ptrdiff_t>(used_));
    used_ = 0;
    for (;;) {
        if (in_.size() >= packet_header_size) {
            const std::size_t size = protocol::load_le(byte_view(in_).first(3));
            if (in_.size() >= packet_header_size + std::min(size, short_command))
                co_return true;
        }
        if (!co_await wait_for_client())
            co_return false;
        append(in_, client_.take_arrived());
    }
}

asio::awaitable<bool> sql_relay::wait_for_client()
{
    for (;;) {
        const first_arrival found = co_await peers_.next();
        if (found.first)
            co_return !found.error;
        // Unasked, a server says goodbye only.
        const byte_view words = source_.stream->take_arrived();
        if (!words.empty())
            co_await client_.send_frames(words);
        if (found.error)
            co_return false;
    }
}

asio::awaitable<sql_relay::next> sql_relay::serve_command()
{
    const std::size_t size = protocol::load_le(byte_view(in_).first(3));
    client_.set_next_sequence(static_cast<std::uint8_t>(in_[3] + 1));
    if (in_[3] != 0) {
        co_await tell(out_of_order);
        co_return next::end;
    }
    if (size == 0) {
        co_await tell(malformed);
        co_return next::end;
    }
    if (size > short_command) {
        const std::uint8_t command = in_[packet_header_size];
        co_await pass_large_command();
        co_await pass_answer(command);
        co_return next::command;
    }
    used_ = packet_header_size + size;
    co_return co_await serve_short_command(byte_view(in_).subspan(packet_header_size, size));
}

asio::awaitable<sql_relay::next> sql_relay::serve_short_command(byte_view packet)
{
    const std::uint8_t command = packet.front();
    switch (static_cast<command_type>(command)) {
        case command_type::query: co_await serve_query(packet); co_return next::command;
        case command_type::stmt_prepare: co_await serve_prepare(packet); co_return next::command;
        case command_type::stmt_execute: co_await serve_execute(packet); co_return next::command;
        case command_type::quit: co_await pass_command(); co_return next::end;
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
    co_await pass_command();
    co_await pass_answer(command);
    co_return next::command;
}

asio::awaitable<void> sql_relay::to_source(byte_view bytes)
{
    std::optional<std::system_error> failure;
    try {
        co_await source_.stream->send_frames(bytes);
    } catch (const std::system_error& error) {
        failure = error;
    }
    if (!failure)
        co_return;
    // A server that takes no more (max_allowed_packet, KILL) has said why in front of it.
    if (!co_await arrival(*source_.stream))
        co_await client_.send_frames(source_.stream->take_arrived());
    throw *failure;
}

asio::awaitable<void> sql_relay::pass_command()
{
    co_await to_source(byte_view(in_).first(used_));
}

asio::awaitable<void> sql_relay::pass_large_command()
{
    protocol::packet_walk walk;
    used_ = walk.take(in_);
    co_await to_source(byte_view(in_).first(used_));
    while (!walk.ended()) {
        co_await client_.fill();
        const byte_view bytes = client_.take_arrived();
        const std::size_t taken = walk.take(bytes);
        co_await to_source(bytes.first(taken));
        append(in_, bytes.subspan(taken));
    }
}

asio::awaitable<void> sql_relay::pass_answer(std::uint8_t command)
{
    tracker_.begin(command, source_.capabilities);
    while (tracker_.where() != answer_place::behind) {
        if (tracker_.where() == answer_place::wants_file) {
            co_await pass_file();
            tracker_.file_sent();
        }
        co_await source_.stream->fill();
        co_await pass_source_bytes(source_.stream->take_arrived());
    }
}

asio::awaitable<void> sql_relay::pass_source_bytes(byte_view bytes)
{
    const auto taken = tracker_.feed(bytes);
    if (!taken)
        not_understood(taken.error());
    // What a server says behind its answer goes on too: it is its last word.
    if (tracker_.where() != answer_place::wants_file || *taken == bytes.size())
        co_await client_.send_frames(bytes);
    else
        not_understood(protocol::errc::out_of_order);
}

// LOCAL INFILE: the client's packets, up to an empty one.
asio::awaitable<void> sql_relay::pass_file()
{
    protocol::packet_walk walk;
    byte_buffer early(in_.begin() + static_cast<std::ptrdiff_t>(used_), in_.end());
    in_.resize(used_);
    byte_view bytes = early;
    for (;;) {
        while (!bytes.empty()) {
            const std::size_t taken = walk.take(bytes);
            co_await to_source(bytes.first(taken));
            bytes = bytes.subspan(taken);
            if (walk.ended() && walk.size() == 0) {
                append(in_, bytes);
                co_return;
            }
        }
        co_await client_.fill();
        bytes = client_.take_arrived();
    }
}

asio::awaitable<sql_relay::packets> sql_relay::collect_answer(std::uint8_t command)
{
    packets answer;
    std::size_t size = 0;
    source_.stream->set_next_sequence(1);
    tracker_.begin(command, source_.capabilities);
    while (tracker_.where() == answer_place::inside) {
        const byte_view packet = co_await source_.stream->read();
        const auto head = packet.first(std::min(packet.size(), protocol::packet_walk::head_size));
        if (const auto step = tracker_.on_packet(head, packet.size()); !step)
            not_understood(step.error());
        size += packet.size();
        if (size > max_collected)
            not_understood(protocol::errc::too_large);
        answer.emplace_back(packet.begin(), packet.end());
    }
    if (tracker_.where() != answer_place::behind || answer.empty())
        not_understood(protocol::errc::bad_value);
    co_return answer;
}

// A statement of our own on the client's connection.
asio::awaitable<sql_relay::packets> sql_relay::ask(std::string text)
{
    byte_buffer packet;
    protocol::append_query_command(packet, text, source_.capabilities);
    byte_buffer frames;
    protocol::append_packet(frames, packet, 0);
    co_await to_source(frames);
    co_return co_await collect_answer(code_of(command_type::query));
}

// Nothing: the client has been told the source's error.
asio::awaitable<std::optional<protocol::result_set>> sql_relay::ask_rows(std::string text)
{
    const packets answer = co_await ask(std::move(text));
    auto rows = protocol::parse_result_set(answer, row_format::text, source_.capabilities);
    if (rows)
        co_return std::move(*rows);
    if (!protocol::is_error(answer.back()))
        not_understood(rows.error());
    co_await tell({answer.back()});
    co_return std::nullopt;
}

asio::awaitable<void> sql_relay::serve_query(byte_view packet)
{
    const auto text = protocol::parse_query_text(packet, source_.capabilities);
    auto asked = text ? read_position_statement(*text) : std::nullopt;
    if (!asked) {
        co_await pass_command();
        co_await pass_answer(code_of(command_type::query));
    } else if (asked->topic == position_topic::kill) {
        co_await kill(std::move(*asked));
    } else if (asked->topic == position_topic::log_events) {
        // The source has no such file, but knows who may ask, and how the answer looks.
        packets answer = co_await ask("SHOW BINLOG EVENTS LIMIT 1");
        co_await answer_position(std::move(*asked), std::move(answer), row_format::text);
    } else {
        co_await pass_command();
        packets answer = co_await collect_answer(code_of(command_type::query));
        co_await answer_position(std::move(*asked), std::move(answer), row_format::text);
    }
}

asio::awaitable<void> sql_relay::serve_prepare(byte_view packet)
{
    auto asked = read_position_statement(protocol::as_text(packet.subspan(1)));
    co_await pass_command();
    if (!asked || asked->topic == position_topic::kill ||
        asked->topic == position_topic::log_events || prepared_.size() >= max_prepared) {
        co_await pass_answer(code_of(command_type::stmt_prepare));
        co_return;
    }
    const packets answer = co_await collect_answer(code_of(command_type::stmt_prepare));
    if (protocol::is_ok(answer.front()) && answer.front().size() >= statement_id_end) {
        const auto id = protocol::load_le(byte_view(answer.front()).subspan(1, 4));
        prepared_[static_cast<std::uint32_t>(id)] = std::move(*asked);
    }
    co_await tell(answer);
}

asio::awaitable<void> sql_relay::serve_execute(byte_view packet)
{
    const auto id = packet.size() >= statement_id_end
                        ? static_cast<std::uint32_t>(protocol::load_le(packet.subspan(1, 4)))
                        : 0;
    const auto asked = prepared_.find(id);
    const bool with_cursor = packet.size() > statement_id_end && packet[statement_id_end] != 0;
    co_await pass_command();
    if (asked == prepared_.end()) {
        co_await pass_answer(code_of(command_type::stmt_execute));
        co_return;
    }
    packets answer = co_await collect_answer(code_of(command_type::stmt_execute));
    if (with_cursor) {
        // Its rows would come by COM_STMT_FETCH, past us.
        co_await tell(server_error{
            1105,
            "HY000",
            "unghost answers statements about log positions without a cursor; ask without one"
        });
        co_return;
    }
    co_await answer_position(asked->second, std::move(answer), row_format::binary);
}

asio::awaitable<void>
sql_relay::answer_position(position_statement asked, packets answer, row_format format)
{
    auto rows = protocol::parse_result_set(answer, format, source_.capabilities);
    if (!rows) {  // an error, most likely: no right to ask
        co_await tell(answer);
        co_return;
    }
    if (const auto error = co_await put_own_positions(std::move(asked), *rows, with_.positions)) {
        co_await tell(*error);
        co_return;
    }
    const auto packets = protocol::result_set_packets(*rows);
    if (!packets)
        not_understood(packets.error());
    co_await tell(*packets);
}

asio::awaitable<bool> sql_relay::change_user(byte_view packet)
{
    auto request = protocol::parse_change_user(packet, source_.capabilities);
    if (!request) {
        co_await tell(malformed);
        co_return false;
    }
    const std::string user = request->user;
    request->proof.clear();
    request->plugin = no_such_plugin;
    byte_buffer command;
    // The connection there has it always (log_in_at_source).
    protocol::append_change_user(
        command, *request, source_.capabilities | protocol::capability::plugin_auth
    );
    source_.stream->set_next_sequence(0);
    co_await source_.stream->write(command);
    // The proofs are read as packets: they may have arrived already.
    in_.resize(used_);
    if (!co_await pass_proofs(client_, *source_.stream, source_.capabilities))
        co_return false;
    prepared_.clear();
    with_.sessions.update(with_.id, [&](session_info& info) { info.user = user; });
    co_return true;
}

asio::awaitable<void> sql_relay::kill(position_statement asked)
{
    const std::optional<session_info> target = with_.sessions.find(asked.connection);
    if (!target) {
        co_await tell(
            server_error{1094, "HY000", fmt::format("Unknown thread id: {}", asked.connection)}
        );
        co_return;
    }
    if (target->source_thread != 0) {  // the source knows who may
        co_await tell(co_await ask(fmt::format(
            "KILL {} {}", asked.query_only ? "QUERY" : "CONNECTION", target->source_thread
        )));
        co_return;
    }
    if (!co_await may_kill(*target)) {
        co_await tell(server_error{
            1095, "HY000", fmt::format("You are not owner of thread {}", asked.connection)
        });
        co_return;
    }
    with_.sessions.kill(asked.connection, asked.query_only);
    co_await tell_ok();
}

// The source's rule (sql/sql_kill.cc kill_one_thread): one's own, or by privilege.
asio::awaitable<bool> sql_relay::may_kill(const session_info& target)
{
    const std::optional<session_info> self = with_.sessions.find(with_.id);
    if (self && self->user == target.user)
        co_return true;
    const packets answer = co_await ask(
        "SELECT COUNT(*) FROM information_schema.user_privileges WHERE privilege_type IN ('SUPER', "
        "'CONNECTION_ADMIN') AND grantee = CONCAT(QUOTE(SUBSTRING_INDEX(CURRENT_USER(), '@', 1)), "
        "'@', QUOTE(SUBSTRING_INDEX(CURRENT_USER(), '@', -1)))"
    );
    const auto rows = protocol::parse_result_set(answer, row_format::text, source_.capabilities);
    co_return rows && rows->rows.size() == 1 && rows->rows[0].size() == 1 &&
        rows->rows[0][0].value_or("0") != "0";
}

// Passed on too: the source checks the right, and says what a replica expects to hear.
asio::awaitable<void> sql_relay::take_registration(byte_view packet)
{
    const auto asked = protocol::parse_register_slave(packet);
    co_await pass_command();
    const packets answer = co_await collect_answer(code_of(command_type::register_slave));
    if (asked && protocol::is_ok(answer.front()))
        with_.sessions.update(with_.id, [&](session_info& info) {
            info.registered = true;
            info.replica_host = asked->host;
            info.replica_port = asked->port;
            info.server_id = asked->server_id;
        });
    co_await tell(answer);
}

// False: refused, and the client has been told; a server closes after that too.
asio::awaitable<bool> sql_relay::prepare_dump(byte_view packet)
{
    dump_ = parse_dump(packet);
    if (!dump_) {
        co_await tell(malformed);
        co_return false;
    }
    // mysqlbinlog and CDC tools do not register, so this asks whether they may.
    byte_buffer registration;
    protocol::append_register_slave(registration, {.server_id = dump_->server_id});
    source_.stream->set_next_sequence(0);
    co_await source_.stream->write(registration);
    const packets answer = co_await collect_answer(code_of(command_type::register_slave));
    if (protocol::is_ok(answer.front()))
        co_return co_await read_variables();
    const auto error = protocol::parse_error(answer.front());
    if (error && error->code == access_denied)
        co_await tell(no_right_to_dump);
    else
        co_await tell(answer);
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

asio::awaitable<void> sql_relay::tell(const packets& answer)
{
    for (const byte_buffer& packet : answer)
        client_.put(packet);
    co_await client_.flush();
}

asio::awaitable<void> sql_relay::tell(const server_error& error)
{
    byte_buffer packet;
    protocol::append_error(packet, error);
    co_await client_.write(packet);
}

asio::awaitable<void> sql_relay::tell_ok()
{
    byte_buffer packet;
    protocol::append_ok(packet, {});
    co_await client_.write(packet);
}

}  // namespace proxy
