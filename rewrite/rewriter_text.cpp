#include "rewrite/migration/statement_rules.hpp"
#include "rewrite/rewriter_state.hpp"
#include "rewrite/tool/tool.hpp"

#include <algorithm>

// Row changes logged as statements: kept or hidden as a whole.
namespace rewrite {

using protocol::byte_buffer;
using protocol::byte_view;
using protocol::event_type;

// A statement in a transaction: row changes in text, or the CREATE TABLE of CREATE ... SELECT.
asks rewriter::state::on_text_change(const statement_event& s)
{
    std::optional<decision> word;
    text_fate fate;
    alarms noticed;
    if (asks asked = judge_text(s.at, s.read, s.query.text, word, fate, noticed))
        return asked;
    if (const table_reference* target = s.read.first(table_role::target);
        target && !s.read.temporary &&
        (s.read.kind == statement_kind::create_table ||
         s.read.kind == statement_kind::create_table_select))
        made_in_transaction(target->name, s.at);
    raise(noticed, s.at);
    if (fate.instead && !tx.begun) {
        serve_text(s, *fate.instead);
        return std::nullopt;
    }
    const filter_step step = filter.on_text(fate.drop, next_place());
    if (fate.drop) {
        hide(s.event, fate.whose);
        if (fate.remark)
            book.remark_on(
                fate.whose,
                remark_kind::statement_emptied,
                s.at,
                "a statement that reads hidden tables and writes only tables that may differ"
            );
    } else if (fate.instead) {
        protocol::query_view query = s.query;
        query.text = *fate.instead;
        protocol::event_header header = s.event.header;
        header.type = event_type::query;
        byte_buffer event;
        protocol::append_query(event, header, query, s.sum);
        if (std::exchange(tx.gtid_held, false))
            emit.append(byte_view(tx.gtid_event));
        emit.append(std::move(event));
        tx.dropped = true;
    } else {
        pass(s.event);
    }
    carry_out(step);
    return std::nullopt;
}

// CREATE TABLE ... SELECT in row format: the table is made in the transaction of its rows.
void rewriter::state::made_in_transaction(const table_name& table, const coordinate& at)
{
    book.take_name(table, at);
    book.forget(table);
}

// One rule a paragraph: what is written, what is read, whom it disturbs.
// NOLINTNEXTLINE(readability-function-cognitive-complexity)
asks rewriter::state::judge_text(
    const coordinate& at,
    const statement& read,
    std::string_view text,
    std::optional<decision>& word,
    text_fate& fate,
    alarms& noticed
)
{
    const bool makes = read.kind == statement_kind::create_table ||
                       read.kind == statement_kind::create_table_select;
    std::size_t hidden_targets = 0;
    std::size_t open_targets = 0;
    bool reads_hidden = false;
    bool may_differ = true;
    table_name which;
    for (const table_reference& reference : read.tables) {
        const hidden_object* object = book.hidden().find(reference.name);
        const bool target = reference.role == table_role::target;
        if (makes && target)
            continue;  // that name is free, or it could not be made
        if (object) {
            fate.whose = object->migration;
            which = reference.name;
        }
        if (target)
            ++(object ? hidden_targets : open_targets);
        else if (object)
            reads_hidden = true;
        if (target && !object &&
            std::ranges::find(set.rules.may_differ, reference.name) == set.rules.may_differ.end())
            may_differ = false;
    }
    const bool unreadable =
        (read.kind == statement_kind::unreadable || hides_behind_charset(read, book.hidden())) &&
        !book.hidden().empty();

    fate.drop = hidden_targets > 0 && open_targets == 0;
    if (!fate.drop && reads_hidden && open_targets > 0 && may_differ) {
        fate.drop = true;
        fate.remark = true;
    }
    if (!fate.drop && (unreadable || hidden_targets > 0 || reads_hidden)) {
        if (!word)
            word = take(question_kind::stop, at);
        if (!word)
            return book.stop(
                at,
                unreadable ? stop_reason::unreadable : stop_reason::hidden_named,
                fate.whose,
                unreadable
                    ? "a statement cannot be read, and a tool's table is hidden that it may name"
                    : "a logged statement needs " + to_text(which) + ", which is hidden"
            );
        fate.drop = word->word == operator_word::empty;
        if (word->word == operator_word::sql)
            fate.instead = word->sql;
    }

    for (const table_reference& reference : read.tables)
        if (reference.role == table_role::target || reference.written)
            book.forget(reference.name);
    for (const migration& m : book.live()) {
        if (!m.folding())
            continue;
        // A tool that reads rows from the log never sees what a statement changes.
        const bool writes_original =
            read.kind == statement_kind::unreadable ||
            std::ranges::any_of(read.tables, [&](const table_reference& reference) {
                return (reference.name == m.original ||
                        (m.away() && reference.name == m.away()->to) || !reference.exact) &&
                       (reference.role == table_role::target || reference.written);
            });
        if (description_of(m.which).rows == row_source::log && writes_original && !fate.drop)
            noticed.emplace_back(
                m.id,
                "rows were changed by a statement logged as text, which " +
                    std::string(to_text(m.which)) + " does not see"
            );
        if (fate.drop && !fate.remark && which == m.ghost && !marks_rows(text))
            noticed.emplace_back(m.id, "somebody else wrote to " + to_text(m.ghost));
    }
    return std::nullopt;
}

}  // namespace rewrite
