#pragma once

#include "rewrite/tool/tool.hpp"

// pt-online-schema-change: three triggers on the original write the ghost; its statements carry no
// mark but in the copied rows, and its table's name may be any (_t_new by default).
namespace rewrite {

extern const tool_description pt_osc;

}  // namespace rewrite
