#include "proxy/command/purged_watch.hpp"

#include "proxy/source/source_error.hpp"

#include <asio/steady_timer.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>

namespace proxy {
namespace {

constexpr std::chrono::seconds interval{10};

// Until all that the source had logged by then is published here, or a while has passed.
asio::awaitable<bool> is_published(const store& log, rewrite::coordinate fence)
{
    asio::steady_timer pause(co_await asio::this_coro::executor);
    for (int looks = 0; looks < 40; ++looks) {
        if (log.border_of(fence.file, fence.position))
            co_return true;
        pause.expires_after(std::chrono::milliseconds(50));
        co_await pause.async_wait(asio::use_awaitable);
    }
    co_return false;
}

}  // namespace

asio::awaitable<void> watch_purged(facts_query& facts, facts_board& board, const store& log)
{
    asio::steady_timer timer(co_await asio::this_coro::executor);
    std::optional<facts_query::purged_gtids> found;
    for (;;) {
        try {
            const std::string uuid = board.current()->server_uuid;
            if (!found)
                found = co_await facts.gtid_purged(uuid);
            // Transactions may lie there that it has logged, purged, and we have not published:
            // they are no such thing.
            if (found && co_await is_published(log, found->fence)) {
                const auto known = board.current();
                if (known->server_uuid == found->server_uuid &&
                    known->gtid_purged != found->gtids) {
                    auto changed = std::make_shared<source_facts>(*known);
                    changed->gtid_purged = std::move(found->gtids);
                    board.set(std::move(changed));
                }
                found.reset();
            }
        } catch (const source_error&) {
            found.reset();  // the source client says what is wrong
        } catch (const std::system_error& error) {
            if (error.code() == asio::error::operation_aborted)
                throw;
            found.reset();
        }
        timer.expires_after(interval);
        co_await timer.async_wait(asio::use_awaitable);
    }
}

}  // namespace proxy
