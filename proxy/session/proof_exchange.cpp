#include "proxy/session/proof_exchange.hpp"

#include "protocol/capabilities.hpp"
#include "protocol/handshake.hpp"
#include "protocol/server_errors.hpp"
#include "proxy/session/account_demands.hpp"
#include "proxy/session/write_error.hpp"

#include <asio/error.hpp>
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
    asio::awaitable<bool> refuse_key();
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
    co_await write_error(
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
        co_await write_error(client_, *refusal);
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
        co_await write_error(client_, make_error(server_errno::client_is_too_old));
        co_return false;
    }
    plugin_ = request->plugin;
    std::copy_n(
        request->data.begin(), std::min(request->data.size(), scramble_.size()), scramble_.begin()
    );
    if (plugin_ == protocol::clear_plugin && in_clear_to_source()) {
        co_await end_politely();
        co_await write_error(
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
    const bool seals = plugin_ == protocol::sha2_plugin || plugin_ == protocol::sha256_plugin;
    if (seals && !terms_.source_key.empty() && data.size() > 1 &&
        !protocol::is_same_key(protocol::as_text(data), terms_.source_key))
        co_return co_await refuse_key();
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

// Whoever sent it could read what is sealed with it.
asio::awaitable<bool> proof_exchange::refuse_key()
{
    co_await end_politely();
    co_await write_error(
        client_,
        make_error_with_text(
            server_errno::secure_transport_required,
            "unghost: its source sent another RSA key than source.public_key; nothing was sealed "
            "with it"
        )
    );
    co_return false;
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
    std::string key(terms_.source_key);
    if (key.empty()) {
        co_await source_.write(byte_buffer{ask_key});
        const byte_view answer = co_await source_.read();
        if (answer.empty() || answer.front() != more_data_mark)
            throw std::system_error(make_error_code(protocol::errc::bad_value), "the source's key");
        key = protocol::as_text(answer.subspan(1));
    }
    const auto sealed = protocol::encrypt_password(password, scramble_, key);
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
        co_await write_error(
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

}  // namespace proxy
