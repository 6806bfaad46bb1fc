#include "proxy/service_manager.hpp"

#include "proxy/config.hpp"
#include "proxy/text.hpp"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstring>
#include <ctime>
#include <fmt/format.h>
#include <string_view>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace proxy {

namespace {

std::optional<std::int64_t> number_in(std::string_view text)
{
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size())
        return std::nullopt;
    return number;
}

}  // namespace

service_manager service_manager::from_environment()
{
    const std::string socket = environment_variable("NOTIFY_SOCKET");
    const auto limit = number_in(environment_variable("WATCHDOG_USEC"));
    const auto process = number_in(environment_variable("WATCHDOG_PID"));
    if (!limit || *limit <= 0 || (process && *process != ::getpid()))
        return service_manager(socket);
    return service_manager(socket, std::chrono::microseconds(*limit));
}

void service_manager::on_reloading() const
{
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    const std::int64_t microseconds = std::int64_t{now.tv_sec} * 1'000'000 + now.tv_nsec / 1000;
    send(fmt::format("RELOADING=1\nMONOTONIC_USEC={}", microseconds));
}

void service_manager::on_alive(const std::string& status) const
{
    send("WATCHDOG=1\nSTATUS=" + one_line(status));
}

void service_manager::say(const std::string& status) const
{
    send("STATUS=" + one_line(status));
}

std::optional<std::chrono::milliseconds> service_manager::interval() const
{
    constexpr std::chrono::milliseconds for_status{10'000};
    constexpr std::chrono::milliseconds least{10};
    if (socket_.empty())
        return std::nullopt;
    if (!watchdog_)
        return for_status;
    // Twice in the time that it waits, and once more for a machine that is busy.
    const auto due = std::chrono::duration_cast<std::chrono::milliseconds>(*watchdog_ / 3);
    return std::max(least, std::min(for_status, due));
}

// A datagram that is not taken is lost: the next one comes.
void service_manager::send(const std::string& state) const
{
    sockaddr_un address{};
    if (socket_.size() < 2 || socket_.size() >= sizeof address.sun_path ||
        (socket_[0] != '/' && socket_[0] != '@'))
        return;
    address.sun_family = AF_UNIX;
    std::memcpy(&address.sun_path, socket_.data(), socket_.size());
    if (socket_[0] == '@')
        address.sun_path[0] = '\0';  // an abstract one
    const int descriptor = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (descriptor < 0)
        return;
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + socket_.size());
    const void* const where = &address;
    (void)::sendto(
        descriptor,
        state.data(),
        state.size(),
        MSG_NOSIGNAL,
        static_cast<const sockaddr*>(where),
        size
    );
    ::close(descriptor);
}

}  // namespace proxy
