#pragma once

#include "protocol/enum_names.hpp"
#include "rewrite/sql/alter_text.hpp"
#include "rewrite/sql/sql_token.hpp"
#include "rewrite/tool/tool.hpp"
#include "rewrite/verdict/block_bound.hpp"
#include "rewrite/verdict/cost.hpp"
#include "rewrite/verdict/facts.hpp"
#include "rewrite/verdict/proof.hpp"

#include <string>
#include <utility>
#include <vector>

// Fold or pass: may the recorded ALTER stand for what the tool did? Pure: text and facts in.
namespace rewrite {

enum class outcome : std::uint8_t {
    pass = 0,
    fold = 1,
};

// Which migrations have the rows of both tables counted before their ALTER is served.
enum class count_rows : std::uint8_t { always, needed, never };
constexpr protocol::enum_names<count_rows, 3> count_rows_names{{"always", "needed", "never"}};

// What unghost is told to do beyond what is proven; from the configuration.
struct policy
{
    bool fold_unproven = false;  // unproven = "fold"
    std::vector<table_name> fold_unproven_tables;
    std::vector<table_name> pass_unproven_tables;
    std::vector<table_name> force_tables;  // force = true
    bool rename_constraints = true;        // constraints = "rename"
    std::vector<table_name> rename_constraints_tables;
    std::vector<table_name> pass_constraints_tables;
    block_bound block;
    std::vector<std::pair<table_name, block_bound>> block_tables;
    // damage = "keep": where the tool's copy changes values, consumers keep what was written.
    bool keep_values = false;
    std::vector<table_name> keep_values_tables;
    std::vector<table_name> pass_damage_tables;
    count_rows count = count_rows::always;
    bool hide_changelog = true;  // changelog = "hide"
    // helper_drops = "hide": consumers see no DROP of what they were never served, and one that was
    // seeded in the middle of a run keeps it.
    bool hide_helper_drops = false;
    std::vector<table_name> may_differ;
    // Databases, as the source writes them, whose migrations fold; empty: all. Then those that do
    // not.
    std::vector<std::string> schemas;
    std::vector<std::string> not_schemas;

    bool unproven_folds(const table_name& original) const;
    bool renames_constraints_of(const table_name& original) const;
    const block_bound& block_of(const table_name& original) const;
    bool keeps_values(const table_name& original) const;
    bool folds_in(std::string_view schema) const;
};

struct verdict
{
    outcome what = outcome::pass;
    std::string reason;  // for people: "ADD COLUMN c", "unproven: ADD UNIQUE KEY (...)": the clause
                         // that decided
    cost price = cost::nothing;
    bool unproven = false;  // folded only because the policy says so
    proof rests_on;         // of a fold
    // The rows of both tables are counted, and compared at the cut-over.
    bool counts = false;
};

struct migration_plan
{
    tool which{};
    std::string alter_text;  // the ghost's ALTER, whole statement; empty if none was recorded
    lexical_rules rules;
    std::string time_zone;  // of the ALTER's session, as in the log; empty: not known, or not used
    bool strict = true;     // so is its sql_mode: a value that does not fit is an error
    std::string ghost_create;  // the ghost's CREATE TABLE text, if it is one of its own
    table_name original;
    table_name ghost;
};

// What a run with these clauses would record: for asking before it runs.
migration_plan plan_for_alter(
    std::string_view clauses,
    const table_name& original,
    std::uint32_t server_version = default_server_version,
    tool which = default_tool
);

// The recorded ALTER's clauses. Without one: readable and without clauses.
alter_text read_alter_of(const migration_plan& plan);

// `told` may be null or not count (missing): then pass, or unproven fold.
verdict judge(const migration_plan& plan, const facts* told, const policy& rules);

}  // namespace rewrite
