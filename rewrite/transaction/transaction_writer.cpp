#include "rewrite/transaction/transaction_writer.hpp"

#include "protocol/ascii.hpp"
#include "protocol/control_event.hpp"
#include "protocol/gtid_event.hpp"
#include "protocol/rows_event.hpp"
#include "protocol/status_variables.hpp"
#include "rewrite/sql/client_charset.hpp"
#include "rewrite/transaction/status_block.hpp"

#include <utility>

namespace rewrite {
namespace {

using protocol::byte_buffer;
using protocol::byte_view;
using protocol::checksum;
using protocol::event_type;
using protocol::event_view;

// XIDs are unique per file, and a server refuses to start on a log that repeats one: ours lie where
// no server counts to.
constexpr std::uint64_t own_xid = std::uint64_t{1} << 63;

}  // namespace

byte_buffer
make_begin(const protocol::event_header& like, const skeleton& of, protocol::checksum sum)
{
    protocol::event_header header = like;
    header.type = event_type::query;
    header.flags = protocol::event_suppress_use;
    const byte_buffer status = begin_status(of.status);
    byte_buffer event;
    protocol::append_query(
        event,
        header,
        {.thread_id = of.thread_id, .status = status, .database = of.database, .text = "BEGIN"},
        sum
    );
    return event;
}

void transaction_writer::open(const coordinate& at)
{
    reset();
    clean_begin_ = rest_begin_ = to_.clean_end;
    upstream_begin_ = at.position;
}

void transaction_writer::reset()
{
    touched_ = gtid_held_ = false;
    gtid_event_.clear();  // keeps its memory from one transaction to the next
    id_ = {};
}

void transaction_writer::hold_gtid(const event_view& event, protocol::gtid id)
{
    gtid_held_ = true;
    gtid_event_.assign(event.whole.begin(), event.whole.end());
    id_ = std::move(id);
}

void transaction_writer::pass_head(const event_view& event)
{
    pass(event);
    rest_begin_ = to_.clean_end;
}

void transaction_writer::append(byte_buffer event)
{
    release_gtid();
    to_.append(std::move(event));
    touched_ = true;
}

void transaction_writer::set_rows_flags(std::uint64_t rows_event_at, std::uint16_t flags)
{
    byte_buffer bytes(sizeof(flags));
    protocol::store(bytes.data(), flags);
    to_.patch(rows_event_at, protocol::rows_flags_offset, std::move(bytes));
    touched_ = true;
}

void transaction_writer::cut(std::uint64_t to)
{
    if (to >= to_.clean_end)
        return;
    to_.cut(to);
    touched_ = true;
}

protocol::result<void>
transaction_writer::finish(const coordinate& at, const event_view& last, checksum sum)
{
    pass(last);
    const auto gtid = touched_ ? protocol::parse_event(gtid_event_, sum)
                               : tl::unexpected(protocol::errc::truncated);
    if (gtid) {
        auto patched = protocol::transaction_length_patch(*gtid, to_.clean_end - clean_begin_);
        if (!patched)  // an operator's statement that is longer than what it stands for
            return tl::unexpected(patched.error());
        if (std::optional<protocol::length_patch>& length = *patched)
            to_.patch(clean_begin_, length->offset, std::move(length->bytes));
    }
    commit(at.position + last.whole.size());
    return {};
}

void transaction_writer::abandon(const coordinate& at)
{
    if (std::exchange(gtid_held_, false))
        to_.append(byte_buffer(gtid_event_));  // its bytes: the next GTID event comes in this call
    commit(at.position);
}

void transaction_writer::pass_alone(const coordinate& at, const event_view& event)
{
    open(at);
    pass(event);
    commit(at.position + event.whole.size());
}

void transaction_writer::write_gtid(std::uint64_t rest_bytes, checksum sum)
{
    gtid_held_ = false;
    const auto gtid = protocol::parse_event(gtid_event_, sum);
    if (!gtid_event_.empty() && gtid)
        if (auto head = protocol::with_transaction_length(*gtid, sum, rest_bytes))
            to_.append(std::move(*head));
}

void transaction_writer::write_empty(
    const coordinate& at, const event_view& last, const skeleton& of, checksum sum
)
{
    byte_buffer begin = make_begin(last.header, of, sum);
    protocol::event_header header = last.header;
    header.type = event_type::xid;
    header.flags = 0;
    const std::uint64_t xid_size = protocol::event_header_size + 8 + protocol::checksum_size(sum);
    to_.cut(rest_begin_);
    write_gtid(begin.size() + xid_size, sum);
    to_.append(std::move(begin));
    byte_buffer end;
    protocol::append_xid(end, header, of.xid.value_or(own_xid + to_.clean_end), sum);
    to_.append(std::move(end));
    touched_ = true;
    commit(at.position + last.whole.size());
}

void transaction_writer::write_whole(
    const coordinate& at, const event_view& last, byte_buffer event, checksum sum
)
{
    to_.cut(rest_begin_);
    write_gtid(event.size(), sum);
    to_.append(std::move(event));
    touched_ = true;
    commit(at.position + last.whole.size());
}

void transaction_writer::serve(const statement_event& s)
{
    pass(s.event);
    commit(s.at.position + s.event.whole.size());
}

void transaction_writer::serve_text(const statement_event& s, std::string_view text)
{
    protocol::query_view query = s.query;
    query.text = text;
    serve_query(s, query, s.event.header.flags);
}

void transaction_writer::serve_utf8_text(const statement_event& s, std::string_view text)
{
    if (protocol::is_ascii(text) || family_of(s.rules.charset) == charset_family::utf8) {
        serve_text(s, text);
        return;
    }
    constexpr std::uint16_t utf8mb3_general_ci = 33;
    byte_buffer status(s.query.status.begin(), s.query.status.end());
    if (const auto variables = protocol::parse_status_variables(status))
        for (const protocol::status_variable& variable : *variables)
            if (variable.code == protocol::status_code::charset && variable.bytes.size() == 7)
                protocol::store(
                    status.data() + (variable.bytes.data() - status.data()) + 1, utf8mb3_general_ci
                );
    protocol::query_view query = s.query;
    query.text = text;
    query.status = status;
    serve_query(s, query, s.event.header.flags);
}

void transaction_writer::serve_query(
    const statement_event& s, const protocol::query_view& query, std::uint16_t flags
)
{
    protocol::event_header header = s.event.header;
    header.type = event_type::query;
    header.flags = flags;
    byte_buffer event;
    protocol::append_query(event, header, query, s.sum);
    write_whole(s.at, s.event, std::move(event), s.sum);
}

void transaction_writer::serve_empty(const statement_event& s)
{
    skeleton of{
        .database = std::string(s.query.database),
        .status = {s.query.status.begin(), s.query.status.end()},
        .thread_id = s.query.thread_id,
        .xid = {},
    };
    if (const auto session = protocol::read_session_state(s.query.status))
        of.xid = session->ddl_xid;
    write_empty(s.at, s.event, of, s.sum);
}

void transaction_writer::commit(std::uint64_t upstream_end)
{
    to_.commit({
        .clean_begin = clean_begin_,
        .upstream_begin = upstream_begin_,
        .upstream_end = upstream_end,
        .touched = touched_,
        .id = std::move(id_),
    });
}

}  // namespace rewrite
