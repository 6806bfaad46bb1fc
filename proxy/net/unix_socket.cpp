#include "proxy/net/unix_socket.hpp"

#include <array>
#include <fcntl.h>
#include <fmt/format.h>
#include <pwd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

namespace proxy {
namespace {

using asio::local::stream_protocol;

[[noreturn]] void fail(const std::filesystem::path& file)
{
    throw std::system_error(errno, std::system_category(), file.string());
}

// An address for the file; valid as long as this is.
class reachable
{
public:
    explicit reachable(const std::filesystem::path& file)
    {
        name_ = file.string();
        if (name_.size() < sizeof(sockaddr_un::sun_path))
            return;
        const std::filesystem::path folder = file.has_parent_path() ? file.parent_path() : ".";
        folder_ = ::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (folder_ < 0)
            fail(folder);
        name_ = fmt::format("/proc/self/fd/{}/{}", folder_, file.filename().string());
    }
    ~reachable()
    {
        if (folder_ >= 0)
            ::close(folder_);
    }
    reachable(const reachable&) = delete;
    reachable& operator=(const reachable&) = delete;

    stream_protocol::endpoint endpoint() const { return {name_}; }

private:
    std::string name_;
    int folder_ = -1;
};

}  // namespace

stream_protocol::acceptor listen_at(asio::io_context& loop, const std::filesystem::path& file)
{
    const reachable at(file);
    if (::unlink(file.c_str()) != 0 && errno != ENOENT)
        fail(file);
    stream_protocol::acceptor acceptor(loop);
    acceptor.open();
    acceptor.bind(at.endpoint());
    if (::chmod(file.c_str(), S_IRUSR | S_IWUSR) != 0)
        fail(file);
    acceptor.listen();
    return acceptor;
}

stream_protocol::socket connect_at(asio::io_context& loop, const std::filesystem::path& file)
{
    const reachable at(file);
    stream_protocol::socket socket(loop);
    socket.connect(at.endpoint());
    return socket;
}

std::optional<std::string> owner_of(int socket)
{
    ucred who{};
    socklen_t size = sizeof who;
    if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &who, &size) != 0 ||
        (who.uid != 0 && who.uid != ::geteuid()))
        return std::nullopt;
    std::array<char, 4096> texts{};
    passwd entry{};
    passwd* found = nullptr;
    ::getpwuid_r(who.uid, &entry, texts.data(), texts.size(), &found);
    return found != nullptr ? found->pw_name : std::to_string(who.uid);
}

}  // namespace proxy
