#pragma once

#include "proxy/config.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

// The values of the configuration as text. Each throws std::runtime_error that says what it should
// be; whoever knows file and key puts them in front.
namespace proxy {

// "500ms", "2s", "10m", "12h", "7d"
std::chrono::milliseconds parse_duration(std::string_view text);
// "8MiB", "512KiB", "20GiB", "4096"
std::uint64_t parse_size(std::string_view text);
// "db1:3306", "[::1]:3306"
address parse_address(std::string_view text);
std::string to_text(const address& where);
tls_mode parse_tls_mode(std::string_view text);
tls_version parse_tls_version(std::string_view text);  // "1.2"
relay_mode parse_relay_mode(std::string_view text);
// db.table; backticks where a name holds a dot: `a.b`.t
rewrite::table_name parse_table(std::string_view text);

// The known word that a mistyped one is nearest to; empty if none is near.
std::string nearest(std::string_view word, const std::vector<std::string>& known);

}  // namespace proxy
