#include "proxy/config.hpp"

#include <fmt/format.h>
#include <fstream>
#include <stdexcept>

namespace proxy {

std::string read_password(const std::filesystem::path& file)
{
    std::ifstream in(file);
    std::string line;
    if (!in || (!std::getline(in, line) && !in.eof()))
        throw std::runtime_error(fmt::format(
            "password file {}: cannot be read; is the path right, and whose is it?", file.string()
        ));
    if (line.ends_with('\r'))
        line.pop_back();
    return line;
}

}  // namespace proxy
