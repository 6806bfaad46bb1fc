#pragma once

#include "proxy/session/local_answers.hpp"

// What SHOW statements list of our own log and sessions, in the columns of the source's version.
namespace proxy {

protocol::text_result show_binary_logs(const answer_sources& from);
protocol::text_result show_log_status(const answer_sources& from);
protocol::text_result show_replicas(const answer_sources& from);
// The sessions of one account, as to one without the PROCESS right.
protocol::text_result show_processlist(const answer_sources& from, const session_info& asker);

}  // namespace proxy
