#include "proxy/store/edit_map.hpp"

#include "protocol/checksum.hpp"
#include "protocol/reader.hpp"
#include "protocol/writer.hpp"

namespace proxy {

namespace {

constexpr std::string_view map_magic = "unghost map\n";
constexpr std::uint32_t map_version = 1;
constexpr std::size_t map_header_size = 16;
constexpr std::size_t records_in_block = 100;

constexpr std::uint32_t flag_touched = 1;
constexpr std::uint32_t flag_head_translates = 2;

constexpr std::uint64_t offset_of(std::uint64_t record)
{
    return map_header_size + record * edit_record_size;
}

disk_result<> write_header(const disk_file& file)
{
    protocol::byte_buffer header;
    protocol::writer(header).text(map_magic).u32(map_version);
    return file.write(header, 0);
}

disk_result<bool> header_is_right(const disk_file& file)
{
    protocol::byte_buffer header(map_header_size);
    const auto got = file.read(header, 0);
    if (!got)
        return tl::unexpected(got.error());
    header.resize(*got);
    protocol::reader in(header);
    const bool magic = in.text(map_magic.size()) == map_magic;
    return magic && in.u32() == map_version && in.ok();
}

}  // namespace

void append_edit_record(protocol::byte_buffer& out, const edit_record& record)
{
    const std::size_t begin = out.size();
    protocol::writer to(out);
    to.u64(record.clean_begin).u64(record.clean_end);
    to.u64(record.upstream_begin).u64(record.upstream_end);
    to.u32(
        (record.touched ? flag_touched : 0) | (record.head_translates ? flag_head_translates : 0)
    );
    to.u32(protocol::crc32(protocol::byte_view(out).subspan(begin)));
}

protocol::result<edit_record> parse_edit_record(protocol::byte_view bytes)
{
    if (bytes.size() < edit_record_size)
        return tl::unexpected(protocol::errc::truncated);
    bytes = bytes.first(edit_record_size);
    if (!protocol::checksum_is_right(bytes))
        return tl::unexpected(protocol::errc::bad_checksum);
    protocol::reader in(bytes);
    edit_record record;
    record.clean_begin = in.u64();
    record.clean_end = in.u64();
    record.upstream_begin = in.u64();
    record.upstream_end = in.u64();
    const std::uint32_t flags = in.u32();
    record.touched = (flags & flag_touched) != 0;
    record.head_translates = (flags & flag_head_translates) != 0;
    const std::uint64_t clean_size = record.clean_end - record.clean_begin;
    const std::uint64_t upstream_size = record.upstream_end - record.upstream_begin;
    if (record.clean_end < record.clean_begin || record.upstream_end < record.upstream_begin ||
        (!record.touched && clean_size != upstream_size))
        return tl::unexpected(protocol::errc::bad_value);
    return record;
}

disk_result<edit_map>
edit_map::create(disk& on, const std::filesystem::path& file, std::uint64_t longest_run)
{
    auto opened = on.open(file, open_as::empty);
    if (!opened)
        return tl::unexpected(opened.error());
    if (auto done = write_header(**opened); !done)
        return tl::unexpected(done.error());
    return edit_map(*std::move(opened), longest_run);
}

disk_result<edit_map> edit_map::resume(
    disk& on,
    const std::filesystem::path& file,
    std::uint64_t records,
    std::optional<edit_record> last,
    std::uint64_t longest_run
)
{
    auto opened = on.open(file, open_as::existing);
    if (!opened)
        return tl::unexpected(opened.error());
    // A map that is damaged or too short only translates less: records that are holes fail their
    // checksum.
    const auto right = header_is_right(**opened);
    if (!right)
        return tl::unexpected(right.error());
    if (!*right)
        if (auto done = write_header(**opened); !done)
            return tl::unexpected(done.error());
    if (auto done = (*opened)->truncate(offset_of(records)); !done)
        return tl::unexpected(done.error());
    edit_map resumed(*std::move(opened), longest_run);
    resumed.written_ = records;
    resumed.last_ = last;
    return resumed;
}

disk_result<edit_map> edit_map::read(disk& on, const std::filesystem::path& file)
{
    auto opened = on.open(file, open_as::reading);
    if (!opened)
        return tl::unexpected(opened.error());
    const auto size = (*opened)->size();
    const auto right = header_is_right(**opened);
    if (!size || !right)
        return tl::unexpected(size ? right.error() : size.error());
    edit_map finished(*std::move(opened), 0);
    if (*size > map_header_size && *right)
        finished.written_ = (*size - map_header_size) / edit_record_size;
    return finished;
}

void edit_map::add(const edit_record& record)
{
    const bool grows = last_ && !last_->touched && !record.touched &&
                       last_->clean_end == record.clean_begin &&
                       last_->upstream_end == record.upstream_begin &&
                       record.clean_end - last_->clean_begin <= longest_run_;
    if (grows) {
        last_->clean_end = record.clean_end;
        last_->upstream_end = record.upstream_end;
        return;
    }
    if (last_)
        closed_.push_back(*last_);
    last_ = record;
}

disk_result<> edit_map::flush()
{
    if (closed_.empty())
        return {};
    protocol::byte_buffer bytes;
    for (const edit_record& record : closed_)
        append_edit_record(bytes, record);
    if (auto done = file_->write(bytes, offset_of(written_)); !done)
        return done;
    written_ += closed_.size();
    closed_.clear();
    return {};
}

disk_result<> edit_map::finish()
{
    if (last_)
        closed_.push_back(*last_);
    last_.reset();
    return flush();
}

std::optional<edit_record> edit_map::at(std::uint64_t index) const
{
    if (index >= size())
        return std::nullopt;
    if (index >= written_) {
        const auto in_memory = static_cast<std::size_t>(index - written_);
        return in_memory < closed_.size() ? closed_[in_memory] : last_;
    }
    const std::uint64_t in_block = block_.size() / edit_record_size;
    if (index < block_begin_ || index >= block_begin_ + in_block) {
        const std::uint64_t left = std::min<std::uint64_t>(records_in_block, written_ - index);
        block_.resize(static_cast<std::size_t>(left) * edit_record_size);
        block_.resize(value_of(file_->read(block_, offset_of(index))));
        block_begin_ = index;
    }
    const auto offset = static_cast<std::size_t>(index - block_begin_) * edit_record_size;
    if (offset > block_.size())
        return std::nullopt;
    const auto record = parse_edit_record(protocol::byte_view(block_).subspan(offset));
    if (!record)
        return std::nullopt;
    return *record;
}

std::optional<std::uint64_t>
edit_map::last_not_after(std::uint64_t position, std::uint64_t edit_record::* begin) const
{
    std::uint64_t low = 0;  // records before it begin at or before the position
    std::uint64_t high = size();
    while (low < high) {
        const std::uint64_t middle = low + (high - low) / 2;
        const auto record = at(middle);
        if (!record)
            return std::nullopt;
        if (*record.*begin <= position)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == 0)
        return std::nullopt;
    return low - 1;
}

std::optional<std::uint64_t> edit_map::by_clean(std::uint64_t position) const
{
    return last_not_after(position, &edit_record::clean_begin);
}

std::optional<std::uint64_t> edit_map::by_upstream(std::uint64_t position) const
{
    return last_not_after(position, &edit_record::upstream_begin);
}

}  // namespace proxy
