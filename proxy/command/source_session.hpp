#pragma once

#include "proxy/config.hpp"
#include "proxy/net/tls.hpp"
#include "proxy/source/client_conversation.hpp"

#include <asio/co_spawn.hpp>
#include <asio/use_future.hpp>

namespace proxy {

// Throws command_error if its password or its public key cannot be read.
client_login login_of(const source_config& source);

// How a command reaches the source: what dialling needs, kept together.
class source_access
{
public:
    // Throws command_error if the password file cannot be read.
    // `role`: what the server is to the user, for messages.
    explicit source_access(const config& chosen, std::string role = "source");

    const dial_source& dial() const { return dial_; }
    const client_login& login() const { return login_; }
    const std::string& name() const { return name_; }

    // A connection that is logged in.
    asio::awaitable<std::unique_ptr<client_conversation>> connect() const;

    // Runs a coroutine to its end. What keeps us from the source becomes a command_error that says
    // what to look at.
    template <class Value>
    Value run(asio::awaitable<Value> todo) const
    {
        asio::io_context loop{1};
        auto result = asio::co_spawn(loop, std::move(todo), asio::use_future);
        loop.run();
        try {
            return result.get();
        } catch (const std::system_error& error) {
            unreachable(error);
        }
    }

private:
    [[noreturn]] void unreachable(const std::system_error& error) const;

    client_login login_;
    tls_settings tls_;
    dial_source dial_;
    std::string name_;
    std::string role_;
};

}  // namespace proxy
