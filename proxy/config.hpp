#pragma once

#include "rewrite/verdict/verdict.hpp"

#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// The configuration: TOML or flags become this checked struct.
namespace proxy {

// Where a server and unghost are if nobody says.
constexpr std::uint16_t source_port = 3306;
constexpr std::uint16_t listen_port = 3307;

struct address
{
    std::string host = "127.0.0.1";
    std::uint16_t port = 0;
    bool operator==(const address&) const = default;
};

enum class tls_mode : std::uint8_t {
    disabled,
    preferred,
    required,
    verify_ca,
    verify_identity,
};

enum class tls_version : std::uint8_t {
    v1_0,
    v1_1,
    v1_2,
    v1_3,
};

// Who decides that another of the listed addresses is followed.
enum class failover_mode : std::uint8_t {
    manual,     // a person, or a tool of his: `unghost follow`
    automatic,  // unghost as well
};

struct source_config
{
    address where;                // the first address
    std::vector<address> others;  // the rest of a list
    failover_mode failover = failover_mode::manual;
    std::chrono::milliseconds failover_after{10'000};
    std::string user;
    std::filesystem::path password_file;
    tls_mode tls = tls_mode::required;
    std::filesystem::path tls_ca;
    std::filesystem::path tls_cert;  // ours as a client, for REQUIRE X509; both or none
    std::filesystem::path tls_key;
    tls_version tls_min_version = tls_version::v1_2;
    // PEM; the source's RSA key, by which alone passwords are sealed without TLS.
    std::filesystem::path public_key;
    std::uint32_t server_id = 0;   // 0: made from the data folder, stored there
    std::string start = "latest";  // "latest" | "earliest" | upstream file name
    std::chrono::seconds connect_timeout{10};
    std::chrono::milliseconds heartbeat{5000};
};

// All addresses, in order.
inline std::vector<address> addresses_of(const source_config& source)
{
    std::vector<address> all{source.where};
    all.insert(all.end(), source.others.begin(), source.others.end());
    return all;
}

struct account_config
{
    std::string name;
    std::filesystem::path password_file;
    std::string password_hash;  // instead of the file; protocol::parse_stored_password
};

enum class relay_mode : std::uint8_t {
    all,
    replication,  // accounts with REPLICATION SLAVE
    none,         // accounts of unghost's own alone
};

// Logins with accounts of the source.
struct relay_config
{
    relay_mode mode = relay_mode::all;
    // Patterns as of LIKE. Who is in both lists is refused; an empty first list is everybody.
    std::vector<std::string> accounts;
    std::vector<std::string> not_accounts{"root"};
    // Under way at once, that is, before the source has said yes or no.
    std::size_t logins = 32;
    std::size_t logins_per_address = 16;
};

struct listen_config
{
    address where{"127.0.0.1", listen_port};
    std::filesystem::path
        tls_cert;  // both or none: without them a self-signed pair is made in the data folder
    std::filesystem::path tls_key;
    bool tls = true;
    bool require_tls = false;
    // Clients must show a certificate that comes from these; so they must use TLS.
    std::filesystem::path tls_client_ca;
    tls_version tls_min_version = tls_version::v1_2;
    unsigned threads = 1;  // that serve sessions
    std::chrono::seconds login_timeout{10};
    // A consumer that takes nothing for so long is sent away; zero: never.
    std::chrono::milliseconds write_timeout{60'000};
    std::size_t max_connections = 4096;
    std::vector<account_config> accounts;
    relay_config relay;
};

struct store_config
{
    std::filesystem::path folder;
    std::chrono::seconds retention_age{7 * 24 * 3600};
    std::uint64_t retention_bytes = 0;
    std::chrono::milliseconds sync_interval{1000};
    // What is pulled while publishing is stopped; 0: pulling waits then.
    std::uint64_t spool_bytes = 64ULL << 30;
};

struct fold_config
{
    rewrite::policy rules{.may_differ = {{"percona", "checksums"}}};
    std::chrono::milliseconds verdict_wait{2000};
    std::uint64_t verdict_wait_bytes = 8U << 20;
    bool remember = true;                           // what the source's tables look like
    std::chrono::milliseconds count_time{300'000};  // of one count of rows at the source
    std::vector<std::string> warnings;              // of keys that have another name now
};

enum class log_format : std::uint8_t { text, json };
constexpr protocol::enum_names<log_format, 2> log_format_names{{"text", "json"}};

// What a hook is called for.
enum class hook_event : std::uint8_t { stop, disturbed, passed, folded, source };
constexpr protocol::enum_names<hook_event, 5> hook_event_names{
    {"stop", "disturbed", "passed", "folded", "source"}
};

struct hook_config
{
    std::vector<hook_event> on;
    std::vector<std::string> command;  // a program and its arguments; empty: none is called
    std::chrono::milliseconds timeout{10'000};
};

struct config
{
    source_config source;
    listen_config listen;
    store_config store;
    fold_config fold;
    address admin{"127.0.0.1", 0};  // port 0: one the system chooses, see admin/http.hpp
    std::string log_level = "info";
    proxy::log_format log_format = proxy::log_format::text;
    hook_config hook;
};

// Variables that say what the file could say, and take precedence over it: UNGHOST_SOURCE_ADDRESS
// is `address` of [source]. Lists are separated by commas. [[account]] and [fold.table] have none.
using environment = std::map<std::string, std::string>;
// Those of this process whose names begin with UNGHOST_.
environment read_environment();
// Any of them; empty: it has none of that name.
std::string environment_variable(std::string_view name);

// Reads a password from a file: its first line, which must not be empty. Throws std::runtime_error
// naming the file.
std::string read_password(const std::filesystem::path& file);

// What to warn of where more people may read a password file than need to; empty: nothing.
std::string objection_to_mode(const std::filesystem::path& password_file);

// The PEM text of such a key; no path: empty. Throws std::runtime_error naming the file.
std::string read_public_key(const std::filesystem::path& file);

// Throws std::runtime_error with file, line and key, or the variable, in the text.
config parse_config(
    const std::string& toml_text, const std::string& file_name, const environment& given = {}
);

}  // namespace proxy
