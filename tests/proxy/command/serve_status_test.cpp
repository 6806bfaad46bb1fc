#include "proxy/admin/metrics_text.hpp"
#include "proxy/command/serve_status.hpp"
#include "tests/support/event_builder.hpp"
#include "tests/support/temp_folder.hpp"

#include <fstream>
#include <gtest/gtest.h>
#include <map>
#include <sstream>

namespace proxy {
namespace {

using namespace std::chrono_literals;

// ---- metrics and their documentation

metric_list all_metrics()
{
    static const program_status status;
    static const source_numbers source;
    static const facts_numbers facts;
    static const memory_numbers memory;
    static const ingest_numbers ingest;
    static const process_numbers process;
    return list_metrics({status, source, facts, memory, ingest, process});
}

std::string trimmed(std::string text)
{
    const auto first = text.find_first_not_of(' ');
    if (first == std::string::npos)
        return {};
    return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

// Name -> "type, owner", as in the table.
std::map<std::string, std::string> documented()
{
    std::ifstream file(TESTS_DIR "/../docs/metrics.md");
    std::map<std::string, std::string> rows;
    for (std::string line; std::getline(file, line);) {
        if (!line.starts_with("| `unghost_") && !line.starts_with("| `process_"))
            continue;
        std::vector<std::string> cells;
        std::istringstream parts(line.substr(1));
        for (std::string cell; std::getline(parts, cell, '|');)
            cells.push_back(trimmed(cell));
        EXPECT_EQ(cells.size(), 5u) << line;
        cells.resize(5);
        EXPECT_NE(cells[4], "") << line;
        rows[cells[0]] = cells[1] + ", " + cells[3];
    }
    return rows;
}

TEST(Metrics, AreAllInTheDocumentationWithTypeAndOwner)
{
    std::map<std::string, std::string> listed;
    for (const metric_list list = all_metrics(); const metric& one : list.all())
        listed["`" + full_name(one) + "`"] =
            std::string(to_text(one.type)) + ", " + std::string(one.owner);
    EXPECT_EQ(listed, documented());
    EXPECT_EQ(listed.size(), all_metrics().all().size()) << "a name is there twice";
}

TEST(Metrics, AreNamedAsTheirKind)
{
    for (const metric_list list = all_metrics(); const metric& one : list.all()) {
        const bool total = one.name.ends_with("_total");
        EXPECT_EQ(total, one.type == metric_type::counter) << one.name;
        EXPECT_TRUE(one.help.ends_with('.')) << one.name;
    }
}

// ---- what the components say

TEST(SourceContact, IsTheNewestOfBothConnections)
{
    source_numbers client;
    client.on_connected();
    const std::chrono::steady_clock::time_point early{100s};
    client.on_received(early);
    watched_source watch{
        .heard = early + 5s, .clock = source_clock(7000, early), .files = {{"b.000001", 9}}
    };
    const source_contact contact = contact_of(client, watch, 5000ms);
    EXPECT_TRUE(contact.connected);
    EXPECT_EQ(contact.heard, early + 5s);
    EXPECT_EQ(contact.received, early);
    EXPECT_EQ(contact.event, std::nullopt);
    EXPECT_EQ(contact.clock.seconds({.steady = early + 3s}), 7003);
    EXPECT_EQ(contact.files.size(), 1u);
    watch.heard.reset();
    EXPECT_EQ(contact_of(client, watch, 5000ms).heard, early);
}

TEST(DescribeStart, SaysWhatIsServedAndWhatIsMissing)
{
    program_status status{.source_error = "no connection"};
    describe_start(status);
    EXPECT_EQ(status.phase_text, "the source has not been reached yet: no connection");
    status.published = {.file = "b.1000000001", .position = 157};
    describe_start(status);
    EXPECT_EQ(
        status.phase_text,
        "what is stored is served; the source has not been reached since the start: no connection"
    );
    status.phase = program_phase::serving;
    status.phase_text.clear();
    describe_start(status);
    EXPECT_EQ(status.phase_text, "");
}

class DescribeSessions : public testing::Test
{
protected:
    DescribeSessions()
    {
        tests::event_builder built;
        built.timestamp = now - 100;
        built.format().previous_gtids({}).gtid(1).begin().xid(1);
        const protocol::byte_buffer bytes = built.file();
        std::ofstream(folder / "b.1000000001", std::ios::binary)
            .write(
                reinterpret_cast<const char*>(bytes.data()),
                static_cast<std::streamsize>(bytes.size())
            );
        first_event_end = 4 + built.events()[0].size();
        end = bytes.size();
        file_list files;
        files.files.push_back(
            {.name = "b.1000000001",
             .path = (folder / "b.1000000001").string(),
             .base = base,
             .source = {.file = "b.000001"},
             .source_begin = 4}
        );
        log.set_files(std::move(files));
        log.publish(base + end);
        id = *sessions.add("10.0.0.3:4411", [](session_end) {}, 10);
        sessions.update(id, [](session_info& one) { one.dumping = true; });
    }

    consumer_status at(std::uint64_t position)
    {
        *sessions.place_of(id) = base + position;
        return describe_sessions(sessions, log, now, waiting).at(0);
    }

    static constexpr std::uint64_t base = 5000;
    static constexpr std::uint32_t now = 1'700'000'000;
    tests::temp_folder folder;
    std::uint64_t first_event_end = 0;
    std::uint64_t end = 0;
    publication log;
    session_registry sessions;
    std::uint32_t id = 0;
    std::optional<double> waiting = 0;
};

TEST_F(DescribeSessions, AConsumerAtTheEndDoesNotLag)
{
    const consumer_status one = at(end);
    EXPECT_TRUE(one.dumping);
    EXPECT_EQ(one.reads.position, end);
    EXPECT_EQ(one.lag_bytes, 0u);
    EXPECT_EQ(one.lag_seconds, 0);
}

// In a stop, say: it has all that is published, and lacks what waits.
TEST_F(DescribeSessions, AConsumerAtTheEndLagsByWhatWaits)
{
    waiting = 7200;
    EXPECT_EQ(at(end).lag_bytes, 0u);
    EXPECT_EQ(at(end).lag_seconds, 7200);
    EXPECT_EQ(at(first_event_end).lag_seconds, 99) << "its own";
    waiting.reset();
    EXPECT_EQ(at(end).lag_seconds, std::nullopt);
}

TEST_F(DescribeSessions, AConsumerLagsByTheAgeOfTheNextEventForIt)
{
    const consumer_status one = at(first_event_end);
    EXPECT_EQ(one.lag_bytes, end - first_event_end);
    EXPECT_EQ(one.lag_seconds, 99);
    EXPECT_EQ(at(0).lag_seconds, 99) << "at the beginning of a file";
}

TEST_F(DescribeSessions, NoAgeIsToldInTheMiddleOfAnEvent)
{
    const consumer_status one = at(first_event_end + 1);
    EXPECT_EQ(one.lag_bytes, end - first_event_end - 1);
    EXPECT_EQ(one.lag_seconds, std::nullopt);
}

TEST_F(DescribeSessions, ADumpIsCountedAsSoonAsItIsOne)
{
    program_status status;
    status.consumers = describe_sessions(sessions, log, now, 0);
    EXPECT_EQ(dumps(status), 1u);
    sessions.update(id, [](session_info& one) { one.dumping = false; });
    status.consumers = describe_sessions(sessions, log, now, 0);
    EXPECT_EQ(dumps(status), 0u);
}

}  // namespace
}  // namespace proxy
