#include "rewrite/migration/statement_rules.hpp"
#include "rewrite/rewriter_state.hpp"
#include "rewrite/transaction/status_block.hpp"

// Statements that are a transaction of their own: the rules work on a draft of the book and say
// what becomes of the statement; here, and only here, it is carried out. A question leaves all as
// it was.
namespace rewrite {

asks rewriter::state::on_statement(const statement_event& s, const temporary_change& temporary)
{
    if (s.read.kind == statement_kind::change_rows && !hides_behind_charset(s.read, book.hidden()))
        return on_row_statement(s);
    migration_book draft = book;
    statement_rules rules(set, s, answer && answer->at == s.at ? &*answer : nullptr, draft);
    statement_fate fate = rules.judge();
    if (auto* asked = std::get_if<question>(&fate))
        return std::move(*asked);
    if (answer && answer->at == s.at)
        answer.reset();
    book = std::move(draft);
    book.apply(temporary, std::holds_alternative<keep_statement>(fate));
    carry_out(s, fate);
    if (!s.read.temporary)
        end_statement(s);
    return std::nullopt;
}

// A statement that changes rows, logged without BEGIN and COMMIT.
asks rewriter::state::on_row_statement(const statement_event& s)
{
    judge.open();
    const judgement made = judge.on_text(s.at, s.read, s.query.text, 0);
    if (made.asks)
        return judge.take_question();
    if (made.replaced)
        carry_out(s, replace_text{judge.instead()});
    else if (!made.step.keep)
        carry_out(s, empty_statement{made.whose});
    else
        carry_out(s, keep_statement{});
    count_rows(judge, s.at, s.event);
    end_statement(s);
    return std::nullopt;
}

void rewriter::state::end_statement(const statement_event& s)
{
    if (set.facts_from_log)
        seen.on_statement(s.read, s.query.text, s.query.database, s.rules);
    book.retire();
    history.keep_only([this](std::uint64_t migration) { return book.awaits_count(migration); });
}

void rewriter::state::carry_out(const statement_event& s, const statement_fate& fate)
{
    if (std::holds_alternative<keep_statement>(fate)) {
        writer.serve(s);
    } else if (const auto* empty = std::get_if<empty_statement>(&fate)) {
        book.count_hidden(
            empty->hidden_for, {.transactions = 1, .events = 1, .bytes = s.event.whole.size()}
        );
        writer.serve_empty(s);
    } else if (const auto* replaced = std::get_if<replace_text>(&fate)) {
        writer.serve_text(s, replaced->text);
    } else if (const auto* written = std::get_if<write_text>(&fate)) {
        writer.serve_utf8_text(s, written->text);
    } else if (const auto* alter = std::get_if<stand_in>(&fate)) {
        protocol::query_view query = s.query;
        query.text = alter->text;
        const protocol::byte_buffer status =
            alter_status(alter->status, s.query.status, alter->lenient);
        query.status = status;
        query.database = alter->database;
        writer.serve_query(s, query, s.event.header.flags);
    }
}

}  // namespace rewrite
