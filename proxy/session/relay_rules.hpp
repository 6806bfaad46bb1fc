#pragma once

#include "protocol/response.hpp"
#include "proxy/config.hpp"
#include "proxy/mutex.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>

// Whose login is passed on to the source, and how many at once.
namespace proxy {

// Why the login of this account is not passed on, before the source has heard of it. Nothing: it
// is.
std::optional<protocol::server_error>
refusal_of(const relay_config& rules, std::string_view user, std::string_view host);

// The logins under way at the source. Each takes one of its connections before anything is proven,
// so there are few at once, and fewer of one address. And the source counts those in a row that are
// no login at all, whoever sent them, as ours: after max_connect_errors (100) it lets nobody in
// from our address. A login that succeeds sets it back, so after a few that failed one of our own
// is due. Any thread. Source: sql/auth/sql_authentication.cc (inc_host_errors).
class login_slots
{
public:
    explicit login_slots(const relay_config& limits)
        : all_(limits.logins)
        , of_an_address_(limits.logins_per_address)
    {}

    // One login; it is over when this goes.
    class slot
    {
    public:
        slot(slot&& other) noexcept;
        slot& operator=(slot&&) = delete;
        ~slot();
        // The source has let it in.
        void on_success() { succeeded_ = true; }

    private:
        friend class login_slots;
        slot(login_slots& of, std::string address) : of_(&of), address_(std::move(address)) {}
        login_slots* of_;
        std::string address_;
        bool succeeded_ = false;
    };
    // Those under way stay.
    void set_limits(const relay_config& limits);
    // Nothing: too many are under way.
    std::optional<slot> try_take(const std::string& address);
    // Whoever is told so logs in to the source as ourselves first.
    bool is_own_login_due();

private:
    void leave(const std::string& address, bool succeeded);

    mutex lock_;
    std::size_t all_ GUARDED_BY(lock_);
    std::size_t of_an_address_ GUARDED_BY(lock_);
    std::size_t taken_ GUARDED_BY(lock_) = 0;
    unsigned failed_ GUARDED_BY(lock_) = 0;  // in a row
    std::map<std::string, std::size_t> by_address_ GUARDED_BY(lock_);
};

}  // namespace proxy
