#include "proxy/config.hpp"

#include <stdexcept>

// Whatever a file holds, it is read or refused with an error that names the file.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string text(data, data + size);
    try {
        (void)proxy::parse_config(text, "fuzz.toml");
    } catch (const std::runtime_error& error) {
        if (!std::string_view(error.what()).starts_with("fuzz.toml:"))
            __builtin_trap();
    }
    return 0;
}
