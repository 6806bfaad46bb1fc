#pragma once

#include <cstddef>

// The limit on descriptors (RLIMIT_NOFILE): clients must not take those that the log is written
// with.
namespace proxy {

// Raises the process's soft limit to its hard one. What it may have from then on.
std::size_t raise_descriptor_limit();

// How many clients `descriptors` are enough for. A client takes two: a relayed one has a connection
// to the source, a dump has a file. Some are kept for our own files, the source and the admin
// server.
std::size_t clients_for(std::size_t descriptors);

// The other way round.
std::size_t descriptors_for(std::size_t clients);

}  // namespace proxy
