#include "proxy/source/row_count_query.hpp"

#include "protocol/server_version.hpp"
#include "proxy/source/source_variables.hpp"
#include "proxy/source/sql_text.hpp"

#include <charconv>
#include <fmt/format.h>

namespace proxy {

namespace {

constexpr std::uint32_t first_with_statistics_expiry = 80003;

std::uint64_t number_in(const protocol::text_result& answer, std::size_t column = 0)
{
    const std::string digits =
        answer.rows.empty() ? std::string() : text_at(answer.rows[0], column);
    std::uint64_t number = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), number);
    return number;
}

}  // namespace

row_count_query::row_count_query(
    std::string name, client_login login, const dial_source& dial, std::chrono::milliseconds limit
)
    : name_(std::move(name))
    , login_(std::move(login))
    , dial_(dial)
    , limit_(limit)
{}

row_count_query::~row_count_query() = default;

asio::awaitable<void> row_count_query::connect()
{
    source_ = std::make_unique<client_conversation>(co_await dial_(), name_);
    co_await source_->login(login_);
    source_->set_read_limit(limit_ + std::chrono::seconds(30));
    version_ = protocol::version_number(source_->hello().server_version);
    // A count waits for nobody's ALTER, and nobody's ALTER waits long for it.
    co_await source_->execute(fmt::format(
        "SET NAMES utf8mb4, sql_mode = '', lock_wait_timeout = 2, max_execution_time = {}, "
        "transaction_isolation = 'REPEATABLE-READ'{}",
        limit_.count(),
        version_ >= first_with_statistics_expiry ? ", information_schema_stats_expiry = 0" : ""
    ));
}

asio::awaitable<std::uint64_t> row_count_query::open(rewrite::table_name table)
{
    if (!source_ || !source_->usable())
        co_await connect();
    co_return number_in(co_await source_->query(fmt::format(
        "SELECT DATA_LENGTH FROM information_schema.TABLES "
        "WHERE TABLE_SCHEMA = {} AND TABLE_NAME = {}",
        quoted_text(table.schema),
        quoted_text(table.table)
    )));
}

// All that is executed is to be seen in a snapshot that is taken then; what is to be seen in one
// was logged before, so the log's end afterwards lies behind it (sql/binlog.cc,
// MYSQL_BIN_LOG::ordered_commit: flushed, then committed, then in gtid_executed).
asio::awaitable<rewrite::snapshot_place> row_count_query::take_snapshot(std::uint32_t epoch)
{
    const protocol::text_result executed = co_await source_->query("SELECT @@GLOBAL.gtid_executed");
    rewrite::snapshot_place place;
    place.executed = read_gtid_set(
        "source " + name_,
        "gtid_executed",
        executed.rows.empty() ? std::string() : text_at(executed.rows[0], 0)
    );
    co_await source_->execute("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY");
    place.end = co_await log_end(epoch);
    co_return place;
}

asio::awaitable<std::vector<std::uint64_t>>
row_count_query::count(rewrite::table_name table, std::vector<std::string> conditions)
{
    std::string columns = "COUNT(*)";
    for (const std::string& condition : conditions)
        columns += ", COUNT(IF(" + condition + ", 1, NULL))";
    const auto answer = co_await source_->query("SELECT " + columns + " FROM " + quoted(table));
    std::vector<std::uint64_t> numbers;
    for (std::size_t i = 0; i <= conditions.size(); ++i)
        numbers.push_back(number_in(answer, i));
    co_return numbers;
}

asio::awaitable<rewrite::coordinate> row_count_query::log_end(std::uint32_t epoch)
{
    const binary_log end = co_await read_log_end(*source_, version_);
    co_return rewrite::coordinate{.epoch = epoch, .file = end.file, .position = end.size};
}

asio::awaitable<void> row_count_query::let_go()
{
    co_await source_->execute("ROLLBACK");
}

}  // namespace proxy
