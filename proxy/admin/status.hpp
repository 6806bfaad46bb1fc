#pragma once

#include "proxy/lag.hpp"
#include "proxy/metric.hpp"
#include "proxy/source_log.hpp"
#include "proxy/store/position_answer.hpp"
#include "proxy/task_group.hpp"
#include "rewrite/decision.hpp"
#include "rewrite/output.hpp"

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

// What a running program says of itself, for /status.json, /metrics, /healthz and `unghost status`:
// put together from its components' states whenever somebody asks.
namespace proxy {

enum class program_phase : std::uint8_t {
    starting,  // recovery, first connect
    serving,
    disk_full,     // pulling waits for room; what was published is served
    disk_failing,  // the same, but it is not for lack of room
    stopped,       // publishing waits for an operator's word; what was published is served
    // The source is not what was followed, or refuses us; what was published is served.
    not_following,
};

// A stop as an operator sees it. `id` is what `unghost resume` is given.
struct stop_status
{
    std::string id;
    rewrite::question asked;  // coordinate, reason, text
};

// Somebody who is logged in.
struct consumer_status
{
    std::uint32_t id = 0;
    std::string user;
    std::string peer;     // address and port
    std::string program;  // as it calls itself; may be empty
    std::string doing;
    std::int64_t seconds = 0;  // for how long
    bool dumping = false;
    position_status reads;              // of a dump: how far it was sent
    std::uint64_t lag_bytes = 0;        // of a dump: what it could read now
    std::optional<double> lag_seconds;  // since that was logged at the source, if it is known
    std::uint32_t server_id = 0;        // of a dump or a registered replica
    std::string replica_uuid;
};

struct program_status
{
    program_phase phase = program_phase::starting;
    std::string phase_text;  // why it is not serving, for people; empty while it is

    std::string source_address;  // host:port
    std::string source_version;
    source_log followed;            // the file that is stored last
    bool source_connected = false;  // its log is being pulled
    std::string source_error;       // of the last connection, while there is none
    std::string follow_refused;     // why the server that is there is not followed; empty: it is
    std::string follow_gtids;       // of that: which it lacks, or has purged
    source_lag lag;
    std::string listen_address;
    std::string data_folder;

    rewrite::coordinate pulled;            // upstream: where the next event comes from
    position_status published;             // clean: how far consumers may read
    rewrite::coordinate published_source;  // the same place in the source's log
    std::string gtid_executed;             // what is committed here
    std::string gtid_purged;               // of that: what lies before the oldest file
    std::string oldest_file;               // clean file that retention still has
    std::uint64_t stored_bytes = 0;
    std::uint64_t unpublished_bytes = 0;           // pulled, and consumers may not read it yet
    std::uint64_t spooled_bytes = 0;               // of that, in the spool
    std::optional<std::uint64_t> disk_free_bytes;  // of the data folder's disk, for our user
    std::chrono::seconds retention_age{0};         // 0: no limit; so for the bytes
    std::uint64_t retention_bytes = 0;

    // Since the start.
    std::uint64_t transactions = 0;
    std::uint64_t transactions_emptied = 0;
    std::uint64_t folded = 0;
    std::uint64_t passed = 0;
    std::uint64_t stopped = 0;
    std::uint64_t hook_calls = 0;
    std::uint64_t hook_failures = 0;          // that could not be started, were late, or failed
    std::optional<double> facts_age_seconds;  // nothing: none came yet

    // No hidden object: consumers can be moved here or away now. Nothing: not known yet.
    std::optional<bool> safe_to_move;
    std::vector<std::string> hidden;                     // schema.table
    std::vector<rewrite::migration_summary> migrations;  // not ended ones, and the newest ended
    std::optional<stop_status> stop;
    std::vector<consumer_status> consumers;
    std::chrono::seconds sessions_silent{0};  // a thread that serves sessions does not come round
    std::vector<task_snapshot> tasks;
};

// The answer of a health check: 200 or 503, and why.
struct health
{
    int code = 200;
    std::string text;
};
// All is well: what the source logs is published.
health health_of(const program_status& status);
// The process does what a process can do by itself; else a restart helps.
health liveness_of(const program_status& status);
// Consumers can be served, be it what is stored while the source is away.
health readiness_of(const program_status& status);

std::string_view to_text(program_phase phase);

// Of those who are logged in, the ones that read the log.
std::size_t dumps(const program_status& status);

// The metrics that are computed from state.
void list_metrics(const program_status& of, metric_list& into);

// All are called on the admin thread and must not block it for long.
using status_provider = std::function<program_status()>;
using metrics_provider = std::function<metric_list()>;

// An operator's word at a stop.
struct resume_request
{
    std::string id;
    rewrite::operator_word word = rewrite::operator_word::pass;
    std::string sql;
    std::string given_by;  // the user whose process sent it
};
// Nothing: it goes on. Else why not, for people.
using resume_handler = std::function<std::optional<std::string>(const resume_request&)>;

// The configuration was read again.
struct reload_report
{
    std::vector<std::string> taken;     // names of settings that changed and count now
    std::vector<std::string> restarts;  // of those that count from the next start on
    std::string problem;                // not empty: nothing changed
};
using reload_handler = std::function<reload_report()>;
// An operator's word that another server is the source now.
struct follow_request
{
    std::string address;        // as he wrote it: HOST:PORT
    bool despite_loss = false;  // also if it lacks what consumers may have
    std::string given_by;
};
// Nothing: it is followed. Else why not, for people.
using follow_handler = std::function<std::optional<std::string>(const follow_request&)>;

// What an operator needs to see before that, for his eyes alone.
struct stop_look
{
    stop_status stop;
    std::string alter;               // the recorded clauses
    std::string disturbed_by;        // and where
    std::string definition_then;     // of the original, at the verdict: what consumers have
    std::string definition_now;      // at the source; empty: it is not there, or not known
    std::string definition_trouble;  // why it is not known
    std::string objection;           // why the word cannot be followed; empty: it can
};
// Nothing is done. Nothing: publishing is not stopped. `word`: as it would be given; no id: none.
using look_handler = std::function<std::optional<stop_look>(const resume_request& word)>;

}  // namespace proxy
