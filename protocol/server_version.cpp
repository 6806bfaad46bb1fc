#include "protocol/server_version.hpp"

#include <charconv>

namespace protocol {

std::uint32_t version_number(std::string_view version)
{
    std::uint32_t total = 0;
    for (int part = 0; part < 3; ++part) {
        std::uint32_t value = 0;
        const auto [end, error] =
            std::from_chars(version.data(), version.data() + version.size(), value);
        if (error != std::errc() || value > 99)
            return 0;
        total = total * 100 + value;
        version.remove_prefix(static_cast<std::size_t>(end - version.data()));
        if (part < 2) {
            if (!version.starts_with('.'))
                return 0;
            version.remove_prefix(1);
        }
    }
    return total;
}

}  // namespace protocol
