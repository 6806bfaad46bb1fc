#pragma once

#include "proxy/mutex.hpp"
#include "proxy/store/edit_map.hpp"
#include "proxy/store/publication.hpp"

#include <memory>
#include <optional>

namespace proxy {

struct clean_coordinate
{
    std::string file;
    std::uint64_t position = 0;
};

struct untranslatable
{
    bool read_past = false;  // the source's log was read past it: waiting does not help
    bool ambiguous = false;  // several servers that were followed once have a file of this name
    // Inside or at the head of a rewritten transaction: the nearest places that translate.
    std::optional<rewrite::coordinate> before;
    std::optional<rewrite::coordinate> after;
};

// Which place of the clean log is which of the source's, by the edit maps of all files. The
// questions may be asked from any thread; the current file's map is written by the source thread.
class positions
{
public:
    positions(disk& on, const publication& published) : on_(&on), published_(published) {}

    // As followed_epochs::known_up_to.
    void set_epochs(std::vector<rewrite::coordinate> known_up_to);
    // The map of the file that is written now.
    void set_current(std::string clean_file, edit_map edits);
    void add(const edit_record& record) { due_.push_back(record); }
    // All that was added, but the record that may still grow. After a problem: a later call goes
    // on.
    disk_result<> write();
    disk_result<> finish();  // that one, too
    std::uint64_t written() const ON_WRITERS_THREAD { return map_->written(); }
    const std::optional<edit_record>& last() const ON_WRITERS_THREAD { return map_->last(); }
    std::shared_ptr<const disk_file> file() const ON_WRITERS_THREAD { return map_->file(); }

    // Nothing: not an event border we know of.
    std::optional<rewrite::coordinate> upstream_of(const clean_coordinate& at) const;
    // Where a consumer goes on that has read the source's log up to here.
    tl::expected<clean_coordinate, untranslatable>
    clean_of(const std::string& upstream_file, std::uint64_t position) const;
    // Where a transaction ends here that ends there, whatever became of the one after it (for
    // answers to SHOW MASTER STATUS). Nothing: not read up to there yet, or no such border.
    std::optional<clean_coordinate>
    border_of(const std::string& upstream_file, std::uint64_t position) const;

private:
    std::optional<edit_map> map_of(const clean_file& file) const;
    std::uint32_t newest_epoch(const file_list& list) const;
    bool is_known_place(const rewrite::coordinate& at) const;
    // The clean files of what that name means now.
    std::vector<const clean_file*>
    files_of(const file_list& list, const std::string& upstream_file, bool& ambiguous) const;

    disk* on_;
    const publication& published_;
    std::vector<edit_record> due_;
    mutable mutex lock_;
    std::unique_ptr<edit_map> map_ GUARDED_BY(lock_);  // of the current file
    std::string map_of_ GUARDED_BY(lock_);             // its name
    std::vector<rewrite::coordinate> known_up_to_ GUARDED_BY(lock_);
};

}  // namespace proxy
