#pragma once

#include "rewrite/migration/migration_book.hpp"
#include "rewrite/migration/statement_fate.hpp"
#include "rewrite/settings.hpp"
#include "rewrite/tool/tool.hpp"

// The rules of DDL and of all other statements that are a transaction of their own. They change
// nothing but the draft of the book that they are given, and say what becomes of the statement: who
// gets a question throws the draft away.
// statement_rules.cpp has what anybody may write, tool_rules.cpp what begins and goes on with a
// run, cut_over.cpp renames.
namespace rewrite {

struct rename_pair
{
    table_name from;
    table_name to;
};

class statement_rules
{
public:
    // `answer`: to a question at this statement, if there is one.
    statement_rules(
        const settings& set, const statement_event& s, const decision* answer, migration_book& draft
    );
    statement_fate judge();

private:
    // statement_rules.cpp
    statement_fate on_temporary();
    statement_fate on_create_table();
    statement_fate on_alter();
    statement_fate on_hidden_altered(const hidden_object& object);
    statement_fate on_open_altered(const table_reference& target);
    statement_fate on_drop_table();
    statement_fate on_open_dropped() const;
    std::vector<table_name> drop_hidden(const std::vector<table_name>& gone, bool alone);
    statement_fate on_drop_trigger();
    statement_fate on_analyze();
    statement_fate on_anything_else();
    statement_fate follow(const decision& word) const;
    void mark_disturbed();
    std::string stranger() const;  // who makes this statement, for people

    // tool_rules.cpp
    statement_fate on_helper_create(const nomination& nominated);
    std::optional<statement_fate> look_ahead(const table_name& table);
    const migration* run_of(const nomination& nominated) const;
    std::optional<statement_fate> go_on(const nomination& nominated, const migration& run);
    std::optional<statement_fate>
    go_on_with_ghost(const nomination& nominated, const migration& run);
    std::optional<statement_fate> begin_run(const nomination& nominated, const migration* earlier);
    std::optional<statement_fate> judge_late(const migration& m);
    statement_fate hide_helper(const nomination& nominated, std::uint64_t id);
    void on_ghost_altered(const migration& m);
    void on_ghost_analyzed(std::uint64_t id);
    statement_fate on_create_trigger();
    statement_fate on_ghost_trigger(const migration& m);
    statement_fate on_tool_trigger(const tool_binding& bound);
    void check_renamed_columns(const migration& m);
    std::vector<renamed_column> columns_to_witness(const migration& m) const;

    // cut_over.cpp
    statement_fate on_rename(const std::vector<rename_pair>& pairs);
    statement_fate on_mixed_rename(
        const std::vector<rename_pair>& moved, const std::vector<const migration*>& completed
    );
    void
    follow_rename(const std::vector<rename_pair>& moved, std::uint64_t id, const decision& told);
    bool swaps_back(const rename_pair& pair) const;
    bool leaves_hidden_set(const rename_pair& pair, const std::vector<rename_pair>& moved) const;
    statement_fate complete(const migration& m, const table_name& old);
    std::string disturbance_of(const migration& m, const table_name& old) const;
    std::optional<question> objection(const migration& m, const table_name& old) const;
    std::optional<question> objection_to_rows(const migration& m) const;
    std::optional<question> objection_to_values(const migration& m) const;
    statement_fate first_half(const migration& m, const table_name& to);
    statement_fate move_hidden(const std::vector<rename_pair>& moved);
    statement_fate serve_rename(const std::vector<rename_pair>& moved);
    tl::expected<fold_plan, question>
    plan_of_cut_over(const migration& m, const table_name& old) const;
    std::optional<fold_plan> alter_for(const migration& m, const table_name& original_now) const;

    const hidden_object* hidden(const table_name& name) const { return book_.hidden().find(name); }
    const decision* word(question_kind kind) const;
    recorded_statement record() const;

    const settings& set_;
    const statement_event& s_;
    const decision* answer_;
    migration_book& book_;
};

// ALTER TABLE ... RENAME and nothing else.
bool only_renames(const statement_event& s);
bool only_sets_auto_increment(const statement_event& s);
// A name in bytes that we cannot convert, which may be a hidden table's.
bool hides_behind_charset(const statement& read, const hidden_objects& hidden);
// DROP TABLE as servers write it.
std::string drop_text(const std::vector<table_name>& tables);

}  // namespace rewrite
