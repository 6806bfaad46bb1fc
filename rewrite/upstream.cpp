#include "rewrite/upstream.hpp"

#include <charconv>
#include <tuple>

namespace rewrite {

bool operator<(const coordinate& a, const coordinate& b)
{
    return std::tuple(a.epoch, file_number(a.file), a.position) <
           std::tuple(b.epoch, file_number(b.file), b.position);
}

std::uint64_t file_number(const std::string& file)
{
    const std::size_t dot = file.rfind('.');
    if (dot == std::string::npos)
        return 0;
    const char* const end = file.data() + file.size();
    std::uint64_t number = 0;
    const auto [stop, error] = std::from_chars(file.data() + dot + 1, end, number);
    return error == std::errc{} && stop == end ? number : 0;
}

std::string to_text(const coordinate& at)
{
    // With its epoch, if that is not the first: 2/mysql-bin.000123:456.
    std::string text = at.file + ":" + std::to_string(at.position);
    return at.epoch > 1 ? std::to_string(at.epoch) + "/" + text : text;
}

void append_coordinate(protocol::writer& to, const coordinate& at)
{
    to.u32(at.epoch).text_lenenc(at.file).u64(at.position);
}

coordinate read_coordinate(protocol::reader& from)
{
    coordinate at;
    at.epoch = from.u32();
    at.file = from.text_lenenc();
    at.position = from.u64();
    return at;
}

}  // namespace rewrite
