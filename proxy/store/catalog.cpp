#include "proxy/store/catalog.hpp"

#include "proxy/store/store_error.hpp"
#include "proxy/text.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace proxy {

namespace {

constexpr std::size_t longest_name = 200;  // of 255, for what is put in front and behind

}  // namespace

disk_result<> catalog::replace(std::vector<index_entry> entries)
{
    if (auto done = replace_file(*on_, folder_ / "index", to_bytes(entries)); !done)
        return done;
    entries_ = std::move(entries);
    return {};
}

disk_result<> catalog::add(const index_entry& entry)
{
    std::vector<index_entry> longer = entries_;
    longer.push_back(entry);
    return replace(std::move(longer));
}

disk_result<> catalog::forget_first(std::size_t count)
{
    return replace({entries_.begin() + static_cast<std::ptrdiff_t>(count), entries_.end()});
}

std::size_t catalog::position_of(std::uint32_t number) const
{
    const auto at = std::ranges::lower_bound(entries_, number, {}, &index_entry::number);
    return static_cast<std::size_t>(at - entries_.begin());
}

const index_entry* catalog::after(std::uint32_t number) const
{
    const auto at = std::ranges::upper_bound(entries_, number, {}, &index_entry::number);
    return at == entries_.end() ? nullptr : &*at;
}

clean_file catalog::shown(const index_entry& entry) const
{
    return {
        .name = clean_name(entry),
        .path = path_of(entry).string(),
        .base = entry.base,
        .source = entry.source,
        .source_begin = entry.source_begin,
        .format_timestamp = entry.format_timestamp,
        .sum = entry.sum,
    };
}

index_entry catalog::next_entry(const std::string& upstream_file) const
{
    const std::size_t dot = upstream_file.rfind('.');
    const std::uint64_t upstream_number = rewrite::file_number(upstream_file);
    if (dot == std::string::npos || dot == 0 || upstream_number == 0)
        throw store_error(fmt::format(
            "{} is not the name of a binlog file: it has no number", one_line(upstream_file)
        ));
    // A server names them without their folder. What it says becomes the name of a file here.
    const auto not_in_names = [](char letter) {
        return letter == '/' || static_cast<unsigned char>(letter) < ' ' || letter == '\x7f';
    };
    if (upstream_file.size() > longest_name || std::ranges::any_of(upstream_file, not_in_names))
        throw store_error(
            fmt::format("{} cannot be the name of a file here", one_line(upstream_file))
        );
    // Rises also where the source's numbers fall; above them, so that a name never is one of the
    // source's.
    const std::uint64_t after = entries_.empty() ? 0 : entries_.back().number + std::uint64_t{1};
    const std::uint64_t number = std::max(after, upstream_number);
    if (number > clean_number_limit - clean_number_base)
        throw store_error(fmt::format(
            "the source's file {} has a number above {}: there is none left for ours. Run RESET "
            "BINARY LOGS on the source",
            upstream_file,
            clean_number_limit - clean_number_base
        ));
    index_entry entry;
    entry.number = static_cast<std::uint32_t>(number);
    entry.base_name = upstream_file.substr(0, dot);
    return entry;
}

std::filesystem::path map_path(const std::filesystem::path& clean_file)
{
    std::filesystem::path map = clean_file;
    map += ".map";
    return map;
}

disk_result<> remove_clean_file(disk& on, const std::filesystem::path& file)
{
    if (auto done = on.remove(file); !done)
        return done;
    return on.remove(map_path(file));
}

}  // namespace proxy
