#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

namespace proxy {

// The lines in which two answers of SHOW CREATE TABLE differ, "- " in front of those of the first
// alone, "+ " of the second alone; the counter of AUTO_INCREMENT is no difference. Empty: none.
std::string definition_difference(std::string_view then, std::string_view now);

// What an operator should know before he ends a stop: of the answer to a dry run (docs/json.md).
std::string describe_stop_look(const nlohmann::json& look);

// A line for `unghost migrations`: how a stop of it ended, and by whom.
std::string describe_word(const nlohmann::json& word);

// What consumers get: "the statement: ALTER TABLE ...".
std::string consequence_of(const std::string& word, const std::string& sql);

}  // namespace proxy
