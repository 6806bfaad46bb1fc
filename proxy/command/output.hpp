#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

// What commands print. Part of it was written by others (names of tables and consumers, texts of
// servers): nothing of that may move a terminal.
namespace proxy {

// To stdout, line breaks and tabs kept, other controls as \xNN. On a terminal the words that say
// how it is (FAIL, WARN, OK, ALARM, stopped ...) have a colour where they begin a line.
void print_text(std::string_view text);
// The same with colours, whatever stdout is.
std::string coloured(std::string_view text);
// --no-color, or NO_COLOR in the environment (no-color.org): none on terminals either.
void set_colours(bool wanted);

// What --json prints: indented, bytes that are no UTF-8 replaced, DEL and the C1 controls escaped
// (those below 0x20 are by JSON's own rule).
std::string json_text(const nlohmann::json& value);
void print_json(const nlohmann::json& value);

}  // namespace proxy
