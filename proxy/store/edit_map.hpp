#pragma once

#include "protocol/error.hpp"
#include "proxy/store/disk.hpp"

#include <memory>
#include <optional>
#include <vector>

namespace proxy {

// A stretch of a clean file and the stretch of the source's file that it came from: either whole
// transactions whose bytes are the source's, or one touched transaction.
struct edit_record
{
    std::uint64_t clean_begin = 0;
    std::uint64_t clean_end = 0;
    std::uint64_t upstream_begin = 0;
    std::uint64_t upstream_end = 0;
    bool touched = false;
    // Touched, but nobody counts events in it (ROTATE): its head may be asked for.
    bool head_translates = false;
    bool operator==(const edit_record&) const = default;
};

constexpr std::size_t edit_record_size = 40;
void append_edit_record(protocol::byte_buffer& out, const edit_record& record);
protocol::result<edit_record> parse_edit_record(protocol::byte_view bytes);

// Which stretch of a clean file came from where: the file NAME.map, records in order, found by
// binary search both ways. Untouched transactions that follow one another become one record, up to
// a size that can be walked event by event in a moment. The last record is in memory only: it may
// still grow, and a checkpoint keeps it. Not thread safe; a copy is for reading, and stays as it is
// while the map grows.
class edit_map
{
public:
    static disk_result<edit_map>
    create(disk& on, const std::filesystem::path& file, std::uint64_t longest_run = 1U << 20);
    // As it was at a checkpoint; what was written later is cut off.
    static disk_result<edit_map> resume(
        disk& on,
        const std::filesystem::path& file,
        std::uint64_t records,
        std::optional<edit_record> last,
        std::uint64_t longest_run = 1U << 20
    );
    // A finished one, for reading.
    static disk_result<edit_map> read(disk& on, const std::filesystem::path& file);

    void add(const edit_record& record);
    // Writes all but the last. After a problem nothing is lost, a later call goes on.
    disk_result<> flush();
    // Writes the last as well.
    disk_result<> finish();

    std::uint64_t written() const { return written_; }
    const std::optional<edit_record>& last() const { return last_; }
    std::shared_ptr<const disk_file> file() const { return file_; }

    std::uint64_t size() const { return written_ + closed_.size() + (last_ ? 1 : 0); }
    // Nothing if there is no such record or if it is damaged. Throws disk_refusal.
    std::optional<edit_record> at(std::uint64_t index) const;
    // Number of the last record that begins at or before this position; nothing if none does.
    std::optional<std::uint64_t> by_clean(std::uint64_t position) const;
    std::optional<std::uint64_t> by_upstream(std::uint64_t position) const;

private:
    edit_map(std::shared_ptr<const disk_file> file, std::uint64_t longest_run)
        : file_(std::move(file))
        , longest_run_(longest_run)
    {}
    std::optional<std::uint64_t>
    last_not_after(std::uint64_t position, std::uint64_t edit_record::* begin) const;

    std::shared_ptr<const disk_file> file_;  // shared with the thread that syncs it
    std::uint64_t longest_run_;
    std::uint64_t written_ = 0;
    std::vector<edit_record> closed_;  // to be written
    std::optional<edit_record> last_;
    mutable protocol::byte_buffer block_;  // records read last
    mutable std::uint64_t block_begin_ = 0;
};

}  // namespace proxy
