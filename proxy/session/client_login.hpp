#pragma once

#include "protocol/auth.hpp"
#include "protocol/response.hpp"
#include "proxy/config.hpp"
#include "proxy/mutex.hpp"
#include "proxy/net/packet_stream.hpp"

#include <functional>
#include <map>
#include <string>

// How a client comes in: our greeting, TLS if the client asks for it, and on a local account the
// proof of its password. Source: sql/auth/sql_authentication.cc, acl_authenticate.
namespace proxy {

// Accounts of the configuration: what proves their passwords, never the passwords themselves. Any
// thread.
class account_book
{
public:
    account_book() = default;
    // Reads each password file. Throws std::runtime_error naming the file, or whose hash is none.
    explicit account_book(const std::vector<account_config>& accounts);

    void add(const std::string& name, std::string_view password);
    // These in place of all; who is logged in stays so. Throws as the constructor, and changes
    // nothing then.
    void replace(const std::vector<account_config>& accounts);
    std::optional<protocol::stored_password> find(const std::string& name) const;
    // The account has shown its password, so that the fast path can prove it from now on.
    void remember(const std::string& name, std::string_view password);

private:
    mutable mutex lock_;
    std::map<std::string, protocol::stored_password> accounts_ GUARDED_BY(lock_);
};

// protocol::is_password, which may take long.
using password_check =
    std::function<asio::awaitable<bool>(protocol::byte_buffer clear, protocol::stored_password)>;

struct login_terms
{
    std::string server_version;
    std::uint32_t connection_id = 0;
    protocol::challenge scramble{};  // for the greeting
    protocol::challenge second{};    // for an auth switch
    std::uint32_t capabilities = 0;  // of the source; what we cannot pass on is not offered
    bool tls = true;                 // is offered
    bool require_tls = false;
    std::string peer_host;  // for the words of a refusal
    account_book& accounts;
    const protocol::rsa_key& key;  // for passwords over plain TCP
    password_check is_password;
};

struct client
{
    std::string user;
    std::string database;
    std::uint32_t capabilities = 0;  // that both sides have
    std::vector<std::pair<std::string, std::string>> attributes;
};

// Greets, and reads who wants to come in: capabilities are those that both sides have. Nothing: the
// packets were malformed, and the client has been told. Throws what the stream throws.
asio::awaitable<std::optional<protocol::login>>
greet(packet_stream& peer, const login_terms& terms);

// On a local account: everything up to the OK packet. Nothing: the client may not come in and has
// been told; the connection is to be closed. An account that is not there is asked for its password
// and refused like one whose password is wrong.
asio::awaitable<std::optional<client>>
log_in(packet_stream& peer, const login_terms& terms, protocol::login request);

// After the OK packet of either way in: the compressed protocol, if the client wants it.
void start_compression(packet_stream& peer, const protocol::login& request);

}  // namespace proxy
