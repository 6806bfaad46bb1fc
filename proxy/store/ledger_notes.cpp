#include "proxy/store/ledger_state.hpp"

// What is told and may be told again: migrations, remarks, the stop, words.
namespace proxy {

void ledger::update(const rewrite::migration_summary& changed)
{
    state_->changed.insert_or_assign(changed.id, changed);
}

void ledger::add_remark(const rewrite::remark& said)
{
    state_->remarks.push_back(said);
}

void ledger::set_stop(const std::optional<rewrite::question>& stopped)
{
    state_->stop = stopped;
}

void ledger::add_word(const given_word& said)
{
    state_->words.push_back(said);
}

disk_result<> ledger::write_notes()
{
    state& my = *state_;
    if (my.changed.empty() && my.remarks.empty() && my.words.empty() && !my.stop)
        return {};
    return my.attempt([&my] {
        my.run("begin immediate");
        for (const auto& [id, summary] : my.changed)
            my.write(summary);
        for (const rewrite::remark& said : my.remarks)
            my.write(said);
        for (const given_word& said : my.words)
            my.write(said);
        if (my.stop)
            my.write(*my.stop);
        my.run("commit");
        my.changed.clear();
        my.remarks.clear();
        my.words.clear();
        my.stop.reset();
    });
}

void ledger::state::write(const rewrite::migration_summary& changed_one) const
{
    ledger_statement add(
        db,
        "insert or replace into migrations values "
        "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
    );
    const rewrite::migration_summary& of = changed_one;
    add.number(of.id).number(static_cast<std::uint64_t>(of.which));
    add.text(of.original.schema).text(of.original.table);
    add.text(of.ghost.schema).text(of.ghost.table);
    add.number(static_cast<std::uint64_t>(of.state));
    add.number(static_cast<std::uint64_t>(of.ruling.what)).text(of.ruling.reason);
    add.number(static_cast<std::uint64_t>(of.ruling.price)).number(of.ruling.unproven ? 1 : 0);
    add.at(of.created).at(of.judged).at(of.cut_over_at);
    add.text(of.alter_text).text(of.disturbed_by);
    add.number(of.hidden_transactions).number(of.hidden_events).number(of.hidden_bytes);
    add.run();
    write_times(of);
}

void ledger::state::write_times(const rewrite::migration_summary& of) const
{
    ledger_statement add(db, "insert or replace into migration_times values (?, ?, ?, ?, ?, ?)");
    add.number(of.id).number(of.times.began).number(of.times.judged);
    add.number(of.times.cut_over).number(of.times.ended);
    add.text(of.served_text).run();
}

bool ledger::state::has_table(const char* name) const
{
    ledger_statement asked(db, "select count(*) from sqlite_master where name = ?");
    asked.text(name);
    return asked.row() && asked.number() != 0;
}

void ledger::state::read_times(std::vector<rewrite::migration_summary>& into) const
{
    if (!has_table("migration_times"))
        return;
    ledger_statement asked(
        db,
        "select migration, began, judged, cut_over, ended, served_text from migration_times "
        "order by migration desc"
    );
    auto next = into.begin();  // in the same order
    while (asked.row()) {
        const std::uint64_t id = asked.number();
        next = std::find_if(next, into.end(), [id](const auto& one) { return one.id <= id; });
        if (next == into.end())
            return;
        if (next->id != id)
            continue;
        const auto seconds = [&asked] { return static_cast<std::uint32_t>(asked.number()); };
        next->times.began = seconds();
        next->times.judged = seconds();
        next->times.cut_over = seconds();
        next->times.ended = seconds();
        next->served_text = asked.text();
    }
}

void ledger::state::write(const rewrite::remark& said) const
{
    ledger_statement add(
        db,
        "insert or ignore into remarks (kind, migration, name, epoch, file, position, text) "
        "values (?, ?, ?, ?, ?, ?, ?)"
    );
    add.number(static_cast<std::uint64_t>(said.kind)).number(said.migration);
    add.text(name_text(said.table)).at(said.at).text(said.text);
    add.run();
}

void ledger::state::write(const std::optional<rewrite::question>& stopped) const
{
    if (!stopped) {
        run("delete from stop");
        return;
    }
    ledger_statement add(db, "insert or replace into stop values (1, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    add.at(stopped->at).number(static_cast<std::uint64_t>(stopped->kind));
    add.number(static_cast<std::uint64_t>(stopped->reason)).number(stopped->migration);
    add.text(name_text(stopped->original)).text(name_text(stopped->ghost));
    add.text(stopped->text).run();
}

void ledger::state::write(const given_word& said) const
{
    ledger_statement add(
        db,
        "insert into words (epoch, file, position, migration, word, sql, given_by) "
        "values (?, ?, ?, ?, ?, ?, ?)"
    );
    add.at(said.at).number(said.migration).number(static_cast<std::uint64_t>(said.word));
    add.text(said.sql).text(said.given_by).run();
}

std::vector<given_word> ledger::words() const
{
    std::vector<given_word> all;
    if (!state_->has_table("words"))
        return all;
    ledger_statement asked(
        state_->db,
        "select epoch, file, position, migration, word, sql, given_by, given_at from words "
        "order by rowid"
    );
    while (asked.row()) {
        given_word& one = all.emplace_back();
        one.at = asked.at();
        one.migration = asked.number();
        one.word = static_cast<rewrite::operator_word>(asked.number());
        one.sql = asked.text();
        one.given_by = asked.text();
        one.given_at = asked.text();
    }
    return all;
}

std::vector<rewrite::migration_summary> ledger::migrations() const
{
    std::vector<rewrite::migration_summary> all;
    ledger_statement asked(state_->db, "select * from migrations order by id desc");
    while (asked.row()) {
        rewrite::migration_summary& one = all.emplace_back();
        one.id = asked.number();
        one.which = static_cast<rewrite::tool>(asked.number());
        one.original.schema = asked.text();
        one.original.table = asked.text();
        one.ghost.schema = asked.text();
        one.ghost.table = asked.text();
        one.state = static_cast<rewrite::migration_state>(asked.number());
        one.ruling.what = static_cast<rewrite::outcome>(asked.number());
        one.ruling.reason = asked.text();
        one.ruling.price = static_cast<rewrite::cost>(asked.number());
        one.ruling.unproven = asked.number() != 0;
        one.created = asked.at();
        one.judged = asked.at();
        one.cut_over_at = asked.at();
        one.alter_text = asked.text();
        one.disturbed_by = asked.text();
        one.hidden_transactions = asked.number();
        one.hidden_events = asked.number();
        one.hidden_bytes = asked.number();
    }
    state_->read_times(all);
    return all;
}

}  // namespace proxy
