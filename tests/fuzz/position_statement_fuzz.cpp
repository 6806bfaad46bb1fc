#include "proxy/session/position_statement.hpp"

#include <algorithm>
#include <cstdlib>

// Whatever a client sends as a statement: it is one about positions, and what is read of it fits
// it, or goes to the source as it is.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string text(data, data + size);
    const auto found = proxy::read_position_statement(text);
    if (!found)
        return 0;
    const bool asks_for_sets = !found->purged.empty() || !found->executed.empty();
    if (asks_for_sets != (found->topic == proxy::position_topic::gtid_sets) ||
        (found->file && found->file->size() > size))
        std::abort();
    for (const auto* items : {&found->purged, &found->executed})
        if (std::ranges::any_of(*items, [size](std::size_t item) { return item > size; }))
            std::abort();
    return 0;
}
