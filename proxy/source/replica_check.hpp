#pragma once

#include "protocol/gtid_set.hpp"
#include "proxy/source/source_check.hpp"
#include "proxy/store/position_answer.hpp"

// Whether a MySQL replica that is to be moved here would find its place.
namespace proxy {

// Where a replica is, by its own words.
struct replica_channel
{
    std::string name;    // empty: the default one
    std::string source;  // HOST:PORT that it follows
    std::string source_uuid;
    bool auto_position = false;
    position_status applied;  // of its source's log
};
struct replica_place
{
    std::vector<replica_channel> channels;
    protocol::gtid_set executed;
    bool semi_sync = false;  // it acknowledges to its source
};
// `replica` is logged in. Throws source_error where the account may not ask (REPLICATION CLIENT).
asio::awaitable<replica_place> read_replica_place(client_conversation& replica);

// What the unghost it would be moved to has.
struct served_place
{
    std::string source_uuid;  // of the server that it serves the log of
    protocol::gtid_set executed;
    protocol::gtid_set purged;
    // Throws what the way to the running unghost throws.
    std::function<position_answer(const position_question&)> translate;
};
// A finding for each channel; a problem is one that would not find its place.
std::vector<finding> check_replica(const replica_place& replica, const served_place& here);

}  // namespace proxy
