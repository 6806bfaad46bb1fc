#include "protocol/event_writer.hpp"
#include "proxy/store/store.hpp"

#include <benchmark/benchmark.h>
#include <spdlog/sinks/null_sink.h>

// What it costs to put events into the store: apply() alone, in memory, and with the flush that
// follows each receive.
namespace {

using protocol::byte_buffer;

byte_buffer event_of(std::size_t size)
{
    byte_buffer event;
    protocol::event_writer out(
        event, {.type = protocol::event_type::write_rows, .server_id = 1, .flags = 0}
    );
    out.body().bytes(byte_buffer(size - protocol::event_header_size - 4, 7));
    out.finish(protocol::checksum::crc32);
    return event;
}

// Arguments: bytes of an event; whether it keeps its place in the file (nothing to seal).
void store_apply(benchmark::State& run)
{
    const std::filesystem::path folder = "/dev/shm/unghost-store-bench";
    std::filesystem::remove_all(folder);
    spdlog::logger log("bench", std::make_shared<spdlog::sinks::null_sink_mt>());
    {
        proxy::store_options options;
        options.folder = folder;
        proxy::store to(options, log);
        (void)to.open();
        proxy::source_identity from;
        from.log.file = "b.000001";
        (void)to.begin_file(from, 4, protocol::checksum::crc32);

        byte_buffer event = event_of(static_cast<std::size_t>(run.range(0)));
        const bool in_place = run.range(1) != 0;
        const bool with_flush = run.range(2) != 0;
        rewrite::outputs out;
        std::uint64_t begin = to.clean_end();
        std::uint64_t unflushed = 0;
        for (auto _ : run) {
            protocol::store(
                event.data() + protocol::event_end_log_pos_offset,
                static_cast<std::uint32_t>(in_place ? to.clean_end() + event.size() : 1)
            );
            out.list.emplace_back(rewrite::append{.event = event, .intact = true});
            ++unflushed;
            if (unflushed % 4 == 0) {
                const std::uint64_t end = begin + 4 * event.size();
                out.list.emplace_back(rewrite::commit{
                    .clean_begin = begin,
                    .upstream_begin = begin,
                    .upstream_end = end,
                    .touched = false,
                    .id = {},
                });
                begin = end;
            }
            to.apply(out);
            out.clear();
            if (unflushed * event.size() >= 256U << 10 && unflushed % 4 == 0) {
                if (!with_flush)
                    run.PauseTiming();
                (void)to.flush();
                unflushed = 0;
                if (!with_flush)
                    run.ResumeTiming();
            }
        }
        run.SetItemsProcessed(run.iterations());
        run.SetBytesProcessed(run.iterations() * run.range(0));
    }
    std::filesystem::remove_all(folder);
}
// As many as make a file of 300 MB.
void arguments(benchmark::internal::Benchmark* bench)
{
    bench->ArgNames({"size", "in_place", "flush"});
}
BENCHMARK(store_apply)->Apply(arguments)->Args({100, 1, 0})->Iterations(3'000'000);
BENCHMARK(store_apply)->Apply(arguments)->Args({100, 1, 1})->Iterations(3'000'000);
BENCHMARK(store_apply)->Apply(arguments)->Args({100, 0, 0})->Iterations(3'000'000);
BENCHMARK(store_apply)->Apply(arguments)->Args({100, 0, 1})->Iterations(3'000'000);
BENCHMARK(store_apply)->Apply(arguments)->Args({8192, 0, 1})->Iterations(36'000);

}  // namespace

BENCHMARK_MAIN();
