#include "proxy/session/session.hpp"

#include "protocol/command.hpp"
#include "proxy/session/local_answers.hpp"
#include "proxy/session/sql_relay.hpp"

#include <asio/co_spawn.hpp>
#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>
#include <fmt/format.h>

namespace proxy {
namespace {

using protocol::byte_view;
using protocol::command_type;
using protocol::server_error;

// On a local account. Statements may be long; what we answer is short, and nothing is allocated
// before it arrives.
constexpr std::size_t max_command = 16U << 20;
// wait_timeout of a server: idle sessions do not stay for ever.
constexpr std::chrono::hours idle_limit{8};
// A client that comes before we have reached the source waits so long for its greeting.
constexpr std::chrono::seconds first_contact{5};
constexpr std::chrono::milliseconds look_again{50};

const server_error malformed{1835, "HY000", "Malformed communication packet."};
const server_error bad_handshake{1043, "08S01", "Bad handshake"};
const server_error unknown_command{1047, "08S01", "Unknown command"};

asio::awaitable<bool>
is_password_there(protocol::byte_buffer clear, protocol::stored_password stored)
{
    co_return protocol::is_password(clear, stored);
}

class session
{
public:
    session(
        socket_stream& peer,
        std::uint32_t id,
        session_control& control,
        session_thread& thread,
        const session_services& with
    )
        : peer_(peer)
        , control_(control)
        , thread_(thread)
        , with_(with)
    {
        state_.id = id;
        state_.host = peer.peer_host();
    }

    asio::awaitable<void> serve();
    // The last word to a peer whose bytes are no packets.
    asio::awaitable<void> refuse_packet();

private:
    asio::awaitable<std::shared_ptr<const source_facts>> known_facts();
    asio::awaitable<bool> admit();
    asio::awaitable<bool> admit_as(protocol::login asked, const login_terms& terms);
    asio::awaitable<bool>
    is_password(protocol::byte_buffer clear, protocol::stored_password stored);
    void note_client();
    asio::awaitable<void> serve_relayed(source_connection source);
    asio::awaitable<void> serve_locally();
    asio::awaitable<bool> serve_command(byte_view packet);
    asio::awaitable<void> serve_query(byte_view packet);
    asio::awaitable<void> take_registration(byte_view packet);
    asio::awaitable<void> dump(dump_parameters asked);

    asio::awaitable<void> answer_ok();
    asio::awaitable<void> answer_error(const server_error& error);
    asio::awaitable<void> answer_with(const answer& found);

    socket_stream& peer_;
    session_control& control_;
    session_thread& thread_;
    const session_services& with_;
    session_state state_;
    client client_;
    std::optional<source_connection> source_;  // of a client that is relayed
};

asio::awaitable<void> session::serve()
{
    if (!co_await admit())
        co_return;
    if (source_)
        co_await serve_relayed(std::move(*source_));
    else
        co_await serve_locally();
}

asio::awaitable<void> session::serve_relayed(source_connection source)
{
    std::optional<dump_parameters> asked;
    {
        // The source's own wait_timeout ends idle clients.
        sql_relay relay(
            peer_,
            std::move(source),
            {.id = state_.id,
             .sessions = with_.sessions,
             .positions =
                 {
                     .log = with_.log,
                     .sessions = with_.sessions,
                     .thread = thread_,
                     .control = control_,
                     .pool = with_.pool,
                     .border_of = with_.border_of,
                     .facts = with_.facts,
                 }}
        );
        asked = co_await relay.run();
        // A dump needs no connection at the source any more.
    }
    if (asked)
        co_await dump(std::move(*asked));
}

asio::awaitable<void> session::serve_locally()
{
    peer_.set_max_packet(max_command);
    peer_.set_read_limit(idle_limit);
    for (;;) {
        peer_.set_next_sequence(0);
        const byte_view packet = co_await peer_.read();
        if (packet.empty()) {
            co_await answer_error(malformed);
            co_return;
        }
        if (!co_await serve_command(packet) || control_.stop != stop_reason::none)
            co_return;
    }
}

asio::awaitable<void> session::refuse_packet()
{
    try {
        co_await answer_error(state_.user.empty() ? bad_handshake : malformed);
    } catch (const std::system_error&) {
        co_return;  // it has gone
    }
}

// We greet with the source's words: just after our start they may be on their way.
asio::awaitable<std::shared_ptr<const source_facts>> session::known_facts()
{
    const auto until = std::chrono::steady_clock::now() + first_contact;
    asio::steady_timer pause(thread_.loop());
    for (;;) {
        std::shared_ptr<const source_facts> facts = with_.facts.current();
        if (!facts->version.empty() || std::chrono::steady_clock::now() >= until)
            co_return facts;
        pause.expires_after(look_again);
        co_await pause.async_wait(asio::use_awaitable);
    }
}

asio::awaitable<bool> session::admit()
{
    const std::shared_ptr<const source_facts> facts = co_await known_facts();
    if (facts->version.empty()) {
        co_await answer_error(
            {1130,
             "HY000",
             "unghost has not reached its source yet, so it cannot greet as it does; try again"}
        );
        co_return false;
    }
    peer_.set_deadline(socket_stream::clock::now() + with_.listen.login_timeout);
    const login_terms terms{
        .server_version = facts->version,
        .connection_id = state_.id,
        .scramble = protocol::make_challenge(),
        .second = protocol::make_challenge(),
        .capabilities = facts->capabilities,
        .tls = with_.tls != nullptr,
        .require_tls = with_.listen.require_tls || !with_.listen.tls_client_ca.empty(),
        .peer_host = state_.host,
        .accounts = with_.accounts,
        .key = with_.key,
        .is_password = [this](
                           protocol::byte_buffer clear, protocol::stored_password stored
                       ) { return is_password(std::move(clear), std::move(stored)); },
    };
    std::optional<protocol::login> asked = co_await greet(peer_, terms);
    if (!asked || !co_await admit_as(std::move(*asked), terms)) {
        with_.log_lines.info("session {} ({}): login refused", state_.id, peer_.peer());
        co_return false;
    }
    peer_.set_no_deadline();
    note_client();
    co_return true;
}

// SHA-crypt takes milliseconds, which are not this thread's.
asio::awaitable<bool>
session::is_password(protocol::byte_buffer clear, protocol::stored_password stored)
{
    if (stored.sha2_crypt.empty() || stored.has_fast_sha2())
        co_return protocol::is_password(clear, stored);
    control_.sleeping = true;  // not to be cancelled from here while another thread works
    const bool found = co_await asio::co_spawn(
        with_.pool.get_executor(),
        is_password_there(std::move(clear), std::move(stored)),
        asio::use_awaitable
    );
    control_.sleeping = false;
    if (control_.stop != stop_reason::none)
        throw std::system_error(asio::error::operation_aborted);
    co_return found;
}

// A local account is meant for us, so it goes before one of the same name at the source.
asio::awaitable<bool> session::admit_as(protocol::login asked, const login_terms& terms)
{
    if (!with_.dial || terms.accounts.find(asked.user)) {
        std::optional<client> found = co_await log_in(peer_, terms, asked);
        if (!found)
            co_return false;
        client_ = std::move(*found);
        start_compression(peer_, asked);
        co_return true;
    }
    client_ = {asked.user, asked.database, asked.capabilities, asked.attributes};
    source_ = co_await log_in_at_source(
        peer_, asked, client_.capabilities, with_.dial, with_.source_name
    );
    if (!source_)
        co_return false;
    start_compression(peer_, asked);
    co_return true;
}

void session::note_client()
{
    state_.user = client_.user;
    state_.database = client_.database;
    std::string program;
    for (const auto& [name, value] : client_.attributes)
        if (name == "program_name" || (name == "_client_name" && program.empty()))
            program = value;
    with_.sessions.update(state_.id, [&](session_info& info) {
        info.user = state_.user;
        info.program = program;
        info.doing = "idle";
        info.source_thread = source_ ? source_->thread_id : 0;
    });
}

// False: the session is over.
asio::awaitable<bool> session::serve_command(byte_view packet)
{
    switch (static_cast<command_type>(packet.front())) {
        case command_type::quit: co_return false;
        case command_type::query: co_await serve_query(packet); co_return true;
        case command_type::ping: co_await answer_ok(); co_return true;
        case command_type::init_db:
            state_.database = protocol::as_text(packet.subspan(1));
            co_await answer_ok();
            co_return true;
        case command_type::set_option: {
            protocol::byte_buffer end;
            protocol::append_eof(end, client_.capabilities);
            co_await peer_.write(end);
            co_return true;
        }
        case command_type::statistics: {
            const std::string text = fmt::format("Threads: {}", with_.sessions.size());
            co_await peer_.write(protocol::as_bytes(text));
            co_return true;
        }
        case command_type::reset_connection:
            state_.reset();
            co_await answer_ok();
            co_return true;
        case command_type::register_slave: co_await take_registration(packet); co_return true;
        case command_type::binlog_dump:
        case command_type::binlog_dump_gtid: {
            std::optional<dump_parameters> asked = parse_dump(packet);
            if (!asked) {
                co_await answer_error(malformed);
                co_return false;
            }
            set_variables(*asked, state_.set);
            co_await dump(std::move(*asked));
            co_return false;
        }
        default: co_await answer_error(unknown_command); co_return true;
    }
}

asio::awaitable<void> session::serve_query(byte_view packet)
{
    const auto text = protocol::parse_query_text(packet, client_.capabilities);
    if (!text) {
        co_await answer_error(malformed);
        co_return;
    }
    const std::shared_ptr<const source_facts> facts = with_.facts.current();
    if (const auto found = answer_locally(*text, state_, {*facts, with_.log, with_.sessions}))
        co_await answer_with(*found);
    else
        co_await answer_error(
            {1105,
             "HY000",
             "this account is unghost's own, and the statement is one for the source: log in with "
             "an account of the source"}
        );
}

asio::awaitable<void> session::take_registration(byte_view packet)
{
    const auto asked = protocol::parse_register_slave(packet);
    if (!asked) {
        co_await answer_error(malformed);
        co_return;
    }
    const std::string uuid = replica_uuid_of(state_.set);
    with_.sessions.update(state_.id, [&](session_info& info) {
        info.registered = true;
        info.replica_host = asked->host;
        info.replica_port = asked->port;
        info.server_id = asked->server_id;
        info.replica_uuid = uuid;
    });
    co_await answer_ok();
}

asio::awaitable<void> session::dump(dump_parameters asked)
{
    asked.consumer = fmt::format("{} ({}@{})", state_.id, state_.user, peer_.peer());
    const std::size_t zombies =
        with_.sessions.replace_zombies(state_.id, asked.replica_uuid, asked.server_id);
    std::string from = asked.by_gtid && asked.file.empty()
                           ? fmt::format("behind {} GTIDs", asked.seen.count())
                           : fmt::format("from '{}':{}", asked.file, asked.position);
    with_.sessions.update(state_.id, [&](session_info& info) {
        info.dumping = true;
        info.doing = "dump " + from;
        info.since = std::chrono::system_clock::now();
        info.server_id = asked.server_id;
        info.replica_uuid = asked.replica_uuid;
        info.source_thread = 0;
    });
    with_.log_lines.info(
        "consumer {}: dump {}{}",
        asked.consumer,
        from,
        zombies > 0 ? ", in place of its older dump" : ""
    );
    const auto place = with_.sessions.place_of(state_.id);
    place->store(with_.log.end());
    const std::string consumer = asked.consumer;
    co_await serve_dump(
        peer_,
        std::move(asked),
        {.log = with_.log,
         .thread = thread_,
         .control = control_,
         .place = *place,
         .pool = with_.pool,
         .clean_of = with_.clean_of,
         .source_executed = with_.source_executed,
         .facts = with_.facts.current(),
         .capabilities = client_.capabilities}
    );
    with_.log_lines.info("consumer {}: dump ended", consumer);
}

asio::awaitable<void> session::answer_ok()
{
    protocol::byte_buffer packet;
    protocol::append_ok(packet, {});
    co_await peer_.write(packet);
}

asio::awaitable<void> session::answer_error(const server_error& error)
{
    protocol::byte_buffer packet;
    protocol::append_error(packet, error);
    co_await peer_.write(packet);
}

asio::awaitable<void> session::answer_with(const answer& found)
{
    if (const auto* error = std::get_if<server_error>(&found)) {
        co_await answer_error(*error);
    } else if (const auto* result = std::get_if<protocol::text_result>(&found)) {
        for (const protocol::byte_buffer& packet :
             protocol::text_result_packets(*result, client_.capabilities))
            peer_.put(packet);
        co_await peer_.flush();
    } else {
        co_await answer_ok();
    }
}

bool is_end_of_peer(const std::error_code& error)
{
    return error == asio::error::eof || error == asio::error::connection_reset ||
           error == asio::error::broken_pipe || error == asio::error::operation_aborted ||
           error == std::errc::timed_out ||
           error.category() == asio::ssl::error::get_stream_category();
}

}  // namespace

asio::awaitable<void> serve_client(
    std::unique_ptr<socket_stream> peer,
    std::uint32_t id,
    std::shared_ptr<session_control> control,
    std::shared_ptr<session_thread> thread,
    const session_services& with
)
{
    const std::string address = peer->peer();
    if (with.tls != nullptr)
        peer->allow_tls(with.tls->current(), tls_role::server, "", false);
    session one(*peer, id, *control, *thread, with);
    bool broken_packet = false;
    try {
        co_await one.serve();
    } catch (const std::system_error& error) {
        broken_packet = error.code().category() == protocol::protocol_category();
        if (error.code().category() == asio::error::get_ssl_category())
            with.log_lines.info(
                "session {} ({}): {}; certificates and [listen] tls_min_version decide what is "
                "taken",
                id,
                address,
                error.what()
            );
        else if (is_end_of_peer(error.code()))
            with.log_lines.debug("session {} ({}): {}", id, address, error.what());
        else
            with.log_lines.warn("session {} ({}): {}", id, address, error.what());
    } catch (const std::exception& error) {
        with.log_lines.error("session {} ({}): {}", id, address, error.what());
    }
    if (broken_packet)
        co_await one.refuse_packet();
    with.sessions.remove(id);
}

}  // namespace proxy
