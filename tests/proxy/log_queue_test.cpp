#include "proxy/log_queue.hpp"
#include "proxy/log_sink.hpp"

#include <array>
#include <csignal>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <optional>
#include <spdlog/logger.h>
#include <sstream>
#include <thread>
#include <unistd.h>

namespace proxy {
namespace {

using namespace std::chrono_literals;

// A pipe that holds one page until somebody reads it.
class LogQueue : public testing::Test
{
protected:
    LogQueue()
    {
        EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
        EXPECT_GT(::fcntl(ends[1], F_SETPIPE_SZ, 4096), 0);
    }
    ~LogQueue() override
    {
        for (const int end : ends)
            if (end >= 0)
                ::close(end);
    }
    // A queue that was abandoned may still write: its descriptor must not become another pipe's.
    void leave_open() { ends = {-1, -1}; }
    void close_writing_end()
    {
        ::close(ends[1]);
        ends[1] = -1;
    }
    // What is in the pipe until its writing end is closed.
    std::string read_all()
    {
        std::string text;
        std::array<char, 4096> bytes;
        for (::ssize_t size = 1; size > 0;) {
            size = ::read(ends[0], bytes.data(), bytes.size());
            if (size > 0)
                text.append(bytes.data(), static_cast<std::size_t>(size));
        }
        return text;
    }

    std::array<int, 2> ends{-1, -1};
};

TEST_F(LogQueue, WritesLinesInTheirOrder)
{
    // A page for each line, if they are written one by one: nobody reads yet.
    EXPECT_GT(::fcntl(ends[1], F_SETPIPE_SZ, 65'536), 0);
    {
        log_queue queue(ends[1]);
        spdlog::logger lines("test", std::make_shared<log_sink>(queue));
        lines.set_pattern("%l %v");
        lines.info("one");
        lines.warn("dump from '{}'", "bin\x1b[2J\nerror forged");
    }
    close_writing_end();
    EXPECT_EQ(read_all(), "info one\nwarning dump from 'bin\\x1b[2J\\x0aerror forged'\n");
}

TEST_F(LogQueue, ThousandsOfLinesInAPipeThatNobodyReadsHoldNobodyUp)
{
    const std::string line = std::string(99, 'x') + "\n";
    {
        log_queue queue(ends[1], 10'000, 10ms);
        for (int i = 0; i < 5'000; ++i)
            queue.add(line);
        EXPECT_GT(queue.dropped(), 4'000U);
    }  // nor does the end wait for a reader
    const int flags = ::fcntl(ends[0], F_GETFL);
    ::fcntl(ends[0], F_SETFL, flags | O_NONBLOCK);
    EXPECT_LT(read_all().size(), 20'000U) << "what the pipe and the queue hold";
    leave_open();
}

TEST_F(LogQueue, SaysHowManyLinesAreMissingWhereTheyAre)
{
    std::optional<log_queue> queue(std::in_place, ends[1], 10'000);
    const std::string line = std::string(999, 'x') + "\n";
    for (int i = 0; i < 100; ++i)
        queue->add(line);
    const std::uint64_t dropped = queue->dropped();
    ASSERT_GT(dropped, 0U);

    std::string text;
    std::thread reader([&] { text = read_all(); });
    queue->drain();
    queue->add("it is read again\n");
    queue.reset();
    close_writing_end();
    reader.join();
    EXPECT_TRUE(text.ends_with("it is read again\n")) << text.substr(text.size() - 200);
    // The queue is emptied while lines come, so there may be more than one gap.
    std::uint64_t written = 0;
    std::uint64_t missing = 0;
    std::istringstream lines(text);
    for (std::string one; std::getline(lines, one);) {
        if (one.starts_with("... "))
            missing += std::stoull(one.substr(4));
        else if (one.starts_with("x"))
            ++written;
    }
    EXPECT_EQ(missing, dropped);
    EXPECT_EQ(written + missing, 100U);
}

TEST_F(LogQueue, AReaderThatHasGoneIsNoMatter)
{
    std::signal(SIGPIPE, SIG_IGN);  // as the program does
    ::close(ends[0]);
    log_queue queue(ends[1]);
    for (int i = 0; i < 100; ++i)
        queue.add("lost\n");
    queue.drain();
    EXPECT_EQ(queue.dropped(), 0U) << "they were written, to nobody";
    ends[0] = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
}

}  // namespace
}  // namespace proxy
