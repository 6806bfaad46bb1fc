#pragma once

#include "proxy/command/log_counts.hpp"
#include "proxy/command/offline_fold.hpp"
#include "proxy/command/progress_line.hpp"
#include "proxy/store/index.hpp"
#include "proxy/store/log_writer.hpp"

namespace proxy {

// What becomes of a file that has the name of one to be written.
enum class existing_files : std::uint8_t { kept, overwritten };

// Writes the clean files of `unghost fold` into a folder: the same names and bytes as `serve`
// writes for the same decisions. Throws std::system_error (a full disk), std::runtime_error,
// command_error (a file is to be kept).
class fold_output : public offline_sink
{
public:
    fold_output(
        std::filesystem::path folder,
        progress_line& line,
        existing_files existing = existing_files::kept
    );

    void begin_file(const rewrite::coordinate& at, protocol::checksum sum) override;
    void take(const rewrite::outputs& made) override;
    void on_input(const protocol::event_view& event) override { counter_.on_input(event); }
    void
    finish_file(const protocol::event_view* rotate, const std::string& next_upstream_file) override;
    void restart() override;
    void progress(std::uint64_t done_bytes, std::uint64_t all_bytes) override;

    const std::vector<log_counts>& counts() const { return counter_.files(); }
    const std::vector<std::filesystem::path>& files() const { return files_; }
    // Bytes of a transaction that the input does not finish: left out.
    std::uint64_t unfinished_bytes() const { return unfinished_; }

private:
    index_entry entry_for(const std::string& upstream_file) const;

    std::filesystem::path folder_;
    progress_line& line_;
    existing_files existing_;
    log_counter counter_{payload_counting::closed};
    std::optional<log_writer> writer_;
    std::optional<index_entry> last_;
    std::vector<std::filesystem::path> files_;
    protocol::checksum sum_ = protocol::checksum::none;
    std::uint64_t unfinished_ = 0;
};

}  // namespace proxy
