#include "proxy/admin/metrics_text.hpp"

#include "proxy/version.hpp"

#include <fmt/format.h>

namespace proxy {

namespace {

class exposition
{
public:
    template <class Value>
    void gauge(std::string_view name, std::string_view help, Value value)
    {
        begin(name, help, "gauge");
        sample(name, "", value);
    }
    void counter(std::string_view name, std::string_view help, std::uint64_t value)
    {
        begin(name, help, "counter");
        sample(name, "", value);
    }
    void begin(std::string_view name, std::string_view help, std::string_view type)
    {
        text_ +=
            fmt::format("# HELP unghost_{} {}\n# TYPE unghost_{} {}\n", name, help, name, type);
    }
    template <class Value>
    void sample(std::string_view name, std::string_view labels, Value value)
    {
        text_ += fmt::format("unghost_{}{} {}\n", name, labels, value);
    }
    std::string take() { return std::move(text_); }

private:
    std::string text_;
};

}  // namespace

double lag_seconds(const program_metrics& numbers, const metrics_clock& now)
{
    const std::int64_t published = numbers.published_timestamp;
    // While publishing is stopped the source may be silent: consumers lack what came before that.
    if (published == 0 || (numbers.caught_up && !numbers.stopped))
        return 0;
    const auto wall =
        std::chrono::duration_cast<std::chrono::milliseconds>(now.wall.time_since_epoch());
    return std::max(
        0.0, static_cast<double>(wall.count()) / 1000.0 - static_cast<double>(published)
    );
}

std::optional<double> facts_age_seconds(const program_metrics& numbers, const metrics_clock& now)
{
    const std::int64_t received = numbers.facts_received;
    if (received == 0)
        return std::nullopt;
    const auto age = now.steady.time_since_epoch() - std::chrono::nanoseconds(received);
    return std::max(0.0, std::chrono::duration<double>(age).count());
}

std::string to_prometheus(const program_metrics& numbers, const metrics_clock& now)
{
    exposition out;
    out.begin("build_info", "The version that runs; always 1.", "gauge");
    out.sample(
        "build_info", fmt::format("{{version=\"{}\",commit=\"{}\"}}", version(), commit()), 1
    );
    out.gauge(
        "source_connected",
        "1 while the log of the source is being pulled.",
        numbers.source_connected ? 1 : 0
    );
    out.gauge(
        "source_lag_seconds",
        "Age of the newest transaction that consumers may read; 0 if the source has no newer one.",
        lag_seconds(numbers, now)
    );
    out.gauge(
        "source_lag_bytes",
        "Bytes of the source's log not pulled yet.",
        numbers.source_lag_bytes.load()
    );
    out.gauge(
        "unpublished_bytes",
        "Bytes pulled that consumers may not read yet: an open transaction, a verdict or a stop.",
        numbers.unpublished_bytes.load()
    );
    out.gauge(
        "stopped",
        "1 while publishing waits for an operator: unghost resume.",
        numbers.stopped ? 1 : 0
    );
    out.gauge(
        "hidden_objects",
        "Helper tables whose events are hidden; while 0 consumers can be moved.",
        numbers.hidden_objects.load()
    );
    out.begin("migrations_total", "Online schema changes by what became of them.", "counter");
    out.sample("migrations_total", "{result=\"folded\"}", numbers.migrations_folded.load());
    out.sample("migrations_total", "{result=\"passed\"}", numbers.migrations_passed.load());
    out.sample("migrations_total", "{result=\"stopped\"}", numbers.migrations_stopped.load());
    out.counter(
        "unproven_folds_total",
        "Migrations folded only because the configuration says so.",
        numbers.unproven_folds
    );
    out.counter(
        "disturbed_total",
        "Alarms: a running migration was disturbed, its cut-over would stop.",
        numbers.remarks_disturbed
    );
    // Without a sample while none were asked for: an age of nothing is no number.
    out.begin("facts_age_seconds", "Since facts about a table last came from the source.", "gauge");
    if (const auto age = facts_age_seconds(numbers, now))
        out.sample("facts_age_seconds", "", *age);
    out.gauge("stored_bytes", "Size of the clean log on disk.", numbers.stored_bytes.load());
    out.gauge("consumers", "Consumers that are reading the log.", numbers.consumers.load());
    out.counter("transactions_total", "Transactions published.", numbers.transactions);
    out.counter(
        "transactions_emptied_total",
        "Of those: nothing was left but GTID, BEGIN and XID.",
        numbers.transactions_emptied
    );
    out.counter("received_bytes_total", "Bytes of the source's log.", numbers.bytes_received);
    out.counter(
        "reconnects_total", "Connections to the source after the first.", numbers.reconnects
    );
    return out.take();
}

}  // namespace proxy
