#include "proxy/source/client_conversation.hpp"

#include "protocol/auth.hpp"
#include "protocol/command.hpp"
#include "protocol/reader.hpp"
#include "protocol/server_errors.hpp"
#include "proxy/version.hpp"

#include <algorithm>
#include <asio/ssl/error.hpp>
#include <fmt/format.h>

namespace proxy {

namespace {

namespace capability = protocol::capability;

constexpr std::uint32_t wanted_capabilities =
    capability::long_password | capability::long_flag | capability::protocol_41 |
    capability::transactions | capability::secure_connection | capability::plugin_auth |
    capability::plugin_auth_lenenc | capability::connect_attributes;

constexpr std::uint8_t auth_ok = 0x00;
constexpr std::uint8_t auth_more_data = 0x01;
constexpr std::uint8_t auth_switch_request = 0xfe;
constexpr std::uint8_t sha256_ask_key = 0x01;
constexpr std::uint8_t local_infile = 0xfb;
constexpr std::uint8_t collation_utf8mb4_general_ci = 45;  // known to 5.7 and 9.x alike

trouble trouble_of(std::uint16_t code)
{
    using enum protocol::server_errno;
    switch (protocol::server_errno{code}) {
        case too_many_connections:
        case out_of_resources:
        case server_shutdown:
        case normal_shutdown:
        case shutdown_complete:
        case aborted_connection:
        case net_read_error:
        case net_read_interrupted:
        case net_error_on_write:
        case net_write_interrupted:
        case new_aborted_connection:
        case too_many_user_connections:
        case lock_wait_timeout:
        case deadlock:
        case user_limit_reached:
        case query_interrupted:
        case mariadb_connection_killed:
        case query_timeout:
        case offline_mode:
        case session_was_killed:
        case client_was_inactive: return trouble::passing;
        default: return trouble::refused;
    }
}

std::string_view advice_for(std::uint16_t code)
{
    using enum protocol::server_errno;
    switch (protocol::server_errno{code}) {
        case too_many_connections:
            return "raise max_connections at the source or close connections";
        case access_denied:
        case access_denied_no_password:
            return "check source.user and source.password_file, and the account's host part";
        case host_is_blocked:
            return "the source has blocked this host: run TRUNCATE TABLE "
                   "performance_schema.host_cache (5.7: FLUSH HOSTS) there";
        case host_not_privileged: return "create the account for this host at the source";
        case table_access_denied:
        case specific_access_denied: return "see the GRANT line that `unghost check` prints";
        case client_is_too_old:
            return "give the account caching_sha2_password or mysql_native_password";
        case must_change_password:
        case must_change_password_login: return "the account's password has expired: set a new one";
        case account_locked: return "the account is locked: ALTER USER ... ACCOUNT UNLOCK";
        case secure_transport_required:
            return "the source wants TLS: set source.tls to \"required\"";
        default: return {};
    }
}

protocol::byte_buffer with_nul(std::string_view password)
{
    protocol::byte_buffer clear(password.begin(), password.end());
    clear.push_back(0);
    return clear;
}

bool knows_plugin(std::string_view plugin)
{
    return plugin == protocol::sha2_plugin || plugin == protocol::native_plugin ||
           plugin == protocol::sha256_plugin || plugin == protocol::clear_plugin;
}

}  // namespace

client_conversation::client_conversation(source_wire wire, std::string name)
    : wire_(std::move(wire))
    , name_(std::move(name))
{}

void client_conversation::set_read_limit(std::chrono::milliseconds limit)
{
    if (wire_.set_read_limit)
        wire_.set_read_limit(limit);
}

source_error
client_conversation::refusal(protocol::byte_view packet, const std::string& doing) const
{
    const auto error = protocol::parse_error(packet);
    if (!error)
        return {trouble::passing, fmt::format("source {}, {}: unreadable error", name_, doing)};
    std::string text =
        fmt::format("source {}, {}: {} (error {})", name_, doing, error->message, error->code);
    if (const std::string_view advice = advice_for(error->code); !advice.empty())
        text += fmt::format("; {}", advice);
    return {trouble_of(error->code), text, error->code};
}

asio::awaitable<void> client_conversation::login(client_login how)
{
    const protocol::byte_view first = co_await stream().read();
    if (protocol::is_error(first))
        throw refusal(first, "greeting");
    auto hello = protocol::parse_greeting(first);
    if (!hello)
        throw source_error(
            trouble::refused,
            fmt::format(
                "source {}: the greeting is not MySQL's ({}); check source.address",
                name_,
                make_error_code(hello.error()).message()
            )
        );
    hello_ = std::move(*hello);
    scramble_ = hello_.scramble;
    plugin_ = knows_plugin(hello_.plugin) ? hello_.plugin : protocol::sha2_plugin;

    constexpr std::uint32_t needed = capability::protocol_41 | capability::plugin_auth;
    if ((hello_.capabilities & needed) != needed)
        throw source_error(
            trouble::refused,
            fmt::format("source {}: server {} is too old", name_, hello_.server_version)
        );
    std::uint32_t capabilities = wanted_capabilities & hello_.capabilities;
    co_await start_tls(how.tls, capabilities);
    if (encrypted())
        capabilities |= capability::ssl;

    protocol::login request;
    request.capabilities = capabilities;
    request.collation = collation_utf8mb4_general_ci;
    request.user = how.user;
    request.proof = first_proof(plugin_, how.password);
    request.plugin = plugin_;
    request.attributes = {{"program_name", "unghost"}, {"_client_version", std::string(version())}};
    protocol::byte_buffer packet;
    protocol::append_login(packet, request);
    co_await stream().write(packet);

    co_await authenticate(how);
    usable_ = true;
}

asio::awaitable<void> client_conversation::start_tls(tls_mode mode, std::uint32_t capabilities)
{
    if (mode == tls_mode::disabled)
        co_return;
    if ((hello_.capabilities & capability::ssl) == 0 || !wire_.can_tls) {
        if (mode == tls_mode::preferred)
            co_return;
        throw source_error(
            trouble::refused,
            fmt::format(
                "source {}: offers no TLS, and source.tls asks for it. Give the source a "
                "certificate (ssl_cert, ssl_key), or, if it has one, find out who in between takes "
                "its offer away",
                name_
            )
        );
    }
    protocol::byte_buffer packet;
    protocol::append_tls_request(
        packet,
        {.capabilities = capabilities | capability::ssl,
         .max_packet = 1U << 24,
         .collation = collation_utf8mb4_general_ci}
    );
    co_await stream().write(packet);
    std::optional<std::string> failure;
    try {
        co_await stream().start_tls();
    } catch (const std::system_error& error) {
        if (error.code().category() != asio::error::get_ssl_category())
            throw;
        failure = error.what();
    }
    if (failure)
        throw source_error(
            trouble::passing,
            fmt::format(
                "source {}: {}. Versions are taken from source.tls_min_version on "
                "(MySQL 5.7 may know none above 1.1), its certificate by source.tls and "
                "source.tls_ca",
                name_,
                *failure
            )
        );
}

// What goes out before the server has asked for more. A clear password never leaves unencrypted.
protocol::byte_buffer
client_conversation::first_proof(std::string_view plugin, std::string_view password) const
{
    if (plugin == protocol::native_plugin)
        return protocol::native_proof(password, scramble_);
    if (plugin == protocol::sha2_plugin)
        return protocol::sha2_proof(password, scramble_);
    if (encrypted())
        return with_nul(password);
    // With a key of our own too: what answers it is not looked at then.
    if (plugin == protocol::sha256_plugin)
        return password.empty() ? protocol::byte_buffer{0} : protocol::byte_buffer{sha256_ask_key};
    throw source_error(
        trouble::refused,
        fmt::format(
            "source {}: wants the password in clear text ({}); set source.tls to \"required\"",
            name_,
            plugin
        )
    );
}

asio::awaitable<void> client_conversation::authenticate(const client_login& how)
{
    const std::string doing = fmt::format("login as '{}'", how.user);
    // A login takes one switch, one more-data round and the key's round; a server that goes on
    // asking is none.
    for (int round = 0; round < 8; ++round) {
        const protocol::byte_view packet = co_await stream().read();
        const std::uint8_t kind = packet.empty() ? auth_ok : packet.front();
        if (protocol::is_error(packet))
            throw refusal(packet, doing);
        if (kind == auth_ok && protocol::is_ok(packet))
            co_return;
        if (kind == auth_more_data) {
            co_await on_more_data({packet.begin() + 1, packet.end()}, how);
            continue;
        }
        if (kind != auth_switch_request)
            break;
        const auto request = protocol::parse_auth_switch(packet);
        if (!request || !knows_plugin(request->plugin))
            throw source_error(
                trouble::refused,
                fmt::format(
                    "source {}, {}: wants the authentication plugin '{}', which unghost does not "
                    "speak; give the account caching_sha2_password or mysql_native_password",
                    name_,
                    doing,
                    request ? request->plugin : "old passwords"
                )
            );
        plugin_ = request->plugin;
        std::copy_n(
            request->data.begin(),
            std::min(request->data.size(), scramble_.size()),
            scramble_.begin()
        );
        co_await stream().write(first_proof(plugin_, how.password));
    }
    throw source_error(
        trouble::passing, fmt::format("source {}, {}: unexpected packet", name_, doing)
    );
}

asio::awaitable<void>
client_conversation::on_more_data(protocol::byte_buffer data, const client_login& how)
{
    if (data.size() == 1 && plugin_ == protocol::sha2_plugin) {
        if (data.front() == protocol::sha2_fast_ok)
            co_return;  // OK follows
        if (data.front() == protocol::sha2_full) {
            co_await send_full_password(how);
            co_return;
        }
    }
    // Anything longer is the public key that we asked for.
    co_await send_encrypted(
        how, how.public_key.empty() ? std::string(protocol::as_text(data)) : how.public_key
    );
}

asio::awaitable<void> client_conversation::send_full_password(const client_login& how)
{
    if (encrypted())
        co_await stream().write(with_nul(how.password));
    else if (how.public_key.empty())
        co_await stream().write(protocol::byte_buffer{protocol::sha2_ask_key});
    else
        co_await send_encrypted(how, how.public_key);
}

asio::awaitable<void> client_conversation::send_encrypted(const client_login& how, std::string key)
{
    const auto secret = protocol::encrypt_password(how.password, scramble_, key);
    if (encrypted() || !secret)
        throw source_error(
            trouble::refused,
            fmt::format(
                "source {}, login as '{}': sent a public key that cannot be used; set source.tls "
                "to \"required\"",
                name_,
                how.user
            )
        );
    co_await stream().write(*secret);
}

asio::awaitable<void> client_conversation::send(protocol::byte_buffer packet)
{
    usable_ = false;
    stream().set_next_sequence(0);
    co_await stream().write(packet);
}

asio::awaitable<void> client_conversation::command(protocol::byte_buffer packet, std::string what)
{
    co_await send(std::move(packet));
    const protocol::byte_view answer = co_await stream().read();
    if (protocol::is_error(answer)) {
        usable_ = true;
        throw refusal(answer, what);
    }
    if (!protocol::is_ok(answer))
        throw source_error(
            trouble::passing, fmt::format("source {}, {}: unexpected answer", name_, what)
        );
    usable_ = true;
}

asio::awaitable<void> client_conversation::execute(std::string text)
{
    co_await query(std::move(text));
}

asio::awaitable<protocol::text_result>
client_conversation::query(std::string text, std::size_t limit_bytes)
{
    // Enough of a statement to know it by.
    const std::string statement = fmt::format("'{:.40}{}'", text, text.size() > 40 ? "..." : "");
    const auto broken = [&](const char* how) {
        return source_error(
            trouble::passing, fmt::format("source {}, {}: {}", name_, statement, how)
        );
    };
    protocol::byte_buffer packet;
    protocol::append_query_command(packet, text);
    co_await send(std::move(packet));

    protocol::text_result answer;
    const protocol::byte_view first = co_await stream().read();
    if (first.empty() || first.front() == local_infile)
        throw broken("unexpected answer");
    if (protocol::is_error(first)) {
        usable_ = true;
        throw refusal(first, statement);
    }
    if (protocol::is_ok(first)) {
        usable_ = true;
        co_return answer;
    }
    // A column count of three bytes and more would be over the server's limit of 4096.
    protocol::reader head(first);
    const std::uint64_t columns = head.lenenc();
    if (!head.ok() || columns == 0 || columns > 4096)
        throw broken("unexpected answer");

    std::size_t size = 0;
    for (std::uint64_t i = 0; i < columns; ++i) {
        const auto name = protocol::parse_column_name(co_await stream().read());
        if (!name)
            throw broken("unreadable column");
        answer.columns.push_back(*name);
    }
    if (!protocol::is_eof(co_await stream().read()))
        throw broken("no end of columns");
    for (;;) {
        const protocol::byte_view row = co_await stream().read();
        if (protocol::is_error(row)) {
            usable_ = true;
            throw refusal(row, statement);
        }
        if (protocol::is_eof(row))
            break;
        size += row.size();
        if (size > limit_bytes)
            throw broken("answer over the limit");
        auto values = protocol::parse_text_row(row, columns);
        if (!values)
            throw broken("unreadable row");
        answer.rows.push_back(std::move(*values));
    }
    usable_ = true;
    co_return answer;
}

}  // namespace proxy
