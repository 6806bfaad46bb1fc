#pragma once

#include "rewrite/output.hpp"

#include <spdlog/logger.h>

// What the rewriter has to say, as lines of the log.
namespace proxy {

void log_remark(spdlog::logger& lines, const rewrite::remark& said);

// What an operator reads when publishing has stopped.
std::string stop_text(const rewrite::question& asked);

}  // namespace proxy
