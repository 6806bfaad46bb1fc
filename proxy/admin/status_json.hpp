#pragma once

#include "proxy/admin/status.hpp"

#include <nlohmann/json_fwd.hpp>

namespace proxy {

// The body of /status.json; docs/json.md.
nlohmann::json to_json(const program_status& status);

// The body of POST /resume. Nothing: it is none.
std::optional<resume_request> resume_request_of(const nlohmann::json& given);
// The answer to it with "dry_run".
nlohmann::json to_json(const stop_look& seen);

// The same for people, from that JSON: what `unghost status` and `unghost consumers` print.
std::string describe_status(const nlohmann::json& status);
std::string describe_consumers(const nlohmann::json& status);
std::string place_text(const nlohmann::json& at);  // of a file and position in it

// The body of /position.json, and what `unghost position` prints of it.
nlohmann::json to_json(const position_answer& answer);
std::string describe_position(const position_question& asked, const nlohmann::json& answer);

}  // namespace proxy
