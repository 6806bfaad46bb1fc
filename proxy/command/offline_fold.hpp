#pragma once

#include "proxy/store/ledger.hpp"
#include "rewrite/rewriter.hpp"

#include <filesystem>
#include <map>

// Folds binlog files without a source: what `unghost fold` and `unghost explain` do. Files are read
// through mmap; memory does not grow with them.
namespace proxy {

struct offline_options
{
    std::vector<std::filesystem::path> files;  // in log order
    std::filesystem::path schema;  // mysqldump --no-data; empty: facts from the log itself
    std::filesystem::path ledger;  // decisions of a running unghost; empty: taken here
    rewrite::policy rules;
    rewrite::name_case names = rewrite::name_case::sensitive;
    std::uint64_t verdict_wait_bytes = 8U << 20;
};

// Takes the clean log as it is made.
class offline_sink
{
public:
    virtual ~offline_sink() = default;
    virtual void begin_file(const rewrite::coordinate& at, protocol::checksum sum) = 0;
    virtual void take(const rewrite::outputs& made) = 0;
    // Each event of the source, for counting; ROTATE too.
    virtual void on_input(const protocol::event_view& /*event*/) {}
    // ROTATE (or the end of the file): `rotate` is the source's event, or null.
    virtual void
    finish_file(const protocol::event_view* rotate, const std::string& next_upstream_file) = 0;
    // Everything so far was wrong (a migration that would stop is passed instead): begin again.
    virtual void restart() = 0;
    virtual void progress(std::uint64_t /*done_bytes*/, std::uint64_t /*all_bytes*/) {}
};

struct offline_result
{
    std::vector<rewrite::migration_summary> migrations;  // in order of their verdicts
    std::vector<rewrite::remark> remarks;
    // Stops that were turned into passing the migration, in words; offline nobody is asked.
    std::vector<std::string> would_have_stopped;
    std::vector<rewrite::decision> decisions;
    std::uint64_t bytes_in = 0;
};

// Throws std::runtime_error saying file and position: unreadable, damaged, a stop that no verdict
// avoids.
offline_result fold_offline(const offline_options& options, offline_sink& sink);

}  // namespace proxy
