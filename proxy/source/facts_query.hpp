#pragma once

#include "protocol/gtid_set.hpp"
#include "proxy/source/client_conversation.hpp"
#include "proxy/source/source_rights.hpp"
#include "rewrite/verdict/facts.hpp"

#include <memory>

namespace proxy {

// Asks the source for the facts of a table on a connection of its own, which is opened when needed
// and kept. Questions may be abandoned (cancelled) at any time; the connection goes with them.
//
// In this order on one connection: server_uuid, rights, definition, triggers, foreign keys, and
// last the end of the source's log, which is the fence: the facts hold up to there for any
// coordinate since which no statement named the table.
class facts_query
{
public:
    // `dial` outlives the query; `name` is for messages.
    facts_query(std::string name, client_login login, const dial_source& dial);
    ~facts_query();

    // `server_uuid` is the dump's. Facts that cannot count come with `missing` saying why (the
    // GRANT line, another server); whoever asked still gets the fence. A table that does not exist
    // has an empty definition. Throws source_error and std::system_error when the source cannot be
    // asked.
    asio::awaitable<rewrite::facts>
    ask(rewrite::table_name table, std::string server_uuid, std::uint32_t epoch);

    struct purged_gtids
    {
        std::string server_uuid;
        protocol::gtid_set gtids;
        rewrite::coordinate fence;  // the end of the source's log, read behind them
    };
    // Nothing: the source has no GTIDs, or that server is another than this one.
    asio::awaitable<std::optional<purged_gtids>> gtid_purged(std::string server_uuid);

    // The source's end.
    asio::awaitable<rewrite::coordinate> log_end(std::uint32_t epoch);

private:
    struct connection;

    asio::awaitable<std::unique_ptr<connection>> connect();
    asio::awaitable<std::unique_ptr<connection>> kept_or_new();

    std::string name_;
    client_login login_;
    const dial_source& dial_;
    std::unique_ptr<connection> kept_;  // idle, in order
};

// SHOW GRANTS with all roles active, and the account as the source knows it.
struct source_account
{
    std::string name;  // "repl@%"
    source_rights rights;
};
asio::awaitable<source_account> read_account(client_conversation& source);

// The source's end: SHOW BINARY LOG STATUS, before 8.2 SHOW MASTER STATUS.
asio::awaitable<rewrite::coordinate>
read_log_end(client_conversation& source, std::uint32_t version, std::uint32_t epoch);

}  // namespace proxy
