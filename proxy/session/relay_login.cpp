#include "proxy/session/relay_login.hpp"

#include "protocol/server_errors.hpp"
#include "proxy/session/account_demands.hpp"

#include <asio/error.hpp>
#include <fmt/format.h>
#include <openssl/crypto.h>

namespace proxy {
namespace {

namespace capability = protocol::capability;
using protocol::byte_buffer;
using protocol::byte_view;
using protocol::server_errno;

constexpr std::uint8_t more_data_mark = 0x01;
constexpr std::uint8_t auth_switch_mark = 0xfe;
constexpr std::uint8_t sha256_ask_key = 1;
// One switch, more data, the key's round; a source that goes on asking is none.
constexpr int max_rounds = 12;
asio::awaitable<void> refuse(packet_stream& client, const protocol::server_error& error)
{
    byte_buffer packet;
    protocol::append_error(packet, error);
    co_await client.write(packet);
}

// A client's clear password; wiped when it goes.
class secret
{
public:
    explicit secret(byte_view bytes) : bytes_(bytes.begin(), bytes.end()) {}
    ~secret() { OPENSSL_cleanse(bytes_.data(), bytes_.size()); }
    secret(const secret&) = delete;
    secret& operator=(const secret&) = delete;

    byte_view bytes() const { return bytes_; }
    std::string_view password() const  // without its NUL
    {
        const std::string_view text = protocol::as_text(bytes_);
        return text.substr(0, text.find('\0'));
    }

private:
    byte_buffer bytes_;
};

class proof_exchange
{
public:
    // `names_plugins`: the client has CLIENT_PLUGIN_AUTH. One without (mysql-binlog-connector-java
    // before 0.21) still understands a switch that leaves its plugin as it is.
    proof_exchange(
        packet_stream& client, packet_stream& source, std::uint32_t capabilities, proof_terms terms
    )
        : client_(client)
        , source_(source)
        , capabilities_(capabilities)
        , terms_(terms)
    {}

    asio::awaitable<bool> run();
    // The client has gone: the source still gets an answer.
    asio::awaitable<void> end_politely();

private:
    asio::awaitable<bool> on_ok(byte_view packet);
    asio::awaitable<bool> on_switch(byte_view packet);
    asio::awaitable<bool> on_more_data(byte_view packet);
    asio::awaitable<void> pass_answer();
    asio::awaitable<void> send_sealed(std::string_view password, std::uint8_t ask_key);
    asio::awaitable<bool> send_unsealed(std::uint8_t ask_key);
    bool in_clear_to_source() const { return client_.encrypted() && !source_.encrypted(); }
    bool in_clear_to_us() const { return !client_.encrypted() && source_.encrypted(); }
    bool names_plugins() const { return (capabilities_ & capability::plugin_auth) != 0; }

    packet_stream& client_;
    packet_stream& source_;
    std::uint32_t capabilities_;
    proof_terms terms_;
    std::string plugin_;
    protocol::challenge scramble_{};
    bool source_waits_ = false;  // for something of the client's
};

asio::awaitable<bool> proof_exchange::run()
{
    for (int round = 0; round < max_rounds; ++round) {
        const byte_view packet = co_await source_.read();
        const std::uint8_t kind = packet.empty() ? protocol::error_mark : packet.front();
        switch (kind) {
            case protocol::ok_mark: co_return co_await on_ok(packet);
            case protocol::error_mark:
                if (packet.empty())
                    break;
                co_await client_.write(packet);
                co_return false;
            case auth_switch_mark:
                if (!co_await on_switch(packet))
                    co_return false;
                continue;
            case more_data_mark:
                if (!co_await on_more_data(packet))
                    co_return false;
                continue;
            default: break;
        }
        break;
    }
    co_await refuse(
        client_,
        make_error_with_text(
            server_errno::unknown_error, "unghost: the source's login is none it can pass on"
        )
    );
    co_return false;
}

// The client is told at last, and only if it may come in as it came.
asio::awaitable<bool> proof_exchange::on_ok(byte_view packet)
{
    const byte_buffer ok(packet.begin(), packet.end());
    std::optional<protocol::server_error> refusal;
    if (in_clear_to_us())
        refusal = co_await refusal_in_clear(source_, capabilities_);
    if (!refusal && terms_.replication_only)
        refusal = co_await refusal_without_replication(source_, capabilities_);
    if (refusal) {
        co_await refuse(client_, *refusal);
        co_return false;
    }
    co_await client_.write(ok);
    co_return true;
}

// What the client has said before was for our scramble: the source's own comes now.
asio::awaitable<bool> proof_exchange::on_switch(byte_view packet)
{
    source_waits_ = true;
    const auto request = protocol::parse_auth_switch(packet);
    if (!request || (!names_plugins() && request->plugin != protocol::native_plugin)) {
        co_await end_politely();
        co_await refuse(client_, make_error(server_errno::client_is_too_old));
        co_return false;
    }
    plugin_ = request->plugin;
    std::copy_n(
        request->data.begin(), std::min(request->data.size(), scramble_.size()), scramble_.begin()
    );
    if (plugin_ == protocol::clear_plugin && in_clear_to_source()) {
        co_await end_politely();
        co_await refuse(
            client_,
            make_error_with_text(
                server_errno::secure_transport_required,
                "unghost reaches its source without TLS, and this account's password would travel "
                "in clear text; give the source a certificate"
            )
        );
        co_return false;
    }
    co_await client_.write(packet);
    if (plugin_ == protocol::sha256_plugin && in_clear_to_us())
        co_return co_await send_unsealed(sha256_ask_key);
    if (plugin_ != protocol::sha256_plugin || !in_clear_to_source()) {
        co_await pass_answer();
        co_return true;
    }
    const secret clear(co_await client_.read());
    if (clear.password().empty())
        co_await source_.write(clear.bytes());
    else
        co_await send_sealed(clear.password(), sha256_ask_key);
    source_waits_ = false;
    co_return true;
}

asio::awaitable<bool> proof_exchange::on_more_data(byte_view packet)
{
    const byte_view data = packet.subspan(1);
    const bool status = plugin_ == protocol::sha2_plugin && data.size() == 1;
    if (status && data.front() == protocol::sha2_fast_ok) {
        co_await client_.write(packet);
        co_return true;  // OK follows
    }
    const bool full = status && data.front() == protocol::sha2_full;
    source_waits_ = true;
    co_await client_.write(packet);
    if (full && in_clear_to_us())
        co_return co_await send_unsealed(protocol::sha2_ask_key);
    if (!full || !in_clear_to_source()) {
        co_await pass_answer();
        co_return true;
    }
    const secret clear(co_await client_.read());
    co_await send_sealed(clear.password(), protocol::sha2_ask_key);
    source_waits_ = false;
    co_return true;
}

asio::awaitable<void> proof_exchange::pass_answer()
{
    const secret answer(co_await client_.read());
    co_await source_.write(answer.bytes());
    source_waits_ = false;
}

// The client speaks TLS to us and sent its password as it is; our leg to the source is in clear.
asio::awaitable<void> proof_exchange::send_sealed(std::string_view password, std::uint8_t ask_key)
{
    co_await source_.write(byte_buffer{ask_key});
    const byte_view key = co_await source_.read();
    if (key.empty() || key.front() != more_data_mark)
        throw std::system_error(make_error_code(protocol::errc::bad_value), "the source's key");
    const auto sealed =
        protocol::encrypt_password(password, scramble_, protocol::as_text(key.subspan(1)));
    if (!sealed)
        throw std::system_error(make_error_code(sealed.error()), "the source's key");
    co_await source_.write(*sealed);
}

// The client speaks to us in clear and seals its password; the source, in TLS, wants it as it is.
asio::awaitable<bool> proof_exchange::send_unsealed(std::uint8_t ask_key)
{
    byte_view answer = co_await client_.read();
    if (answer.size() == 1 && answer.front() == ask_key) {
        byte_buffer packet;
        protocol::append_auth_more_data(packet, protocol::as_bytes(terms_.key.public_key_pem()));
        co_await client_.write(packet);
        answer = co_await client_.read();
    }
    if (answer.size() <= 1) {  // no password
        co_await source_.write(byte_buffer(answer.begin(), answer.end()));
        source_waits_ = false;
        co_return true;
    }
    auto opened = terms_.key.decrypt_password(answer, scramble_);
    if (!opened) {
        co_await end_politely();
        co_await refuse(
            client_,
            make_error_with_text(
                server_errno::access_denied,
                "unghost: the password was sealed with another key than unghost's: ask for the key "
                "(--get-server-public-key, GET_SOURCE_PUBLIC_KEY = 1), or use TLS"
            )
        );
        co_return false;
    }
    const secret clear(*opened);
    OPENSSL_cleanse(opened->data(), opened->size());
    co_await source_.write(clear.bytes());
    source_waits_ = false;
    co_return true;
}

asio::awaitable<void> proof_exchange::end_politely()
{
    if (!source_waits_)
        co_return;
    try {
        co_await source_.write(byte_buffer{0});
        co_await source_.read();
    } catch (const std::system_error&) {
        co_return;  // it has gone too
    }
}

// The error of a source that refuses before it greets carries no SQL state.
asio::awaitable<void> pass_early_error(packet_stream& client, byte_view packet)
{
    auto error = protocol::parse_error(packet);
    if (!error)
        error = make_error_with_text(
            server_errno::unknown_error, "unghost: unreadable error of the source"
        );
    if (error->state.empty())
        error->state = "08004";
    co_await refuse(client, *error);
}

asio::awaitable<source_wire> dial_or_tell(packet_stream& client, const source_leg& leg)
{
    std::string problem;
    try {
        co_return co_await leg.dial();
    } catch (const std::system_error& error) {
        problem = error.code().message();
    }
    co_await refuse(
        client,
        make_error_with_text(
            server_errno::unknown_error,
            fmt::format(
                "unghost cannot reach its source {} ({}): until it is back, only accounts of "
                "unghost itself can log in",
                leg.name,
                problem
            )
        )
    );
    co_return source_wire{};
}

// False: the client has been told why there is no TLS to the source.
asio::awaitable<bool>
start_tls_or_tell(packet_stream& client, packet_stream& source, std::string_view source_name)
{
    std::string problem;
    try {
        co_await source.start_tls();
        co_return true;
    } catch (const std::system_error& error) {
        problem = error.what();
    }
    co_await refuse(
        client,
        make_error_with_text(
            server_errno::unknown_error,
            fmt::format(
                "unghost cannot reach its source {} by TLS: {} (see source.tls_min_version, "
                "source.tls_ca)",
                source_name,
                problem
            )
        )
    );
    co_return false;
}

// The login packet as the source shall see it.
byte_buffer login_for(const protocol::login& from_client, std::uint32_t capabilities)
{
    protocol::login request = from_client;
    request.capabilities = capabilities;
    request.proof.clear();
    request.plugin = no_such_plugin;
    byte_buffer packet;
    protocol::append_login(packet, request);
    return packet;
}

}  // namespace

asio::awaitable<bool> pass_proofs(
    packet_stream& client, packet_stream& source, std::uint32_t capabilities, proof_terms terms
)
{
    proof_exchange exchange(client, source, capabilities, terms);
    std::exception_ptr failure;
    try {
        co_return co_await exchange.run();
    } catch (const std::system_error&) {
        failure = std::current_exception();
    }
    co_await exchange.end_politely();
    std::rethrow_exception(failure);
}

asio::awaitable<std::optional<source_connection>> log_in_at_source(
    packet_stream& client, protocol::login from_client, std::uint32_t capabilities, source_leg leg
)
{
    if (!(capabilities & (capability::plugin_auth | capability::secure_connection))) {
        co_await refuse(client, make_error(server_errno::client_is_too_old));
        co_return std::nullopt;
    }
    source_wire wire = co_await dial_or_tell(client, leg);
    if (!wire.stream)
        co_return std::nullopt;
    packet_stream& source = *wire.stream;
    const byte_view first = co_await source.read();
    if (protocol::is_error(first)) {
        co_await pass_early_error(client, first);
        co_return std::nullopt;
    }
    const auto hello = protocol::parse_greeting(first);
    capabilities &= ~(capability::ssl | capability::compress | capability::zstd_compression);
    if (!hello || (capabilities & ~hello->capabilities) != 0) {
        co_await refuse(
            client,
            make_error_with_text(
                server_errno::unknown_error,
                fmt::format("unghost: its source {} is not what it was; try again later", leg.name)
            )
        );
        co_return std::nullopt;
    }
    const bool offers_tls = (hello->capabilities & capability::ssl) != 0;
    if (leg.tls >= tls_mode::required && !offers_tls) {
        co_await refuse(
            client,
            make_error_with_text(
                server_errno::secure_transport_required,
                fmt::format(
                    "unghost: its source {} offers no TLS, and source.tls asks for it; nothing was "
                    "sent there",
                    leg.name
                )
            )
        );
        co_return std::nullopt;
    }
    if (offers_tls && (client.encrypted() || leg.tls >= tls_mode::required)) {
        byte_buffer packet;
        protocol::append_tls_request(
            packet, {capabilities | capability::ssl, from_client.max_packet, from_client.collation}
        );
        co_await source.write(packet);
        if (!co_await start_tls_or_tell(client, source, leg.name))
            co_return std::nullopt;
    }
    co_await source.write(login_for(
        from_client,
        capabilities | capability::plugin_auth | (source.encrypted() ? capability::ssl : 0)
    ));
    if (!co_await pass_proofs(client, source, capabilities, leg.proofs))
        co_return std::nullopt;
    if (wire.set_read_limit)
        wire.set_read_limit(std::chrono::milliseconds(0));
    co_return source_connection{std::move(wire.stream), capabilities, hello->connection_id};
}

}  // namespace proxy
