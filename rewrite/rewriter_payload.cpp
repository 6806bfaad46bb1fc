#include "protocol/control_event.hpp"
#include "protocol/payload_event.hpp"
#include "rewrite/rewriter_state.hpp"

#include <algorithm>

// TRANSACTION_PAYLOAD: a compressed transaction. It is opened only while something may be hidden,
// read once to learn each event's fate, and packed anew only if one of them goes.
namespace rewrite {
namespace {

using protocol::byte_buffer;
using protocol::event_type;
using protocol::event_view;

constexpr std::size_t max_inner_event = std::size_t{1} << 30;

enum class fate : std::uint8_t {
    keep,
    keep_with_end_mark,
    hide,
};

}  // namespace

protocol::result<asks>
rewriter::state::on_payload(const coordinate& at, const event_view& event, protocol::checksum sum)
{
    if (!tx.filtering) {
        pass(event);
        commit(at, event, false);
        return asks{};
    }
    const auto payload = protocol::parse_payload(event.body);
    if (!payload)
        return tl::unexpected(payload.error());

    // First reading: fates by event number. Places in the filter are event numbers here.
    std::vector<fate> fates;
    bool hides = false;
    bool keeps_rows = false;
    std::string xa_id;
    bool xa_prepared = false;
    bool one_phase = false;
    std::uint64_t hidden_bytes = 0;
    std::uint64_t hidden_count = 0;
    std::optional<std::uint64_t> xid;
    protocol::event_header begin_header = event.header;
    std::string begin_database;
    byte_buffer begin_status;
    std::uint32_t thread_id = 0;
    {
        protocol::payload_reader events(*payload, max_inner_event);
        for (;;) {
            const auto inner = events.next();
            if (!inner)
                return tl::unexpected(inner.error());
            if (!*inner)
                break;
            const event_view& one = **inner;
            const std::uint64_t place = fates.size();
            filter_step step;
            switch (one.header.type) {
                case event_type::query: {
                    const auto query = protocol::parse_query(one.body);
                    if (!query)
                        return tl::unexpected(query.error());
                    if (place == 0) {
                        begin_header = one.header;
                        begin_database = query->database;
                        begin_status.assign(query->status.begin(), query->status.end());
                        thread_id = query->thread_id;
                    }
                    if (query->text == "BEGIN" || query->text == "COMMIT")
                        break;
                    const lexical_rules rules = rules_of(query->status, set.server_version);
                    const statement read =
                        read_statement(query->text, query->database, rules, set.names);
                    if (read.kind == statement_kind::xa_start)
                        xa_id = read.xid;
                    if (read.kind == statement_kind::change_rows ||
                        read.kind == statement_kind::unreadable) {
                        // Statements in text are decided on one by one elsewhere; inside a payload
                        // (mixed format) one that names a hidden table stops.
                        const auto named = std::ranges::find_if(
                            read.tables,
                            [&](const table_reference& reference) {
                                return hidden.find(reference.name) != nullptr;
                            }
                        );
                        if ((named != read.tables.end() || read.kind == statement_kind::unreadable
                            ) &&
                            !hidden.empty() && !take(question_kind::stop, at))
                            return asks(stop(
                                at,
                                stop_reason::hidden_named,
                                0,
                                "a statement in a compressed transaction may need a hidden table"
                            ));
                        step = filter.on_text(false, place);
                    }
                    break;
                }
                case event_type::rows_query:
                case event_type::intvar:
                case event_type::rand:
                case event_type::user_var: filter.on_lead(place); break;
                case event_type::table_map: {
                    const auto map = protocol::parse_table_map(one.body);
                    if (!map)
                        return tl::unexpected(map.error());
                    const table_name name = resolve(map->schema, map->table, {}, set.names);
                    const hidden_object* object = hidden.find(name);
                    if (object && object->role == hidden_role::strayed &&
                        !take(question_kind::stop, at))
                        return asks(stop(
                            at,
                            stop_reason::hidden_renamed_away,
                            object->migration,
                            "rows of " + to_text(name) + ", which was never served"
                        ));
                    if (object)
                        tx.hidden_for = object->migration;
                    else
                        forget_candidate(name);
                    for (migration& m : live)
                        if (m.folding() && m.original == name && m.sentry_dropped)
                            m.lost_rows = true;
                    step = filter.on_table_map(map->table_id, object != nullptr, place);
                    break;
                }
                case event_type::xid:
                    if (const auto number = protocol::parse_xid(one.body))
                        xid = *number;
                    break;
                case event_type::xa_prepare: {
                    const auto prepared = protocol::parse_xa_prepare(one.body);
                    xa_prepared = true;
                    one_phase = prepared && prepared->one_phase;
                    break;
                }
                default:
                    if (protocol::is_rows_event(one.header.type)) {
                        const auto rows = protocol::parse_rows_head(one.body);
                        if (!rows)
                            return tl::unexpected(rows.error());
                        step = filter.on_rows(*rows, place);
                    }
                    break;
            }
            fates.push_back(step.keep ? fate::keep : fate::hide);
            if (!step.keep) {
                hides = true;
                ++hidden_count;
                hidden_bytes += one.whole.size();
            }
            if (step.end_mark_at)
                fates[static_cast<std::size_t>(*step.end_mark_at)] = fate::keep_with_end_mark;
            if (step.cut_to)
                std::fill(
                    fates.begin() + static_cast<std::ptrdiff_t>(*step.cut_to),
                    fates.end(),
                    fate::hide
                );
            keeps_rows = keeps_rows || step.kept_statement;
        }
    }
    filter.reset();
    if (!hides) {
        pass(event);
        commit(at, event, false);
        return asks{};
    }
    if (migration* m = by_id(tx.hidden_for)) {
        ++m->hidden_transactions;
        m->hidden_events += hidden_count;
        m->hidden_bytes += hidden_bytes;
    }

    emit.cut(tx.clean_begin);
    if (!keeps_rows) {
        if (xa_prepared && !one_phase)
            emptied_xa.insert(xa_id);
        protocol::event_header like = event.header;
        write_empty(like, begin_database, begin_status, thread_id, xid, sum);
        commit(at, event, true);
        return asks{};
    }

    // Second reading: what stays is packed anew.
    byte_buffer packed;
    protocol::payload_compressor compressor(packed);
    protocol::payload_reader events(*payload, max_inner_event);
    byte_buffer marked;
    for (std::size_t place = 0;; ++place) {
        const auto inner = events.next();
        if (!inner)
            return tl::unexpected(inner.error());
        if (!*inner)
            break;
        protocol::byte_view bytes = (*inner)->whole;
        if (fates[place] == fate::hide)
            continue;
        if (fates[place] == fate::keep_with_end_mark) {
            marked.assign(bytes.begin(), bytes.end());
            marked[protocol::rows_flags_offset] |= protocol::rows_end_of_statement;
            bytes = marked;
        }
        if (const auto added = compressor.add(bytes); !added)
            return tl::unexpected(added.error());
    }
    if (const auto finished = compressor.finish(); !finished)
        return tl::unexpected(finished.error());
    byte_buffer rebuilt;
    protocol::append_payload(
        rebuilt,
        event.header,
        {.kind = protocol::compression::zstd,
         .uncompressed_size = compressor.uncompressed_size(),
         .payload = packed},
        sum
    );
    write_whole(std::move(rebuilt), sum);
    commit(at, event, true);
    return asks{};
}

}  // namespace rewrite
