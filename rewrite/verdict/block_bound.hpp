#pragma once

#include "rewrite/verdict/cost.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace rewrite {

// Up to which size of the table a fold may hold up the appliers of replicas.
struct block_bound
{
    std::optional<std::uint64_t> largest;      // bytes; none: any size
    std::string setting = "block = \"fold\"";  // what says so, for people
    bool only_rebuilds = false;                // building an index counts for nothing
};

// Whether it takes a replica the longer, the larger the table is.
bool blocks(cost price);

// Why a fold of this cost is not wanted of a table of so many bytes; empty: it is wanted. A size
// that is not known counts as larger than any bound.
std::string
objection_to_blocking(cost price, std::optional<std::uint64_t> bytes, const block_bound& bound);

}  // namespace rewrite
