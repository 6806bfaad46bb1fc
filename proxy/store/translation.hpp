#pragma once

#include "proxy/store/edit_map.hpp"
#include "proxy/store/publication.hpp"

namespace proxy {

// One clean file with its edit map: what it knows of the source's positions. The file is read to
// see whether a position is an event's border.
struct mapped_clean_file
{
    const clean_file& file;
    const edit_map& map;
};

enum class asked_for : std::uint8_t {
    reading,  // a consumer goes on there, and may count events from there
    border,   // only where a transaction ends: what comes after does not matter
};

// Nothing: no event border, or inside a touched transaction.
std::optional<std::uint64_t> upstream_position_of(const mapped_clean_file& in, std::uint64_t clean);

struct clean_answer
{
    bool covered = false;                 // the position lies in what this file came from
    std::optional<std::uint64_t> clean;   // the answer
    std::optional<std::uint64_t> before;  // touched: positions around it that have an answer
    std::optional<std::uint64_t> after;
};
clean_answer clean_position_of(const mapped_clean_file& in, std::uint64_t upstream, asked_for what);

}  // namespace proxy
