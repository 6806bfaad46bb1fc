#pragma once

#include "protocol/gtid_set.hpp"
#include "proxy/source/binary_log.hpp"
#include "proxy/source/client_conversation.hpp"
#include "proxy/source/source_numbers.hpp"
#include "proxy/source/source_rights.hpp"
#include "proxy/source_clock.hpp"
#include "proxy/source_log.hpp"
#include "rewrite/verdict/facts.hpp"

#include <chrono>
#include <memory>
#include <optional>

namespace proxy {

struct facts_connection;

// What a look at the source shows.
struct source_look
{
    std::string server_uuid;
    protocol::gtid_set gtid_purged;
    std::string gtid_mode;
    binary_log end;                 // of its log, read after gtid_purged
    std::vector<binary_log> files;  // of its log, if they were listed
    std::chrono::steady_clock::time_point asked_at;
    std::optional<source_clock> clock;
};

// Asks the source for the facts of a table on a connection of its own, which is opened when needed
// and kept. Questions may be abandoned (cancelled) at any time; the connection goes with them.
//
// In this order on one connection: server_uuid, rights, definition, row format, what a
// session starts with, triggers, foreign keys, and last the end of the source's log, which is the
// fence: the facts hold up to there for any coordinate since which no statement named the table.
class facts_query
{
public:
    // `dial` outlives the query; `name` is for messages.
    facts_query(std::string name, client_login login, const dial_source& dial);
    ~facts_query();

    // `followed` is what the dump reads. Facts that cannot count come with `missing` saying why
    // (the GRANT line, another server, a row format that is not shown); whoever asked still gets
    // the fence. A table that does not exist has an empty definition. Throws source_error and
    // std::system_error when the source cannot be asked.
    asio::awaitable<rewrite::facts> ask(rewrite::table_name table, source_log followed);

    // How the source is now. `listed_from`: if its log ends in another file than this, its files
    // are listed too.
    asio::awaitable<source_look> look(std::string listed_from);

    // Another server is to be asked from here on.
    void forget_connection();

    const facts_numbers& numbers() const { return numbers_; }

private:
    asio::awaitable<std::unique_ptr<facts_connection>> kept_or_new();

    std::string name_;
    client_login login_;
    const dial_source& dial_;
    std::unique_ptr<facts_connection> kept_;  // idle, in order
    facts_numbers numbers_;
};

// SHOW GRANTS with all roles active, and the account as the source knows it.
struct source_account
{
    std::string name;  // "repl@%"
    source_rights rights;
};
asio::awaitable<source_account> read_account(client_conversation& source);

}  // namespace proxy
