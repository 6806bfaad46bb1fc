#pragma once

#include "proxy/source/client_conversation.hpp"
#include "rewrite/row_history.hpp"
#include "rewrite/sql/table_name.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace proxy {

// Counts the rows of a table at the source, as of a place in its log that is known: a connection of
// its own, for one table.
//
//   co_await query.open(table);
//   for (;;) {
//       snapshot_place place = co_await query.take_snapshot(log);
//       ... is it known what the snapshot shows? Else: co_await query.let_go(), and again
//       rows = co_await query.count(table);
//       ... co_await query.log_end(log), then let_go()
//   }
//
// From count() to let_go() the source lets nobody alter or rename the table. Everything throws
// source_error or std::system_error.
class row_count_query
{
public:
    // `dial` outlives the query; `name` is for messages. A count that takes longer than `limit` is
    // broken off by the source.
    row_count_query(
        std::string name,
        client_login login,
        const dial_source& dial,
        std::chrono::milliseconds limit
    );
    ~row_count_query();

    asio::awaitable<void> connect();
    // Connects, if it is not. Bytes of the table, as the source's statistics have them.
    asio::awaitable<std::uint64_t> open(rewrite::table_name table);
    asio::awaitable<rewrite::snapshot_place> take_snapshot(std::uint32_t epoch);
    // Of all rows, then of those for which each of the conditions (SQL) is true.
    asio::awaitable<std::vector<std::uint64_t>>
    count(rewrite::table_name table, std::vector<std::string> conditions);
    asio::awaitable<rewrite::coordinate> log_end(std::uint32_t epoch);
    asio::awaitable<void> let_go();

private:
    std::string name_;
    client_login login_;
    const dial_source& dial_;
    std::chrono::milliseconds limit_;
    std::unique_ptr<client_conversation> source_;
    std::uint32_t version_ = 0;
};

}  // namespace proxy
