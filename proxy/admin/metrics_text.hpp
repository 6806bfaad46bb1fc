#pragma once

#include "proxy/metric.hpp"

namespace proxy {

// The text format of Prometheus, with the prefix unghost_. docs/metrics.md lists the names, which
// do not change any more.
std::string to_prometheus(const metric_list& metrics);

std::string_view to_text(metric_type type);

// "unghost_consumers", "process_open_fds"
std::string full_name(const metric& one);

}  // namespace proxy
