#include "proxy/command/serve_status.hpp"

#include "protocol/event.hpp"
#include "proxy/session/log_listing.hpp"
#include "proxy/store/file_io.hpp"
#include "proxy/store/index.hpp"
#include "proxy/version.hpp"
#include "rewrite/upstream.hpp"

#include <algorithm>
#include <array>
#include <fcntl.h>
#include <fmt/format.h>

namespace proxy {
namespace {

std::optional<position_status> status_of(const std::optional<rewrite::coordinate>& at)
{
    return at ? std::optional(position_status{at->file, at->position, at->epoch}) : std::nullopt;
}

// The timestamp of the event that begins there. Nothing: there is no whole header, or it is none's.
std::optional<std::uint32_t> timestamp_at(const clean_file& file, std::uint64_t position)
{
    std::array<std::uint8_t, protocol::event_header_size> bytes{};
    position = std::max<std::uint64_t>(position, protocol::first_position);
    try {
        if (read_at(open_file(file.path, O_RDONLY), bytes, position) != bytes.size())
            return std::nullopt;
    } catch (const std::system_error&) {
        return std::nullopt;  // retention was faster
    }
    const auto header = protocol::load_event_header(protocol::byte_view(bytes));
    if (header.end_log_pos != static_cast<std::uint32_t>(position + header.size) ||
        header.timestamp == 0)
        return std::nullopt;
    return header.timestamp;
}

std::optional<double>
consumer_lag(const clean_file& file, std::uint64_t position, double source_time)
{
    const auto logged = timestamp_at(file, position);
    if (!logged)
        return std::nullopt;
    return std::max(0.0, source_time - *logged - 1);  // of the end of that second
}

}  // namespace

source_contact contact_of(
    const source_numbers& client, const watched_source& watch, std::chrono::milliseconds heartbeat
)
{
    return {
        .connected = client.connected(),
        .heard = std::max(client.received_at(), watch.heard),
        .received = client.received_at(),
        .event = client.event_at(),
        .heartbeat = heartbeat,
        .clock = watch.clock,
        .files = watch.files,
    };
}

std::vector<consumer_status> describe_sessions(
    const session_registry& sessions,
    const publication& log,
    double source_time,
    std::optional<double> waiting
)
{
    const std::uint64_t end = log.end();
    const auto files = log.files();
    const auto now = std::chrono::steady_clock::now();
    std::vector<consumer_status> all;
    for (const session_info& one : sessions.list()) {
        consumer_status status{
            .id = one.id,
            .user = one.user,
            .peer = one.peer,
            .program = one.program,
            .doing = one.doing,
            .seconds = std::chrono::duration_cast<std::chrono::seconds>(now - one.since).count(),
            .dumping = one.dumping,
            .server_id = one.server_id,
            .replica_uuid = one.replica_uuid,
        };
        if (const clean_file* file = one.dumping ? files->at(one.place) : nullptr) {
            const std::uint64_t position = one.place - file->base;
            status.reads = {.file = file->name, .position = position};
            status.lag_bytes = end > one.place ? end - one.place : 0;
            // Who has all that is published lacks what waits here.
            status.lag_seconds =
                status.lag_bytes == 0 ? waiting : consumer_lag(*file, position, source_time);
        }
        all.push_back(std::move(status));
    }
    return all;
}

void describe_log(program_status& into, const publication& log, const source_facts& source)
{
    into.gtid_executed = to_text(executed_set(log, source.gtid_purged));
    into.gtid_purged = to_text(purged_set(log, source.gtid_purged));
    const auto files = log.files();
    if (files->files.empty())
        return;
    const clean_file& oldest = files->files.front();
    const std::uint64_t end = log.end();
    into.oldest_file = oldest.name;
    into.stored_bytes = end > oldest.base ? end - oldest.base : 0;
    if (const clean_file* last = files->at(end))
        into.published = {.file = last->name, .position = end - last->base};
}

void describe_start(program_status& into)
{
    if (into.phase != program_phase::starting)
        return;
    into.phase_text = into.published.empty() ? "the source has not been reached yet"
                                             : "what is stored is served; the source has not been "
                                               "reached since the start";
    if (!into.source_error.empty())
        into.phase_text += ": " + into.source_error;
}

void describe_numbers(program_status& into, const ingest_numbers& numbers)
{
    into.transactions = numbers.transactions();
    into.transactions_emptied = numbers.emptied();
    into.folded = numbers.folded();
    into.passed = numbers.passed();
    into.stopped = numbers.stopped();
}

metric_list list_metrics(const metric_owners& of)
{
    metric_list all;
    all.begin("program");
    all.add(
        "build_info",
        metric_type::gauge,
        "The version that runs; always 1.",
        {{fmt::format("version=\"{}\",commit=\"{}\"", version(), commit()), 1}}
    );
    list_metrics(of.source, all);
    list_metrics(of.facts, all);
    list_metrics(of.memory, all);
    list_metrics(of.ingest, all);
    list_metrics(of.status, all);
    list_metrics(of.process, all);
    return all;
}

position_answer translate_position(const store& log, const position_question& asked)
{
    position_answer answer{.is_ours = rewrite::file_number(asked.file) >= clean_number_base};
    if (answer.is_ours) {
        answer.there = status_of(log.upstream_of({asked.file, asked.position}));
        return answer;
    }
    if (const auto found = log.clean_of(asked.file, asked.position)) {
        answer.there = position_status{found->file, found->position};
    } else if (const auto border = log.border_of(asked.file, asked.position)) {
        answer.there = position_status{border->file, border->position};
    } else {
        answer.before = status_of(found.error().before);
        answer.after = status_of(found.error().after);
    }
    return answer;
}

}  // namespace proxy
