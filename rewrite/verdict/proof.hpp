#pragma once

#include "protocol/reader.hpp"
#include "protocol/writer.hpp"

#include <cstdint>

namespace rewrite {

// What makes a fold equal beside the two definitions. Without any of it the recorded ALTER alone
// gives the same table.
struct proof
{
    // The tool copied with INSERT IGNORE, which makes values fit: the ALTER does so too, without
    // the strict bits of its sql_mode.
    bool lenient = false;
    // Rows may be missing in the copy: it is the same only if both tables have as many.
    bool counted = false;
    // The ALTER gives constraints the names that the copy's have in the end.
    bool renamed = false;
    // The ALTER rebuilds the table, as the tool did, though it need not: with FORCE.
    bool forced = false;
    // Columns have other names in the copy: it is the same only if the tool copies them, which a
    // row of the copy must show.
    bool witnessed = false;

    void add(const proof& more)
    {
        lenient = lenient || more.lenient;
        counted = counted || more.counted;
        renamed = renamed || more.renamed;
        forced = forced || more.forced;
        witnessed = witnessed || more.witnessed;
    }
    bool operator==(const proof&) const = default;
};

// A byte; fails the reader if it is none that this program knows.
void append_proof(protocol::writer& to, const proof& value);
proof read_proof(protocol::reader& from);

}  // namespace rewrite
