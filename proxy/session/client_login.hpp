#pragma once

#include "protocol/auth.hpp"
#include "protocol/response.hpp"
#include "proxy/config.hpp"
#include "proxy/net/packet_stream.hpp"

#include <map>
#include <string>

// A client's login on a local account: our greeting, TLS if the client asks for it, the proof of
// its password. Source: sql/auth/sql_authentication.cc, acl_authenticate.
namespace proxy {

// Accounts of the configuration: what proves their passwords, never the passwords themselves.
class account_book
{
public:
    account_book() = default;
    // Reads each password file. Throws std::runtime_error naming the file.
    explicit account_book(const std::vector<account_config>& accounts);

    void add(const std::string& name, std::string_view password);
    const protocol::stored_password* find(const std::string& name) const;

private:
    std::map<std::string, protocol::stored_password> accounts_;
};

struct login_terms
{
    std::string server_version;
    std::uint32_t connection_id = 0;
    protocol::challenge scramble{};  // for the greeting
    protocol::challenge second{};    // for an auth switch
    bool tls = true;                 // is offered
    std::string peer_host;           // for the words of a refusal
    const account_book& accounts;
    const protocol::rsa_key& key;  // for passwords over plain TCP
};

struct client
{
    std::string user;
    std::string database;
    std::uint32_t capabilities = 0;  // that both sides have
    std::vector<std::pair<std::string, std::string>> attributes;
};

// Everything up to the OK packet. A client that may not come in, or whose packets are malformed,
// gets the server's error and nothing is returned; the connection is to be closed. Throws what the
// stream throws.
asio::awaitable<std::optional<client>> log_in(packet_stream& peer, login_terms terms);

}  // namespace proxy
