#pragma once

#include "proxy/admin/metrics.hpp"
#include "rewrite/output.hpp"

namespace proxy {

// What one event became, counted.
void count_outputs(
    program_metrics& metrics, const rewrite::outputs& from, const protocol::event_view& event
);

}  // namespace proxy
