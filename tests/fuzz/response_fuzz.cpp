#include "protocol/response.hpp"

#include <cstdlib>

// The first byte is the number of columns a row should have. What is read is written and read
// again as the same.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace protocol;
    if (size == 0)
        return 0;
    const std::size_t columns = data[0];
    const byte_view packet(data + 1, size - 1);

    if (const auto answer = parse_ok(packet)) {
        byte_buffer out;
        append_ok(out, *answer);
        if (parse_ok(out) != answer)
            std::abort();
    }
    if (const auto answer = parse_error(packet)) {
        byte_buffer out;
        append_error(out, *answer);
        if (parse_error(out) != answer)
            std::abort();
    }
    if (const auto row = parse_text_row(packet, columns)) {
        const text_result answer{std::vector<std::string>(columns, "c"), {*row}};
        const auto packets = text_result_packets(answer, 0);
        if (parse_text_row(packets[columns + 2], columns) != row)
            std::abort();
    }
    if (const auto name = parse_column_name(packet)) {
        const auto packets = text_result_packets({{*name}, {}}, 0);
        if (parse_column_name(packets[1]) != name)
            std::abort();
    }
    return 0;
}
