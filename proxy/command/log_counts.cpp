#include "proxy/command/log_counts.hpp"

#include "protocol/payload_event.hpp"
#include "proxy/transaction_tally.hpp"

#include <algorithm>

namespace proxy {

namespace {

using protocol::event_type;
using protocol::event_view;

// Of an inner event; larger ones are not counted.
constexpr std::size_t max_inner_event = std::size_t{64} << 20;

}  // namespace

void log_counter::begin_file(const std::string& upstream_file, protocol::checksum sum)
{
    sum_ = sum;
    tail_.clear();
    log_counts file;
    file.upstream_file = upstream_file;
    file.bytes_in = file.bytes_out = protocol::binlog_magic.size();
    files_.push_back(std::move(file));
}

void log_counter::clear()
{
    files_.clear();
    tail_.clear();
}

log_counter::event_counts log_counter::count(const event_view& event) const
{
    if (protocol::is_rows_event(event.header.type))
        return {.rows = 1};
    if (event.header.type == event_type::table_map)
        return {.maps = 1};
    event_counts inside;
    if (event.header.type != event_type::transaction_payload ||
        payloads_ == payload_counting::closed)
        return inside;
    const auto payload = protocol::parse_payload(event.body);
    if (!payload)
        return inside;
    protocol::payload_reader reader(*payload, max_inner_event);
    for (auto inner = reader.next(); inner && *inner; inner = reader.next()) {
        inside.rows += protocol::is_rows_event((*inner)->header.type) ? 1 : 0;
        inside.maps += (*inner)->header.type == event_type::table_map ? 1 : 0;
    }
    return inside;
}

void log_counter::on_input(const event_view& event)
{
    if (files_.empty())
        return;
    const event_counts inside = count(event);
    files_.back().bytes_in += event.whole.size();
    files_.back().rows_in += inside.rows;
    files_.back().maps_in += inside.maps;
}

void log_counter::take(const rewrite::outputs& made)
{
    for (const rewrite::output& one : made.list) {
        if (const auto* added = std::get_if<rewrite::append>(&one)) {
            on_append(added->event);
        } else if (const auto* back = std::get_if<rewrite::cut>(&one)) {
            while (!tail_.empty() && tail_.back().end > back->to)
                tail_.pop_back();
            files_.back().bytes_out = back->to;
        } else if (const auto* done = std::get_if<rewrite::commit>(&one)) {
            on_commit(*done);
        }
    }
}

void log_counter::on_append(protocol::byte_view bytes)
{
    files_.back().bytes_out += bytes.size();
    const auto event = protocol::parse_event(bytes, sum_);
    if (!event)
        return;
    const event_counts inside = count(*event);
    tail_.push_back({
        .end = files_.back().bytes_out,
        .rows = static_cast<std::uint32_t>(inside.rows),
        .maps = static_cast<std::uint16_t>(std::min<std::uint64_t>(inside.maps, UINT16_MAX)),
        .skeleton = is_skeleton(*event),
    });
}

void log_counter::on_commit(const rewrite::commit& done)
{
    log_counts& file = files_.back();
    for (const kept_event& event : tail_) {
        file.rows_kept += event.rows;
        file.maps_kept += event.maps;
    }
    const bool transaction = std::ranges::any_of(tail_, &kept_event::skeleton);
    file.transactions += transaction ? 1 : 0;
    file.rewritten += done.touched ? 1 : 0;
    file.emptied += done.touched && std::ranges::all_of(tail_, &kept_event::skeleton) ? 1 : 0;
    tail_.clear();
}

log_counts total(const std::vector<log_counts>& files)
{
    log_counts all;
    for (const log_counts& one : files) {
        all.bytes_in += one.bytes_in;
        all.bytes_out += one.bytes_out;
        all.transactions += one.transactions;
        all.rewritten += one.rewritten;
        all.emptied += one.emptied;
        all.rows_in += one.rows_in;
        all.rows_kept += one.rows_kept;
        all.maps_in += one.maps_in;
        all.maps_kept += one.maps_kept;
    }
    return all;
}

}  // namespace proxy
