#pragma once

#include "proxy/config.hpp"
#include "rewrite/sql/table_name.hpp"
#include "rewrite/upstream.hpp"

#include <string>

namespace proxy {

// What a hook is told. Members that say nothing are left out.
struct hook_call
{
    hook_event event = hook_event::source;
    std::string source;  // host:port
    std::uint64_t migration = 0;
    rewrite::table_name table;
    rewrite::coordinate at;
    std::string text;       // for people; no row values, no full user statement
    std::string state;      // of the source: connected, lost, refused
    std::string stop;       // its id, which `unghost resume` is given
    std::int64_t time = 0;  // seconds since 1970, by our clock; set when it is called
};

}  // namespace proxy
