#include "proxy/session/local_session.hpp"

#include "protocol/command.hpp"
#include "protocol/server_errors.hpp"
#include "proxy/session/write_error.hpp"

#include <fmt/format.h>

namespace proxy {
namespace {

using protocol::byte_view;
using protocol::command_type;
using protocol::server_errno;
using protocol::server_error;

const server_error unknown_command = make_error(server_errno::unknown_command);

}  // namespace

local_session::local_session(
    packet_stream& peer, std::uint32_t capabilities, session_state& state, local_surroundings with
)
    : peer_(peer)
    , capabilities_(capabilities)
    , state_(state)
    , with_(with)
{}

asio::awaitable<std::optional<dump_parameters>> local_session::run()
{
    for (;;) {
        peer_.set_next_sequence(0);
        const byte_view packet = co_await peer_.read();
        if (packet.empty()) {
            co_await tell(make_error(server_errno::malformed_packet));
            co_return std::nullopt;
        }
        switch (co_await serve_command(packet)) {
            case next::command: break;
            case next::dump: co_return std::move(dump_);
            case next::end: co_return std::nullopt;
        }
        if (with_.control.stop != session_end::none)
            co_return std::nullopt;
    }
}

asio::awaitable<local_session::next> local_session::serve_command(byte_view packet)
{
    switch (static_cast<command_type>(packet.front())) {
        case command_type::quit: co_return next::end;
        case command_type::query: co_await serve_query(packet); break;
        case command_type::ping: co_await tell_ok(); break;
        case command_type::init_db:
            state_.database = protocol::as_text(packet.subspan(1));
            co_await tell_ok();
            break;
        case command_type::set_option: {
            protocol::byte_buffer end;
            protocol::append_eof(end, capabilities_);
            co_await peer_.write(end);
            break;
        }
        case command_type::statistics: {
            const std::string text = fmt::format("Threads: {}", with_.sessions.size());
            co_await peer_.write(protocol::as_bytes(text));
            break;
        }
        case command_type::reset_connection:
            state_.reset();
            co_await tell_ok();
            break;
        case command_type::register_slave: co_await take_registration(packet); break;
        case command_type::binlog_dump:
        case command_type::binlog_dump_gtid: co_return co_await prepare_dump(packet);
        default: co_await tell(unknown_command);
    }
    co_return next::command;
}

asio::awaitable<void> local_session::serve_query(byte_view packet)
{
    const auto text = protocol::parse_query_text(packet, capabilities_);
    if (!text) {
        co_await tell(make_error(server_errno::malformed_packet));
        co_return;
    }
    const std::shared_ptr<const source_facts> facts = with_.facts.current();
    if (const auto words =
            answer_locally(*text, state_, {*facts, with_.log, with_.sessions, with_.names}))
        co_await tell(*words);
    else
        co_await tell(make_error_with_text(
            server_errno::unknown_error,
            "this account is unghost's own, and the statement is one for the source: log in with "
            "an account of the source"
        ));
}

asio::awaitable<void> local_session::take_registration(byte_view packet)
{
    const auto replica = protocol::parse_register_slave(packet);
    if (!replica) {
        co_await tell(make_error(server_errno::malformed_packet));
        co_return;
    }
    const std::string uuid = replica_uuid_of(state_.set);
    with_.sessions.update(state_.id, [&](session_info& info) {
        info.registered = true;
        info.replica_host = replica->host;
        info.replica_port = replica->port;
        info.server_id = replica->server_id;
        info.replica_uuid = uuid;
    });
    co_await tell_ok();
}

asio::awaitable<local_session::next> local_session::prepare_dump(byte_view packet)
{
    dump_ = parse_dump(packet);
    if (!dump_) {
        co_await tell(make_error(server_errno::malformed_packet));
        co_return next::end;
    }
    set_variables(*dump_, state_.set);
    co_return next::dump;
}

asio::awaitable<void> local_session::tell_ok()
{
    protocol::byte_buffer packet;
    protocol::append_ok(packet, {});
    co_await peer_.write(packet);
}

asio::awaitable<void> local_session::tell(const server_error& error)
{
    co_await write_error(peer_, error);
}

asio::awaitable<void> local_session::tell(const answer& words)
{
    if (const auto* error = std::get_if<server_error>(&words)) {
        co_await tell(*error);
    } else if (const auto* result = std::get_if<protocol::text_result>(&words)) {
        for (const protocol::byte_buffer& packet :
             protocol::text_result_packets(*result, capabilities_))
            peer_.put(packet);
        co_await peer_.flush();
    } else {
        co_await tell_ok();
    }
}

}  // namespace proxy
