#pragma once

#include "rewrite/sql/alter_text.hpp"
#include "rewrite/verdict/cost.hpp"

#include <string_view>

// What the kind of a clause decides by itself: one row a kind, for the verdict, its words and the
// ALTER that is emitted. docs/verdicts.md is the table for people.
namespace rewrite {

enum class clause_class : std::uint8_t {
    judged,         // the same table or not, by what it says and by the original: judge_clause()
    same,           // gives the table that the tool's copy gave
    unproven,       // may give another table, for the row's objection
    only_how,       // says how to alter, not what comes of it: no loss where it is left out
    destroys_rows,  // nothing to an empty copy; would take rows away from the original
};

// What a clause does to columns: which names it uses up, and which shape it leaves.
enum class column_effect : std::uint8_t {
    none,
    adds,        // columns
    drops,       // name
    redefines,   // name, as columns[0]
    renames,     // name to new_name
    keeps_type,  // of name: its default or visibility
};

struct clause_traits
{
    clause_kind kind = clause_kind::unknown;
    std::string_view words;  // for people; the name follows: "ADD COLUMN"
    clause_class what = clause_class::unproven;
    column_effect columns = column_effect::none;
    bool names_index = false;         // name, and new_name where it has one
    cost price = cost::nothing;       // of `same`
    std::string_view objection = {};  // of `unproven`
};

const clause_traits& traits_of(clause_kind kind);

// ALGORITHM, LOCK, ORDER BY ...: judged as nothing, and left out of what is emitted.
bool says_only_how(clause_kind kind);
// DROP PARTITION, DISCARD TABLESPACE, RENAME TO ...: folded on no one's word.
bool destroys_rows(clause_kind kind);

}  // namespace rewrite
