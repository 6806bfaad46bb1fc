#pragma once

#include <cstdint>
#include <string>

namespace proxy {

// A file of the source's log, as SHOW BINARY LOGS lists it.
struct binary_log
{
    std::string file;
    std::uint64_t size = 0;
};

}  // namespace proxy
