#include "proxy/session/consumer_filter.hpp"

#include "protocol/gtid_event.hpp"
#include "proxy/session/dump_ending.hpp"

namespace proxy {
namespace {

protocol::gtid gtid_of(protocol::byte_view event, protocol::checksum sum)
{
    const auto size = protocol::load<std::uint32_t>(event.data() + protocol::event_size_offset);
    if (size <= event.size())
        if (const auto parsed = protocol::parse_event(event.first(size), sum))
            if (const auto gtid = protocol::parse_gtid_event(*parsed))
                return gtid->id;
    throw fatal_refusal("bogus data in log event");
}

}  // namespace

void consumer_filter::begin_file(protocol::checksum sum)
{
    sum_ = sum;
    skipping_ = false;
    jump_untold_ = false;
    leaves_file_ = false;
}

void consumer_filter::on_border(protocol::byte_view event, std::uint64_t position)
{
    skipped_to_ = position;
    skipping_ = !leaves_file_ && request_.seen.contains(gtid_of(event, sum_));
}

void consumer_filter::begin_wait(clock::time_point now)
{
    due_ = period() > clock::duration::zero() ? now + period() : clock::time_point::max();
}

bool consumer_filter::wants_heartbeat(clock::time_point now)
{
    const bool due = now >= due_;
    if (due)
        due_ = now + period();
    return !leaves_file_ && (jump_untold_ || due);
}

}  // namespace proxy
