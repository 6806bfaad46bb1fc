#include "protocol/ascii.hpp"
#include "protocol/gtid_event.hpp"
#include "rewrite/rewriter_state.hpp"
#include "rewrite/transaction/payload_transaction.hpp"

#include <algorithm>
#include <array>
#include <utility>

// Events on their way: into transactions, through the judge, to the writer.
namespace rewrite {

using protocol::byte_buffer;
using protocol::checksum;
using protocol::event_role;
using protocol::event_type;
using protocol::event_view;
using protocol::transaction_step;

namespace {

bool resolves_xa(const statement& read)
{
    return read.kind == statement_kind::xa_commit || read.kind == statement_kind::xa_rollback;
}

}  // namespace

// The grammar moves only when the event is done: one that asks comes again.
protocol::result<asks>
rewriter::state::on_event(const coordinate& at, const event_view& event, checksum sum)
{
    // Most events: neither begin nor end anything.
    if (grammar.begun() && protocol::role_of(event.header.type) == event_role::part)
        return on_inner(at, event, sum);

    protocol::transaction_grammar after = grammar;
    protocol::result<asks> asked =
        event.header.type == event_type::query       ? on_query(at, event, sum, after)
        : protocol::is_gtid_event(event.header.type) ? on_gtid(at, event, after)
                                                     : on_other(at, event, sum, after);
    if (asked && !*asked)
        grammar = after;
    return asked;
}

transaction_step
rewriter::state::enter(event_role role, const coordinate& at, protocol::transaction_grammar& after)
{
    const transaction_step step = after.on(role);
    if (step.abandons)
        writer.abandon(at);
    if (!step.begins)
        return step;
    writer.open(at);
    filtering = book.watching();
    if (filtering) {
        book_before = book;
        judge.open();
    }
    return step;
}

protocol::result<asks> rewriter::state::on_gtid(
    const coordinate& at, const event_view& event, protocol::transaction_grammar& after
)
{
    auto gtid = protocol::parse_gtid_event(event);
    if (!gtid)
        return tl::unexpected(gtid.error());
    enter(event_role::opens, at, after);
    writer.hold_gtid(event, std::move(gtid->id));
    return asks{};
}

protocol::result<asks> rewriter::state::on_other(
    const coordinate& at,
    const event_view& event,
    checksum sum,
    protocol::transaction_grammar& after
)
{
    const event_role role = protocol::role_of(event);
    const transaction_step step = enter(role, at, after);
    if (role == event_role::gap)
        on_incident(at);
    if (!step.begins && (step.abandons || !grammar.open())) {
        writer.pass_alone(at, event);
        return asks{};
    }
    if (role == event_role::opens || role == event_role::opens_begun) {
        writer.pass_head(event);
        return asks{};
    }
    if (event.header.type == event_type::transaction_payload)
        return on_payload(at, event, sum);
    if (event.header.type == event_type::execute_load_query && step.ends)
        return on_load_data(at, event, sum);
    return step.ends ? on_last(at, event, sum) : on_inner(at, event, sum);
}

protocol::result<asks> rewriter::state::on_query(
    const coordinate& at,
    const event_view& event,
    checksum sum,
    protocol::transaction_grammar& after
)
{
    const auto query = protocol::parse_query(event.body);
    if (!query)
        return tl::unexpected(query.error());
    const event_role role = protocol::role_of_query(query->text);
    const transaction_step step = enter(role, at, after);
    if (role == event_role::begins) {
        if (filtering)
            judge.begin(*query);
        writer.pass(event);
        return asks{};
    }
    if (!step.ends) {
        auto asked = on_inner(at, event, sum);
        if (asked && !*asked)
            note_inner_statement(*query);
        return asked;
    }
    if (grammar.begun() || query->text == "COMMIT")
        return on_last(at, event, sum);

    const lexical_rules rules = rules_of(query->status, set.server_version);
    statement read = read_statement(query->text, query->database, rules, set.names);
    const std::vector<schema_change> changed = schema_changes_of(read, query->text);
    const temporary_change temporary = book.temporary().take_out_of(
        read, {event.header.server_id, query->thread_id}, query->error_code != 0
    );
    const statement_event s{at, event, *query, read, rules, sum};
    if (role == event_role::statement) {
        asks asked = on_statement(s, temporary);
        if (!asked)
            changes.insert(changes.end(), changed.begin(), changed.end());
        return asked;
    }
    if (resolves_xa(read))
        book.resolve_prepared(read.xid, read.kind == statement_kind::xa_rollback, at);
    if (resolves_xa(read) && emptied_xa.erase(read.xid) != 0)
        writer.serve_empty(s);
    else
        writer.serve(s);
    return asks{};
}

// CREATE TABLE ... SELECT is logged in a transaction, with its rows.
void rewriter::state::note_inner_statement(const protocol::query_view& query)
{
    constexpr std::array rows{"INSERT", "UPDATE", "DELETE", "REPLACE", "SAVEPOINT"};
    const auto begins_with = [&query](std::string_view word) {
        return protocol::equal_without_case(query.text.substr(0, word.size()), word);
    };
    if (std::ranges::any_of(rows, begins_with))
        return;  // most of them, and they may be long
    const lexical_rules rules = rules_of(query.status, set.server_version);
    const statement read = read_statement(query.text, query.database, rules, set.names);
    const std::vector<schema_change> changed = schema_changes_of(read, query.text);
    changes.insert(changes.end(), changed.begin(), changed.end());
}

// An event in a transaction, not its last one.
protocol::result<asks>
rewriter::state::on_inner(const coordinate& at, const event_view& event, checksum sum)
{
    if (!filtering) {
        writer.pass(event);
        return asks{};
    }
    const auto made = judge.on_event(at, event, writer.next_place());
    if (!made)
        return tl::unexpected(made.error());
    if (made->asks)
        return asks{judge.take_question()};
    if (made->passes()) {
        writer.pass(event);
        return asks{};
    }
    if (const auto written = change(event, *made, sum); !written)
        return tl::unexpected(written.error());
    return asks{};
}

// An event that is replaced or left out.
protocol::result<void>
rewriter::state::change(const event_view& event, const judgement& made, checksum sum)
{
    if (made.replaced) {
        auto other = protocol::with_query_text(event, judge.instead(), sum);
        if (!other)
            return tl::unexpected(other.error());
        writer.append(*std::move(other));
    } else {
        writer.leave_out();
    }
    if (made.step.end_mark_at)
        writer.set_rows_flags(*made.step.end_mark_at, made.step.end_mark_flags);
    if (made.step.cut_to)
        writer.cut(*made.step.cut_to);
    return {};
}

protocol::result<asks>
rewriter::state::on_last(const coordinate& at, const event_view& event, checksum sum)
{
    if (filtering && event.header.type == event_type::xa_prepare)
        judge.note_prepared(event);
    if (filtering && (judge.touched() || !judge.row_changes().empty())) {
        if (const auto made = judge.on_event(at, event, writer.next_place()); !made)
            return tl::unexpected(made.error());
        judge.close(at);
        count_rows(judge, at, event);
        if (judge.touched() && !judge.keeps()) {
            empty_transaction(at, event, judge, sum);
            return asks{};
        }
    }
    return finish(at, event, sum);
}

protocol::result<asks>
rewriter::state::finish(const coordinate& at, const event_view& last, checksum sum)
{
    if (const auto finished = writer.finish(at, last, sum); !finished)
        return tl::unexpected(finished.error());
    return asks{};
}

void rewriter::state::count_rows(
    const transaction_judge& judged, const coordinate& at, const event_view& last
)
{
    for (row_change change : judged.row_changes()) {
        if (writer.id().number == 0 && change.uncounted.empty())
            change.uncounted = "rows were changed in a transaction without a GTID";
        const std::int64_t now = book.count_rows(change);
        if (change.changed == 0 || !book.awaits_count(change.migration))
            continue;
        coordinate end = at;
        end.position += last.whole.size();
        history.add(change.migration, end, writer.id(), change.changed, now);
    }
}

void rewriter::state::empty_transaction(
    const coordinate& at, const event_view& last, const transaction_judge& judged, checksum sum
)
{
    if (judged.prepared())
        emptied_xa.insert(judged.xa_id());
    writer.write_empty(at, last, judged.rest(), sum);
}

protocol::result<asks>
rewriter::state::on_payload(const coordinate& at, const event_view& event, checksum sum)
{
    if (!filtering)
        return finish(at, event, sum);
    const auto payload = protocol::parse_payload(event.body);
    if (!payload)
        return tl::unexpected(payload.error());
    migration_book draft = book;  // an event in the middle may ask
    transaction_judge inner(set, draft, answer);
    auto fates = judge_payload(at, *payload, inner);
    if (!fates)
        return tl::unexpected(fates.error());
    if (fates->asks)
        return std::move(fates->asks);
    inner.note_packed(at);
    inner.close(at);
    book = std::move(draft);
    count_rows(inner, at, event);

    if (!inner.touched())
        return finish(at, event, sum);
    if (!inner.keeps()) {
        empty_transaction(at, event, inner, sum);
        return asks{};
    }
    auto packed = pack_again(event.header, *payload, *fates, sum);
    if (!packed)
        return tl::unexpected(packed.error());
    writer.write_whole(at, event, *std::move(packed), sum);
    return asks{};
}

protocol::result<asks>
rewriter::state::on_load_data(const coordinate& at, const event_view& event, checksum sum)
{
    const auto query = protocol::parse_load_query(event.body);
    if (!query)
        return tl::unexpected(query.error());
    const lexical_rules rules = rules_of(query->status, set.server_version);
    statement read = read_statement(query->text, query->database, rules, set.names);
    book.temporary().take_out_of(read, {event.header.server_id, query->thread_id}, false);
    return on_row_statement({at, event, *query, read, rules, sum});
}

// Events are missing from the source's log: any statement may have been among them.
void rewriter::state::on_incident(const coordinate& at)
{
    book.forget_all();
    book.forget_temporary();
    book.disturb_all(at, "the source's log has a gap (an INCIDENT event)");
    changes.emplace_back();
}

}  // namespace rewrite
