#include "proxy/session/relay_rules.hpp"

#include "protocol/server_errors.hpp"
#include "proxy/session/like_pattern.hpp"

#include <algorithm>
#include <utility>

namespace proxy {
namespace {

// Those under way meanwhile may fail, too.
constexpr unsigned failed_before_own = 10;

}  // namespace

std::optional<protocol::server_error>
refusal_of(const relay_config& rules, std::string_view user, std::string_view host)
{
    const auto lists = [user](const std::vector<std::string>& patterns) {
        return std::ranges::any_of(patterns, [user](const std::string& pattern) {
            return matches_like(user, pattern);
        });
    };
    const bool named = rules.accounts.empty() || lists(rules.accounts);
    if (rules.mode != relay_mode::none && named && !lists(rules.not_accounts))
        return std::nullopt;
    // As the source says it of an account that it does not have.
    return make_error(protocol::server_errno::access_denied, {user, host, "YES"});
}

login_slots::slot::slot(slot&& other) noexcept
    : of_(std::exchange(other.of_, nullptr))
    , address_(std::move(other.address_))
    , succeeded_(other.succeeded_)
{}

login_slots::slot::~slot()
{
    if (of_)
        of_->leave(address_, succeeded_);
}

void login_slots::set_limits(const relay_config& limits)
{
    const lock_guard hold(lock_);
    all_ = limits.logins;
    of_an_address_ = limits.logins_per_address;
}

std::optional<login_slots::slot> login_slots::try_take(const std::string& address)
{
    const lock_guard hold(lock_);
    if (taken_ >= all_)
        return std::nullopt;
    std::size_t& here = by_address_[address];
    if (here >= of_an_address_)
        return std::nullopt;
    ++here;
    ++taken_;
    return slot(*this, address);
}

bool login_slots::is_own_login_due()
{
    const lock_guard hold(lock_);
    if (failed_ < failed_before_own)
        return false;
    failed_ = 0;
    return true;
}

void login_slots::leave(const std::string& address, bool succeeded)
{
    const lock_guard hold(lock_);
    --taken_;
    failed_ = succeeded ? 0 : failed_ + 1;
    if (const auto at = by_address_.find(address); at != by_address_.end() && --at->second == 0)
        by_address_.erase(at);
}

}  // namespace proxy
