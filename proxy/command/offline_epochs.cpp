#include "proxy/command/offline_epochs.hpp"

#include "protocol/gtid_event.hpp"

namespace proxy {

void offline_epochs::begin()
{
    next_ = 0;
    gtids_.reset();
    grammar_ = {};
    leaving_out_ = false;
    if (!all_.empty())
        missing_ = all_.front().stored;
}

bool offline_epochs::begins_with(const rewrite::coordinate& at, const protocol::event_view& event)
{
    if (next_ == all_.size() || at.position != protocol::first_position ||
        event.header.type != protocol::event_type::format_description)
        return false;
    const recorded_epoch& one = all_[next_];
    if (at.file != one.log.file || event.header.server_id != one.server_id)
        return false;
    ++next_;
    gtids_ = one.stored;
    missing_ = next_ == all_.size() ? protocol::gtid_set() : all_[next_].stored;
    missing_.subtract(one.stored);
    grammar_ = {};
    leaving_out_ = false;
    return true;
}

rewrite::epoch_begin offline_epochs::start() const
{
    const recorded_epoch& one = all_[next_ - 1];
    return {.known = one.known, .stored = {}, .end = one.end, .lost = one.lost};
}

bool offline_epochs::leaves_out(const rewrite::coordinate& at, const protocol::event_view& event)
{
    if (next_ == all_.size())
        return false;
    const rewrite::coordinate& left = all_[next_].before;
    return left.file.empty() ? leaves_out_by_gtid(event) : !(at < left);
}

bool offline_epochs::leaves_out_by_gtid(const protocol::event_view& event)
{
    if (event.header.type == protocol::event_type::previous_gtids)
        if (const auto before = protocol::parse_gtid_set_binary(event.body))
            missing_.subtract(*before);
    if (grammar_.on(protocol::role_of(event)).begins)
        leaving_out_ = missing_.empty();
    if (protocol::is_gtid_event(event.header.type))
        if (const auto gtid = protocol::parse_gtid_event(event))
            leaving_out_ = !all_[next_].stored.contains(gtid->id);
    return leaving_out_ || (missing_.empty() && !grammar_.open());
}

void offline_epochs::take(const rewrite::outputs& made)
{
    for (const rewrite::output& one : made.list) {
        const auto* const border = std::get_if<rewrite::commit>(&one);
        if (border == nullptr || border->id.number == 0)
            continue;
        protocol::gtid_set seen;
        seen.add(border->id);
        missing_.subtract(seen);
        if (gtids_)
            gtids_->add(border->id);
    }
}

}  // namespace proxy
