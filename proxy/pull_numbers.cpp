#include "proxy/pull_numbers.hpp"

namespace proxy {

void count_outputs(
    program_metrics& metrics, const rewrite::outputs& from, const protocol::event_view& event
)
{
    if (!from.list.empty())
        if (const auto* done = std::get_if<rewrite::commit>(&from.list.back())) {
            metrics.transactions.fetch_add(1, std::memory_order_relaxed);
            if (done->touched)
                metrics.transactions_emptied.fetch_add(1, std::memory_order_relaxed);
            if (event.header.timestamp != 0)
                metrics.published_timestamp.store(
                    event.header.timestamp, std::memory_order_relaxed
                );
        }
    for (const rewrite::remark& said : from.remarks)
        switch (said.kind) {
            case rewrite::remark_kind::folding: ++metrics.migrations_folded; break;
            case rewrite::remark_kind::passing: ++metrics.migrations_passed; break;
            case rewrite::remark_kind::disturbed: ++metrics.remarks_disturbed; break;
            default: break;
        }
}

}  // namespace proxy
