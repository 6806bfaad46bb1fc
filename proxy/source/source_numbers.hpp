#pragma once

#include "proxy/metric.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>

namespace proxy {

// The numbers of a source_client, which alone writes them, on its thread. Any thread may read.
class source_numbers
{
public:
    using time_point = std::chrono::steady_clock::time_point;

    void on_connected()
    {
        connected_ = true;
        ++connections_;
    }
    void on_lost() { connected_ = false; }
    // Of the source's log, or a heartbeat.
    void on_received(time_point now) { received_at_ = now.time_since_epoch().count(); }
    void on_events(std::uint64_t bytes, time_point now)
    {
        event_at_ = now.time_since_epoch().count();
        received_bytes_ += bytes;
    }

    bool connected() const { return connected_; }
    std::uint64_t connections() const { return connections_; }
    std::uint64_t received_bytes() const { return received_bytes_; }
    // When something came last. Nothing: never.
    std::optional<time_point> received_at() const { return moment(received_at_); }
    std::optional<time_point> event_at() const { return moment(event_at_); }

private:
    static std::optional<time_point> moment(time_point::rep ticks)
    {
        return ticks == 0 ? std::nullopt : std::optional(time_point(time_point::duration(ticks)));
    }

    std::atomic<bool> connected_{false};
    std::atomic<std::uint64_t> connections_{0};
    std::atomic<std::uint64_t> received_bytes_{0};
    std::atomic<time_point::rep> received_at_{0};
    std::atomic<time_point::rep> event_at_{0};
};

inline void list_metrics(const source_numbers& of, metric_list& into)
{
    into.begin("source client");
    into.gauge(
        "source_connected", of.connected() ? 1 : 0, "1 while the source's log is being pulled."
    );
    into.counter(
        "received_bytes_total",
        of.received_bytes(),
        "Bytes of the source's log that came; what is asked for again counts again."
    );
    into.counter(
        "reconnects_total",
        of.connections() > 1 ? of.connections() - 1 : 0,
        "Connections to the source after the first."
    );
}

// The numbers of a facts_query, which alone writes them. Any thread may read.
class facts_numbers
{
public:
    using time_point = std::chrono::steady_clock::time_point;

    void on_facts(time_point now) { received_at_ = now.time_since_epoch().count(); }
    // Since facts that count came last. Nothing: none did yet.
    std::optional<double> age_seconds(time_point now = std::chrono::steady_clock::now()) const
    {
        if (received_at_ == 0)
            return std::nullopt;
        const time_point then{time_point::duration(received_at_)};
        return std::max(0.0, std::chrono::duration<double>(now - then).count());
    }

private:
    std::atomic<time_point::rep> received_at_{0};
};

inline void list_metrics(const facts_numbers& of, metric_list& into)
{
    into.begin("facts query");
    into.gauge(
        "facts_age_seconds",
        of.age_seconds(),
        "Since facts about a table last came from the source; no sample before the first."
    );
}

}  // namespace proxy
