#pragma once

#include <cstdint>

namespace rewrite {

// What an ALTER costs at a MySQL replica. From `in_place` on the larger the table is, the longer
// the applier takes.
enum class cost : std::uint8_t {
    nothing = 0,   // no change, or passed
    instant = 1,   // changes the dictionary alone
    in_place = 2,  // reads all rows
    rebuild = 3,   // writes all rows anew
};

}  // namespace rewrite
