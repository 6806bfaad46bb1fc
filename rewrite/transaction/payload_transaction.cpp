#include "rewrite/transaction/payload_transaction.hpp"

#include "protocol/rows_event.hpp"

#include <algorithm>

namespace rewrite {
namespace {

using protocol::byte_buffer;
using protocol::byte_view;
using protocol::event_view;

constexpr std::size_t max_inner_event = std::size_t{1} << 30;

void note(const judgement& made, payload_fates& fates)
{
    auto& events = fates.events;
    events.push_back(
        made.replaced    ? inner_fate::replace
        : made.step.keep ? inner_fate::keep
                         : inner_fate::hide
    );
    if (made.step.end_mark_at)
        events[static_cast<std::size_t>(*made.step.end_mark_at)] = inner_fate::keep_with_end_mark;
    if (made.step.cut_to)
        std::fill(
            events.begin() + static_cast<std::ptrdiff_t>(*made.step.cut_to),
            events.end(),
            inner_fate::hide
        );
}

// The event as it is packed, in `buffer` where it changes.
protocol::result<byte_view> packed_form(
    const event_view& event, inner_fate fate, const std::string& instead, byte_buffer& buffer
)
{
    if (fate == inner_fate::keep_with_end_mark) {
        buffer.assign(event.whole.begin(), event.whole.end());
        buffer[protocol::rows_flags_offset] |= protocol::rows_end_of_statement;
        return byte_view(buffer);
    }
    if (fate == inner_fate::replace) {
        auto form = protocol::with_query_text(event, instead, protocol::checksum::none);
        if (!form)
            return tl::unexpected(form.error());
        buffer = *std::move(form);
        return byte_view(buffer);
    }
    return event.whole;
}

}  // namespace

protocol::result<payload_fates>
judge_payload(const coordinate& at, const protocol::payload_view& payload, transaction_judge& judge)
{
    protocol::payload_reader events(payload, max_inner_event);
    payload_fates fates;
    for (;;) {
        const auto next = events.next();
        if (!next)
            return tl::unexpected(next.error());
        const std::optional<event_view>& inner = *next;
        if (!inner) {
            fates.instead = judge.instead();
            return fates;
        }
        const auto made = judge.on_event(at, *inner, fates.events.size());
        if (!made)
            return tl::unexpected(made.error());
        if (made->asks) {
            fates.asks = judge.take_question();
            return fates;
        }
        note(*made, fates);
    }
}

protocol::result<byte_buffer> pack_again(
    const protocol::event_header& like,
    const protocol::payload_view& payload,
    const payload_fates& fates,
    protocol::checksum sum
)
{
    byte_buffer packed;
    protocol::payload_compressor compressor(packed);
    protocol::payload_reader events(payload, max_inner_event);
    byte_buffer changed;
    for (const inner_fate fate : fates.events) {
        const auto inner = events.next();
        if (!inner)
            return tl::unexpected(inner.error());
        if (!*inner)
            break;
        if (fate == inner_fate::hide)
            continue;
        const auto form = packed_form(**inner, fate, fates.instead, changed);
        if (!form)
            return tl::unexpected(form.error());
        if (const auto added = compressor.add(*form); !added)
            return tl::unexpected(added.error());
    }
    if (const auto finished = compressor.finish(); !finished)
        return tl::unexpected(finished.error());
    byte_buffer event;
    protocol::append_payload(
        event,
        like,
        {.kind = protocol::compression::zstd,
         .uncompressed_size = compressor.uncompressed_size(),
         .payload = packed},
        sum
    );
    return event;
}

}  // namespace rewrite
