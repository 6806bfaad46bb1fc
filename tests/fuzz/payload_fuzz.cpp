#include "protocol/payload_event.hpp"

#include <cstdlib>

namespace {

// A few kilobytes can unpack to gigabytes; the fuzzer has better things to do.
constexpr std::size_t max_event = 1 << 16;
constexpr int max_events = 200;

}  // namespace

// The body of a TRANSACTION_PAYLOAD, or its events without one. What comes out goes in again.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace protocol;
    const byte_view bytes(data, size);
    const auto parsed = parse_payload(bytes);
    const payload_view payload =
        parsed ? *parsed : payload_view{.kind = compression::none, .payload = bytes};

    byte_buffer packed;
    payload_compressor compressor(packed);
    byte_buffer plain;
    payload_reader reader(payload, max_event);
    for (int i = 0; i < max_events; ++i) {
        const auto event = reader.next();
        if (!event || !*event)
            break;
        if ((*event)->whole.size() > max_event || !compressor.add((*event)->whole))
            std::abort();
        plain.insert(plain.end(), (*event)->whole.begin(), (*event)->whole.end());
    }
    if (!compressor.finish() || compressor.uncompressed_size() != plain.size())
        std::abort();

    byte_buffer again;
    payload_reader second(
        {.kind = compression::zstd, .uncompressed_size = plain.size(), .payload = packed}, max_event
    );
    for (;;) {
        const auto event = second.next();
        if (!event)
            std::abort();
        if (!*event)
            break;
        again.insert(again.end(), (*event)->whole.begin(), (*event)->whole.end());
    }
    if (again != plain)
        std::abort();
    return 0;
}
