#include "proxy/service_manager.hpp"
#include "tests/support/temp_folder.hpp"

#include <array>
#include <cstring>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace proxy {
namespace {

// The socket of a service manager.
class notified
{
public:
    explicit notified(std::string name) : name_(std::move(name))
    {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::memcpy(&address.sun_path, name_.data(), name_.size());
        if (name_[0] == '@')
            address.sun_path[0] = '\0';
        descriptor_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
        const void* const where = &address;
        const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name_.size());
        EXPECT_EQ(::bind(descriptor_, static_cast<const sockaddr*>(where), size), 0);
    }
    ~notified() { ::close(descriptor_); }
    notified(const notified&) = delete;
    notified& operator=(const notified&) = delete;

    const std::string& name() const { return name_; }
    std::string next() const
    {
        std::string text(4096, '\0');
        const auto size = ::recv(descriptor_, text.data(), text.size(), 0);
        text.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
        return text;
    }

private:
    std::string name_;
    int descriptor_ = -1;
};

TEST(ServiceManager, IsTold)
{
    const tests::temp_folder folder;
    for (const std::string& name :
         {(folder / "notify").string(), "@unghost-test-" + std::to_string(::getpid())}) {
        const notified manager(name);
        const service_manager tells(manager.name());
        tells.on_ready();
        EXPECT_EQ(manager.next(), "READY=1");
        tells.on_reloading();
        EXPECT_TRUE(manager.next().starts_with("RELOADING=1\nMONOTONIC_USEC="));
        tells.on_alive("serving\nall");
        EXPECT_EQ(manager.next(), "WATCHDOG=1\nSTATUS=serving\\x0aall");
        tells.say("stuck");
        EXPECT_EQ(manager.next(), "STATUS=stuck");
        tells.on_ending();
        EXPECT_EQ(manager.next(), "STOPPING=1");
    }
}

TEST(ServiceManager, NobodyThereIsNoProblem)
{
    const service_manager nobody("");
    nobody.on_ready();
    EXPECT_FALSE(nobody.interval());
    const service_manager gone("/does/not/exist");
    gone.on_ready();
    const service_manager wrong(std::string(200, '/'));
    wrong.on_ready();
}

TEST(ServiceManager, ASignOfLifeComesThriceInTheTimeThatIsGiven)
{
    using std::chrono::milliseconds;
    EXPECT_EQ(service_manager("/x").interval(), milliseconds(10'000)) << "for the status alone";
    EXPECT_EQ(service_manager("/x", std::chrono::seconds(6)).interval(), milliseconds(2000));
    EXPECT_EQ(service_manager("/x", std::chrono::hours(1)).interval(), milliseconds(10'000));
    EXPECT_EQ(service_manager("/x", std::chrono::microseconds(1)).interval(), milliseconds(10));
}

TEST(ServiceManager, ReadsTheEnvironment)
{
    ::setenv("NOTIFY_SOCKET", "/run/x", 1);
    ::setenv("WATCHDOG_USEC", "3000000", 1);
    ::setenv("WATCHDOG_PID", std::to_string(::getpid()).c_str(), 1);
    EXPECT_EQ(service_manager::from_environment().interval(), std::chrono::milliseconds(1000));
    ::setenv("WATCHDOG_PID", "1", 1);
    EXPECT_EQ(service_manager::from_environment().interval(), std::chrono::milliseconds(10'000))
        << "the watchdog is another's";
    for (const char* name : {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"})
        ::unsetenv(name);
    EXPECT_FALSE(service_manager::from_environment().interval());
}

}  // namespace
}  // namespace proxy
