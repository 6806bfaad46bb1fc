#pragma once

#include "proxy/config.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

// The values of the configuration as text. Each throws std::runtime_error that says what it should
// be; whoever knows file and key puts them in front.
namespace proxy {

// "500ms", "2s", "10m", "12h", "7d", "7 days"
std::chrono::milliseconds parse_duration(std::string_view text);
// Of what is counted in seconds.
std::chrono::seconds whole_seconds(std::chrono::milliseconds time);
// "8MiB", "512KiB", "20GiB", "4096"; "8M" is MiB, as in MySQL's own settings, "8MB" is 8,000,000.
std::uint64_t parse_size(std::string_view text);
// "db1:3306", "[::1]:3306". With a default port also "db1", "[::1]"; 0: there is none.
address parse_address(std::string_view text, std::uint16_t default_port = 0);
std::string to_text(const address& where);
// Separated by commas; at least one.
std::vector<address> parse_addresses(std::string_view text, std::uint16_t default_port = 0);
// Where a fresh log begins: "latest", "earliest", or the name of a binary log.
std::string parse_start(std::string_view text);
std::string parse_log_level(std::string_view text);
tls_mode parse_tls_mode(std::string_view text);
failover_mode parse_failover(std::string_view text);
tls_version parse_tls_version(std::string_view text);  // "1.2"
relay_mode parse_relay_mode(std::string_view text);
// "fold", "pass", or a size above 0.
rewrite::block_bound parse_block(std::string_view text);
// The setting `rebuild` of release 0.1: "fold" or "pass".
rewrite::block_bound parse_rebuild(std::string_view text);
// db.table; backticks where a name holds a dot: `a.b`.t
rewrite::table_name parse_table(std::string_view text);

// The known word that a mistyped one is nearest to; empty if none is near.
std::string nearest(std::string_view word, const std::vector<std::string>& known);

}  // namespace proxy
