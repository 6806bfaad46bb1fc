#pragma once

#include "proxy/schema_memory.hpp"

#include <functional>

namespace proxy {

// Asks the source for its tables, one schema or less at a time, so that a schema_memory knows them:
// all after the start, then those that the log changes. It only asks while the log that was heard
// is near the source's end, and not for more than a part of the time.
class schema_filling
{
public:
    // All of it outlives the filling, which runs on one thread with the memory.
    struct parts
    {
        schema_memory& memory;
        schema_query& source;
        // Up to where consumers have the log, and as which transactions; set where lists of names
        // are wanted.
        struct published
        {
            rewrite::coordinate at;
            protocol::gtid_set executed;
        };
        std::function<published()> published_now = {};
        unsigned pause = 5;      // for each second that the source was asked, so many are let pass
        std::size_t most = 300;  // tables in a batch
    };
    explicit schema_filling(parts with) : with_(with) {}

    // For ever. Throws what schema_query throws.
    asio::awaitable<void> run();

private:
    using clock = std::chrono::steady_clock;

    asio::awaitable<void> ask_for_ever();
    asio::awaitable<void> refresh_session();
    asio::awaitable<bool> is_near_the_end();
    asio::awaitable<bool> ask_wanted();
    asio::awaitable<void> sweep();
    asio::awaitable<void> sweep_schema(std::string schema);
    asio::awaitable<std::vector<std::string>> list(std::string schema);
    asio::awaitable<bool> list_stale();
    bool is_all_executed(const protocol::gtid_set& here, const schema_query::executed& there) const;
    asio::awaitable<void> ask(std::string schema, std::vector<std::string> tables);
    asio::awaitable<void> let_pass(clock::time_point asked_since);

    parts with_;
    clock::time_point swept_at_;
};

}  // namespace proxy
