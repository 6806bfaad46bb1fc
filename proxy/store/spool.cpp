#include "proxy/store/spool.hpp"

#include "protocol/control_event.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace proxy {

namespace {

using protocol::byte_buffer;
using protocol::byte_view;
using protocol::event_header_size;

constexpr std::size_t read_block_size = 1U << 20;

}  // namespace

spool::spool(disk& on, std::filesystem::path folder, limits bounds, change_listener changed)
    : on_(on)
    , folder_(std::move(folder))
    , bounds_(bounds)
    , changed_(std::move(changed))
{}

std::filesystem::path spool::path_of(const part& one) const
{
    return folder_ / fmt::format("{}-{}-{}", one.begin.epoch, one.begin.position, one.begin.file);
}

disk_result<> spool::clear()
{
    waiting_.clear();
    out_.reset();
    in_.reset();
    large_.reset();
    read_ = {};
    while (!files_.empty()) {
        if (auto done = on_.remove(path_of(files_.front())); !done)
            return done;
        bytes_ -= files_.front().size;
        files_.pop_front();
    }
    return {};
}

bool spool::is_full() const
{
    const disk_room room = on_.room(folder_.parent_path());
    return bytes_ >= bounds_.bytes || room.free < std::min(bounds_.free, room.total / 10);
}

bool spool::holds(const rewrite::coordinate& from) const
{
    if (is_empty())
        return false;
    const rewrite::coordinate& begin =
        files_.empty() ? waiting_.front().about.begin : files_.front().begin;
    return begin.epoch == from.epoch && !(from < begin) && !(end() < from);
}

std::uint32_t spool::format_timestamp() const
{
    return last_part().format_timestamp;
}

rewrite::coordinate spool::end() const
{
    rewrite::coordinate at = last_part().begin;
    at.position += last_part().size;
    return at;
}

std::uint64_t spool::bytes() const
{
    std::uint64_t all = bytes_;
    for (const waiting_part& one : waiting_)
        all += one.bytes().size();
    return all;
}

std::uint64_t spool::unread_bytes() const
{
    std::uint64_t before = read_.offset;
    for (std::size_t i = 0; i < std::min(read_.file, files_.size()); ++i)
        before += files_[i].size;
    return bytes() - before;
}

// ---- what arrives

void spool::set_format(byte_view format)
{
    format_.assign(format.begin(), format.end());
}

// Of what waits, `about` is as the file will be; of a file that goes on, so far as it is.
void spool::add(
    const rewrite::coordinate& at, const protocol::event_view& event, protocol::checksum sum
)
{
    const bool is_first = at.position == protocol::first_position;
    if (event.header.type == protocol::event_type::format_description)
        set_format(event.whole);
    if (is_empty() || is_first || last_part().size >= bounds_.file) {
        waiting_part& next = waiting_.emplace_back();
        next.about = {.begin = at, .sum = sum, .head = protocol::first_position};
        if (format_.size() >= event_header_size)
            next.about.format_timestamp = protocol::load_event_header(format_).timestamp;
        next.begins_file = true;
        if (!is_first) {
            next.format = format_;
            next.about.head += format_.size();
        }
    } else if (waiting_.empty() || waiting_.back().large || event.large != nullptr) {
        waiting_.push_back({.about = last_part()});
    }
    waiting_part& to = waiting_.back();
    if (event.large != nullptr) {
        to.large = event.large->shared_from_this();
        to.large_event = event.whole;
    } else {
        to.copy.insert(to.copy.end(), event.whole.begin(), event.whole.end());
    }
    to.about.size += event.whole.size();
}

disk_result<> spool::begin_file(const waiting_part& next)
{
    // What has a successor is complete, whatever becomes of the machine.
    if (!files_.empty()) {
        if (auto done = open_last(); !done)
            return done;
        if (auto done = out_->sync(); !done)
            return done;
    }
    if (auto done = on_.make_folder(folder_); !done)
        return done;
    auto made = on_.open(path_of(next.about), open_as::empty);
    if (!made)
        return tl::unexpected(made.error());
    byte_buffer head(protocol::binlog_magic.begin(), protocol::binlog_magic.end());
    head.insert(head.end(), next.format.begin(), next.format.end());
    if (auto done = (*made)->write(head, 0); !done)
        return done;
    if (auto done = on_.sync_folder(folder_); !done)
        return done;
    out_ = *std::move(made);
    files_.push_back(next.about);
    files_.back().size = 0;
    return {};
}

disk_result<> spool::open_last()
{
    if (out_)
        return {};
    auto opened = on_.open(path_of(files_.back()), open_as::writing);
    if (!opened)
        return tl::unexpected(opened.error());
    out_ = *std::move(opened);
    return {};
}

disk_result<> spool::write()
{
    while (!waiting_.empty()) {
        waiting_part& next = waiting_.front();
        if (next.begins_file) {
            if (auto done = begin_file(next); !done)
                return done;
            next.begins_file = false;
        } else if (auto done = open_last(); !done) {
            return done;
        }
        part& to = files_.back();
        disk_result<> done;
        std::uint64_t at = to.head + to.size;
        const auto write = [&](byte_view piece) {
            done = out_->write(piece, at);
            at += piece.size();
            return done.has_value();
        };
        if (!protocol::in_pieces(next.bytes(), next.large.get(), write))
            return done;
        to.size += next.bytes().size();
        bytes_ += next.bytes().size();
        changed_(out_);
        waiting_.pop_front();
    }
    return {};
}

// ---- what is rewritten

void spool::seek(const rewrite::coordinate& to)
{
    read_ = {};
    for (std::size_t i = 0; i < files_.size(); ++i) {
        const part& one = files_[i];
        if (to < one.begin)
            break;
        read_ = {i, one.begin.file == to.file ? to.position - one.begin.position : one.size};
        read_.offset = std::min(read_.offset, one.size);
    }
}

disk_result<> spool::open_to_read(const part& one)
{
    if (in_ && in_of_ == read_.file)
        return {};
    auto opened = on_.open(path_of(one), open_as::reading);
    if (!opened)
        return tl::unexpected(opened.error());
    in_ = *std::move(opened);
    in_of_ = read_.file;
    block_.clear();
    return {};
}

// So many bytes from the place on; fewer at the end. Valid until the next call.
disk_result<byte_view> spool::read(const part& one, std::size_t size)
{
    if (auto done = open_to_read(one); !done)
        return tl::unexpected(done.error());
    if (block_.empty() || read_.offset < block_begin_ ||
        read_.offset + size > block_begin_ + block_.size()) {
        const std::uint64_t left = one.size - read_.offset;
        block_.resize(std::min<std::uint64_t>(left, std::max(size, read_block_size)));
        const auto got = in_->read(block_, one.head + read_.offset);
        block_.resize(got ? *got : 0);
        block_begin_ = read_.offset;
        if (!got)
            return tl::unexpected(got.error());
    }
    const byte_view from = byte_view(block_).subspan(read_.offset - block_begin_);
    return from.first(std::min(size, from.size()));
}

disk_result<std::optional<spool::event>> spool::next()
{
    while (read_.file + 1 < files_.size() && read_.offset == files_[read_.file].size)
        read_ = {read_.file + 1, 0};
    if (read_.file >= files_.size() || read_.offset == files_[read_.file].size)
        return std::nullopt;
    const part& one = files_[read_.file];
    event found{.at = one.begin, .sum = one.sum};
    found.at.position += read_.offset;
    found.is_damaged = true;
    large_.reset();
    const auto header = read(one, event_header_size);
    if (!header)
        return tl::unexpected(header.error());
    if (header->size() < event_header_size)
        return found;
    const std::uint64_t size = protocol::load_event_header(*header).size;
    if (size < event_header_size || size > one.size - read_.offset)
        return found;
    if (size >= large_event)
        return finish_large(found, one, size);
    const auto bytes = read(one, size);
    if (!bytes)
        return tl::unexpected(bytes.error());
    if (!is_whole(*bytes, found.at.position, one.sum))
        return found;
    found.bytes = *bytes;
    found.is_damaged = false;
    read_.offset += size;
    return found;
}

disk_result<spool::event> spool::finish_large(event found, const part& one, std::size_t size)
{
    auto mapped = mapped_bytes::make(*in_, one.head + read_.offset, size);
    if (!mapped)
        return tl::unexpected(mapped.error());
    large_ = *std::move(mapped);
    if (!is_whole(large_->view(), found.at.position, one.sum, large_.get()))
        return found;
    found.bytes = large_->view();
    found.large = large_.get();
    found.is_damaged = false;
    read_.offset += size;
    return found;
}

void spool::cut()
{
    waiting_.clear();
    if (files_.empty())
        return;
    // What lies behind the end is the source's log as well; it is written over.
    out_.reset();
    in_.reset();
    while (files_.size() > read_.file + 1) {
        (void)on_.remove(path_of(files_.back()));  // left there, it is the source's log as well
        bytes_ -= files_.back().size;
        files_.pop_back();
    }
    if (read_.file >= files_.size())
        return;
    bytes_ -= files_.back().size - read_.offset;
    files_.back().size = read_.offset;
    if (read_.offset == 0)
        files_.pop_back();
}

disk_result<> spool::drop_before(const rewrite::coordinate& place)
{
    while (!files_.empty() && read_.file > 0) {
        const part& first = files_.front();
        rewrite::coordinate end = first.begin;
        end.position += first.size;
        if (!(end < place))  // a restart at its end looks for it
            break;
        if (auto done = on_.remove(path_of(first)); !done)
            return done;
        bytes_ -= first.size;
        files_.pop_front();
        --read_.file;
        in_.reset();
    }
    return {};
}

}  // namespace proxy
