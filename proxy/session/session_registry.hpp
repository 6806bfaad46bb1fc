#pragma once

#include "proxy/mutex.hpp"
#include "proxy/session/session_thread.hpp"

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

// Who is connected and what each is doing: for SHOW REPLICAS, KILL, zombies, status, retention.
// Any thread may ask; never on the data path.
namespace proxy {

// Ours never meet the source's, which count from 1.
constexpr std::uint32_t first_session_id = 0x80000000;

struct session_info
{
    std::uint32_t id = 0;
    std::string user;
    bool own_account = false;  // of unghost's own; the source may have one of the same name
    std::string peer;          // address and port
    std::string program;       // as the client calls itself; may be empty
    std::string doing = "login";
    std::uint32_t source_thread = 0;  // of a relayed one: its connection id at the source
    std::chrono::steady_clock::time_point since = std::chrono::steady_clock::now();

    // Of a replica, as it registered or asked for its dump.
    bool registered = false;
    std::string replica_host;
    std::uint16_t replica_port = 0;
    std::uint32_t server_id = 0;
    std::string replica_uuid;

    bool dumping = false;
    bool system_user = false;  // of a dump: its session at the source had SYSTEM_USER
    std::uint64_t place = 0;   // of a dump: global offset up to which it was sent
};

// Accounts are told apart by their names, as a server does it for KILL and SHOW PROCESSLIST.
inline bool is_same_account(const session_info& one, const session_info& other)
{
    return one.own_account == other.own_account && !one.user.empty() && one.user == other.user;
}

// KILL CONNECTION, KILL QUERY.
enum class kill_scope : std::uint8_t {
    connection,
    query,  // the dump that the session is in; one that is in no dump goes on
};

class session_registry
{
public:
    using stopper = std::function<void(session_end)>;  // called under no lock; must only post

    // Nothing: `max_sessions` are there already.
    std::optional<std::uint32_t>
    add(const std::string& peer, stopper stop, std::size_t max_sessions);
    void remove(std::uint32_t id);
    void update(std::uint32_t id, const std::function<void(session_info&)>& change);
    // A dump writes its place here without any lock.
    std::shared_ptr<std::atomic<std::uint64_t>> place_of(std::uint32_t id);

    // False: there is no such session.
    bool kill(std::uint32_t id, kill_scope what);
    void stop_all(session_end reason);
    // Ends other dumps of the same replica: by UUID, or without one by server id.
    std::size_t
    replace_zombies(std::uint32_t id, const std::string& replica_uuid, std::uint32_t server_id);

    std::optional<session_info> find(std::uint32_t id) const;
    std::vector<session_info> list() const;
    std::size_t size() const;

private:
    struct member
    {
        session_info info;
        stopper stop;
        std::shared_ptr<std::atomic<std::uint64_t>> place;
    };
    session_info info_of(const member& one) const;

    mutable mutex lock_;
    std::map<std::uint32_t, member> members_ GUARDED_BY(lock_);
    std::uint32_t next_ GUARDED_BY(lock_) = first_session_id;
};

}  // namespace proxy
