#pragma once

#include "proxy/store/catalog.hpp"

#include <chrono>
#include <optional>
#include <span>
#include <spdlog/logger.h>

// Which clean files go, and how.
namespace proxy {

struct retention_limits
{
    std::chrono::seconds age{0};  // 0: no limit
    std::uint64_t bytes = 0;      // 0: no limit
};

// A consumer that reads the log, and how far it is.
struct log_place
{
    std::uint32_t session = 0;
    std::string name;          // for people
    std::uint64_t offset = 0;  // global
};

// The time that ages are measured by: the log's own, never ahead of this machine's. Either clock
// may jump. So this one goes forward by no more than the time that really went by without it moving
// (the source was idle), and as much again since the last look. A clock that is set ahead by a year
// makes files older by seconds, not by a year, and there is time to see it.
class retention_clock
{
public:
    struct reading
    {
        std::chrono::seconds machine{0};  // since 1970
        std::chrono::seconds log{0};      // of the event that came last
        std::chrono::steady_clock::time_point steady;
    };
    std::chrono::seconds advance(const reading& now);

private:
    std::optional<std::chrono::steady_clock::time_point> before_;
    std::chrono::seconds time_{0};
    std::chrono::seconds unused_{0};  // real time in which it did not move
};

// What choose_files() goes by. All offsets are global.
struct retention_scene
{
    retention_limits limits;
    std::chrono::seconds now{0};   // of a retention_clock
    std::uint64_t end = 0;         // of the log
    std::uint64_t restart_at = 0;  // a restart needs what comes after
    std::span<const log_place> readers;
};

// How many of the oldest files go. The last never does, nor one that a restart needs. A file that a
// consumer still reads stays until the limit of size wants it: that limit wins. A file is as old as
// the log's time since the next one began.
std::size_t choose_files(const std::vector<index_entry>& entries, const retention_scene& scene);

struct retention_report
{
    std::size_t removed = 0;           // files
    std::vector<log_place> overtaken;  // consumers that miss what they have not read: end them
    std::optional<disk_problem> problem;
};

// Does it, in an order that a refusal or the end of the process may break off anywhere: first
// nobody is sent to such a file any more, then it is deleted, then the index is replaced; only then
// it is forgotten. What is left undone is done the next time. Needs no room but for a new index,
// after files are gone.
class retention
{
public:
    retention(disk& on, retention_limits limits, spdlog::logger& log)
        : on_(on)
        , limits_(limits)
        , log_(log)
    {}

    struct log_parts
    {
        catalog& index;
        file_list& files;  // what sessions are shown
        publication& published;
    };
    struct moment
    {
        retention_clock::reading clocks;
        std::uint64_t restart_at = 0;
        std::span<const log_place> readers;
    };
    void set_limits(const retention_limits& limits) { limits_ = limits; }
    retention_report run(const log_parts& parts, const moment& now);

private:
    void hide(const log_parts& parts, std::size_t count) const;
    void warn_of(const log_place& reader, std::uint64_t first_left) const;
    disk_result<> remove(const log_parts& parts, std::size_t count) const;

    disk& on_;
    retention_limits limits_;
    spdlog::logger& log_;
    retention_clock clock_;
    bool failed_ = false;  // said already
};

}  // namespace proxy
