#pragma once

#include "proxy/config.hpp"

// `unghost serve`: the proxy.
namespace proxy {

// Until SIGTERM or SIGINT. Returns the exit code; throws what keeps it from starting.
int run_serve(config chosen);

}  // namespace proxy
