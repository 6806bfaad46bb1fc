#include "proxy/session/dump_start.hpp"

#include "proxy/session/dump_ending.hpp"
#include "proxy/session/log_listing.hpp"
#include "proxy/store/index.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace proxy {
namespace {

using clock = session_thread::clock;

// A client shows at most 512 bytes of a message (MYSQL_ERRMSG_SIZE).
constexpr std::size_t max_sets_in_message = 250;

constexpr std::string_view purged_text =
    "Cannot replicate because the source purged required binary logs. Replicate the missing "
    "transactions from elsewhere, or provision a new replica from backup. Consider increasing the "
    "source's binary log expiration period. ";
constexpr std::string_view more_gtids_text =
    "Replica has more GTIDs than the source has, using the source's SERVER_UUID. This may indicate "
    "that the end of the binary log was truncated or that the last binary log file was lost, e.g., "
    "after a power or disk failure when sync_binlog != 1. The source may or may not have rolled "
    "back transactions that were already replicated to the replica. Suggest to replicate any "
    "transactions that source has rolled back from replica to source, and/or commit empty "
    "transactions on source to account for transactions that have been committed on source but are "
    "not included in GTID_EXECUTED.";

dump_refusal purged_refusal(
    const clean_file& first, const protocol::gtid_set& seen, const protocol::gtid_set& missing
)
{
    const std::string has = to_text(seen);
    const std::string lacks = to_text(missing);
    if (has.size() + lacks.size() > max_sets_in_message)
        return fatal_refusal(fmt::format(
            "{}The log here begins with {}. The GTID sets are too long to print in this message.",
            purged_text,
            first.name
        ));
    return fatal_refusal(fmt::format(
        "{}The GTID set sent by the replica is '{}', and the missing transactions are '{}'; "
        "the log here begins with {}",
        purged_text,
        has,
        lacks,
        first.name
    ));
}

// What the consumer has of the source's own and we do not: transactions the source has lost, or
// ones we have not pulled yet. Only the source knows which.
asio::awaitable<void> check_own_gtids(
    const protocol::gtid_set& seen, const protocol::uuid& source, const dump_surroundings& with
)
{
    const protocol::gtid_set own = seen.of(source);
    if (with.log.executed().contains(own) || !with.source_executed)
        co_return;
    with.control.sleeping = true;  // the question runs on another thread
    const std::optional<protocol::gtid_set> executed = co_await with.source_executed();
    with.control.sleeping = false;
    check_stop(with.control);
    if (executed && !executed->contains(own))
        throw fatal_refusal(std::string(more_gtids_text));
}

asio::awaitable<std::optional<dump_start>>
start_by_gtid(const dump_parameters& request, const dump_surroundings& with)
{
    const std::shared_ptr<const file_list> files = with.log.files();
    if (files->files.empty())
        co_return std::nullopt;
    co_await check_own_gtids(request.seen, files->files.back().source.uuid, with);
    protocol::gtid_set missing = purged_set(with.log, with.facts->gtid_purged);
    missing.subtract(request.seen);
    if (missing.empty())
        if (const clean_file* file = files->newest_for(request.seen))
            co_return dump_start{*file, request.position};
    throw purged_refusal(files->files.front(), request.seen, missing);
}

// The same log's, further on: of the source's, which may be ahead of us, or of ours, where a crash
// has lost bytes that the consumer had.
bool is_later(const std::string& name, const std::string& newest)
{
    const std::size_t dot = newest.rfind('.');
    return dot != std::string::npos &&
           name.starts_with(std::string_view(newest).substr(0, dot + 1)) &&
           rewrite::file_number(name) > rewrite::file_number(newest);
}

dump_refusal no_event_refusal(const dump_parameters& request)
{
    return fatal_refusal(fmt::format(
        "no event that unghost has begins at {}:{} of the source's log",
        request.file,
        request.position
    ));
}

dump_refusal
rewritten_refusal(const dump_parameters& request, const store::untranslatable& neighbours)
{
    std::string ways;
    if (neighbours.after)
        ways += fmt::format("; who has all before it starts at {}", to_text(*neighbours.after));
    if (neighbours.before)
        ways += fmt::format(
            "; {} is earlier: there transactions come again that were read",
            to_text(*neighbours.before)
        );
    return fatal_refusal(fmt::format(
        "unghost has rewritten the transaction at {}:{} of the source's log, or no event begins "
        "there{}",
        request.file,
        request.position,
        ways
    ));
}

// A replica's places lie between transactions, so it goes on in front of one that is hidden. Others
// (Debezium) may have counted events of it, which are not here.
std::optional<store::clean_coordinate>
border_for_replica(const dump_parameters& request, const dump_surroundings& with)
{
    if (!request.registered || !with.border_of)
        return std::nullopt;
    return with.border_of(request.file, request.position);
}

std::optional<dump_start> start_at_upstream(
    const dump_parameters& request, const dump_surroundings& with, const file_list& files
)
{
    if (with.clean_of) {
        auto here = with.clean_of(request.file, request.position);
        if (!here)
            if (auto border = border_for_replica(request, with))
                here = *std::move(border);
        if (here) {
            if (const clean_file* file = files.find(here->file))
                return dump_start{*file, here->position};
            return std::nullopt;  // begun since we took the list
        }
        if (here.error().ambiguous)
            throw fatal_refusal(fmt::format(
                "several servers that unghost has followed had a file {}; give GTIDs, or a file of "
                "unghost's own",
                request.file
            ));
        if (here.error().before || here.error().after)
            throw rewritten_refusal(request, here.error());
        if (here.error().read_past)
            throw no_event_refusal(request);
    }
    const clean_file& newest = files.files.back();
    const bool clean_name = rewrite::file_number(request.file) >= clean_number_base;
    if (request.file == newest.source.file ||
        is_later(request.file, clean_name ? newest.name : newest.source.file))
        return std::nullopt;
    const bool ours = std::ranges::any_of(files.files, [&](const clean_file& file) {
        return file.source.file == request.file;
    });
    if (ours)
        throw no_event_refusal(request);
    throw fatal_refusal("Could not find first log file name in binary log index file");
}

// Nothing: it lies beyond our end.
std::optional<dump_start>
start_by_file(const dump_parameters& request, const dump_surroundings& with)
{
    const std::uint64_t end = with.log.end();
    const std::shared_ptr<const file_list> files = with.log.files();
    if (files->files.empty())
        return std::nullopt;
    const clean_file* file =
        request.file.empty() ? &files->files.front() : files->find(request.file);
    if (file == nullptr)
        return start_at_upstream(request, with, *files);
    if (request.position <= readable_size(*files, *file, end))
        return dump_start{*file, request.position};
    if (files->next(*file) != nullptr)
        throw fatal_refusal("Client requested source to start replication from position > file size"
        );
    return std::nullopt;
}

}  // namespace

std::uint64_t readable_size(const file_list& files, const clean_file& file, std::uint64_t end)
{
    const clean_file* next = files.next(file);
    const std::uint64_t file_end = next == nullptr ? end : std::min(end, next->base);
    return file_end > file.base ? file_end - file.base : 0;
}

asio::awaitable<dump_start>
find_start(const dump_parameters& request, const dump_surroundings& with)
{
    if (request.by_gtid && !with.facts->gtid_mode.empty() && with.facts->gtid_mode != "ON")
        throw fatal_refusal(fmt::format(
            "The replication sender thread cannot start in AUTO_POSITION mode: this server has "
            "GTID_MODE = {} instead of ON.",
            with.facts->gtid_mode
        ));
    if (request.position < protocol::first_position)
        throw fatal_refusal("Client requested source to start replication from position < 4");

    const clock::time_point limit = clock::now() + with.start_limit;
    for (;;) {
        const std::uint64_t end = with.log.end();
        // A file name in a GTID dump wins, as in the server: mysqlbinlog asks so.
        const std::optional<dump_start> start = request.by_gtid && request.file.empty()
                                                    ? co_await start_by_gtid(request, with)
                                                    : start_by_file(request, with);
        if (start)
            co_return *start;
        if (clock::now() >= limit)
            throw retry_refusal(fmt::format(
                "no event begins at {}:{} yet; unghost lags its source, try again",
                request.file,
                request.position
            ));
        with.control.sleeping = true;
        co_await with.thread.wait_for_more(end, limit);
        with.control.sleeping = false;
        check_stop(with.control);
    }
}

}  // namespace proxy
