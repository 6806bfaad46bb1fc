#include "protocol/status_variables.hpp"

#include <cstdlib>

// The variables of a block, put one behind the other, are the block.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace protocol;
    const byte_view block(data, size);
    const auto variables = parse_status_variables(block);
    const auto state = read_session_state(block);
    if (variables.has_value() != state.has_value())
        std::abort();
    if (!variables)
        return 0;
    const std::uint8_t* end = data;
    for (const status_variable& variable : *variables) {
        if (variable.bytes.data() != end || variable.bytes.empty() ||
            variable.bytes[0] != static_cast<std::uint8_t>(variable.code))
            std::abort();
        end += variable.bytes.size();
    }
    if (end != data + size)
        std::abort();
    return 0;
}
