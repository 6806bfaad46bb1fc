#include "proxy/ingest_numbers.hpp"

#include <algorithm>

namespace proxy {

void ingest_numbers::on_outputs(const rewrite::outputs& made)
{
    tally_.take(made);
    transactions_.store(tally_.transactions(), std::memory_order_relaxed);
    emptied_.store(tally_.emptied(), std::memory_order_relaxed);
    for (const rewrite::remark& said : made.remarks)
        switch (said.kind) {
            case rewrite::remark_kind::folding: {
                ++folded_;
                const auto summary = std::ranges::find(
                    made.changed, said.migration, &rewrite::migration_summary::id
                );
                if (summary != made.changed.end() && summary->ruling.unproven)
                    ++unproven_;
                break;
            }
            case rewrite::remark_kind::passing: ++passed_; break;
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
