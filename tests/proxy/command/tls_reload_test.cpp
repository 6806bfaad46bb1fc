#include "proxy/command/tls_reload.hpp"
#include "proxy/task_group.hpp"
#include "tests/support/collected_log.hpp"

#include <csignal>
#include <gtest/gtest.h>

namespace proxy {
namespace {

TEST(TlsReload, OneThatIsOfNoUseLeavesTheOthersAlone)
{
    tests::collected_log log;
    int times = 0;
    reload_all(
        {{"to the source", [] { throw std::runtime_error("key.pem is empty"); }},
         {"towards clients", [&] { ++times; }}},
        log.lines
    );
    EXPECT_EQ(times, 1);
    EXPECT_EQ(
        log.text(),
        "error TLS to the source: key.pem is empty; what was read before is still in use\n"
        "info TLS towards clients: certificates and keys are read again\n"
    );
}

TEST(TlsReload, HappensAtEverySighup)
{
    tests::collected_log log;
    asio::io_context loop{1};
    asio::signal_set hangups(loop, SIGHUP);
    task_group tasks(loop, log.lines);
    int times = 0;
    const std::function<void()> reload = [&] { ++times; };
    tasks.start("TLS reload", [&] { return reload_at(hangups, reload); }, on_failure::end());
    for (int i = 1; i <= 2; ++i) {
        std::raise(SIGHUP);
        while (times < i)
            loop.run_one();
    }
    tasks.cancel();
    loop.run();
    EXPECT_FALSE(tasks.failure());
}

}  // namespace
}  // namespace proxy
