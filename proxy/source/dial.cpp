#include "proxy/source/dial.hpp"

#include "proxy/net/socket_stream.hpp"

namespace proxy {

namespace {

// An event may be 1 GiB (replica_max_allowed_packet) and its header.
constexpr std::size_t max_packet = (1U << 30) + (1U << 16);

asio::awaitable<source_wire> dial(
    source_config config,
    const tls_settings* tls,
    std::size_t read_bytes,
    protocol::make_gathered gather
)
{
    auto socket = co_await connect_to(config.where.host, config.where.port, config.connect_timeout);
    auto stream = std::make_unique<socket_stream>(std::move(socket), max_packet, read_bytes);
    stream->allow_tls(
        tls->current(),
        tls_role::client,
        config.where.host,
        config.tls == tls_mode::verify_identity ? name_check::required : name_check::none
    );
    stream->set_read_limit(config.connect_timeout);
    stream->gather_in(std::move(gather));
    socket_stream* const raw = stream.get();
    co_return source_wire{
        .stream = std::move(stream),
        .can_tls = true,
        .set_read_limit = [raw](auto limit) { raw->set_read_limit(limit); }
    };
}

}  // namespace

dial_source dial_with(
    const source_config& config,
    const tls_settings& tls,
    std::size_t read_bytes,
    protocol::make_gathered gather
)
{
    return [config, tls = &tls, read_bytes, gather = std::move(gather)] {
        return dial(config, tls, read_bytes, gather);
    };
}

dial_source dial_followed(
    const source_config& config,
    const source_role& role,
    const tls_settings& tls,
    std::size_t read_bytes,
    protocol::make_gathered gather
)
{
    return [config, role = &role, tls = &tls, read_bytes, gather = std::move(gather)] {
        source_config now = config;
        now.where = role->followed();
        return dial(std::move(now), tls, read_bytes, gather);
    };
}

}  // namespace proxy
