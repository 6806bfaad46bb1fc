#include "protocol/checksum.hpp"
#include "proxy/store/edit_map.hpp"

#include <cstdlib>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

// Whatever an edit map holds, searching it ends, and what it finds is a record that is right. The
// first byte says how many records are cut off; records get a checksum made for them.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    if (size < 17)
        return 0;
    const std::uint64_t position = protocol::load<std::uint64_t>(data + 1);
    protocol::byte_buffer bytes(data + 9, data + size);
    constexpr std::size_t header = 16;
    for (std::size_t at = header; at + proxy::edit_record_size <= bytes.size() && (at & 0x40) == 0;
         at += proxy::edit_record_size)
        protocol::store(
            bytes.data() + at + proxy::edit_record_size - 4,
            protocol::crc32({bytes.data() + at, proxy::edit_record_size - 4})
        );

    const int memory = ::memfd_create("map", MFD_CLOEXEC);
    const std::string path = "/proc/self/fd/" + std::to_string(memory);
    proxy::disk& disk = proxy::real_disk();
    if (!disk.open(path, proxy::open_as::writing).value()->write(bytes, 0))
        std::abort();
    const auto look = [position](const proxy::edit_map& map) {
        for (const auto index : {map.by_clean(position), map.by_upstream(position)}) {
            if (!index)
                continue;
            const auto record = map.at(*index);
            if (!record || record->clean_end < record->clean_begin)
                std::abort();
        }
    };
    look(proxy::edit_map::read(disk, path).value());
    proxy::edit_map resumed = proxy::edit_map::resume(disk, path, data[0], std::nullopt).value();
    look(resumed);
    resumed.add({position, position, position, position, true, false});
    if (!resumed.finish())
        std::abort();
    look(resumed);
    ::close(memory);
    return 0;
}
