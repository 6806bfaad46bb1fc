#pragma once

#include "proxy/config.hpp"

#include <memory>
#include <spdlog/formatter.h>
#include <string>

// How a line of the log looks.
namespace proxy {

// Whether this descriptor leads to the journal ($JOURNAL_STREAM, systemd.exec(5)): it has a clock
// and levels of its own.
bool is_journal(int descriptor);

// text     2026-11-30T17:45:00.123+01:00 info text
// json     {"time":"2026-11-30T17:45:00.123+01:00","level":"info","text":"..."}
// journal  <6>text, whatever the level is: 3 error, 4 warning, 6 info, 7 debug, trace
// A line of level warning, without its line break, for what no logger says.
std::string line_of(const std::string& text, log_format format, bool to_journal);

std::unique_ptr<spdlog::formatter> make_formatter(log_format format, bool to_journal);

}  // namespace proxy
