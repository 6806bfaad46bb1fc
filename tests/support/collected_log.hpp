#pragma once

#include <spdlog/logger.h>
#include <spdlog/sinks/ostream_sink.h>
#include <sstream>
#include <string>

namespace tests {

// A logger whose lines can be read: "LEVEL TEXT\n" each.
class collected_log
{
public:
    collected_log() { lines.set_pattern("%l %v"); }

    std::string text() const { return out_.str(); }
    bool has(const std::string& part) const { return text().find(part) != std::string::npos; }

private:
    std::ostringstream out_;

public:
    spdlog::logger lines{"test", std::make_shared<spdlog::sinks::ostream_sink_mt>(out_)};
};

}  // namespace tests
