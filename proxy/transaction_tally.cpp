#include "proxy/transaction_tally.hpp"

#include "protocol/event.hpp"
#include "protocol/query_event.hpp"

namespace proxy {
namespace {

using protocol::event_type;

bool is_skeleton(protocol::byte_view bytes, event_type type, protocol::checksum sum)
{
    if (protocol::is_gtid_event(type) || type == event_type::xid)
        return true;
    if (type != event_type::query)
        return false;
    const auto event = protocol::parse_event(bytes, sum);
    const auto query =
        event ? protocol::parse_query(event->body) : tl::unexpected(protocol::errc::truncated);
    return query && query->text == "BEGIN";
}

}  // namespace

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
    const event_type type = protocol::load_event_header(bytes).type;
    if (is_skeleton(bytes, type, sum_))
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
