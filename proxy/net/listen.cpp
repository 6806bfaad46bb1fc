#include "proxy/net/listen.hpp"

#include <fmt/format.h>

namespace proxy {
namespace {

asio::ip::tcp::endpoint endpoint_of(asio::io_context& loop, const address& where)
{
    asio::ip::tcp::resolver resolver(loop);
    std::error_code error;
    const auto results = resolver.resolve(
        where.host, std::to_string(where.port), asio::ip::tcp::resolver::passive, error
    );
    if (error || results.empty())
        throw std::system_error(error, fmt::format("listen: address '{}'", where.host));
    return results.begin()->endpoint();
}

}  // namespace

asio::ip::tcp::acceptor listen_on(asio::io_context& loop, const address& where)
{
    return {loop, endpoint_of(loop, where), true};
}

}  // namespace proxy
