#include "proxy/store/checkpoint.hpp"
#include "proxy/store/index.hpp"

#include <cstdlib>

// Whatever a checkpoint holds: it is refused, or read.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const protocol::byte_view bytes(data, size);
    (void)proxy::parse_checkpoint(bytes);
    // The checksum keeps a fuzzer out: it also gets in with one made for it.
    (void)proxy::parse_checkpoint(proxy::seal_document("unghost checkpoint\n", 1, bytes));
    const auto read =
        proxy::parse_checkpoint(proxy::seal_document("unghost checkpoint\n", 2, bytes));
    if (!read)
        return 0;
    const auto again = proxy::parse_checkpoint(proxy::to_bytes(*read));
    if (!again || again->pull_from != read->pull_from || again->map_last != read->map_last ||
        again->rewriter_state != read->rewriter_state || again->epochs != read->epochs)
        std::abort();
    return 0;
}
