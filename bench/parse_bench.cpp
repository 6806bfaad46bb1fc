#include "protocol/packet.hpp"
#include "proxy/source/event_chain.hpp"
#include "tests/support/event_builder.hpp"

#include <benchmark/benchmark.h>

// What it costs to take the source's bytes apart, by the size of an event.
namespace {

using protocol::byte_buffer;
using protocol::byte_view;

constexpr std::size_t log_size = std::size_t{1} << 20;

tests::event_builder log_of(std::size_t event_size)
{
    tests::event_builder log;
    log.format().previous_gtids({}).gtid(1).begin().table_map(7, "d1", "t");
    for (std::size_t size = 0; size < log_size; size += event_size)
        log.write_rows(7, 0, byte_buffer(event_size - 40, 7));
    return log.xid(1);
}

// Bytes of a receive become packets.
void split_packets(benchmark::State& run)
{
    byte_buffer wire;
    std::uint8_t sequence = 0;
    const auto events = log_of(static_cast<std::size_t>(run.range(0))).events();
    for (const byte_buffer& event : events)
        sequence = protocol::append_packet(wire, event, sequence);
    protocol::packet_splitter splitter(std::size_t{1} << 30);
    for (auto _ : run) {
        splitter.sequence = 0;
        std::ranges::copy(wire, splitter.prepare(wire.size()).begin());
        splitter.commit(wire.size());
        for (std::size_t left = events.size(); left > 0; --left)
            benchmark::DoNotOptimize(splitter.next());
    }
    run.SetBytesProcessed(run.iterations() * static_cast<std::int64_t>(wire.size()));
    run.SetItemsProcessed(run.iterations() * static_cast<std::int64_t>(events.size()));
}
BENCHMARK(split_packets)->Arg(100)->Arg(8192);

// Packets become verified events: size, position, checksum.
void verify_events(benchmark::State& run)
{
    const auto events = log_of(static_cast<std::size_t>(run.range(0))).events();
    const proxy::event_chain fresh({.file = "b.000001"}, 4, protocol::checksum::crc32);
    byte_buffer rotate;
    protocol::append_rotate(
        rotate,
        {.type = protocol::event_type::rotate, .flags = protocol::event_artificial},
        {4, "b.000001"},
        protocol::checksum::crc32
    );
    std::int64_t bytes = 0;
    for (auto _ : run) {
        proxy::event_chain chain = fresh;
        if (!chain.take(rotate))
            return run.SkipWithError("the dump does not begin");
        for (const byte_buffer& event : events) {
            const auto taken = chain.take(event);
            if (!taken)
                return run.SkipWithError(taken.error());
            bytes += static_cast<std::int64_t>(event.size());
        }
    }
    run.SetBytesProcessed(bytes);
    run.SetItemsProcessed(run.iterations() * static_cast<std::int64_t>(events.size()));
}
BENCHMARK(verify_events)->Arg(100)->Arg(8192);

}  // namespace

BENCHMARK_MAIN();
