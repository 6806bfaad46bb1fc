#pragma once

#include "proxy/admin/status.hpp"
#include "proxy/ingest_numbers.hpp"
#include "proxy/memory_numbers.hpp"
#include "proxy/process_numbers.hpp"
#include "proxy/session/session_registry.hpp"
#include "proxy/source/source_numbers.hpp"
#include "proxy/source/source_watch.hpp"
#include "proxy/store/store.hpp"

// What a running `serve` tells the admin server of its components.
namespace proxy {

// What the connections to the source show of it.
source_contact contact_of(
    const source_numbers& client, const watched_source& watch, std::chrono::milliseconds heartbeat
);

// `source_time`: seconds since 1970 at the source. `waiting`: what consumers lag who have been sent
// all that is published, in seconds.
std::vector<consumer_status> describe_sessions(
    const session_registry& sessions,
    const publication& log,
    double source_time,
    std::optional<double> waiting
);
// What the log itself says: its places, files and GTIDs.
void describe_log(program_status& into, const publication& log, const source_facts& source);
// Why it is still starting, for people.
void describe_start(program_status& into);
void describe_numbers(program_status& into, const ingest_numbers& numbers);

// Everybody who has metrics. A new owner is a member here and a line in list_metrics().
struct metric_owners
{
    const program_status& status;
    const source_numbers& source;
    const facts_numbers& facts;
    const memory_numbers& memory;
    const ingest_numbers& ingest;
    const process_numbers& process;
};
metric_list list_metrics(const metric_owners& of);

position_answer translate_position(const store& log, const position_question& asked);

}  // namespace proxy
