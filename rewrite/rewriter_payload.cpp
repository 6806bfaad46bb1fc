#include "protocol/control_event.hpp"
#include "protocol/payload_event.hpp"
#include "rewrite/rewriter_state.hpp"
#include "rewrite/tool/tool.hpp"

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
    replace,  // by an operator's statement
};

}  // namespace

// Two readings of the same events: fates first, then what is packed anew.
// NOLINTBEGIN(readability-function-cognitive-complexity)
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
    std::optional<decision> word;
    alarms noticed;
    std::vector<table_name> made;  // by CREATE ... SELECT
    filter.reset();
    watch = {};
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
            bool replaced = false;
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
                        tx.thread_id = thread_id;
                    }
                    if (query->text == "BEGIN" || query->text == "COMMIT")
                        break;
                    const lexical_rules rules = rules_of(query->status, set.server_version);
                    const statement read =
                        read_statement(query->text, query->database, rules, set.names);
                    switch (read.kind) {
                        case statement_kind::xa_start: xa_id = read.xid; break;
                        case statement_kind::begin:
                        case statement_kind::commit:
                        case statement_kind::xa_end:
                        case statement_kind::savepoint:
                        case statement_kind::rollback: break;
                        default: {
                            text_fate becomes;
                            if (asks asked =
                                    judge_text(at, read, query->text, word, becomes, noticed))
                                return asked;
                            if (read.kind == statement_kind::create_table ||
                                read.kind == statement_kind::create_table_select)
                                if (const auto* table = read.first(table_role::target))
                                    made.push_back(table->name);
                            if (becomes.drop)
                                tx.hidden_for = becomes.whose;
                            replaced = becomes.instead.has_value();
                            step = filter.on_text(becomes.drop, place);
                        }
                    }
                    break;
                }
                case event_type::rows_query: {
                    const auto text = protocol::parse_rows_query(one.body);
                    watch.text_seen = text.has_value();
                    watch.marked = text && marks_rows(*text);
                    filter.on_lead(place);
                    break;
                }
                case event_type::intvar:
                case event_type::rand:
                case event_type::user_var: filter.on_lead(place); break;
                case event_type::table_map: {
                    const auto map = protocol::parse_table_map(one.body);
                    if (!map)
                        return tl::unexpected(map.error());
                    const hidden_object* object = nullptr;
                    if (asks asked = look_at_table_map(at, *map, word, object))
                        return asked;
                    if (object)
                        tx.hidden_for = object->migration;
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
                        keeps_rows = keeps_rows || step.keep;
                        if (!filter.in_statement())
                            end_watch(noticed);
                    } else {
                        keeps_rows = true;  // whatever it is
                    }
                    break;
            }
            fates.push_back(!step.keep ? fate::hide : replaced ? fate::replace : fate::keep);
            hides = hides || replaced;
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
    for (const table_name& table : made)
        made_in_transaction(table, at);
    raise(noticed, at);
    if (const migration* m = book.by_id(tx.ghost_rows_of);
        m && description_of(m->which).rows == row_source::log && keeps_rows)
        book.disturb(m->id, at, "somebody else wrote to " + to_text(m->ghost));
    if (!hides) {
        pass(event);
        commit(at, event, false);
        return asks{};
    }
    book.count_hidden(
        tx.hidden_for, {.transactions = 1, .events = hidden_count, .bytes = hidden_bytes}
    );

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
        if (fates[place] == fate::replace) {
            auto query = protocol::parse_query((*inner)->body);
            if (!query)
                return tl::unexpected(query.error());
            query->text = word->sql;
            marked.clear();
            protocol::append_query(marked, (*inner)->header, *query, protocol::checksum::none);
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
// NOLINTEND(readability-function-cognitive-complexity)

}  // namespace rewrite
