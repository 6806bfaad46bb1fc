#pragma once

#include "rewrite/tool/tool.hpp"

// gh-ost: marks its DDL with a comment, reads rows from the binlog, and calls its tables by the
// original's name: _t_gho (the ghost), _t_ghc (changelog), _t_del (sentry while it cuts over, then
// the old table), _t_ghk (checkpoint).
namespace rewrite {

extern const tool_description gh_ost;

}  // namespace rewrite
