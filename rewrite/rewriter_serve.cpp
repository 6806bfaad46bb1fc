#include "protocol/ascii.hpp"
#include "protocol/control_event.hpp"
#include "protocol/status_variables.hpp"
#include "rewrite/rewriter_state.hpp"
#include "rewrite/sql/client_charset.hpp"

#include <algorithm>

// What becomes of a transaction that is one statement: served, served with another text, or
// emptied.
namespace rewrite {

using protocol::byte_buffer;
using protocol::byte_view;
using protocol::checksum;
using protocol::event_type;

namespace {

// XIDs are unique per file, and a server refuses to start on a log that repeats one: ours lie where
// no server counts to.
constexpr std::uint64_t own_xid = std::uint64_t{1} << 63;

}  // namespace

void rewriter::state::serve(const statement_event& s)
{
    pass(s.event);
    commit(s.at, s.event, false);
}

void rewriter::state::serve_text(const statement_event& s, std::string_view text)
{
    protocol::query_view query = s.query;
    query.text = text;
    serve_query(s, query, s.event.header.flags);
}

// A text of ours, in UTF-8 whatever the client's character set was.
void rewriter::state::serve_utf8_text(const statement_event& s, std::string_view text)
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

void rewriter::state::serve_query(
    const statement_event& s, const protocol::query_view& query, std::uint16_t flags
)
{
    protocol::event_header header = s.event.header;
    header.type = event_type::query;
    header.flags = flags;
    byte_buffer event;
    protocol::append_query(event, header, query, s.sum);
    emit.cut(tx.clean_begin);
    write_whole(std::move(event), s.sum);
    commit(s.at, s.event, true);
}

void rewriter::state::serve_empty(const statement_event& s, std::uint64_t owner)
{
    std::optional<std::uint64_t> xid;
    if (const auto session = protocol::read_session_state(s.query.status))
        xid = session->ddl_xid;
    emit.cut(tx.clean_begin);
    write_empty(s.event.header, s.query.database, s.query.status, s.query.thread_id, xid, s.sum);
    book.count_hidden(owner, {.transactions = 1, .events = 1, .bytes = s.event.whole.size()});
    commit(s.at, s.event, true);
}

void rewriter::state::write_empty(
    const protocol::event_header& like,
    std::string_view database,
    byte_view status,
    std::uint32_t thread_id,
    std::optional<std::uint64_t> xid,
    checksum sum
)
{
    byte_buffer rest = make_begin(like, database, status, thread_id, sum);
    const std::size_t begin_size = rest.size();
    protocol::event_header header = like;
    header.type = event_type::xid;
    header.flags = 0;
    const std::uint64_t xid_size = protocol::event_header_size + 8 + protocol::checksum_size(sum);
    const auto gtid = protocol::parse_event(tx.gtid_event, sum);
    if (!tx.gtid_event.empty() && gtid)
        if (auto head = protocol::with_transaction_length(*gtid, sum, begin_size + xid_size))
            emit.append(std::move(*head));
    tx.gtid_held = false;
    emit.append(std::move(rest));
    byte_buffer end;
    protocol::append_xid(end, header, xid.value_or(own_xid + emit.clean_end), sum);
    emit.append(std::move(end));
}

// The GTID event with its new length, and the one event that is the transaction.
void rewriter::state::write_whole(byte_buffer event, checksum sum)
{
    const auto gtid = protocol::parse_event(tx.gtid_event, sum);
    if (!tx.gtid_event.empty() && gtid)
        if (auto head = protocol::with_transaction_length(*gtid, sum, event.size()))
            emit.append(std::move(*head));
    tx.gtid_held = false;
    emit.append(std::move(event));
}

}  // namespace rewrite
