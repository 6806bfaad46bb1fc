#pragma once

#include "rewrite/verdict/verdict.hpp"

#include <string>
#include <string_view>

// What to tell a person who plans a migration, beside its verdict.
namespace rewrite {

// Why MySQL would refuse the ALTER, as far as its words and the names in it tell; empty: it may
// take it.
std::string refusal(const migration_plan& plan, const facts& told);

// What a verdict rests on, in a word: "same", "lenient", "witnessed", "counted"; "unproven" of a
// fold that only the configuration wants; "passed".
std::string_view class_of(const verdict& ruling);

// Whether the rows of both tables are to be counted before a fold of this verdict.
bool wants_count(const verdict& ruling, const policy& rules);

// Of an ALTER that is passed: the settings by which it is folded, as they stand in a configuration
// file; empty if none would do.
std::string settings_that_fold(const migration_plan& plan, const facts& told, const policy& rules);

}  // namespace rewrite
