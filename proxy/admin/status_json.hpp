#pragma once

#include "proxy/admin/metrics_text.hpp"
#include "proxy/admin/status.hpp"

#include <nlohmann/json_fwd.hpp>

namespace proxy {

std::string_view to_text(program_phase phase);

// The body of /status.json; docs/json.md.
nlohmann::json
to_json(const program_status& status, const program_metrics& numbers, const metrics_clock& now);

// The same for people, from that JSON: what `unghost status` prints.
std::string describe_status(const nlohmann::json& status);

}  // namespace proxy
