#include "proxy/session/session.hpp"

#include "protocol/server_errors.hpp"
#include "proxy/session/local_session.hpp"
#include "proxy/session/sql_relay.hpp"
#include "proxy/session/write_error.hpp"
#include "proxy/text.hpp"

#include <asio/co_spawn.hpp>
#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>
#include <fmt/format.h>

namespace proxy {
namespace {

using protocol::server_errno;
using protocol::server_error;

// On a local account. Statements may be long; what we answer is short, and nothing is allocated
// before it arrives.
constexpr std::size_t max_command = 16U << 20;
// wait_timeout of a server: idle sessions do not stay for ever.
constexpr std::chrono::hours idle_limit{8};
constexpr std::chrono::milliseconds no_limit{0};
constexpr std::chrono::milliseconds slot_pause{10};
// A client that comes before we have reached the source waits so long for its greeting, or as long
// as its login may take.
constexpr std::chrono::seconds first_contact{5};
// Of an account's name in the log; a server's names end at 32 characters.
constexpr std::size_t longest_name = 128;

const server_error bad_handshake = make_error(server_errno::bad_handshake);

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
    asio::awaitable<bool> admit_as(protocol::login request, const login_terms& terms);
    asio::awaitable<bool>
    is_password(protocol::byte_buffer clear, protocol::stored_password stored);
    proof_terms proofs() const;
    asio::awaitable<std::optional<login_slots::slot>> login_slot();
    asio::awaitable<void> log_in_as_ourselves();
    void note_client();
    asio::awaitable<std::optional<dump_parameters>> serve_relayed(source_connection source);
    asio::awaitable<std::optional<dump_parameters>> serve_locally();
    asio::awaitable<void> dump(dump_parameters request);

    socket_stream& peer_;
    session_control& control_;
    session_thread& thread_;
    const session_services& with_;
    const std::shared_ptr<const listen_config> listen_ = with_.listen.current();
    session_state state_;
    client client_;
    std::optional<source_connection> source_;  // of a client that is relayed
};

asio::awaitable<void> session::serve()
{
    peer_.set_write_limit(listen_->write_timeout);
    if (!co_await admit())
        co_return;
    std::optional<dump_parameters> request =
        source_ ? co_await serve_relayed(std::move(*source_)) : co_await serve_locally();
    if (request)
        co_await dump(std::move(*request));
}

// A dump needs no connection at the source any more, so that ends with this.
asio::awaitable<std::optional<dump_parameters>> session::serve_relayed(source_connection source)
{
    // The source's own wait_timeout ends idle clients, and its net_write_timeout, which a client
    // may set (mysqldump does), those that stop reading.
    peer_.set_write_limit(no_limit);
    sql_relay relay(
        peer_,
        std::move(source),
        {.id = state_.id,
         .host = state_.host,
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
                 .names = names_for(client_.attributes),
             },
         .relay = listen_->relay,
         .wrong = with_.wrong,
         .proofs = proofs()}
    );
    std::optional<dump_parameters> request = co_await relay.run();
    peer_.set_write_limit(listen_->write_timeout);
    co_return request;
}

asio::awaitable<std::optional<dump_parameters>> session::serve_locally()
{
    peer_.set_max_packet(max_command);
    peer_.set_read_limit(idle_limit);
    local_session local(
        peer_,
        client_.capabilities,
        state_,
        {.log = with_.log,
         .facts = with_.facts,
         .sessions = with_.sessions,
         .control = control_,
         .names = names_for(client_.attributes)}
    );
    co_return co_await local.run();
}

asio::awaitable<void> session::refuse_packet()
{
    try {
        co_await write_error(
            peer_, state_.user.empty() ? bad_handshake : make_error(server_errno::malformed_packet)
        );
    } catch (const std::system_error&) {
        co_return;  // it has gone
    }
}

// We greet with the source's words: just after our start they may be on their way.
asio::awaitable<std::shared_ptr<const source_facts>> session::known_facts()
{
    const auto until =
        std::chrono::steady_clock::now() + std::min(first_contact, listen_->login_timeout);
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
        co_await write_refusal(
            peer_,
            make_error_with_text(
                server_errno::host_not_privileged,
                "unghost has not reached its source yet, so it cannot greet as it does; try again"
            )
        );
        co_return false;
    }
    peer_.set_deadline(socket_stream::clock::now() + listen_->login_timeout);
    const login_terms terms{
        .server_version = facts->version,
        .connection_id = state_.id,
        .scramble = protocol::make_challenge(),
        .second = protocol::make_challenge(),
        .capabilities = facts->capabilities,
        .tls = with_.tls != nullptr,
        .require_tls = listen_->require_tls || !listen_->tls_client_ca.empty(),
        .peer_host = state_.host,
        .accounts = with_.accounts,
        .key = with_.key,
        .is_password = [this](
                           protocol::byte_buffer clear, protocol::stored_password stored
                       ) { return is_password(std::move(clear), std::move(stored)); },
    };
    std::optional<protocol::login> request = co_await greet(peer_, terms);
    const std::string user = request ? request->user : std::string();
    const std::string key = login_key(state_.host, user);
    if (request)
        co_await with_.wrong.wait_for(key);
    const bool told_who = request.has_value();
    const bool admitted = told_who && co_await admit_as(std::move(*request), terms);
    if (!admitted) {
        with_.strangers.say(
            stranger_log::kind::login,
            spdlog::level::info,
            fmt::format(
                "session {} ({}): login {}refused",
                state_.id,
                peer_.peer(),
                told_who ? fmt::format("as '{}' ", shortened(one_line(user), longest_name)) : ""
            )
        );
        co_return false;
    }
    with_.wrong.forget(key);
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
    const bool is_right = co_await asio::co_spawn(
        with_.pool.get_executor(),
        is_password_there(std::move(clear), std::move(stored)),
        asio::use_awaitable
    );
    control_.sleeping = false;
    if (control_.stop != session_end::none)
        throw std::system_error(asio::error::operation_aborted);
    co_return is_right;
}

// A local account is meant for us, so it goes before one of the same name at the source.
asio::awaitable<bool> session::admit_as(protocol::login request, const login_terms& terms)
{
    const std::string key = login_key(state_.host, request.user);
    // One that is not passed on is asked for its password and refused like one that nobody knows,
    // so that neither answer tells which those are.
    const bool is_passed_on = with_.dial && !terms.accounts.find(request.user) &&
                              !refusal_of(listen_->relay, request.user, state_.host);
    if (!is_passed_on) {
        unproven_login login(with_.wrong, key);
        std::optional<client> newcomer = co_await log_in(peer_, terms, request);
        if (!newcomer)
            co_return false;
        login.is_no_guess();
        client_ = std::move(*newcomer);
        start_compression(peer_, request);
        co_return true;
    }
    client_ = {request.user, request.database, request.capabilities, request.attributes};
    auto slot = co_await login_slot();
    if (!slot)
        co_return false;
    if (with_.slots.is_own_login_due())
        co_await log_in_as_ourselves();
    unproven_login login(with_.wrong, key);
    login_at_source found = co_await log_in_at_source(
        peer_,
        request,
        client_.capabilities,
        {.dial = with_.dial, .name = with_.source_name, .tls = with_.source_tls, .proofs = proofs()}
    );
    if (!found.denied)
        login.is_no_guess();
    source_ = std::move(found.connection);
    if (!source_)
        co_return false;
    slot->on_success();
    start_compression(peer_, request);
    co_return true;
}

// What it asks there is of no matter.
asio::awaitable<void> session::log_in_as_ourselves()
{
    if (!with_.source_executed || co_await with_.source_executed())
        co_return;
    with_.strangers.say(
        stranger_log::kind::login,
        spdlog::level::warn,
        "many logins in a row were refused by the source, and our own failed now, too: if it shuts "
        "us out (error 1129), FLUSH HOSTS there, and raise its max_connect_errors"
    );
}

proof_terms session::proofs() const
{
    return {
        .key = with_.key,
        .source_key = with_.source_key,
        .replication_only = listen_->relay.mode == relay_mode::replication
    };
}

// Waits its turn. Nothing: that took too long, and the client has been told.
asio::awaitable<std::optional<login_slots::slot>> session::login_slot()
{
    const auto until = std::chrono::steady_clock::now() + listen_->login_timeout;
    asio::steady_timer pause(thread_.loop());
    for (;;) {
        if (auto slot = with_.slots.try_take(state_.host))
            co_return slot;
        if (std::chrono::steady_clock::now() >= until)
            break;
        pause.expires_after(slot_pause);
        co_await pause.async_wait(asio::use_awaitable);
    }
    co_await write_error(
        peer_,
        make_error_with_text(
            server_errno::too_many_connections,
            "unghost: too many logins are under way at the source (listen.relay_logins, "
            "listen.relay_logins_per_address); try again"
        )
    );
    co_return std::nullopt;
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
        info.own_account = !source_;
        info.program = program;
        info.doing = "idle";
        info.source_thread = source_ ? source_->thread_id : 0;
    });
}

bool is_end_of_peer(const std::error_code& error)
{
    return error == asio::error::eof || error == asio::error::connection_reset ||
           error == asio::error::broken_pipe || error == asio::error::operation_aborted ||
           error == std::errc::timed_out ||
           error.category() == asio::ssl::error::get_stream_category();
}

asio::awaitable<void> session::dump(dump_parameters request)
{
    request.consumer = fmt::format("{} ({}@{})", state_.id, state_.user, peer_.peer());
    if (const auto self = with_.sessions.find(state_.id))
        request.registered = self->registered;
    request.is_mysqlbinlog = std::ranges::any_of(client_.attributes, [](const auto& one) {
        return one.first == "program_name" && one.second == "mysqlbinlog";
    });
    const std::size_t zombies =
        with_.sessions.replace_zombies(state_.id, request.replica_uuid, request.server_id);
    std::string from = request.by_gtid && request.file.empty()
                           ? fmt::format("by GTID, after {} GTIDs", request.seen.count())
                           : fmt::format("from '{}':{}", request.file, request.position);
    with_.sessions.update(state_.id, [&](session_info& info) {
        info.dumping = true;
        info.doing = "dump " + from;
        info.since = std::chrono::steady_clock::now();
        info.server_id = request.server_id;
        info.replica_uuid = request.replica_uuid;
        info.source_thread = 0;
    });
    with_.log_lines.info(
        "consumer {}: dump {}{}",
        request.consumer,
        from,
        zombies > 0 ? ", in place of its older dump" : ""
    );
    const auto place = with_.sessions.place_of(state_.id);
    place->store(with_.log.end());
    const std::string consumer = request.consumer;
    std::string why;
    try {
        why = co_await serve_dump(
            peer_,
            std::move(request),
            {.log = with_.log,
             .thread = thread_,
             .control = control_,
             .place = *place,
             .pool = with_.pool,
             .clean_of = with_.clean_of,
             .border_of = with_.border_of,
             .source_executed = with_.source_executed,
             .facts = with_.facts.current(),
             .capabilities = client_.capabilities}
        );
    } catch (const std::system_error& error) {
        with_.log_lines.log(
            is_end_of_peer(error.code()) ? spdlog::level::info : spdlog::level::warn,
            "consumer {}: dump ended: {}",
            consumer,
            one_line(error.what())
        );
        co_return;
    }
    if (why.empty())
        with_.log_lines.info("consumer {}: dump ended", consumer);
    else
        with_.log_lines.warn("consumer {}: dump ended: {}", consumer, one_line(why));
}

// Why a session has ended other than by its client's wish.
void say_end(
    stranger_log& strangers,
    std::uint32_t id,
    const std::string& address,
    const std::system_error& error
)
{
    std::string text = fmt::format("session {} ({}): {}", id, address, error.what());
    if (error.code().category() == asio::error::get_ssl_category()) {
        text += "; certificates and [listen] tls_min_version decide what is taken";
        strangers.say(stranger_log::kind::tls, spdlog::level::info, text);
    } else {
        const auto level =
            is_end_of_peer(error.code()) ? spdlog::level::debug : spdlog::level::warn;
        strangers.say(stranger_log::kind::session, level, text);
    }
}

// A session is in the registry until it has ended, however it ends.
struct registration
{
    registration(session_registry& sessions, std::uint32_t id) : sessions_(sessions), id_(id) {}
    ~registration() { sessions_.remove(id_); }
    registration(const registration&) = delete;
    registration& operator=(const registration&) = delete;

private:
    session_registry& sessions_;
    std::uint32_t id_;
};

}  // namespace

asio::awaitable<void> serve_client(
    std::unique_ptr<socket_stream> peer,
    std::uint32_t id,
    std::shared_ptr<session_control> control,
    std::shared_ptr<session_thread> thread,
    const session_services& with
)
{
    const registration until_end(with.sessions, id);
    const std::string address = peer->peer();
    if (with.tls != nullptr)
        peer->allow_tls(with.tls->current(), tls_role::server);
    session one(*peer, id, *control, *thread, with);
    bool broken_packet = false;
    try {
        co_await one.serve();
    } catch (const std::system_error& error) {
        broken_packet = error.code().category() == protocol::protocol_category();
        say_end(with.strangers, id, address, error);
    } catch (const std::exception& error) {
        with.log_lines.error("session {} ({}): {}", id, address, error.what());
    }
    if (broken_packet)
        co_await one.refuse_packet();
}

}  // namespace proxy
