#include "proxy/waiting_store.hpp"

#include "proxy/store/clean_rotate.hpp"

#include <type_traits>

namespace proxy {

using protocol::event_view;

template <class Value>
rewrite::port_result<Value> waiting_store::answer(disk_result<Value> given)
{
    if (!given) {
        problem_ = std::move(given.error().text);
        return tl::unexpected(rewrite::not_now{});
    }
    if constexpr (std::is_void_v<Value>)
        return {};
    else
        return *std::move(given);
}

rewrite::port_result<> waiting_store::begin_file(
    const source_identity& from, const rewrite::coordinate& at, bool checksums
)
{
    return answer(log_.begin_file(from, at, checksums));
}

void waiting_store::end_file(
    const event_view& event, std::uint64_t upstream_position, const protocol::rotate_view& rotate
)
{
    const std::string next = log_.next_file_name(std::string(rotate.file));
    const std::uint64_t begin = log_.clean_end();
    const auto sum = event.whole.size() - event.body.size() > protocol::event_header_size
                         ? protocol::checksum::crc32
                         : protocol::checksum::none;
    const protocol::byte_buffer clean = clean_rotate(event, next, sum);
    rewrite::outputs out;
    out.list.emplace_back(rewrite::append{.event = clean, .intact = false});
    out.list.emplace_back(rewrite::commit{
        .clean_begin = begin,
        .upstream_begin = upstream_position,
        .upstream_end = upstream_position + event.whole.size(),
        .touched = true,
        .id = {},
    });
    log_.apply(out);
}

void waiting_store::take(const rewrite::outputs& from)
{
    log_.apply(from);
    for (const rewrite::migration_summary& changed : from.changed)
        log_.decisions().update(changed);
    for (const rewrite::remark& said : from.remarks)
        log_.decisions().add_remark(said);
}

rewrite::port_result<> waiting_store::flush()
{
    return answer(log_.flush());
}

rewrite::port_result<> waiting_store::save_checkpoint(
    const rewrite::coordinate& pull_from, protocol::byte_view rewriter_state
)
{
    return answer(log_.save_checkpoint(pull_from, rewriter_state));
}

rewrite::port_result<std::optional<rewrite::decision>>
waiting_store::find(const rewrite::question& asked)
{
    return answer(log_.decisions().find(asked.at, asked.kind));
}

rewrite::port_result<> waiting_store::record(const rewrite::decision& made)
{
    const auto result = answer(log_.decisions().record(made));
    if (result && made.expired)
        lines_.warn(
            "no answer at {} in time: {}",
            to_text(made.at),
            made.kind == rewrite::decision_kind::second_half
                ? "the second half of the cut-over did not follow"
                : made.ruling.reason
        );
    return result;
}

void waiting_store::note_room(bool taken)
{
    if (taken == !full_)
        return;
    full_ = !taken;
    if (taken)
        lines_.info("store: there is room again, going on");
    else
        lines_.error(
            "store: the disk is full ({}). Pulling waits; what is stored is served on. Free some "
            "room, or shorten retention: the source keeps its log only as long as it is set to",
            problem_
        );
}

}  // namespace proxy
