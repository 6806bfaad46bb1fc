#include "proxy/session/write_error.hpp"

namespace proxy {

asio::awaitable<void> write_error(packet_stream& to, protocol::server_error error)
{
    protocol::byte_buffer packet;
    protocol::append_error(packet, error);
    co_await to.write(packet);
}

asio::awaitable<void> write_refusal(packet_stream& to, protocol::server_error error)
{
    error.state.clear();
    co_await write_error(to, std::move(error));
}

}  // namespace proxy
