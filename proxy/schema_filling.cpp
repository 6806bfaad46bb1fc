#include "proxy/schema_filling.hpp"

#include <algorithm>
#include <asio/steady_timer.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>

namespace proxy {
namespace {

constexpr std::chrono::milliseconds idle_pause{200};
constexpr std::chrono::milliseconds log_pause{20};
constexpr int most_looks = 10;
constexpr std::chrono::seconds session_interval{5};
constexpr std::chrono::seconds longest_wait{30};  // for the log up to a batch's end
constexpr std::chrono::hours sweep_interval{1};   // what was made unlogged is found, too

asio::awaitable<void> pause(std::chrono::steady_clock::duration time)
{
    asio::steady_timer timer(co_await asio::this_coro::executor, time);
    co_await timer.async_wait(asio::use_awaitable);
}

}  // namespace

asio::awaitable<void> schema_filling::run()
{
    try {
        co_await ask_for_ever();
    } catch (...) {
        with_.memory.ask_for_sweep();  // what was to be asked is forgotten
        throw;
    }
}

asio::awaitable<void> schema_filling::ask_for_ever()
{
    for (;;) {
        if (with_.memory.has_begun())
            co_await refresh_session();
        if (!with_.memory.is_usable()) {
            co_await pause(log_pause);
            continue;
        }
        if (clock::now() - swept_at_ > sweep_interval)
            with_.memory.ask_for_sweep();
        if (!co_await ask_wanted()) {
            if (with_.memory.take_sweep())
                co_await sweep();
            else if (!co_await list_stale())
                co_await pause(idle_pause);
        }
    }
}

asio::awaitable<void> schema_filling::refresh_session()
{
    if (clock::now() - with_.memory.session_at() < session_interval)
        co_return;
    with_.memory.set_session(co_await with_.source.session(with_.memory.session()));
    // Another server answered: the source client says so.
    if (clock::now() - with_.memory.session_at() > session_interval)
        co_await pause(idle_pause);
}

// What is asked for while much of the log is to come would be changed by it, and wait for it.
asio::awaitable<bool> schema_filling::is_near_the_end()
{
    const binary_log end = co_await with_.source.log_end();
    const rewrite::coordinate at{with_.memory.applied().epoch, end.file, end.size};
    for (const auto until = clock::now() + std::chrono::seconds(1); clock::now() < until;) {
        if (!(with_.memory.applied() < at))
            co_return true;
        co_await pause(log_pause);
    }
    co_return false;
}

asio::awaitable<bool> schema_filling::ask_wanted()
{
    schema_memory::request next = with_.memory.take_wanted(with_.most);
    if (next.tables.empty())
        co_return false;
    co_await ask(std::move(next.schema), std::move(next.tables));
    co_return true;
}

asio::awaitable<void> schema_filling::sweep()
{
    const auto since = clock::now();
    const std::vector<std::string> schemas = co_await with_.source.schemas();
    with_.memory.keep_only_schemas(schemas);
    co_await let_pass(since);
    for (std::size_t i = 0; i < schemas.size(); ++i)
        co_await sweep_schema(schemas[i]);
    swept_at_ = clock::now();
}

asio::awaitable<void> schema_filling::sweep_schema(std::string schema)
{
    const auto since = clock::now();
    const std::vector<std::string> missing = with_.memory.compare(schema, co_await list(schema));
    co_await let_pass(since);
    for (std::size_t done = 0; done < missing.size(); done += with_.most) {
        const auto from = missing.begin() + static_cast<std::ptrdiff_t>(done);
        const std::size_t some = std::min(with_.most, missing.size() - done);
        co_await ask(schema, {from, from + static_cast<std::ptrdiff_t>(some)});
        // What the log changed meanwhile is not worth less.
        co_await ask_wanted();
        co_await refresh_session();
    }
}

// A table that is logged may not show yet: its statement waits for its commit. One whose GTID is
// executed shows. So what is listed counts only if all that was published here is executed there.
asio::awaitable<std::vector<std::string>> schema_filling::list(std::string schema)
{
    if (!with_.published_now)
        co_return co_await with_.source.tables(std::move(schema));
    const parts::published here = with_.published_now();
    bool shows_all = false;
    for (int looks = 0; looks < most_looks && !shows_all; ++looks) {
        if (looks > 0)
            co_await pause(log_pause);
        shows_all = is_all_executed(here.executed, co_await with_.source.done());
    }
    std::vector<std::string> names = co_await with_.source.tables(schema);
    if (shows_all && !here.at.file.empty())
        with_.memory.accept_list(schema, here.at, names);
    co_return names;
}

bool schema_filling::is_all_executed(
    const protocol::gtid_set& here, const schema_query::executed& there
) const
{
    const auto executed = protocol::parse_gtid_set(there.gtids);
    return protocol::parse_uuid(there.server_uuid) == with_.memory.followed().uuid &&
           with_.memory.session().gtid_mode == "ON" && !here.empty() && executed &&
           executed->contains(here);
}

asio::awaitable<bool> schema_filling::list_stale()
{
    auto schema = with_.memory.take_stale_list();
    if (!schema)
        co_return false;
    const auto since = clock::now();
    // Of those that the account may see: what it cannot see is not absent.
    const std::vector<std::string> seen = co_await with_.source.schemas();
    if (std::ranges::find(seen, *schema) != seen.end())
        co_await list(*std::move(schema));
    co_await let_pass(since);
    co_return true;
}

asio::awaitable<void> schema_filling::ask(std::string schema, std::vector<std::string> tables)
{
    while (!co_await is_near_the_end())
        co_await refresh_session();
    const auto since = clock::now();
    with_.memory.begin_batch();
    const schema_batch batch =
        co_await with_.source.ask(std::move(schema), std::move(tables), with_.memory.followed());
    const auto told = clock::now();
    while (!with_.memory.is_due(batch) && clock::now() - told < longest_wait)
        co_await pause(log_pause);
    if (with_.memory.is_due(batch))
        with_.memory.accept(batch);
    else
        with_.memory.ask_for_sweep();
    const auto waited = clock::now() - told;
    co_await let_pass(since + waited);
}

asio::awaitable<void> schema_filling::let_pass(clock::time_point asked_since)
{
    const auto asked = clock::now() - asked_since;
    auto left = asked * with_.pause;
    // What sessions begin with is known for some seconds only.
    for (; left > clock::duration::zero(); left -= session_interval) {
        co_await pause(std::min<clock::duration>(left, session_interval));
        co_await refresh_session();
    }
}

}  // namespace proxy
