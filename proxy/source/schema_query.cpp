#include "proxy/source/schema_query.hpp"

#include "protocol/ascii.hpp"
#include "protocol/server_errors.hpp"
#include "proxy/source/facts_connection.hpp"
#include "proxy/source/facts_query.hpp"
#include "proxy/source/source_error.hpp"
#include "proxy/source/source_variables.hpp"
#include "proxy/source/sql_text.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <map>

namespace proxy {

namespace {

constexpr std::size_t named_one_by_one = 50;  // of a schema's tables; else all are looked at
constexpr std::size_t answer_limit = 64U << 20;

// AND column IN ('a', 'b'), if they are few.
std::string only_these(std::string_view column, const std::vector<rewrite::facts>& tables)
{
    if (tables.size() > named_one_by_one)
        return {};
    std::vector<std::string> names;
    names.reserve(tables.size());
    for (const rewrite::facts& known : tables)
        names.push_back(quoted_text(known.table.table));
    return fmt::format(" AND {} IN ({})", column, fmt::join(names, ", "));
}

}  // namespace

schema_query::schema_query(std::string name, client_login login, const dial_source& dial)
    : name_(std::move(name))
    , login_(std::move(login))
    , dial_(dial)
{}

schema_query::~schema_query() = default;

asio::awaitable<void> schema_query::connect()
{
    if (kept_ && kept_->source.usable())
        co_return;
    kept_.reset();
    auto made = co_await facts_connection::open(dial_, name_, login_);
    // Nobody's statements shall wait behind ours.
    co_await made->source.execute("SET lock_wait_timeout = 1");
    const source_account account = co_await read_account(made->source);
    if (const auto missing = missing_for_facts(account.rights); !missing.empty())
        throw source_error(
            trouble::refused,
            fmt::format(
                "source {}: tables are not remembered: the account {} lacks {}: {}",
                name_,
                account.name,
                fmt::join(missing, ", "),
                grant_line(account.name)
            )
        );
    hidden_schemas_ = account.rights.revoked_schemas;
    kept_ = std::move(made);
}

asio::awaitable<source_session> schema_query::session(source_session known)
{
    co_await connect();
    const std::uint32_t version = kept_->version;
    const protocol::text_result asked = co_await kept_->source.query(fmt::format(
        "SELECT @@server_uuid, CONCAT_WS(' ', @@version, @@lower_case_table_names, {}), "
        "CONCAT_WS(' ', @@GLOBAL.time_zone, @@system_time_zone), @@GLOBAL.time_zone, "
        "@@GLOBAL.sql_mode, @@GLOBAL.gtid_mode, {}",
        version < first_with_default_row_format ? "''" : "@@GLOBAL.innodb_default_row_format",
        version < first_with_gipk_switch
            ? "1"
            : "@@GLOBAL.show_gipk_in_create_table_and_information_schema"
    ));
    const protocol::text_row row = asked.rows.empty() ? protocol::text_row() : asked.rows[0];
    source_session now{
        .server_uuid = text_at(row, 0),
        .settings = text_at(row, 1),
        .zone = text_at(row, 2),
        .time_zone = text_at(row, 3),
        .sql_mode = text_at(row, 4),
        .gtid_mode = text_at(row, 5),
        .zone_shifts = known.zone_shifts,
        .hides_generated_key = text_at(row, 6) == "0",
        .filters = co_await read_log_filters(kept_->source, version),
    };
    if (known.zone != now.zone || known.server_uuid != now.server_uuid) {
        rewrite::facts told;
        co_await kept_->add_session(told);
        now.zone_shifts = told.zone_shifts;
    }
    co_return now;
}

asio::awaitable<binary_log> schema_query::log_end()
{
    co_await connect();
    co_return co_await read_log_end(kept_->source, kept_->version);
}

asio::awaitable<std::vector<std::string>> schema_query::schemas()
{
    co_await connect();
    const protocol::text_result answer = co_await kept_->source.query("SHOW DATABASES");
    std::vector<std::string> names;
    for (const protocol::text_row& row : answer.rows) {
        const std::string name = text_at(row, 0);
        const std::string plain = protocol::lower(name);
        if (plain != "mysql" && plain != "sys" && plain != "information_schema" &&
            plain != "performance_schema" &&
            std::ranges::find(hidden_schemas_, name) == hidden_schemas_.end())
            names.push_back(name);
    }
    co_return names;
}

asio::awaitable<schema_query::executed> schema_query::done()
{
    co_await connect();
    const protocol::text_result asked =
        co_await kept_->source.query("SELECT @@server_uuid, @@GLOBAL.gtid_executed", answer_limit);
    const protocol::text_row row = asked.rows.empty() ? protocol::text_row() : asked.rows[0];
    co_return executed{.server_uuid = text_at(row, 0), .gtids = text_at(row, 1)};
}

asio::awaitable<std::vector<std::string>> schema_query::tables(std::string schema)
{
    co_await connect();
    const protocol::text_result answer = co_await kept_->source.query(
        fmt::format(
            "SELECT TABLE_NAME FROM information_schema.TABLES "
            "WHERE TABLE_SCHEMA = {} AND TABLE_TYPE = 'BASE TABLE'",
            quoted_text(schema)
        ),
        answer_limit
    );
    std::vector<std::string> names;
    names.reserve(answer.rows.size());
    for (const protocol::text_row& row : answer.rows)
        names.push_back(text_at(row, 0));
    co_return names;
}

asio::awaitable<schema_batch>
schema_query::ask(std::string schema, std::vector<std::string> tables, source_log followed)
{
    co_await connect();
    client_conversation& source = kept_->source;
    schema_batch batch;
    const protocol::text_result asked = co_await source.query("SELECT @@server_uuid");
    batch.server_uuid = asked.rows.empty() ? std::string() : text_at(asked.rows[0], 0);
    const binary_log begin = co_await read_log_end(source, kept_->version);
    followed.file = begin.file;
    batch.begin = followed.at(begin.size);
    const bool hidden = std::ranges::find(hidden_schemas_, schema) != hidden_schemas_.end();
    for (std::size_t i = 0; i < tables.size() && !hidden; ++i)
        co_await add_definition(batch, {.schema = schema, .table = tables[i]});
    if (!batch.tables.empty()) {
        co_await add_status(batch, schema);
        co_await add_triggers(batch, schema);
        co_await add_children(batch, schema);
        std::erase_if(batch.tables, [](const rewrite::facts& known) {
            return !known.missing.empty();
        });
    }
    const binary_log end = co_await read_log_end(source, kept_->version);
    followed.file = end.file;
    batch.end = followed.at(end.size);
    co_return batch;
}

asio::awaitable<void> schema_query::add_definition(schema_batch& to, rewrite::table_name table)
{
    rewrite::facts known{.table = std::move(table)};
    known.fence = to.begin;
    try {
        known.create_table = co_await kept_->definition(known.table);
    } catch (const source_error& error) {
        if (!kept_->source.usable())
            throw;
        if (error.code == number_of(protocol::server_errno::lock_wait_timeout))
            to.busy.push_back(known.table);
        co_return;  // also one whose definition cannot be shown: a verdict asks, and says why
    }
    if (!known.create_table.empty())
        to.tables.push_back(std::move(known));
}

// Views are not among information_schema's base tables: their facts do not count.
asio::awaitable<void> schema_query::add_status(schema_batch& to, const std::string& schema)
{
    const bool asks_format = kept_->version >= first_with_default_row_format;
    const protocol::text_result answer = co_await kept_->source.query(
        fmt::format(
            "SELECT TABLE_NAME, ENGINE, ROW_FORMAT, CREATE_OPTIONS, {} "
            "FROM information_schema.TABLES "
            "WHERE TABLE_SCHEMA = {} AND TABLE_TYPE = 'BASE TABLE'{}",
            asks_format ? "@@GLOBAL.innodb_default_row_format" : "''",
            quoted_text(schema),
            only_these("TABLE_NAME", to.tables)
        ),
        answer_limit
    );
    std::map<std::string, const protocol::text_row*> rows;
    for (const protocol::text_row& row : answer.rows)
        rows.emplace(text_at(row, 0), &row);
    for (rewrite::facts& known : to.tables) {
        const auto found = rows.find(known.table.table);
        if (found == rows.end()) {
            known.missing = "it is not among the base tables";
            continue;
        }
        const protocol::text_row& row = *found->second;
        if (asks_format)
            co_await kept_->add_row_format(
                known, {text_at(row, 1), text_at(row, 2), text_at(row, 3), text_at(row, 4)}
            );
    }
}

asio::awaitable<void> schema_query::add_triggers(schema_batch& to, const std::string& schema)
{
    const protocol::text_result answer = co_await kept_->source.query(
        fmt::format(
            "SELECT EVENT_OBJECT_TABLE, TRIGGER_NAME, ACTION_TIMING, EVENT_MANIPULATION, "
            "ACTION_STATEMENT FROM information_schema.TRIGGERS WHERE EVENT_OBJECT_SCHEMA = {}{}",
            quoted_text(schema),
            only_these("EVENT_OBJECT_TABLE", to.tables)
        ),
        answer_limit
    );
    std::map<std::string, std::vector<rewrite::trigger_fact>> triggers;
    for (const protocol::text_row& row : answer.rows)
        triggers[text_at(row, 0)].push_back(
            {.name = text_at(row, 1),
             .time = text_at(row, 2),
             .event = text_at(row, 3),
             .body = text_at(row, 4)}
        );
    for (rewrite::facts& known : to.tables)
        if (const auto found = triggers.find(known.table.table); found != triggers.end())
            known.triggers = std::move(found->second);
}

asio::awaitable<void> schema_query::add_children(schema_batch& to, const std::string& schema)
{
    const auto keys = co_await kept_->foreign_keys_to(schema);
    std::map<std::string, std::vector<rewrite::table_name>> children;
    if (keys)
        for (const facts_connection::foreign_key& key : *keys)
            children[key.parent.table].push_back(key.child);
    for (rewrite::facts& known : to.tables) {
        // Of 5.7 only names in ASCII can be asked for.
        if (!keys || (kept_->version < first_with_roles && !protocol::is_ascii(known.table.table)))
            known.missing = "foreign keys to it cannot be asked for";
        const auto found = children.find(
            kept_->folds_case ? protocol::lower(known.table.table) : known.table.table
        );
        if (found == children.end())
            continue;
        known.children = std::move(found->second);
        std::ranges::sort(known.children);
        const auto repeated = std::ranges::unique(known.children);
        known.children.erase(repeated.begin(), repeated.end());
    }
}

}  // namespace proxy
