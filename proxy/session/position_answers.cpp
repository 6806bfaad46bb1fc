#include "proxy/session/position_answers.hpp"

#include "protocol/server_errors.hpp"
#include "proxy/session/event_listing.hpp"
#include "proxy/session/log_listing.hpp"

#include <asio/co_spawn.hpp>
#include <asio/use_awaitable.hpp>
#include <fmt/format.h>

namespace proxy {
namespace {

using clock = session_thread::clock;
using protocol::server_error;

server_error not_there_yet(std::string_view what, std::chrono::milliseconds waited)
{
    return make_error_with_text(
        protocol::server_errno::unknown_error,
        fmt::format(
            "unghost has not published {} of its source within {} s: it lags or has stopped "
            "(see `unghost status`); ask again later",
            what,
            std::chrono::duration_cast<std::chrono::seconds>(waited).count()
        )
    );
}

// Until `found` is true; false: it did not become so in time.
template <class Found>
asio::awaitable<bool> wait_until_published(position_sources& from, Found found)
{
    const clock::time_point deadline = clock::now() + from.limit;
    for (;;) {
        const std::uint64_t seen = from.log.end();
        if (found())
            co_return true;
        if (clock::now() >= deadline || from.control.stop != session_end::none)
            co_return false;
        from.control.sleeping = true;
        co_await from.thread.wait_for_more(seen, std::min(deadline, clock::now() + look_again));
        from.control.sleeping = false;
    }
}

asio::awaitable<std::optional<server_error>>
put_log_status(protocol::result_set& answer, position_sources& from)
{
    for (protocol::text_row& row : answer.rows) {
        if (row.size() < 2)
            continue;
        const std::string file = row[0].value_or("");
        const std::string text = row[1].value_or("");
        const std::uint64_t position = std::strtoull(text.c_str(), nullptr, 10);
        std::optional<store::clean_coordinate> here;
        co_await wait_until_published(from, [&] {
            here = from.border_of(file, position);
            return here.has_value();
        });
        if (!here)
            co_return not_there_yet(fmt::format("{}:{}", file, text), from.limit);
        row[0] = here->file;
        row[1] = std::to_string(here->position);
    }
    co_return std::nullopt;
}

void put_log_files(protocol::result_set& answer, const position_sources& from)
{
    answer.rows = log_file_rows(from.log, from.names);
    for (protocol::text_row& row : answer.rows)
        row.resize(answer.columns.size(), "No");  // Encrypted
}

void put_variables(protocol::result_set& answer, const position_sources& from)
{
    for (protocol::text_row& row : answer.rows)
        if (row.size() == 2 && row[0] == "gtid_purged")
            row[1] = to_text(purged_set(from.log, from.facts.current()->gtid_purged));
}

asio::awaitable<std::optional<server_error>> put_gtid_sets(
    const position_statement& statement, protocol::result_set& answer, position_sources& from
)
{
    for (protocol::text_row& row : answer.rows) {
        for (const std::size_t column : statement.purged)
            if (column < row.size())
                row[column] = to_text(purged_set(from.log, from.facts.current()->gtid_purged));
        for (const std::size_t column : statement.executed) {
            if (column >= row.size())
                continue;
            const auto executed = protocol::parse_gtid_set(row[column].value_or(""));
            if (!executed)
                continue;  // not a set: the client has asked for something else
            const bool found = co_await wait_until_published(from, [&] {
                return executed_set(from.log, from.facts.current()->gtid_purged)
                    .contains(*executed);
            });
            if (!found)
                co_return not_there_yet("gtid_executed", from.limit);
        }
    }
    co_return std::nullopt;
}

using listed_events = tl::expected<std::vector<protocol::text_row>, server_error>;

asio::awaitable<listed_events>
list_on_pool(const position_statement& statement, const publication& log)
{
    co_return list_events(statement, log);
}

asio::awaitable<std::optional<server_error>> put_log_events(
    const position_statement& statement, protocol::result_set& answer, position_sources& from
)
{
    // Not to be cancelled from here while another thread reads.
    from.control.sleeping = true;
    listed_events rows = co_await asio::co_spawn(
        from.pool.get_executor(), list_on_pool(statement, from.log), asio::use_awaitable
    );
    from.control.sleeping = false;
    if (!rows)
        co_return rows.error();
    answer.rows = std::move(*rows);
    co_return std::nullopt;
}

}  // namespace

asio::awaitable<std::optional<server_error>>
put_own_positions(position_statement statement, protocol::result_set& answer, position_sources from)
{
    switch (statement.topic) {
        case position_topic::log_status: co_return co_await put_log_status(answer, from);
        case position_topic::log_files: put_log_files(answer, from); break;
        case position_topic::replicas:
            answer.rows = replica_rows(from.sessions, from.facts.current()->server_id);
            break;
        case position_topic::variables: put_variables(answer, from); break;
        case position_topic::gtid_sets: co_return co_await put_gtid_sets(statement, answer, from);
        case position_topic::log_events: co_return co_await put_log_events(statement, answer, from);
        case position_topic::kill: break;
    }
    co_return std::nullopt;
}

}  // namespace proxy
