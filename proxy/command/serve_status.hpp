#pragma once

#include "proxy/admin/status.hpp"
#include "proxy/session/session_registry.hpp"
#include "proxy/store/store.hpp"

// What a running `serve` tells the admin server of its sessions and of its log.
namespace proxy {

std::vector<consumer_status>
describe_sessions(const session_registry& sessions, const publication& log);

position_answer translate_position(const store& log, const position_question& asked);

}  // namespace proxy
