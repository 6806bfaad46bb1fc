#pragma once

#include "proxy/source/binary_log.hpp"
#include "proxy/source/client_conversation.hpp"
#include "proxy/source_log.hpp"
#include "rewrite/verdict/facts.hpp"

#include <memory>
#include <string>
#include <vector>

namespace proxy {

struct facts_connection;

// What the source's sessions begin with, and what its tables are shown by.
struct source_session
{
    std::string server_uuid;
    // Of the tables' facts: its version, its rule for names, its default row format. Tables that
    // were asked for under others are not remembered.
    std::string settings;
    std::string zone;  // by which zone_shifts is known
    std::string time_zone;
    std::string sql_mode;
    std::string gtid_mode;
    bool zone_shifts = false;
    bool hides_generated_key = false;
    std::string filters;  // of its log; empty: all statements are logged
    bool operator==(const source_session&) const = default;
};

// Tables of one schema, asked for between two looks at where the source's log ends. If no statement
// between them changed a table, its facts hold from `begin` on, until one does.
//
// Each definition is read after `begin`, and everything else after all definitions: SHOW CREATE
// TABLE waits for the table's metadata lock, which a statement that is logged already may still
// hold, and without which the data dictionary would tell what was before it.
struct schema_batch
{
    std::string server_uuid;
    rewrite::coordinate begin;
    rewrite::coordinate end;
    std::vector<rewrite::facts> tables;     // without what stands in source_session; fence: `begin`
    std::vector<rewrite::table_name> busy;  // a statement was at them: to be asked again
};

// Asks the source for many tables, on a connection of its own, which is opened when needed and
// kept. Throws source_error and std::system_error when the source cannot be asked.
class schema_query
{
public:
    // `dial` outlives the query; `name` is for messages.
    schema_query(std::string name, client_login login, const dial_source& dial);
    ~schema_query();

    // `known`: of an earlier call; what takes the source some time is not asked again for it.
    asio::awaitable<source_session> session(source_session known);
    asio::awaitable<binary_log> log_end();
    // Those that an account may have tables in and may see.
    asio::awaitable<std::vector<std::string>> schemas();
    struct executed
    {
        std::string server_uuid;
        std::string gtids;  // gtid_executed: whatever is asked from now on shows these
    };
    asio::awaitable<executed> done();
    // Its tables' names, no views.
    asio::awaitable<std::vector<std::string>> tables(std::string schema);
    // Those that are there, and whose facts count.
    asio::awaitable<schema_batch>
    ask(std::string schema, std::vector<std::string> tables, source_log followed);

private:
    asio::awaitable<void> connect();
    asio::awaitable<void> add_definition(schema_batch& to, rewrite::table_name table);
    asio::awaitable<void> add_status(schema_batch& to, const std::string& schema);
    asio::awaitable<void> add_triggers(schema_batch& to, const std::string& schema);
    asio::awaitable<void> add_children(schema_batch& to, const std::string& schema);

    std::string name_;
    client_login login_;
    const dial_source& dial_;
    std::unique_ptr<facts_connection> kept_;
    std::vector<std::string> hidden_schemas_;  // by a partial revoke
};

}  // namespace proxy
