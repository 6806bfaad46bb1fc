#include "protocol/capabilities.hpp"
#include "protocol/response_tracker.hpp"

#include <cstdlib>

// Command, capability, size of the pieces, then what a server sends. However the bytes are cut, the
// answer ends at the same place.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace protocol;
    if (size < 3)
        return 0;
    const std::uint32_t capabilities = data[1] & 1 ? capability::deprecate_eof : 0;
    const std::size_t piece = std::size_t{data[2]} + 1;
    const byte_view bytes(data + 3, size - 3);

    const auto end_of = [&](std::size_t step) {
        response_tracker tracker;
        tracker.begin(data[0], capabilities);
        std::size_t at = 0;
        while (at < bytes.size() && tracker.where() != answer_place::done) {
            if (tracker.where() == answer_place::wants_file)
                tracker.file_sent();
            const auto taken = tracker.feed(bytes.subspan(at, std::min(step, bytes.size() - at)));
            if (!taken)
                return size;  // refused
            at += *taken;
        }
        return at;
    };
    if (end_of(piece) != end_of(bytes.size() + 1))
        std::abort();
    return 0;
}
