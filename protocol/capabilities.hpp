#pragma once

#include <cstdint>

// Capability bits of the handshake (include/mysql_com.h).
namespace protocol::capability {

constexpr std::uint32_t long_password = 1;
constexpr std::uint32_t found_rows = 1U << 1;
constexpr std::uint32_t long_flag = 1U << 2;
constexpr std::uint32_t connect_with_db = 1U << 3;
constexpr std::uint32_t compress = 1U << 5;
constexpr std::uint32_t local_files = 1U << 7;
constexpr std::uint32_t protocol_41 = 1U << 9;
constexpr std::uint32_t ssl = 1U << 11;
constexpr std::uint32_t transactions = 1U << 13;
constexpr std::uint32_t secure_connection = 1U << 15;
constexpr std::uint32_t multi_statements = 1U << 16;
constexpr std::uint32_t multi_results = 1U << 17;
constexpr std::uint32_t ps_multi_results = 1U << 18;
constexpr std::uint32_t plugin_auth = 1U << 19;
constexpr std::uint32_t connect_attributes = 1U << 20;
constexpr std::uint32_t plugin_auth_lenenc = 1U << 21;
constexpr std::uint32_t expired_passwords = 1U << 22;
constexpr std::uint32_t session_track = 1U << 23;
constexpr std::uint32_t deprecate_eof = 1U << 24;
constexpr std::uint32_t optional_resultset_metadata = 1U << 25;
constexpr std::uint32_t zstd_compression = 1U << 26;
constexpr std::uint32_t query_attributes = 1U << 27;
constexpr std::uint32_t multi_factor = 1U << 28;

}  // namespace protocol::capability
