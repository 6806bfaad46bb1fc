#include "proxy/transaction_tally.hpp"

#include "protocol/transaction_grammar.hpp"

namespace proxy {

using protocol::event_role;

bool is_skeleton(const protocol::event_view& event)
{
    switch (protocol::role_of(event)) {
        case event_role::opens:
        case event_role::opens_begun:
        case event_role::begins: return true;
        default: return event.header.type == protocol::event_type::xid;
    }
}

void transaction_tally::begin_at(std::uint64_t clean_offset, protocol::checksum sum)
{
    sum_ = sum;
    end_ = clean_offset;
    has_skeleton_ = false;
    content_at_.reset();
}

void transaction_tally::take(const rewrite::outputs& made)
{
    for (const rewrite::output& one : made.list) {
        if (const auto* added = std::get_if<rewrite::append>(&one)) {
            on_append(added->event);
        } else if (const auto* back = std::get_if<rewrite::cut>(&one)) {
            end_ = back->to;
            if (content_at_ && *content_at_ >= end_)
                content_at_.reset();
        } else if (const auto* done = std::get_if<rewrite::commit>(&one)) {
            on_commit(*done);
        }
    }
}

void transaction_tally::on_append(protocol::byte_view bytes)
{
    // Most events are rows, which need no second look.
    const protocol::event_type type = protocol::load_event_header(bytes).type;
    const auto event = protocol::role_of(type) == event_role::part
                           ? tl::unexpected(protocol::errc::bad_value)
                           : protocol::parse_event(bytes, sum_);
    if (event && is_skeleton(*event))
        has_skeleton_ = true;
    else if (!content_at_)
        content_at_ = end_;
    end_ += bytes.size();
}

void transaction_tally::on_commit(const rewrite::commit& done)
{
    if (has_skeleton_) {
        ++transactions_;
        if (done.touched && !content_at_)
            ++emptied_;
    }
    has_skeleton_ = false;
    content_at_.reset();
}

}  // namespace proxy
