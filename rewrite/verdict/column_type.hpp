#pragma once

#include "rewrite/sql/table_definition.hpp"
#include "rewrite/verdict/cost.hpp"

#include <optional>
#include <string>

// What happens to the values of a column whose type changes.
namespace rewrite {

bool same_type(const table_column& before, const table_column& after);

bool is_integer(std::string_view type);
// POINT, GEOMETRY ...
bool is_spatial(std::string_view type);
bool holds_time(std::string_view type);

// The price if every value of `before` is a value of `after`, unchanged; nothing if it may not be.
std::optional<cost> widening(const table_column& before, const table_column& after);

// For people: "bigint unsigned", "varchar(40)".
std::string type_text(const table_column& column);
// Why widening() gives nothing, for people: "it cannot hold negative numbers".
std::string value_without_place(const table_column& before, const table_column& after);

}  // namespace rewrite
