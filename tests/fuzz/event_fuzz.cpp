#include "protocol/binlog_file.hpp"

#include <algorithm>
#include <cstdlib>

// Whatever lies in a binlog file, the walk gives events that lie one behind the other, or an error,
// and ends.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace protocol;
    const byte_view bytes(data, size);
    for (const checksum sum : {checksum::none, checksum::crc32}) {
        const auto event = parse_event(bytes, sum);
        if (event && event->body.size() + event_header_size + checksum_size(sum) != size)
            std::abort();
    }

    binlog_file file(bytes);
    const std::uint8_t* end = data + std::min(size, binlog_magic.size());
    for (auto event = file.next(); event && *event; event = file.next()) {
        if ((*event)->whole.data() != end)
            std::abort();
        end += (*event)->whole.size();
        if (file.position() != static_cast<std::size_t>(end - data))
            std::abort();
    }
    return 0;
}
