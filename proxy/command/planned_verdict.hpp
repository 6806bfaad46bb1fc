#pragma once

#include "rewrite/verdict/any_table.hpp"
#include "rewrite/verdict/facts.hpp"
#include "rewrite/verdict/ways.hpp"

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

namespace proxy {

// The verdict on a migration that somebody plans.
struct planned_verdict
{
    rewrite::tool which = rewrite::default_tool;
    std::optional<rewrite::table_name> table;  // none: nobody said which
    std::string clauses;
    // Without a definition: of the plainest table, under the conditions `lacks` and `needs`.
    rewrite::verdict ruling;
    bool has_definition = false;
    std::vector<std::string> lacks;
    std::vector<std::string> needs;

    std::optional<std::uint64_t> rows;   // of the table, as the source estimates
    std::optional<std::uint64_t> bytes;  // likewise
    bool counts = false;                 // the rows of both tables are counted
    std::string uncounted;               // why they are not, though they were to be

    std::string settings;            // by which it would be folded; empty: none would
    std::vector<rewrite::way> ways;  // that fold in its place
    std::string refusal;             // why MySQL would not run it; empty: it may
};

// 0: folds, 1: passes, 2: MySQL would refuse it.
int exit_code_of(const planned_verdict& planned);

std::string to_text(const planned_verdict& planned);
nlohmann::json to_json(const planned_verdict& planned);  // docs/json.md

}  // namespace proxy
