#pragma once

#include <cstdint>
#include <string_view>

namespace protocol {

// "8.0.41-32" is 80041, as in executable comments and MYSQL_VERSION_ID; 0 if it does not begin with
// three numbers of at most two digits. MariaDB's 10.11.6 is 101106.
std::uint32_t version_number(std::string_view version);

}  // namespace protocol
