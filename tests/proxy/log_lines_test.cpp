#include "proxy/log_lines.hpp"
#include "proxy/log_queue.hpp"
#include "proxy/log_sink.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <regex>
#include <spdlog/logger.h>
#include <sys/stat.h>
#include <unistd.h>

namespace proxy {
namespace {

// What a logger wrote.
template <class Say>
std::string written_by(log_format format, bool to_journal, const Say& say)
{
    std::array<int, 2> ends{};
    EXPECT_EQ(::pipe(ends.data()), 0);
    {
        log_queue queue(ends[1]);
        spdlog::logger lines("test", std::make_shared<log_sink>(queue));
        lines.set_level(spdlog::level::trace);
        lines.set_formatter(make_formatter(format, to_journal));
        say(lines);
    }
    ::close(ends[1]);
    std::string text(1 << 16, '\0');
    const auto size = ::read(ends[0], text.data(), text.size());
    ::close(ends[0]);
    text.resize(static_cast<std::size_t>(std::max<::ssize_t>(size, 0)));
    return text;
}

TEST(LogLines, TextHasTheTimeWithItsZone)
{
    const std::string text =
        written_by(log_format::text, false, [](auto& lines) { lines.warn("two\nlines"); });
    EXPECT_TRUE(std::regex_match(
        text,
        std::regex(R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d\d:\d\d warning two\\x0alines\n)")
    )) << text;
}

TEST(LogLines, JsonIsAnObjectALine)
{
    const std::string text = written_by(log_format::json, false, [](auto& lines) {
        lines.error("a \"b\" \xff");
        lines.info("c");
    });
    const std::size_t end = text.find('\n');
    const auto line = nlohmann::json::parse(text.substr(0, end), nullptr, false);
    ASSERT_TRUE(line.is_object()) << text;
    EXPECT_EQ(line.at("level"), "error");
    EXPECT_EQ(line.at("text"), "a \"b\" \ufffd");
    EXPECT_EQ(line.at("time").get<std::string>().size(), 29U);
    EXPECT_TRUE(nlohmann::json::parse(text.substr(end + 1), nullptr, false).is_object()) << text;
}

TEST(LogLines, TheJournalIsToldTheLevel)
{
    const std::string text = written_by(log_format::text, true, [](auto& lines) {
        lines.error("a");
        lines.warn("b");
        lines.info("c");
        lines.debug("d");
    });
    EXPECT_EQ(text, "<3>a\n<4>b\n<6>c\n<7>d\n");
}

TEST(LogLines, TheJournalIsKnownByItsStream)
{
    std::array<int, 2> ends{};
    ASSERT_EQ(::pipe(ends.data()), 0);
    struct stat is{};
    ASSERT_EQ(::fstat(ends[1], &is), 0);
    const std::string stream = std::to_string(is.st_dev) + ":" + std::to_string(is.st_ino);
    EXPECT_FALSE(is_journal(ends[1]));
    ::setenv("JOURNAL_STREAM", stream.c_str(), 1);
    EXPECT_TRUE(is_journal(ends[1]));
    EXPECT_FALSE(is_journal(STDIN_FILENO));
    ::unsetenv("JOURNAL_STREAM");
    for (const int end : ends)
        ::close(end);
}

TEST(LogLines, AGapLooksLikeALine)
{
    EXPECT_EQ(line_of("gone", log_format::text, true), "<4>gone");
    const auto line = nlohmann::json::parse(line_of("gone", log_format::json, false));
    EXPECT_EQ(line.at("text"), "gone");
}

}  // namespace
}  // namespace proxy
