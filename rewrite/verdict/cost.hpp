#pragma once

#include <cstdint>

namespace rewrite {

// What an ALTER costs at a MySQL replica.
enum class cost : std::uint8_t {
    nothing = 0,  // no change, or passed
    instant = 1,
    in_place = 2,
    rebuild = 3,
};

}  // namespace rewrite
