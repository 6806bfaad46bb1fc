#pragma once

#include "protocol/rows_event.hpp"
#include "rewrite/sql/alter_text.hpp"
#include "rewrite/verdict/facts.hpp"

#include <optional>
#include <string>
#include <vector>

// What the original must look like after the folded ALTER, compared with its next TABLE_MAP.
namespace rewrite {

struct expected_shape
{
    struct column
    {
        std::string name;
        std::optional<std::uint8_t> type;  // unknown for added and changed ones
    };
    std::vector<column> columns;
};

// The original's columns as its facts and last TABLE_MAP (types; may be empty) show them, changed
// as the ALTER says. Nothing where that is not known: then there is nothing to compare with.
std::optional<expected_shape>
shape_after(const facts& before, protocol::byte_view types, const alter_text& alter);

// What is wrong with the original's TABLE_MAP; empty if nothing.
std::string difference(const expected_shape& expected, const protocol::table_map_view& map);

}  // namespace rewrite
