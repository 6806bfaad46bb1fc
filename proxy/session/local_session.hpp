#pragma once

#include "proxy/net/packet_stream.hpp"
#include "proxy/session/local_answers.hpp"

// The commands of a client on an account of unghost's own: what replicas and mysqlbinlog say before
// they ask for the log. Statements are answered by local_answers.
namespace proxy {

struct local_surroundings
{
    const publication& log;
    const facts_board& facts;
    session_registry& sessions;
    const session_control& control;
    listed_names names = listed_names::ours;  // in SHOW BINARY LOGS
};

class local_session
{
public:
    // `peer` and `state` outlive it. `capabilities`: the client's.
    local_session(
        packet_stream& peer,
        std::uint32_t capabilities,
        session_state& state,
        local_surroundings with
    );

    // Until the client goes, or was told to: nothing. Or the parameters of the dump it asks for,
    // all but the consumer's name. Throws what the stream throws.
    asio::awaitable<std::optional<dump_parameters>> run();

private:
    enum class next : std::uint8_t {
        command,
        dump,
        end,
    };

    asio::awaitable<next> serve_command(protocol::byte_view packet);
    asio::awaitable<void> serve_query(protocol::byte_view packet);
    asio::awaitable<void> take_registration(protocol::byte_view packet);
    asio::awaitable<next> prepare_dump(protocol::byte_view packet);

    asio::awaitable<void> tell_ok();
    asio::awaitable<void> tell(const protocol::server_error& error);
    asio::awaitable<void> tell(const answer& words);

    packet_stream& peer_;
    std::uint32_t capabilities_;
    session_state& state_;
    local_surroundings with_;
    std::optional<dump_parameters> dump_;
};

}  // namespace proxy
