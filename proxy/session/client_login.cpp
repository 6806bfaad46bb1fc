#include "proxy/session/client_login.hpp"

#include "protocol/capabilities.hpp"
#include "protocol/server_errors.hpp"
#include "protocol/writer.hpp"
#include "proxy/session/write_error.hpp"

#include <fmt/format.h>

namespace proxy {
namespace {

namespace capability = protocol::capability;

// What a session on a local account understands: enough for replicas before the source was ever
// reached.
constexpr std::uint32_t own_capabilities =
    capability::long_password | capability::found_rows | capability::long_flag |
    capability::connect_with_db | capability::protocol_41 | capability::transactions |
    capability::secure_connection | capability::multi_results | capability::plugin_auth |
    capability::connect_attributes | capability::plugin_auth_lenenc |
    capability::expired_passwords | capability::deprecate_eof | capability::query_attributes;

// Not offered, whatever the source can: each would change what passes between the two legs.
constexpr std::uint32_t masked_capabilities =
    capability::optional_resultset_metadata | capability::multi_factor;
// Ours alone, on the client's leg.
constexpr std::uint32_t leg_capabilities = capability::compress | capability::zstd_compression;

std::uint32_t offered_capabilities(const login_terms& terms)
{
    const std::uint32_t both =
        terms.capabilities == 0 ? own_capabilities : terms.capabilities & ~masked_capabilities;
    return ((both | leg_capabilities) & ~capability::ssl) | (terms.tls ? capability::ssl : 0);
}

enum class verdict : std::uint8_t {
    admitted,
    denied,
};

protocol::server_error denied_error(const login_terms& terms, const protocol::login& request)
{
    const protocol::byte_buffer& proof = request.proof;
    const bool is_empty = proof.empty() || (proof.size() == 1 && proof.front() == 0);
    return make_error(
        protocol::server_errno::access_denied,
        {request.user, terms.peer_host, is_empty ? "NO" : "YES"}
    );
}

asio::awaitable<void> write_more_data(packet_stream& peer, protocol::byte_view data)
{
    protocol::byte_buffer packet;
    protocol::append_auth_more_data(packet, data);
    co_await peer.write(packet);
}

asio::awaitable<protocol::byte_buffer>
switch_to(packet_stream& peer, std::string_view plugin, const protocol::challenge& scramble)
{
    protocol::byte_buffer packet;
    protocol::append_auth_switch(
        packet, {std::string(plugin), protocol::byte_buffer(scramble.begin(), scramble.end())}
    );
    co_await peer.write(packet);
    const protocol::byte_view answer = co_await peer.read();
    co_return protocol::byte_buffer(answer.begin(), answer.end());
}

asio::awaitable<verdict> judge_clear(
    const login_terms& terms,
    const std::string& user,
    protocol::byte_buffer clear,
    const protocol::stored_password& stored
)
{
    if (!co_await terms.is_password(clear, stored))
        co_return verdict::denied;
    if (!stored.has_fast_sha2()) {
        const std::string_view password = protocol::as_text(clear);
        terms.accounts.remember(user, password.substr(0, password.find('\0')));
    }
    co_return verdict::admitted;
}

// caching_sha2's full exchange: the password itself under TLS, else sealed with our public key.
asio::awaitable<verdict> full_exchange(
    packet_stream& peer,
    const login_terms& terms,
    const std::string& user,
    const protocol::challenge& scramble,
    const protocol::stored_password& stored
)
{
    co_await write_more_data(peer, std::array{protocol::sha2_full});
    protocol::byte_view answer = co_await peer.read();
    if (peer.encrypted())
        co_return co_await judge_clear(
            terms, user, protocol::byte_buffer(answer.begin(), answer.end()), stored
        );
    if (answer.size() == 1 && answer.front() == protocol::sha2_ask_key) {
        co_await write_more_data(peer, protocol::as_bytes(terms.key.public_key_pem()));
        answer = co_await peer.read();
    }
    auto password = terms.key.decrypt_password(answer, scramble);
    if (!password)
        co_return verdict::denied;
    co_return co_await judge_clear(terms, user, std::move(*password), stored);
}

asio::awaitable<verdict> prove_sha2(
    packet_stream& peer,
    const login_terms& terms,
    const std::string& user,
    protocol::byte_buffer proof,
    protocol::challenge scramble,
    const protocol::stored_password& stored
)
{
    if (protocol::proves_sha2(proof, scramble, stored)) {
        co_await write_more_data(peer, std::array{protocol::sha2_fast_ok});
        co_return verdict::admitted;
    }
    if (proof.empty() || (proof.size() == 1 && proof[0] == 0))  // an empty password
        co_return verdict::denied;
    // Whatever else was sent, the server asks for the password itself (sha2_password.cc,
    // caching_sha2_password_authenticate): libraries prove it wrongly after a switch.
    co_return co_await full_exchange(peer, terms, user, scramble, stored);
}

// Keeps the proof in `request`. Always by a switch: an account of the source gets one too
// (proof_exchange), so that the first answer does not tell whose an account is. libmysql needs it
// for native passwords in any case: it shows no greeting's scramble to a plugin that the greeting
// did not name.
asio::awaitable<verdict> prove(
    packet_stream& peer,
    const login_terms& terms,
    protocol::login& request,
    const protocol::stored_password& stored
)
{
    const bool names_plugins = (request.capabilities & capability::plugin_auth) != 0;
    if (!names_plugins)  // older than plugins: native is all it has
        co_return protocol::proves_native(request.proof, terms.scramble, stored) ? verdict::admitted
                                                                                 : verdict::denied;
    const bool only_native = !stored.has_fast_sha2() && stored.sha2_crypt.empty();
    const bool native =
        only_native || (request.plugin == protocol::native_plugin && stored.has_native());
    request.proof = co_await switch_to(
        peer, native ? protocol::native_plugin : protocol::sha2_plugin, terms.second
    );
    if (!native)
        co_return co_await prove_sha2(
            peer, terms, request.user, request.proof, terms.second, stored
        );
    co_return protocol::proves_native(request.proof, terms.second, stored) ? verdict::admitted
                                                                           : verdict::denied;
}

// Proves nothing: an unknown user's login goes the same way as a wrong password.
const protocol::stored_password& nobody()
{
    static const protocol::stored_password stored = [] {
        const protocol::challenge random = protocol::make_challenge();
        return protocol::store_password(protocol::as_text(random));
    }();
    return stored;
}

}  // namespace

account_book::account_book(const std::vector<account_config>& accounts)
{
    for (const account_config& account : accounts) {
        if (account.password_hash.empty()) {
            add(account.name, read_password(account.password_file));
            continue;
        }
        auto stored = protocol::parse_stored_password(account.password_hash);
        if (!stored)
            throw std::runtime_error(
                fmt::format("account '{}': its password_hash is none", account.name)
            );
        accounts_[account.name] = std::move(*stored);
    }
}

void account_book::replace(const std::vector<account_config>& accounts)
{
    account_book fresh(accounts);
    const lock_guard theirs(fresh.lock_);
    const lock_guard guard(lock_);
    accounts_ = std::move(fresh.accounts_);
}

void account_book::add(const std::string& name, std::string_view password)
{
    const lock_guard guard(lock_);
    accounts_[name] = protocol::store_password(password);
}

void account_book::remember(const std::string& name, std::string_view password)
{
    const protocol::stored_password digests = protocol::store_password(password);
    const lock_guard guard(lock_);
    if (const auto account = accounts_.find(name); account != accounts_.end())
        account->second.sha2 = digests.sha2;
}

std::optional<protocol::stored_password> account_book::find(const std::string& name) const
{
    const lock_guard guard(lock_);
    const auto account = accounts_.find(name);
    if (account == accounts_.end())
        return std::nullopt;
    return account->second;
}

asio::awaitable<std::optional<protocol::login>> greet(packet_stream& peer, const login_terms& terms)
{
    const std::uint32_t offered = offered_capabilities(terms);
    protocol::greeting hello;
    hello.server_version = terms.server_version;
    hello.connection_id = terms.connection_id;
    hello.scramble = terms.scramble;
    hello.capabilities = offered;
    hello.plugin = protocol::sha2_plugin;
    protocol::byte_buffer packet;
    protocol::append_greeting(packet, hello);
    co_await peer.write(packet);

    protocol::byte_view answer = co_await peer.read();
    if (terms.tls && protocol::is_tls_request(answer)) {
        co_await peer.start_tls();
        answer = co_await peer.read();
    }
    auto request = protocol::parse_login(answer);
    if (!request || (request->capabilities & capability::protocol_41) == 0) {
        co_await write_error(peer, make_error(protocol::server_errno::bad_handshake));
        co_return std::nullopt;
    }
    if (terms.require_tls && !peer.encrypted()) {
        co_await write_error(peer, make_error(protocol::server_errno::secure_transport_required));
        co_return std::nullopt;
    }
    request->capabilities &= offered;
    co_return std::move(*request);
}

asio::awaitable<std::optional<client>>
log_in(packet_stream& peer, const login_terms& terms, protocol::login request)
{
    const std::optional<protocol::stored_password> account = terms.accounts.find(request.user);
    const verdict outcome = co_await prove(peer, terms, request, account ? *account : nobody());
    if (outcome != verdict::admitted || !account) {
        co_await write_error(peer, denied_error(terms, request));
        co_return std::nullopt;
    }
    protocol::byte_buffer packet;
    protocol::append_ok(packet, {});
    co_await peer.write(packet);
    co_return client{request.user, request.database, request.capabilities, request.attributes};
}

void start_compression(packet_stream& peer, const protocol::login& request)
{
    // With both the server takes zlib.
    if (request.capabilities & capability::compress)
        peer.start_compression(protocol::stream_compression::zlib, 0);
    else if (request.capabilities & capability::zstd_compression)
        peer.start_compression(protocol::stream_compression::zstd, request.zstd_level);
}

}  // namespace proxy
