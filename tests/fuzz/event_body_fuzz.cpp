#include "protocol/control_event.hpp"
#include "protocol/gtid_event.hpp"
#include "protocol/payload_event.hpp"
#include "protocol/query_event.hpp"
#include "protocol/rows_event.hpp"
#include "protocol/status_variables.hpp"

#include <algorithm>
#include <cstdlib>

namespace {

using namespace protocol;

void require(bool held)
{
    if (!held)
        std::abort();
}

// What was read is written as bytes that read the same.
void query_returns(const event_view& event)
{
    const auto query = parse_query(event.body);
    if (!query)
        return;
    byte_buffer out;
    const auto again =
        parse_event(append_query(out, event.header, *query, checksum::none), checksum::none);
    require(again.has_value());
    const auto second = parse_query(again->body);
    require(second && second->text == query->text && second->database == query->database);
    require(second->status.size() == query->status.size());
}

// The new length is exact, and nothing else changes.
void gtid_keeps_all_but_its_length(const event_view& event)
{
    const auto before = parse_gtid_event(event);
    if (!before)
        return;
    for (const std::uint64_t rest_bytes : {0ULL, 200ULL, 16'000ULL, 70'000ULL, 1ULL << 35}) {
        const auto written = with_transaction_length(event, checksum::crc32, rest_bytes);
        require(written.has_value());
        if (!before->transaction_length)
            continue;
        const auto again = parse_event(*written, checksum::crc32);
        require(again.has_value());
        auto after = parse_gtid_event(*again);
        require(after && after->transaction_length == rest_bytes + written->size());
        require(after->id == before->id && after->sequence_number == before->sequence_number);
        const auto patch = transaction_length_patch(*again, *after->transaction_length);
        require(patch && *patch);
        const byte_view there = again->whole.subspan((*patch)->offset, (*patch)->bytes.size());
        require(std::ranges::equal(there, (*patch)->bytes));
    }
}

void heartbeat_returns(const event_view& event)
{
    const auto heartbeat = parse_heartbeat(event);
    if (!heartbeat)
        return;
    byte_buffer out;
    const auto again =
        parse_event(append_heartbeat(out, 1, *heartbeat, true, checksum::none), checksum::none);
    require(again.has_value());
    const auto second = parse_heartbeat(*again);
    require(second && second->file == heartbeat->file && second->position == heartbeat->position);
}

}  // namespace

// A body, behind the type of its event.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    if (size == 0)
        return 0;
    byte_buffer whole;
    event_writer writing(whole, {.type = static_cast<event_type>(data[0])});
    writing.body().bytes({data + 1, size - 1});
    writing.finish(checksum::crc32);
    const auto event = parse_event(whole, checksum::crc32);
    require(event.has_value());
    const byte_view body = event->body;

    switch (event->header.type) {
        case event_type::query: query_returns(*event); break;
        case event_type::gtid:
        case event_type::anonymous_gtid:
        case event_type::gtid_tagged: gtid_keeps_all_but_its_length(*event); break;
        case event_type::table_map:
            if (const auto map = parse_table_map(body)) {
                const auto names = column_names(*map);
                require(!names || names->empty() || names->size() == map->column_types.size());
            }
            break;
        case event_type::rotate: (void)parse_rotate(body); break;
        case event_type::format_description: (void)parse_format_description(whole); break;
        case event_type::xid: (void)parse_xid(body); break;
        case event_type::heartbeat:
        case event_type::heartbeat_v2: heartbeat_returns(*event); break;
        case event_type::xa_prepare: (void)parse_xa_prepare(body); break;
        case event_type::rows_query: (void)parse_rows_query(body); break;
        case event_type::transaction_payload: (void)parse_payload(body); break;
        default: (void)parse_rows_head(body); break;
    }
    return 0;
}
