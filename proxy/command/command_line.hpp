#pragma once

// The command line library compiles slowly: headers only name its class.
namespace CLI {  // NOLINT(readability-identifier-naming): theirs
class App;       // NOLINT(readability-identifier-naming): theirs
}
