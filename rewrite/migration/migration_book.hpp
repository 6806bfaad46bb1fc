#pragma once

#include "rewrite/decision.hpp"
#include "rewrite/migration/hidden_objects.hpp"
#include "rewrite/migration/migration.hpp"
#include "rewrite/migration/temporary_tables.hpp"
#include "rewrite/verdict/log_schema.hpp"

#include <memory>
#include <set>

// All migrations: their candidates, those that go on, summaries of those that ended, and the hidden
// set. It alone changes a stage and hides or frees a name, and it says what changed (take_news).
//
//   nominate()  a table that a tool may have made; forget() it when it was used
//   judge()     the verdict is there: folding or passing
//   hide()      a name, for a migration;  free()  it when the log proves it free
//   disturb()   the cut-over will stop;  cut_over(), end()
//   retire()    at the end of a statement: what is over and hides nothing becomes a summary
//
// A book can be copied: whoever may still have to ask works on a copy.
namespace rewrite {

// A verdict and what it is about.
struct judged_migration
{
    tool which{};
    table_name original;
    table_name ghost;
    verdict ruling;
    std::optional<facts> known;
    std::string ghost_create;
    coordinate created;
    std::uint32_t began = 0;  // if not now
    std::vector<recorded_statement> alters;
    std::vector<table_name> triggers;
    std::vector<std::uint32_t> threads;
    bool judged_later = false;  // see migration
    table_name served_changelog;
};

class migration_book
{
public:
    // What outlives a restart.
    struct contents
    {
        std::uint64_t next_id = 1;
        hidden_objects hidden;
        std::vector<candidate> candidates;
        std::vector<migration> live;
        temporary_tables temporary;
    };
    migration_book() = default;
    explicit migration_book(contents saved);

    // Of the event that comes next; an artificial one has none.
    void set_time(std::uint32_t seconds)
    {
        if (seconds != 0)
            now_ = seconds;
    }

    // Looking.
    bool watching() const
    {
        return !hidden_.empty() || !candidates_.empty() || !live_.empty() || !temporary_.empty();
    }
    const hidden_objects& hidden() const { return hidden_; }
    const std::vector<migration>& live() const { return live_; }
    const std::vector<std::shared_ptr<const candidate>>& candidates() const { return candidates_; }
    std::uint64_t next_id() const { return next_id_; }
    const temporary_tables& temporary() const { return temporary_; }
    const migration* of_ghost(const table_name& ghost) const;        // not over
    const migration* of_original(const table_name& original) const;  // folding only
    const migration* by_id(std::uint64_t id) const;
    const candidate* candidate_of(const table_name& name) const;
    // An original, what it is called since it went, or a candidate: few of the tables in a log.
    bool concerns(table_name_view name) const;
    std::vector<migration_summary> summaries() const;  // the ended ones first

    // Candidates.
    void nominate(candidate fresh);  // the oldest goes where there are too many
    void forget(const table_name& name);
    void forget(table_name_view name);
    void forget_all() { candidates_.clear(); }
    void add_candidate_alter(const table_name& name, recorded_statement alter);

    // What sessions have for themselves: none of it is ever hidden.
    void apply(const temporary_change& change, bool served) { temporary_.apply(change, served); }
    void forget_temporary() { temporary_.clear(); }

    // The names. free() also ends a folding migration whose ghost it was.
    void hide(const table_name& name, helper_role as, std::uint64_t migration);
    void free(const table_name& name, const coordinate& at);
    void free_by_log(const table_name& name, const coordinate& at);  // no tool dropped it: said
    void take_name(const table_name& name, const coordinate& at);    // another table has it now

    void unhide(const table_name& name) { hidden_.free(name); }  // by an operator's word

    // A migration's life. Ids that are not there are let pass.
    const migration& judge(judged_migration made, const coordinate& at);
    // Of one that was to be judged later: the verdict at its ALTER; or that it is not made any
    // more.
    void judge_late(std::uint64_t id, const decision& made);
    void give_up_verdict(std::uint64_t id);
    void note_ghost_created(std::uint64_t id, const coordinate& at);
    void note_original(std::uint64_t id, const table_name& original);
    // The first, with the columns that the tool must be seen to copy.
    void
    add_alter(std::uint64_t id, recorded_statement alter, std::vector<renamed_column> renamed = {});
    void add_trigger(std::uint64_t id, const table_name& trigger);
    void lose_trigger(std::uint64_t id, const table_name& trigger);
    void add_rider(std::uint64_t id, rider trigger);
    void remove_rider(std::uint64_t id, const table_name& trigger);
    void forget_riders(const table_name& on);  // it is gone
    void move_riders(const table_name& from, const table_name& to);
    void note_copy(std::uint64_t id, const coordinate& at);  // the tool wrote rows to its ghost
    // The tool's connections. A server that starts gives their numbers away again.
    void announce_copier(std::uint64_t id, std::uint32_t thread);
    void add_copier(std::uint64_t id, std::uint32_t thread);
    void forget_copiers();
    void sentry_made(std::uint64_t id);
    void sentry_dropped(std::uint64_t id);
    void disturb(std::uint64_t id, const coordinate& at, std::string by);
    void disturb_all(const coordinate& at, const std::string& by);
    void note_damage(std::uint64_t id, const coordinate& at, std::string text);  // says it once
    // A tool that reads the log has its rows already; and its end.
    void note_prepared(std::uint64_t id, const std::string& xid);
    void resolve_prepared(const std::string& xid, bool rolled_back, const coordinate& at);
    void rename_original_away(std::uint64_t id, const original_away& away, const coordinate& at);
    // The ghost has the original's name. `old`: what the original is called now, hidden from here.
    // `served`: the statement that consumers get for it.
    void cut_over(
        std::uint64_t id,
        const table_name& old,
        const coordinate& at,
        std::optional<expected_shape> expected,
        std::string served
    );
    void cut_over_by_operator(
        std::uint64_t id, const table_name& old, const coordinate& at, std::string served
    );
    // As the source wrote it.
    void serve_cut_over(std::uint64_t id, const coordinate& at, std::string served);
    // It is over, as its ghost, which is served or which a stop was about, is called `to` now. If
    // that is the original's name it is cut over.
    void end_by_rename(std::uint64_t id, const table_name& to, const coordinate& at);
    // Only hidden names change. A name that no rule knows: `known` is false.
    hidden_object
    move_hidden(const table_name& from, const table_name& to, const coordinate& at, bool known);
    void end(std::uint64_t id);
    void end(std::uint64_t id, const coordinate& at, std::string why);
    void drop_schema(std::string_view schema, const coordinate& at);
    // True once for a migration that was cut over: its ghost goes with the first helper.
    bool take_listed_ghost(std::uint64_t id);
    void retire();

    // The original, as its rows show it: nothing, or what is wrong with it after the fold.
    struct misfit
    {
        std::uint64_t migration = 0;
        std::string text;
    };
    std::optional<misfit>
    misfit_of(table_name_view name, const protocol::table_map_view& map) const;
    void forget_expected(table_name_view name);
    void forget_expected(std::uint64_t id);
    // Its TABLE_MAP, which is also the end of a candidate. True: a migration is copying it.
    bool note_table_map(table_name_view name, protocol::byte_view column_types);

    struct hidden_amount
    {
        std::uint64_t transactions = 0;
        std::uint64_t events = 0;
        std::uint64_t bytes = 0;
    };
    void count_hidden(std::uint64_t id, const hidden_amount& more);
    // What a transaction did to the rows of its tables. What it sums up to for the original.
    std::int64_t count_rows(const row_change& more);
    // Of the migration that was judged there, if it is one.
    void set_count(const coordinate& judged, row_count counted);
    bool awaits_count(std::uint64_t id) const;

    // A question about it (0: about none), with its tables.
    question
    stop(const coordinate& at, stop_reason reason, std::uint64_t id, std::string text) const;

    // What to tell. Gathered until it is taken.
    void remark_on(std::uint64_t id, remark_kind kind, const coordinate& at, std::string text);
    void report(std::uint64_t id);  // its summary changed
    bool has_news() const { return !remarks_.empty() || !changed_.empty(); }
    void take_news(outputs& out);

private:
    migration* find(std::uint64_t id);
    void disturb(migration& m, const coordinate& at, std::string by);
    void disturb_others(const migration& done, const coordinate& at);
    void swap_names(const migration& m, const table_name& old);  // what is on them goes along
    void free(const table_name& name, const coordinate& at, bool by_log);
    void note_cut_over(migration& m, const coordinate& at, std::string served);
    void end_time(migration& m);
    bool is_done(const migration& m) const;
    void add_ended(migration_summary past);
    void remark_on(const migration& m, remark_kind kind, const coordinate& at, std::string text);
    void report(const migration& m);

    hidden_objects hidden_;
    // Newest last. Shared by the copies of a book: their texts may be long, and never change.
    std::vector<std::shared_ptr<const candidate>> candidates_;
    std::vector<migration> live_;  // not over, or with helpers still hidden
    // The last max_ended. Shared by the copies of a book, and never changed.
    std::shared_ptr<const std::vector<migration_summary>> ended_;
    std::uint64_t next_id_ = 1;
    std::uint32_t now_ = 0;
    temporary_tables temporary_;
    std::vector<remark> remarks_;
    std::vector<std::uint64_t> changed_;
};

constexpr std::size_t max_candidates = 64;
constexpr std::size_t max_candidate_text = std::size_t{1} << 20;
constexpr std::size_t max_ended = 100;

}  // namespace rewrite
