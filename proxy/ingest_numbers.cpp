#include "proxy/ingest_numbers.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace proxy {

namespace {

// Whatever texts come, there are no more of them than this.
constexpr std::size_t most_labels = 100;

// As docs/verdicts.md has them.
std::string_view class_of(const rewrite::verdict& ruling)
{
    if (ruling.what == rewrite::outcome::pass)
        return "passed";
    if (ruling.unproven)
        return "unproven";
    if (ruling.rests_on.counted)
        return "counted";
    return ruling.rests_on.lenient ? "lenient" : "same";
}

// The kind of clause that decided: the capital words that a reason begins with, three at most.
// "ADD COLUMN" of "ADD COLUMN `made`: DEFAULT CURRENT_TIMESTAMP ...".
std::string clause_of(const std::string& reason)
{
    std::string words;
    std::size_t count = 0;
    for (std::size_t at = 0; at < reason.size() && count < 3; ++count) {
        std::size_t end = at;
        while (end < reason.size() && reason[end] >= 'A' && reason[end] <= 'Z')
            ++end;
        const bool is_word = end > at + 1 && (end == reason.size() || reason[end] == ' ' ||
                                              reason[end] == ':' || reason[end] == ',');
        if (!is_word)
            break;
        words += (words.empty() ? "" : " ") + reason.substr(at, end - at);
        if (end == reason.size() || reason[end] != ' ')
            break;
        at = end + 1;
    }
    return words.empty() ? "other" : words;
}

void count_labels(ingest_numbers::by_labels& in, const std::string& labels)
{
    if (in.contains(labels) || in.size() < most_labels)
        ++in[labels];
}

std::vector<metric_sample> samples_of(const ingest_numbers::by_labels& counts)
{
    std::vector<metric_sample> samples;
    for (const auto& [labels, count] : counts)
        samples.push_back({labels, static_cast<double>(count)});
    return samples;
}

}  // namespace

void ingest_numbers::note_verdict(const rewrite::outputs& made, const rewrite::remark& said)
{
    const auto summary =
        std::ranges::find(made.changed, said.migration, &rewrite::migration_summary::id);
    if (summary == made.changed.end())
        return;
    if (said.kind == rewrite::remark_kind::folding && summary->ruling.unproven)
        ++unproven_;
    const lock_guard hold(lock_);
    count_labels(
        verdicts_,
        fmt::format(
            "class=\"{}\",reason=\"{}\"",
            class_of(summary->ruling),
            clause_of(summary->ruling.reason)
        )
    );
}

void ingest_numbers::on_stop(rewrite::stop_reason why)
{
    ++stopped_;
    const lock_guard hold(lock_);
    count_labels(stops_, fmt::format("reason=\"{}\"", label_text(rewrite::to_text(why))));
}

void ingest_numbers::on_count(std::uint64_t rows)
{
    ++counts_;
    counted_rows_ += rows;
}

ingest_numbers::by_labels ingest_numbers::verdicts() const
{
    const lock_guard hold(lock_);
    return verdicts_;
}

ingest_numbers::by_labels ingest_numbers::stops() const
{
    const lock_guard hold(lock_);
    return stops_;
}

void ingest_numbers::on_outputs(const rewrite::outputs& made)
{
    tally_.take(made);
    transactions_.store(tally_.transactions(), std::memory_order_relaxed);
    emptied_.store(tally_.emptied(), std::memory_order_relaxed);
    for (const rewrite::remark& said : made.remarks)
        switch (said.kind) {
            case rewrite::remark_kind::folding:
                ++folded_;
                note_verdict(made, said);
                break;
            case rewrite::remark_kind::passing:
                ++passed_;
                note_verdict(made, said);
                break;
            case rewrite::remark_kind::disturbed: ++disturbed_; break;
            default: break;
        }
}

void list_metrics(const ingest_numbers& of, metric_list& into)
{
    into.begin("ingest");
    into.add(
        "migrations_total",
        metric_type::counter,
        "Online schema changes by what became of them, and stops.",
        {{R"(result="folded")", static_cast<double>(of.folded())},
         {R"(result="passed")", static_cast<double>(of.passed())},
         {R"(result="stopped")", static_cast<double>(of.stopped())}}
    );
    into.add(
        "verdicts_total",
        metric_type::counter,
        "Verdicts by class, and by the kind of clause that decided.",
        samples_of(of.verdicts())
    );
    into.add("stops_total", metric_type::counter, "Stops by their reason.", samples_of(of.stops()));
    into.counter("counts_total", of.counts(), "Tables whose rows were counted at the source.");
    into.counter("counted_rows_total", of.counted_rows(), "Rows that these had, all together.");
    into.counter(
        "unproven_folds_total",
        of.unproven(),
        "Migrations folded only because the configuration says so."
    );
    into.counter(
        "disturbed_total",
        of.disturbed(),
        "Alarms: a running migration was disturbed, its cut-over would stop."
    );
    into.counter("transactions_total", of.transactions(), "Transactions that went through.");
    into.counter(
        "transactions_emptied_total",
        of.emptied(),
        "Of those: nothing was left but GTID, BEGIN and XID."
    );
}

}  // namespace proxy
