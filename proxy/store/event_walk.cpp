#include "proxy/store/event_walk.hpp"

#include "protocol/gtid_event.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace proxy {

namespace {

constexpr std::size_t walk_block_size = std::size_t{256} << 10;

}  // namespace

event_walk::event_walk(
    const disk_file& file,
    std::uint64_t from,
    std::uint64_t end,
    protocol::checksum sum,
    walk_check check
)
    : file_(file)
    , position_(from)
    , end_(end)
    , sum_(sum)
    , check_(check)
{}

// Bytes at this offset, `size` (at most a block) of them, fewer at the end.
protocol::byte_view event_walk::block(std::uint64_t at, std::size_t size)
{
    const std::uint64_t block_end = block_begin_ + block_.size();
    if (at < block_begin_ || at + size > block_end) {
        block_.resize(static_cast<std::size_t>(std::min<std::uint64_t>(walk_block_size, end_ - at))
        );
        block_.resize(value_of(file_.read(block_, at)));
        block_begin_ = at;
    }
    const auto offset = static_cast<std::size_t>(at - block_begin_);
    return protocol::byte_view(block_).subspan(offset, std::min(size, block_.size() - offset));
}

std::optional<event_walk::event> event_walk::next()
{
    if (position_ >= end_ || end_ - position_ < protocol::event_header_size)
        return std::nullopt;
    const protocol::byte_view header = block(position_, protocol::event_header_size);
    if (header.size() < protocol::event_header_size)
        return std::nullopt;
    event found{.at = position_, .header = protocol::load_event_header(header), .bytes = {}};
    const std::uint64_t size = found.header.size;
    // A hole left by the end of the machine is zeros: size 0.
    if (size < protocol::event_header_size + protocol::checksum_size(sum_) ||
        size > end_ - position_ ||
        found.header.end_log_pos != static_cast<std::uint32_t>(position_ + size))
        return std::nullopt;
    const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(size, walk_block_size));
    found.bytes = block(position_, wanted);
    if (found.bytes.size() < wanted || (check_ == walk_check::checksums && !is_right(found)))
        return std::nullopt;
    position_ += size;
    return found;
}

bool event_walk::is_right(const event& one)
{
    if (sum_ == protocol::checksum::none)
        return true;
    if (one.bytes.size() == one.header.size)
        return protocol::checksum_is_right(one.bytes);
    const std::uint64_t covered = one.header.size - protocol::checksum_size(sum_);
    const auto crc = value_of(crc32_of(file_, one.at, covered));
    std::array<std::uint8_t, 4> stored{};
    return crc && value_of(file_.read(stored, one.at + covered)) == stored.size() &&
           protocol::load<std::uint32_t>(stored.data()) == *crc;
}

protocol::transaction_step
transaction_tracker::on_event(const event_walk::event& one, protocol::checksum sum)
{
    // One that does not fit into a block is none of those whose body matters.
    protocol::event_view event{.header = one.header, .body = {}, .whole = one.bytes};
    if (const auto whole = protocol::parse_event(one.bytes, sum))
        event = *whole;
    const protocol::transaction_step step = grammar_.on(protocol::role_of(event));
    if (step.abandons || step.ends)
        ended_ = std::exchange(id_, {});
    if (protocol::is_gtid_event(event.header.type))
        if (auto parsed = protocol::parse_gtid_event(event))
            id_ = std::move(parsed->id);
    return step;
}

}  // namespace proxy
