#pragma once

#include "rewrite/verdict/finding.hpp"

#include <string_view>

// Character sets and collations that change.
namespace rewrite {

// Of a column of texts, by its charset and collation before and after. `written`: the text of the
// ALTER names the charset, or it is the table's own.
finding judge_charset(
    const table_column& before,
    const table_column& after,
    bool written,
    const clause_context& context
);

// CONVERT TO CHARACTER SET.
finding judge_conversion(const alter_clause& clause, const clause_context& context);

}  // namespace rewrite
