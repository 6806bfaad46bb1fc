#include "protocol/gtid_set.hpp"

#include <cstdlib>

// What is read as a set is printed as text, and written as bytes, that read as the same set.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace protocol;
    const auto set = parse_gtid_set(as_text({data, size}));
    if (!set)
        return 0;
    const std::string text = to_text(*set);
    byte_buffer bytes;
    append_gtid_set_binary(bytes, *set);
    if (parse_gtid_set(text) != *set || parse_gtid_set_binary(bytes) != *set)
        std::abort();
    return 0;
}
