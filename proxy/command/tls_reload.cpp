#include "proxy/command/tls_reload.hpp"

#include <asio/use_awaitable.hpp>

namespace proxy {

void reload_all(const std::vector<reloadable>& all, spdlog::logger& lines)
{
    for (const reloadable& one : all) {
        try {
            one.reload();
            lines.info("TLS {}: certificates and keys are read again", one.leg);
        } catch (const std::runtime_error& problem) {
            lines.error(
                "TLS {}: {}; what was read before is still in use", one.leg, problem.what()
            );
        }
    }
}

asio::awaitable<void> reload_at(asio::signal_set& hangups, std::function<void()> reload)
{
    for (;;) {
        co_await hangups.async_wait(asio::use_awaitable);
        reload();
    }
}

}  // namespace proxy
