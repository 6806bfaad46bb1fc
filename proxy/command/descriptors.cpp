#include "proxy/command/descriptors.hpp"

#include <algorithm>
#include <sys/resource.h>
#include <utility>

namespace proxy {

namespace {

constexpr std::size_t own = 160;  // of which the admin server takes 64 at most
constexpr std::size_t each_client = 2;

}  // namespace

std::size_t raise_descriptor_limit()
{
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return 0;
    const rlim_t before = std::exchange(limit.rlim_cur, limit.rlim_max);
    return ::setrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_max : before;
}

std::size_t clients_for(std::size_t descriptors)
{
    return std::max<std::size_t>(descriptors > own ? (descriptors - own) / each_client : 0, 1);
}

std::size_t descriptors_for(std::size_t clients)
{
    return own + each_client * clients;
}

}  // namespace proxy
