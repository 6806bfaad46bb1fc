#include "proxy/store/positions.hpp"

#include "proxy/store/catalog.hpp"
#include "proxy/store/translation.hpp"

#include <algorithm>
#include <ranges>

namespace proxy {

void positions::set_current(std::string clean_file, edit_map edits)
{
    due_.clear();
    const lock_guard guard(lock_);
    map_ = std::make_unique<edit_map>(std::move(edits));
    map_of_ = std::move(clean_file);
}

disk_result<> positions::write()
{
    const lock_guard guard(lock_);
    for (const edit_record& record : due_)
        map_->add(record);
    due_.clear();
    return map_->flush();
}

disk_result<> positions::finish()
{
    const lock_guard guard(lock_);
    return map_->finish();
}

// The current file's map is copied, which is cheap: an answer may walk through a large transaction,
// and write() must not wait for that.
std::optional<edit_map> positions::map_of(const clean_file& file) const
{
    {
        const lock_guard guard(lock_);
        if (map_ && map_of_ == file.name)
            return *map_;
    }
    const std::filesystem::path map = map_path(file.path);
    if (!value_of(on_->exists(map)))
        return std::nullopt;
    return value_of(edit_map::read(*on_, map));
}

void positions::set_epochs(std::vector<rewrite::coordinate> known_up_to)
{
    const lock_guard guard(lock_);
    known_up_to_ = std::move(known_up_to);
}

// Before it, that server's log holds transactions that are elsewhere in ours: who goes on there
// would miss some, or get them twice.
bool positions::is_known_place(const rewrite::coordinate& at) const
{
    const lock_guard guard(lock_);
    return std::ranges::none_of(known_up_to_, [&at](const rewrite::coordinate& end) {
        return end.epoch == at.epoch && at < end;
    });
}

// Of which there may be no file yet.
std::uint32_t positions::newest_epoch(const file_list& list) const
{
    const std::uint32_t stored = list.files.empty() ? 0 : list.files.back().source.epoch;
    const lock_guard guard(lock_);
    return known_up_to_.empty() ? stored : std::max(stored, known_up_to_.back().epoch);
}

// The newest first. Files of one name may come from several servers: it means the newest one's, or
// else that of the only one before it.
std::vector<const clean_file*>
positions::files_of(const file_list& list, const std::string& upstream_file, bool& ambiguous) const
{
    std::vector<const clean_file*> found;
    for (const clean_file& file : list.files | std::views::reverse)
        if (file.source.file == upstream_file)
            found.push_back(&file);
    if (found.empty())
        return found;
    const std::uint32_t epoch = found.front()->source.epoch;
    const bool is_newest = epoch == newest_epoch(list);
    ambiguous = !is_newest && found.back()->source.epoch != epoch;
    if (ambiguous)
        found.clear();
    std::erase_if(found, [epoch](const clean_file* file) { return file->source.epoch != epoch; });
    return found;
}

std::optional<rewrite::coordinate> positions::upstream_of(const clean_coordinate& at) const
{
    const auto list = published_.files();
    const clean_file* const file = list->find(at.file);
    if (file == nullptr)
        return std::nullopt;
    const auto edits = map_of(*file);
    if (!edits)
        return std::nullopt;
    const auto position = upstream_position_of({.file = *file, .map = *edits}, at.position);
    if (!position || !is_known_place(file->source.at(*position)))
        return std::nullopt;
    return file->source.at(*position);
}

tl::expected<clean_coordinate, untranslatable>
positions::clean_of(const std::string& upstream_file, std::uint64_t position) const
{
    const auto list = published_.files();
    untranslatable refused;
    const auto files = files_of(*list, upstream_file, refused.ambiguous);
    refused.read_past = refused.ambiguous;
    for (const clean_file* file : files) {
        if (!is_known_place(file->source.at(position))) {
            refused.read_past = true;
            return tl::unexpected(refused);
        }
        refused.read_past |= position < file->source_begin;
        const auto edits = map_of(*file);
        const auto answer =
            edits ? clean_position_of({.file = *file, .map = *edits}, position, asked_for::reading)
                  : clean_answer();
        if (answer.clean)
            return clean_coordinate{.file = file->name, .position = *answer.clean};
        if (!answer.covered)
            continue;
        refused.read_past = true;
        if (answer.before && is_known_place(file->source.at(*answer.before)))
            refused.before = file->source.at(*answer.before);
        if (answer.after)
            refused.after = file->source.at(*answer.after);
        return tl::unexpected(refused);
    }
    return tl::unexpected(refused);
}

std::optional<clean_coordinate>
positions::border_of(const std::string& upstream_file, std::uint64_t position) const
{
    const auto list = published_.files();
    bool ambiguous = false;
    for (const clean_file* file : files_of(*list, upstream_file, ambiguous)) {
        // Who asks means the server that is followed now.
        if (file->source.epoch != newest_epoch(*list))
            break;
        const auto edits = map_of(*file);
        if (!edits || !is_known_place(file->source.at(position)))
            continue;
        const auto answer =
            clean_position_of({.file = *file, .map = *edits}, position, asked_for::border);
        if (answer.clean)
            return clean_coordinate{.file = file->name, .position = *answer.clean};
    }
    return std::nullopt;
}

}  // namespace proxy
