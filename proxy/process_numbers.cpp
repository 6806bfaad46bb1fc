#include "proxy/process_numbers.hpp"

#include "proxy/store/disk.hpp"

#include <chrono>
#include <fstream>
#include <iterator>
#include <sys/resource.h>
#include <unistd.h>

namespace proxy {

namespace {

double seconds_of(const timeval& time)
{
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

double unix_time()
{
    const auto since = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration<double>(since).count();
}

// The program's own: /proc/stat, which would say it, is not there in a sandbox.
const double started_at = unix_time();

}  // namespace

process_numbers read_process_numbers(const std::filesystem::path& folder)
{
    process_numbers is{.started = started_at};
    rusage used{};
    ::getrusage(RUSAGE_SELF, &used);
    is.cpu_seconds = seconds_of(used.ru_utime) + seconds_of(used.ru_stime);
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    is.most_descriptors = static_cast<double>(limit.rlim_cur);
    double pages = 0;
    double resident = 0;
    std::ifstream memory("/proc/self/statm");
    if (memory >> pages >> resident) {
        const auto page = static_cast<double>(::sysconf(_SC_PAGESIZE));
        is.virtual_bytes = pages * page;
        is.resident_bytes = resident * page;
    }
    std::error_code problem;
    const std::filesystem::directory_iterator files("/proc/self/fd", problem);
    if (!problem)
        is.open_descriptors = static_cast<double>(std::distance(begin(files), end(files)));
    const disk_room room = real_disk().room(folder);
    if (room.total != 0) {
        is.disk_free_bytes = static_cast<double>(room.free);
        is.disk_bytes = static_cast<double>(room.total);
    }
    return is;
}

void list_metrics(const process_numbers& of, metric_list& into)
{
    into.begin("process");
    into.add(
        "process_cpu_seconds_total",
        metric_type::counter,
        "CPU time of the process, user and system.",
        {{"", of.cpu_seconds}}
    );
    into.gauge("process_start_time_seconds", of.started, "When the process began, since 1970.");
    into.gauge("process_resident_memory_bytes", of.resident_bytes, "Memory that is in use.");
    into.gauge("process_virtual_memory_bytes", of.virtual_bytes, "Address space.");
    into.gauge("process_open_fds", of.open_descriptors, "Open file descriptors.");
    into.gauge("process_max_fds", of.most_descriptors, "Limit on open file descriptors.");
    into.begin("store");
    into.gauge(
        "disk_free_bytes", of.disk_free_bytes, "Room on the data folder's disk, for this user."
    );
    into.gauge("disk_size_bytes", of.disk_bytes, "Size of the data folder's disk.");
}

}  // namespace proxy
