#pragma once

#include "proxy/admin/metrics_text.hpp"
#include "proxy/admin/status.hpp"

#include <nlohmann/json_fwd.hpp>

namespace proxy {

std::string_view to_text(program_phase phase);

// The body of /status.json; docs/json.md.
nlohmann::json
to_json(const program_status& status, const program_metrics& numbers, const metrics_clock& now);

// The same for people, from that JSON: what `unghost status` and `unghost consumers` print.
std::string describe_status(const nlohmann::json& status);
std::string describe_consumers(const nlohmann::json& status);

// The body of /position.json, and what `unghost position` prints of it.
nlohmann::json to_json(const position_answer& answer);
std::string describe_position(const position_question& asked, const nlohmann::json& answer);

}  // namespace proxy
