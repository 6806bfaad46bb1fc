#include "proxy/command/log_counts.hpp"
#include "tests/support/files.hpp"

#include <gtest/gtest.h>

namespace proxy {
namespace {

log_counts counted(const std::string& name, payload_counting payloads)
{
    const auto file = tests::golden(name);
    protocol::checksum sum{};
    const auto events = tests::events_of(file, &sum);
    log_counter counter(payloads);
    counter.begin_file(name, sum);
    for (const auto& event : events)
        counter.on_input(event);
    return counter.files().at(0);
}

TEST(LogCounter, CountsEventsInCompressedTransactionsOnlyWhenAsked)
{
    const std::string name = "ptosc-mysql97-371-events-compressed.in.binlog";
    EXPECT_EQ(counted(name, payload_counting::opened).rows_in, 192U);
    EXPECT_EQ(counted(name, payload_counting::opened).maps_in, 153U);
    EXPECT_LT(counted(name, payload_counting::closed).rows_in, 192U);
}

TEST(LogCounter, WhatIsCutIsNotKept)
{
    const auto file = tests::golden("ptosc-mysql97-371-noswap.in.binlog");
    protocol::checksum sum{};
    const auto events = tests::events_of(file, &sum);
    log_counter counter(payload_counting::closed);
    counter.begin_file("x", sum);
    rewrite::outputs made;
    for (const auto& event : events)
        if (protocol::is_rows_event(event.header.type))
            made.list.emplace_back(rewrite::append{.event = event.whole});
    ASSERT_EQ(made.list.size(), 2U);
    const std::uint64_t first_end = 4 + std::get<rewrite::append>(made.list[0]).event.size();
    made.list.emplace_back(rewrite::cut{.to = first_end});
    made.list.emplace_back(rewrite::commit{});
    counter.take(made);
    EXPECT_EQ(counter.files().at(0).rows_kept, 1U);
    EXPECT_EQ(counter.files().at(0).bytes_out, first_end);
}

}  // namespace
}  // namespace proxy
