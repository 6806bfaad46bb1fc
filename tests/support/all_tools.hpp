#pragma once

#include "rewrite/tool/tool.hpp"

#include <vector>

namespace tests {

inline std::vector<const rewrite::tool_description*> all_tools()
{
    std::vector<const rewrite::tool_description*> all;
    for (unsigned number = 0; number < 256; ++number)
        if (rewrite::is_tool(static_cast<std::uint8_t>(number)))
            all.push_back(&rewrite::description_of(static_cast<rewrite::tool>(number)));
    return all;
}

}  // namespace tests
