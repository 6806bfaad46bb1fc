#include "proxy/source/replica_identity.hpp"

#include "protocol/gtid_set.hpp"
#include "proxy/store/disk.hpp"

#include <array>
#include <cstring>
#include <fmt/format.h>
#include <fstream>
#include <openssl/rand.h>
#include <stdexcept>

namespace proxy {

namespace {

replica_identity make_identity()
{
    // std::random_device would ask for a newer libc than we run on (packaging/symbols).
    std::array<std::uint32_t, 5> numbers{};
    std::array<std::uint8_t, sizeof numbers> bytes{};
    if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1)
        throw std::runtime_error("OpenSSL gives no random numbers");
    std::memcpy(numbers.data(), bytes.data(), bytes.size());
    // A version 4 UUID. The server id keeps away from the small numbers that people choose.
    return {
        .server_id = 0x40000000U | (numbers[4] & 0x3fffffffU),
        .uuid = fmt::format(
            "{:08x}-{:04x}-4{:03x}-{:04x}-{:04x}{:08x}",
            numbers[0],
            numbers[1] >> 16,
            numbers[1] & 0xfffU,
            0x8000U | (numbers[2] & 0x3fffU),
            numbers[2] >> 16,
            numbers[3]
        )
    };
}

}  // namespace

replica_identity
load_replica_identity(const std::filesystem::path& folder, std::uint32_t configured_id)
{
    const std::filesystem::path file = folder / "replica.identity";
    replica_identity identity;
    if (std::filesystem::exists(file)) {
        std::ifstream in(file);
        if (!(in >> identity.server_id >> identity.uuid) || identity.server_id == 0 ||
            identity.uuid.size() != 36 || !protocol::parse_uuid(identity.uuid))
            throw std::runtime_error(fmt::format(
                "{}: not a server id and a UUID; remove the file to get new ones", file.string()
            ));
    } else {
        identity = make_identity();
        const std::string line = fmt::format("{} {}\n", identity.server_id, identity.uuid);
        if (const auto done = replace_file(real_disk(), file, protocol::as_bytes(line)); !done)
            throw std::runtime_error(done.error().text);
    }
    if (configured_id != 0)
        identity.server_id = configured_id;
    return identity;
}

}  // namespace proxy
