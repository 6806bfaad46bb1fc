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
// so there are few at once, and fewer of one address. Any thread.
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

    private:
        friend class login_slots;
        slot(login_slots& of, std::string address) : of_(&of), address_(std::move(address)) {}
        login_slots* of_;
        std::string address_;
    };
    // Nothing: too many are under way.
    std::optional<slot> try_take(const std::string& address);

private:
    void leave(const std::string& address);

    const std::size_t all_;
    const std::size_t of_an_address_;
    mutex lock_;
    std::size_t taken_ GUARDED_BY(lock_) = 0;
    std::map<std::string, std::size_t> by_address_ GUARDED_BY(lock_);
};

}  // namespace proxy
