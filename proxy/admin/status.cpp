#include "proxy/admin/status.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <map>
#include <numeric>

namespace proxy {
namespace {

std::optional<double> number(const std::optional<std::uint64_t>& value)
{
    return value ? std::optional(static_cast<double>(*value)) : std::nullopt;
}

std::uint64_t sum_of(const std::vector<task_snapshot>& tasks, std::uint64_t task_snapshot::* number)
{
    return std::accumulate(
        tasks.begin(),
        tasks.end(),
        std::uint64_t{0},
        [number](std::uint64_t sum, const task_snapshot& one) { return sum + one.*number; }
    );
}

void list_consumers(const std::vector<consumer_status>& consumers, metric_list& into)
{
    std::uint64_t bytes = 0;
    double seconds = 0;
    for (const consumer_status& one : consumers) {
        bytes = std::max(bytes, one.lag_bytes);
        seconds = std::max(seconds, one.lag_seconds.value_or(0));
    }
    into.gauge(
        "consumer_lag_bytes",
        static_cast<double>(bytes),
        "Bytes of the clean log that the consumer with the most of them has not been sent yet."
    );
    into.gauge(
        "consumer_lag_seconds",
        seconds,
        "Age of the oldest event of the source's log that some consumer has not been sent yet."
    );
}

// Of each consumer by name, host and server id, of several that share them the one that lags most.
// Only so many are told apart.
constexpr std::size_t most_consumers = 100;

std::string labels_of(const consumer_status& one)
{
    const std::string host = one.peer.substr(0, one.peer.rfind(':'));
    return "user=\"" + label_text(one.user) + "\",host=\"" + label_text(host) + "\",server_id=\"" +
           std::to_string(one.server_id) + "\"";
}

void list_each(const std::vector<consumer_status>& consumers, metric_list& into)
{
    std::map<std::string, std::pair<std::uint64_t, std::optional<double>>> each;
    for (const consumer_status& one : consumers) {
        if (!one.dumping)
            continue;
        const std::string labels = labels_of(one);
        if (!each.contains(labels) && each.size() >= most_consumers)
            continue;
        auto& [bytes, seconds] = each[labels];
        bytes = std::max(bytes, one.lag_bytes);
        seconds = std::max(seconds, one.lag_seconds);
    }
    std::vector<metric_sample> bytes;
    std::vector<metric_sample> seconds;
    for (const auto& [labels, lag] : each) {
        bytes.push_back({labels, static_cast<double>(lag.first)});
        if (lag.second)
            seconds.push_back({labels, *lag.second});
    }
    into.add(
        "dump_lag_bytes",
        metric_type::gauge,
        "Bytes of the clean log that this consumer has not been sent yet.",
        std::move(bytes)
    );
    into.add(
        "dump_lag_seconds",
        metric_type::gauge,
        "Age of the oldest event of the source's log that this consumer has not been sent yet.",
        std::move(seconds)
    );
}

// What the program does beside serving the log.
void list_own(const program_status& of, metric_list& into)
{
    into.begin("hook");
    into.counter("hook_calls_total", of.hook_calls, "Calls of the program that [hook] names.");
    into.counter(
        "hook_failures_total",
        of.hook_failures,
        "Calls that could not be started, took too long, or ended badly; the log says why."
    );
    into.begin("task_group");
    into.counter(
        "task_failures_total",
        sum_of(of.tasks, &task_snapshot::failures),
        "Failures of the program's own tasks; /status.json says which and why."
    );
    into.counter(
        "task_restarts_total",
        sum_of(of.tasks, &task_snapshot::restarts),
        "Tasks that were started again after a failure."
    );
}

}  // namespace

std::string_view to_text(program_phase phase)
{
    switch (phase) {
        case program_phase::starting: return "starting";
        case program_phase::serving: return "serving";
        case program_phase::disk_full: return "disk full";
        case program_phase::disk_failing: return "disk failing";
        case program_phase::stopped: return "stopped";
        case program_phase::not_following: return "not following";
    }
    return "unknown";
}

health liveness_of(const program_status& status)
{
    // Nothing that such a thread does takes so long.
    constexpr std::chrono::seconds longest{10};
    if (status.sessions_silent < longest)
        return {.text = "ok"};
    return {
        .code = 503,
        .text = fmt::format(
            "a thread that serves clients has not responded for {} s: restart unghost, and report "
            "this",
            status.sessions_silent.count()
        )
    };
}

health health_of(const program_status& status)
{
    if (const health alive = liveness_of(status); alive.code != 200)
        return alive;
    if (status.phase != program_phase::serving) {
        std::string text(to_text(status.phase));
        if (!status.phase_text.empty())
            text += ": " + status.phase_text;
        return {.code = 503, .text = std::move(text)};
    }
    if (!status.source_connected)
        return {
            .code = 503,
            .text = "what is stored is served, but the source is not connected" +
                    (status.source_error.empty() ? "" : ": " + status.source_error)
        };
    return {.text = "ok"};
}

health readiness_of(const program_status& status)
{
    if (const health alive = liveness_of(status); alive.code != 200)
        return alive;
    if (status.published.empty())
        return {.code = 503, .text = "nothing of the source's log is stored yet"};
    return {.text = "ok"};
}

std::size_t dumps(const program_status& status)
{
    return static_cast<std::size_t>(std::ranges::count_if(
        status.consumers, [](const consumer_status& one) { return one.dumping; }
    ));
}

void list_metrics(const program_status& of, metric_list& into)
{
    into.begin("lag");
    into.gauge(
        "source_lag_seconds",
        of.lag.seconds,
        "Consumers may read all that the source logged until so long ago; grows while the source "
        "is out of reach."
    );
    into.gauge(
        "source_lag_bytes",
        number(of.lag.bytes),
        "Bytes of the source's log that consumers may not read yet; no sample while the source is "
        "out of reach."
    );
    into.gauge(
        "source_last_contact_seconds",
        of.lag.contact_seconds,
        "Since anything came from the source: an event, a heartbeat, an answer."
    );
    into.begin("ingest");
    into.gauge(
        "unpublished_bytes",
        static_cast<double>(of.unpublished_bytes),
        "Bytes pulled that consumers may not read yet: an open transaction, a verdict or a stop."
    );
    into.gauge(
        "spooled_bytes",
        static_cast<double>(of.spooled_bytes),
        "Of the unpublished bytes: kept on disk, in the spool, while publishing is stopped."
    );
    into.gauge("stopped", of.stop ? 1 : 0, "1 while publishing waits for unghost resume.");
    into.gauge(
        "hidden_objects",
        static_cast<double>(of.hidden.size()),
        "Helper tables whose events are hidden; while 0 consumers can be moved."
    );
    into.begin("store");
    into.gauge(
        "stored_bytes", static_cast<double>(of.stored_bytes), "Size of the clean log on disk."
    );
    into.begin("sessions");
    into.gauge("consumers", static_cast<double>(dumps(of)), "Consumers that are reading the log.");
    list_consumers(of.consumers, into);
    list_each(of.consumers, into);
    into.gauge("sessions", static_cast<double>(of.consumers.size()), "Clients that are logged in.");
    list_own(of, into);
}

}  // namespace proxy
