#pragma once

#include "proxy/command/source_session.hpp"

#include <nlohmann/json_fwd.hpp>

namespace proxy {

// The verdict on a migration that somebody plans.
struct planned_verdict
{
    rewrite::table_name table;
    std::string clauses;
    rewrite::verdict ruling;
    std::string settings;  // of the configuration, by which it would be folded; empty: none would
};

// The clauses of "ADD COLUMN c int" and of "ALTER TABLE t ADD COLUMN c int".
std::string clauses_of(const std::string& alter);

// Asks the source about the table and judges. Throws command_error if there is no such table
// or MySQL would refuse the ALTER, source_error, and as source_access::run does.
planned_verdict explain_alter(
    const source_access& access,
    const std::string& alter,
    const std::string& table,
    const rewrite::policy& rules
);

std::string to_text(const planned_verdict& planned);
nlohmann::json to_json(const planned_verdict& planned);  // docs/json.md

}  // namespace proxy
