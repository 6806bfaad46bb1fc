#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace proxy {

// Who we are to the source: a replica keeps its server id and UUID, or the source takes it for two
// and for a new one at each start.
struct replica_identity
{
    std::uint32_t server_id = 0;
    std::string uuid;
};

// Reads replica.identity in the data folder, or makes both at random and writes it. A configured
// server id that is not 0 wins over the stored one. Throws std::runtime_error naming the file.
replica_identity
load_replica_identity(const std::filesystem::path& folder, std::uint32_t configured_id);

}  // namespace proxy
