#include "proxy/log_lines.hpp"

#include <chrono>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <spdlog/details/log_msg.h>
#include <sys/stat.h>

namespace proxy {

namespace {

// syslog(3)
int priority_of(spdlog::level::level_enum level)
{
    switch (level) {
        case spdlog::level::critical:
        case spdlog::level::err: return 3;
        case spdlog::level::warn: return 4;
        case spdlog::level::info: return 6;
        default: return 7;
    }
}

std::string level_text(spdlog::level::level_enum level)
{
    const auto view = spdlog::level::to_string_view(level);
    return {view.data(), view.size()};
}

// The machine's own time with its zone.
std::string moment_of(spdlog::log_clock::time_point when)
{
    const auto since = when.time_since_epoch();
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(since);
    const auto rest = std::chrono::duration_cast<std::chrono::milliseconds>(since - seconds);
    const std::tm local = fmt::localtime(static_cast<std::time_t>(seconds.count()));
    std::string zone = fmt::format("{:%z}", local);  // +0100
    if (zone.size() == 5)
        zone.insert(3, ":");
    return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}{}", local, rest.count(), zone);
}

class line_formatter final : public spdlog::formatter
{
public:
    line_formatter(log_format format, bool to_journal) : format_(format), to_journal_(to_journal) {}

    void format(const spdlog::details::log_msg& message, spdlog::memory_buf_t& into) override
    {
        const std::string text = body_of(message) + "\n";
        into.append(text.data(), text.data() + text.size());
    }
    std::unique_ptr<spdlog::formatter> clone() const override
    {
        return std::make_unique<line_formatter>(format_, to_journal_);
    }

private:
    std::string body_of(const spdlog::details::log_msg& message) const
    {
        const std::string_view text{message.payload.data(), message.payload.size()};
        const std::string level = level_text(message.level);
        const std::string front =
            to_journal_ ? fmt::format("<{}>", priority_of(message.level)) : std::string();
        if (format_ == log_format::json) {
            const nlohmann::ordered_json line{
                {"time", moment_of(message.time)}, {"level", level}, {"text", text}
            };
            return front +
                   line.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
        }
        if (to_journal_)
            return fmt::format("{}{}", front, text);
        return fmt::format("{} {} {}", moment_of(message.time), level, text);
    }

    log_format format_;
    bool to_journal_;
};

}  // namespace

bool is_journal(int descriptor)
{
    const std::string stream = environment_variable("JOURNAL_STREAM");
    struct stat is{};
    if (stream.empty() || ::fstat(descriptor, &is) != 0)
        return false;
    return fmt::format("{}:{}", is.st_dev, is.st_ino) == stream;
}

std::string line_of(const std::string& text, log_format format, bool to_journal)
{
    const spdlog::details::log_msg message("unghost", spdlog::level::warn, text);
    spdlog::memory_buf_t line;
    line_formatter(format, to_journal).format(message, line);
    return {line.data(), line.size() - 1};
}

std::unique_ptr<spdlog::formatter> make_formatter(log_format format, bool to_journal)
{
    return std::make_unique<line_formatter>(format, to_journal);
}

}  // namespace proxy
