#pragma once

#include <csignal>
#include <sys/resource.h>

// While it lives no file of this process grows beyond so many bytes: as on a disk without room, a
// write does a part of its work or nothing.
namespace tests {

class small_files
{
public:
    explicit small_files(rlim_t bytes) : signal_(std::signal(SIGXFSZ, SIG_IGN))
    {
        ::getrlimit(RLIMIT_FSIZE, &before_);
        const rlimit small{.rlim_cur = bytes, .rlim_max = before_.rlim_max};
        ::setrlimit(RLIMIT_FSIZE, &small);
    }
    ~small_files()
    {
        ::setrlimit(RLIMIT_FSIZE, &before_);
        std::signal(SIGXFSZ, signal_);
    }
    small_files(const small_files&) = delete;
    small_files& operator=(const small_files&) = delete;

private:
    void (*signal_)(int);
    rlimit before_{};
};

}  // namespace tests
