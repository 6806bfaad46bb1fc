#include "protocol/binlog_file.hpp"
#include "proxy/store/checkpoint.hpp"
#include "rewrite/rewriter.hpp"
#include "tests/support/files.hpp"

#include <gtest/gtest.h>

// Data folders of releases, taken in the middle of a migration: this program goes on with them, and
// what it appends is what that release appended to the same source's log.
namespace {

using namespace tests;
using protocol::byte_buffer;
using protocol::byte_view;

constexpr const char* names[] = {"release-0.1-gh-ost", "release-0.1-pt-osc"};

proxy::checkpoint saved_by(const std::string& name)
{
    auto saved = proxy::parse_checkpoint(golden(name + ".checkpoint"));
    EXPECT_TRUE(saved.has_value());
    return saved ? std::move(*saved) : proxy::checkpoint{};
}

// Whatever does not change with an event's place: all but end_log_pos and checksum.
std::vector<std::string> events_in(byte_view log, protocol::checksum sum)
{
    std::vector<std::string> events;
    while (log.size() >= protocol::event_header_size) {
        const std::size_t size = protocol::load_event_header(log).size;
        const auto event = protocol::parse_event(log.first(std::min(size, log.size())), sum);
        if (!event) {
            ADD_FAILURE() << "torn event of " << size;
            break;
        }
        events.push_back(
            std::to_string(static_cast<int>(event->header.type)) + " " +
            std::to_string(event->header.flags) + " " + std::string(protocol::as_text(event->body))
        );
        log = log.subspan(size);
    }
    return events;
}

// Appends to the clean log, as a store does.
void append_to_log(const rewrite::outputs& out, byte_buffer& clean)
{
    for (const rewrite::output& one : out.list) {
        if (const auto* append = std::get_if<rewrite::append>(&one))
            clean.insert(clean.end(), append->event.begin(), append->event.end());
        else if (const auto* patch = std::get_if<rewrite::patch>(&one))
            std::ranges::copy(
                patch->bytes,
                clean.begin() + static_cast<std::ptrdiff_t>(patch->event_at + patch->offset)
            );
        else if (const auto* cut = std::get_if<rewrite::cut>(&one))
            clean.resize(cut->to);
    }
}

TEST(ReleaseCheckpoint, GoesOnToTheBytesOfThatRelease)
{
    for (const std::string name : names) {
        SCOPED_TRACE(name);
        const proxy::checkpoint saved = saved_by(name);
        auto rewriter = rewrite::rewriter::restore({}, saved.rewriter_state);
        ASSERT_TRUE(rewriter.has_value());
        EXPECT_TRUE(rewriter->hides_anything());
        ASSERT_EQ(rewriter->migrations().size(), 1U);
        EXPECT_EQ(rewriter->migrations()[0].state, rewrite::migration_state::folding);

        const byte_buffer expected = golden(name + ".clean");
        byte_buffer clean = expected;
        clean.resize(saved.clean_end);
        const byte_buffer bytes = golden(name + ".source");
        protocol::binlog_file source(bytes);
        for (;;) {
            const std::uint64_t position = source.position();
            const auto event = source.next();
            ASSERT_TRUE(event.has_value());
            if (!*event)
                break;
            if (position < saved.pull_from.position)
                continue;
            rewrite::outputs out;
            const rewrite::coordinate at{saved.pull_from.epoch, saved.pull_from.file, position};
            const auto asked = rewriter->on_event(at, **event, source.sum(), out);
            ASSERT_TRUE(asked.has_value());
            ASSERT_FALSE(asked->has_value()) << (*asked)->text;
            append_to_log(out, clean);
        }
        EXPECT_EQ(
            events_in(byte_view(clean).subspan(4), source.sum()),
            events_in(byte_view(expected).subspan(4), source.sum())
        );
        EXPECT_FALSE(rewriter->hides_anything());
        EXPECT_EQ(rewriter->migrations()[0].state, rewrite::migration_state::cut_over);
    }
}

TEST(ReleaseCheckpoint, IsNotReadFromFewerBytes)
{
    for (const std::string name : names) {
        const byte_buffer state = saved_by(name).rewriter_state;
        for (std::size_t size = 0; size < state.size(); ++size)
            EXPECT_FALSE(rewrite::rewriter::restore({}, byte_view(state).first(size))) << size;
    }
}

TEST(ReleaseCheckpoint, IsSavedAgainInTheLayoutOfToday)
{
    for (const std::string name : names) {
        const auto rewriter = rewrite::rewriter::restore({}, saved_by(name).rewriter_state);
        ASSERT_TRUE(rewriter.has_value());
        const byte_buffer now = rewriter->save();
        const auto again = rewrite::rewriter::restore({}, now);
        ASSERT_TRUE(again.has_value());
        EXPECT_EQ(again->save(), now);
        EXPECT_EQ(again->hidden_tables(), rewriter->hidden_tables());
    }
}

}  // namespace
