#pragma once

#include "rewrite/output.hpp"

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

// Migrations and remarks as JSON and as text: the same words in `unghost explain`, `migrations`,
// `status` and /status.json. docs/json.md has the schema.
namespace proxy {

std::string_view to_text(rewrite::migration_state state);
std::string_view to_text(rewrite::remark_kind kind);
std::string_view to_text(rewrite::cost price);
std::string_view to_text(rewrite::outcome what);

// The ALTER's clauses and what was served for them are for the operator's own terminal.
enum class alter_clauses : std::uint8_t { left_out, shown };
nlohmann::json to_json(const rewrite::migration_summary& migration, alter_clauses text);
nlohmann::json to_json(const rewrite::remark& said);
nlohmann::json to_json(const rewrite::coordinate& at);  // null where there is none
nlohmann::json to_json(const rewrite::table_name& table);

// From its beginning to its cut-over, or to its end without one. Nothing: it still runs, or the
// times are not known.
std::optional<std::uint32_t> duration_of(const rewrite::migration_summary& migration);

// Reads what to_json wrote; for commands that ask a running program.
rewrite::migration_summary migration_from_json(const nlohmann::json& from);

// Several lines, for people.
std::string describe(const rewrite::migration_summary& migration);

}  // namespace proxy
