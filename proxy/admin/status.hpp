#pragma once

#include "proxy/store/position_answer.hpp"
#include "rewrite/decision.hpp"
#include "rewrite/output.hpp"

#include <functional>
#include <optional>
#include <string>
#include <vector>

// What a running program says of itself beyond its numbers (metrics.hpp): for /status.json,
// /healthz and `unghost status`.
namespace proxy {

enum class program_phase : std::uint8_t {
    starting,  // recovery, first connect
    serving,
    disk_full,  // pulling waits for room; what was published is served
    stopped,    // publishing waits for an operator's word; what was published is served
    ending,
};

// A stop as an operator sees it. `id` is what `unghost resume` is given.
struct stop_status
{
    std::string id;
    rewrite::question asked;  // coordinate, reason, text
    bool can_pass = true;     // which words continue
    bool can_empty = true;
    bool can_sql = true;
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
    position_status reads;           // of a dump: how far it was sent
    std::uint64_t behind_bytes = 0;  // of a dump: what it could read now
    std::uint32_t server_id = 0;     // of a dump or a registered replica
    std::string replica_uuid;
};

struct program_status
{
    program_phase phase = program_phase::starting;
    std::string phase_text;  // why it is not serving, for people; empty while it is

    std::string source_address;  // host:port
    std::string source_version;
    std::string source_uuid;
    std::string source_error;  // of the last connection, while there is none
    std::string listen_address;
    std::string data_folder;

    rewrite::coordinate pulled;  // upstream: where the next event comes from
    position_status published;   // clean: how far consumers may read
    std::string gtid_executed;   // what is committed here
    std::string gtid_purged;     // of that: what lies before the oldest file
    std::string oldest_file;     // clean file that retention still has

    bool safe_to_move = false;        // no hidden object: consumers can be moved here or away now
    std::vector<std::string> hidden;  // schema.table
    std::vector<rewrite::migration_summary> migrations;  // not ended ones, and the newest ended
    std::optional<stop_status> stop;
    std::vector<consumer_status> consumers;
};

// All are called on the admin thread and must not block it for long.
using status_provider = std::function<program_status()>;

// An operator's word at a stop.
struct resume_request
{
    std::string id;
    rewrite::operator_word word = rewrite::operator_word::pass;
    std::string sql;
};
// Nothing: it goes on. Else why not, for people.
using resume_handler = std::function<std::optional<std::string>(const resume_request&)>;

}  // namespace proxy
