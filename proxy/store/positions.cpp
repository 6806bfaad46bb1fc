#include "proxy/store/positions.hpp"

#include "proxy/store/catalog.hpp"
#include "proxy/store/translation.hpp"

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
    if (!position)
        return std::nullopt;
    return file->source.at(*position);
}

tl::expected<clean_coordinate, untranslatable>
positions::clean_of(const std::string& upstream_file, std::uint64_t position) const
{
    const auto list = published_.files();
    untranslatable refused;
    // The newest first: a name may have been used by several sources, one after another.
    for (const clean_file& file : list->files | std::views::reverse) {
        if (file.source.file != upstream_file)
            continue;
        refused.read_past |= position < file.source_begin;
        const auto edits = map_of(file);
        const auto answer =
            edits ? clean_position_of({.file = file, .map = *edits}, position, asked_for::reading)
                  : clean_answer();
        if (answer.clean)
            return clean_coordinate{.file = file.name, .position = *answer.clean};
        if (!answer.covered)
            continue;
        refused.read_past = true;
        if (answer.before)
            refused.before = file.source.at(*answer.before);
        if (answer.after)
            refused.after = file.source.at(*answer.after);
        return tl::unexpected(refused);
    }
    return tl::unexpected(refused);
}

std::optional<clean_coordinate>
positions::border_of(const std::string& upstream_file, std::uint64_t position) const
{
    const auto list = published_.files();
    for (const clean_file& file : list->files | std::views::reverse) {
        if (file.source.file != upstream_file)
            continue;
        const auto edits = map_of(file);
        if (!edits)
            continue;
        const auto answer =
            clean_position_of({.file = file, .map = *edits}, position, asked_for::border);
        if (answer.clean)
            return clean_coordinate{.file = file.name, .position = *answer.clean};
    }
    return std::nullopt;
}

}  // namespace proxy
