#pragma once

#include "rewrite/sql/alter_text.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

// An ALTER TABLE written for another table: the text that a read one becomes.
namespace rewrite {

enum class clause_place : std::uint8_t {
    listed,   // between commas
    outside,  // before the list or after it, without a comma: WAIT, PARTITION BY ...
    alone,    // no other clause stands next to it: ADD PARTITION, DISCARD TABLESPACE ...
};
clause_place place_of(clause_kind kind);

// The statement that makes `target` what the ALTER made its own table: the table reference is
// exchanged for the target's quoted name, the clauses whose indexes are in `drop` are cut out with
// their comma, `prefix` (clauses without a trailing comma) goes in front of the others; all else,
// comments too, stays byte for byte. An empty text if no clause is left. Nothing if the target's
// name cannot be written in the text's charset.
std::optional<std::string> emit_alter(
    const alter_text& alter,
    const table_name& target,
    const std::vector<std::size_t>& drop,
    std::string_view prefix = {}
);

}  // namespace rewrite
