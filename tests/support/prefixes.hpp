#pragma once

#include "protocol/bytes.hpp"

#include <gtest/gtest.h>

namespace tests {

// Every parser's promise: what is cut short is refused. `parse` gives a result<T>.
template <class Parse>
void expect_every_shorter_prefix_refused(protocol::byte_view whole, Parse parse)
{
    for (std::size_t size = 0; size < whole.size(); ++size) {
        // A copy of its own, so that a sanitizer sees a read past the end.
        const protocol::byte_buffer prefix(whole.begin(), whole.begin() + std::ptrdiff_t(size));
        EXPECT_FALSE(parse(prefix)) << "a prefix of " << size << " bytes was taken";
    }
}

}  // namespace tests
