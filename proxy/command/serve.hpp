#pragma once

#include "proxy/config.hpp"

#include <functional>

// `unghost serve`: the proxy.
namespace proxy {

// Until SIGTERM or SIGINT. Returns the exit code; throws what keeps it from starting. `read` gives
// the configuration, at the start and again at each reload; it throws what is wrong with it.
int run_serve(const std::function<config()>& read);

}  // namespace proxy
