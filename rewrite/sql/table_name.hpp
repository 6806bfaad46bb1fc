#pragma once

#include <cstdint>
#include <string>
#include <string_view>

// A table's full name, as the server's own data dictionary would have it.
namespace rewrite {

// How the source compares names (@@lower_case_table_names).
enum class name_case : std::uint8_t {
    sensitive = 0,    // 0: as typed
    lower = 1,        // 1: stored and compared in lower case
    insensitive = 2,  // 2: stored as typed, compared in lower case
};

struct table_name
{
    std::string schema;
    std::string table;
    auto operator<=>(const table_name&) const = default;
    bool empty() const { return table.empty(); }
};

// Completes a name as typed with the default database, in UTF-8, folded by the source's rule (so
// that names can be compared with ==). A name longer than 64 characters cannot exist and is kept.
table_name resolve(
    std::string_view schema,
    std::string_view table,
    std::string_view default_database,
    name_case rule
);

// In backticks, doubled inside: for SQL. `name`; `schema`.`table`.
std::string quoted_name(std::string_view name);
std::string quoted(const table_name& name);
// schema.table, or that it is not known yet: for people.
std::string to_text(const table_name& name);

}  // namespace rewrite
