#pragma once

#include "rewrite/decision.hpp"
#include "rewrite/migration/hidden_objects.hpp"
#include "rewrite/sql/statement.hpp"

// The statement that an operator gives in place of an event. It goes to every consumer, and none
// can go back.
namespace rewrite {

// Why it is not served; empty: it may be. It is one statement that is read to its end, DDL (or,
// where rows were written as text, a change of rows), names no table that consumers do not have,
// and is, where the stop is about a migration's cut-over or its rows, of that table. Names are
// given with their database: the one of the replaced event's session is nothing to rely on.
std::string objection_to(
    std::string_view sql,
    const question& stop,
    const hidden_objects& hidden,
    const lexical_rules& rules,
    name_case names
);

}  // namespace rewrite
