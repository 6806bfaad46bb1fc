#pragma once

#include "protocol/gtid_set.hpp"
#include "proxy/mutex.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <string>

// What sessions need to know of the source: an immutable snapshot, replaced whole at each connect
// and when gtid_purged or gtid_mode has changed.
namespace proxy {

struct source_facts
{
    std::string version;               // as the source greets: "8.0.41-debug", "9.7.4"
    std::uint32_t version_number = 0;  // 80041
    std::uint32_t server_id = 0;
    std::string server_uuid;
    std::string gtid_mode;        // OFF, OFF_PERMISSIVE, ON_PERMISSIVE, ON
    std::string binlog_checksum;  // NONE, CRC32
    unsigned lower_case_table_names = 0;
    std::uint32_t capabilities = 0;  // of its greeting
    std::string plugin;              // default authentication plugin of its greeting
    bool tls = false;                // whether it offers TLS
    bool semi_sync = false;          // it waits for acknowledgements of replicas
    protocol::gtid_set gtid_purged;
    // SHOW GLOBAL VARIABLES, names in lower case; empty where they were not asked for.
    std::map<std::string, std::string, std::less<>> variables;

    bool operator==(const source_facts&) const = default;
};

// Where the source side puts the newest facts and every thread finds them.
class facts_board
{
public:
    void set(std::shared_ptr<const source_facts> newest)
    {
        const lock_guard hold(lock_);
        facts_ = std::move(newest);
    }
    // Never null: before the first connect, empty facts.
    std::shared_ptr<const source_facts> current() const
    {
        const lock_guard hold(lock_);
        return facts_;
    }

private:
    mutable mutex lock_;
    std::shared_ptr<const source_facts> facts_ GUARDED_BY(lock_) = std::make_shared<source_facts>();
};

}  // namespace proxy
