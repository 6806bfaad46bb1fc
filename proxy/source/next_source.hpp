#pragma once

#include "protocol/gtid_set.hpp"
#include "proxy/source/client_conversation.hpp"
#include "proxy/source/source_facts.hpp"
#include "proxy/source_log.hpp"

namespace proxy {

// What was taken, by which another server's log is looked at.
struct taken_gtids
{
    protocol::gtid_set stored;   // consumers may have it
    protocol::gtid_set applied;  // of that: the rewriter's state shows it
    // What the server that was followed had past its own log: nobody got it from us, and nobody
    // may.
    protocol::gtid_set past_the_log;
    std::string gtid_mode;   // of that server, when it was last asked
    bool anonymous = false;  // some of it has no GTID
    unsigned lower_case_table_names = 0;
};

// Why another server cannot be followed.
enum class follow_refusal : std::uint8_t {
    none,
    no_gtids,       // its transactions, or ours, cannot be told apart
    names_differ,   // its lower_case_table_names is another one
    source_lacks,   // it has not got all that consumers may have
    source_purged,  // it has not got any more what they lack
};
std::string_view to_text(follow_refusal why);

// A look at a server that may be followed next.
struct next_source
{
    source_facts facts;
    protocol::gtid_set executed;
    source_log log;           // whose file holds the first transaction that is missing here
    rewrite::coordinate end;  // of its log, read after `executed`
    bool read_only = false;   // read_only or super_read_only

    // The verdict on it.
    follow_refusal refused = follow_refusal::none;
    protocol::gtid_set gtids;  // which it lacks, or has purged
    protocol::gtid_set lost;   // where that is to be put up with
    std::string text;          // for people: what is wrong, and what to do
};

// Pure: sets `refused`, `gtids`, `lost` and `text`. `despite_loss`: transactions that it lacks are
// put up with.
void judge_next_source(
    const std::string& name, const taken_gtids& taken, bool despite_loss, next_source& looked_at
);

// Asks a server that is logged in. Leaves `log.file` empty.
asio::awaitable<next_source> look_at_next_source(client_conversation& source);
// The file of its log from which a replica with these GTIDs would be served. The connection is of
// no use afterwards.
asio::awaitable<std::string>
find_file_by_gtid(client_conversation& source, std::uint32_t server_id, protocol::gtid_set seen);

}  // namespace proxy
