#pragma once

#include "proxy/config.hpp"
#include "proxy/source/source_check.hpp"

namespace proxy {

// What can be said of a configuration for `serve` without a server: that nothing is missing, and
// that the files it names can be read by this user and hold what they should.
std::vector<finding> check_config(const config& chosen);

}  // namespace proxy
