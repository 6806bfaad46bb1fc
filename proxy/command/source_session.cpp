#include "proxy/command/source_session.hpp"

#include "proxy/command/commands.hpp"
#include "proxy/config_reader.hpp"
#include "proxy/source/dial.hpp"

#include <fmt/format.h>

namespace proxy {

client_login login_of(const source_config& source)
{
    try {
        return {
            .user = source.user,
            .password = read_password(source.password_file),
            .tls = source.tls,
            .public_key = read_public_key(source.public_key),
        };
    } catch (const std::runtime_error& error) {
        throw command_error(exit_usage, error.what());
    }
}

source_access::source_access(const config& chosen, std::string role)
    : login_(login_of(chosen.source))
    , tls_([source = chosen.source] {
        return make_client_tls(source, client_certificate::configured);
    })
    , dial_(dial_with(chosen.source, tls_))
    , name_(to_text(chosen.source.where))
    , role_(std::move(role))
{}

asio::awaitable<std::unique_ptr<client_conversation>> source_access::connect() const
{
    auto source = std::make_unique<client_conversation>(co_await dial_(), name_);
    co_await source->login(login_);
    co_return source;
}

void source_access::unreachable(const std::system_error& error) const
{
    throw command_error(
        exit_unreachable,
        fmt::format(
            "the {} {} cannot be reached: {}. Does it run there, and does a firewall let us "
            "through?",
            role_,
            name_,
            error.what()
        )
    );
}

}  // namespace proxy
