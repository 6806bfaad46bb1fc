#pragma once

#include "proxy/store/store.hpp"
#include "tests/support/event_builder.hpp"

#include <spdlog/sinks/null_sink.h>

// Puts logs made by event_builder into a store as the rewriter would: event by event, a commit at
// the end of each transaction and of each event outside one.
namespace tests {

inline spdlog::logger& silent_log()
{
    static spdlog::logger log("silent", std::make_shared<spdlog::sinks::null_sink_mt>());
    return log;
}

inline proxy::store_options
in_folder(const std::filesystem::path& folder, std::uint64_t max_tail_memory = 1U << 20)
{
    proxy::store_options options;
    options.folder = folder;
    options.max_tail_memory = max_tail_memory;
    options.sync_interval = std::chrono::milliseconds(0);  // everything at once, no thread
    return options;
}

// What the disk gave, which is expected to let us.
template <class Value>
Value done(proxy::disk_result<Value> given)
{
    if (!given)
        throw std::runtime_error(given.error().text);
    if constexpr (!std::is_void_v<Value>)
        return *std::move(given);
}

class store_feed
{
public:
    explicit store_feed(proxy::store& to) : to_(to) {}

    void begin(
        const std::string& upstream_file,
        std::uint32_t epoch = 1,
        bool checksums = true,
        std::uint32_t format_timestamp = 77
    )
    {
        done(try_begin(upstream_file, epoch, checksums, format_timestamp));
    }
    proxy::disk_result<> try_begin(
        const std::string& upstream_file,
        std::uint32_t epoch = 1,
        bool checksums = true,
        std::uint32_t format_timestamp = 77
    )
    {
        identity_.log = {epoch, {1, 2, 3}, upstream_file};
        identity_.format_timestamp = format_timestamp;
        position_ = 4;
        auto begun = to_.begin_file(
            identity_, 4, checksums ? protocol::checksum::crc32 : protocol::checksum::none
        );
        border_ = to_.clean_end();
        return begun;
    }
    // Where the upstream log is read on after a restart.
    void resume(const proxy::resume_point& from)
    {
        identity_ = from.identity;
        position_ = from.pull_from.position;
        border_ = from.clean_end;
        upstream_border_ = position_;
    }

    // One upstream event; `stored` is what the rewriter makes of it (nothing: it is hidden).
    void event(byte_view upstream, std::optional<byte_view> stored, bool ends)
    {
        if (!open_) {
            border_ = to_.clean_end();
            upstream_border_ = position_;
            open_ = true;
            touched_ = false;
        }
        position_ += upstream.size();
        if (const auto view = protocol::parse_event(upstream, protocol::checksum::crc32))
            if (protocol::is_gtid_event(view->header.type))
                id_ = protocol::parse_gtid_event(*view)->id;
        const bool same = stored && stored->data() == upstream.data();
        touched_ |= !same;
        if (stored)
            out_.list.push_back(rewrite::append{.event = *stored, .intact = same});
        if (ends) {
            out_.list.push_back(rewrite::commit{
                .clean_begin = border_,
                .upstream_begin = upstream_border_,
                .upstream_end = position_,
                .touched = touched_,
                .id = id_,
            });
            open_ = false;
            id_ = {};
        }
        to_.apply(out_);
        out_.clear();
    }

    // Events as they are, from the first to behind the last.
    void pass(const std::vector<byte_buffer>& events, std::size_t first = 0, std::size_t last = ~0U)
    {
        for (std::size_t i = first; i < std::min(last, events.size()); ++i) {
            const auto view = protocol::parse_event(events[i], protocol::checksum::crc32);
            const event_type type = view->header.type;
            in_transaction_ |= protocol::is_gtid_event(type);
            const bool ends = !in_transaction_ || type == event_type::xid;
            if (ends)
                in_transaction_ = false;
            event(events[i], byte_view(events[i]), ends);
        }
    }
    void pass(const event_builder& log) { pass(log.events()); }

    rewrite::coordinate at() const { return identity_.log.at(position_); }

private:
    proxy::store& to_;
    proxy::source_identity identity_;
    std::uint64_t position_ = 4;
    std::uint64_t border_ = 4;
    std::uint64_t upstream_border_ = 4;
    bool open_ = false;
    bool touched_ = false;
    bool in_transaction_ = false;
    protocol::gtid id_;
    rewrite::outputs out_;
};

}  // namespace tests
