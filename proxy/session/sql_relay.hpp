#pragma once

#include "protocol/result_set.hpp"
#include "proxy/session/dump_parameters.hpp"
#include "proxy/session/position_answers.hpp"
#include "proxy/session/relay_pipe.hpp"
#include "proxy/session/relay_rules.hpp"
#include "proxy/session/wrong_passwords.hpp"

// A client's commands on its own connection to the source, passed on as bytes in both directions.
// What speaks of log positions or of our own connections is answered with ours, and replication
// commands are not passed on.
namespace proxy {

struct relay_surroundings
{
    std::uint32_t id = 0;  // of the session
    std::string host;      // of the client, as it is told
    session_registry& sessions;
    position_sources positions;
    const relay_config& relay;  // whose COM_CHANGE_USER is passed on
    wrong_passwords& wrong;     // which it counts as well
    proof_terms proofs;
};

class sql_relay
{
public:
    // `client` outlives it. Both streams are between commands.
    sql_relay(packet_stream& client, source_connection source, relay_surroundings with);

    // Until one side has gone: nothing. Or the client asks for a dump and has the right to: then
    // its parameters, all but the consumer's name, and the client waits for the dump's first
    // packet. Throws what the streams throw.
    asio::awaitable<std::optional<dump_parameters>> run();

private:
    using packets = relay_pipe::packets;
    enum class next : std::uint8_t {
        command,
        dump,
        end,
    };

    asio::awaitable<next> serve_command();
    asio::awaitable<next> serve_short_command(protocol::byte_view packet);

    asio::awaitable<std::optional<protocol::result_set>> ask_rows(std::string text);

    asio::awaitable<void> serve_query(protocol::byte_view packet);
    asio::awaitable<void> serve_prepare(protocol::byte_view packet);
    asio::awaitable<void> serve_execute(protocol::byte_view packet);
    asio::awaitable<bool> change_user(protocol::byte_view packet);
    asio::awaitable<void>
    answer_position(position_statement statement, packets answer, protocol::row_format format);
    asio::awaitable<void> kill(position_statement statement);
    // What SHOW GRANTS lists for the client; nothing: the source does not tell.
    asio::awaitable<std::optional<std::vector<std::string>>> ask_grants();
    asio::awaitable<bool> may_kill(const session_info& target);
    asio::awaitable<void> take_registration(protocol::byte_view packet);
    asio::awaitable<bool> prepare_dump(protocol::byte_view packet);
    asio::awaitable<bool> read_variables();
    asio::awaitable<void> note_system_user();

    relay_pipe pipe_;
    relay_surroundings with_;
    // Prepared statements about positions, by their id at the source.
    std::map<std::uint32_t, position_statement> prepared_;
    std::optional<dump_parameters> dump_;
};

}  // namespace proxy
