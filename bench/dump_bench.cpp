#include "proxy/session/dump_session.hpp"
#include "tests/support/event_builder.hpp"

#include <asio/co_spawn.hpp>
#include <benchmark/benchmark.h>
#include <filesystem>
#include <fstream>

// What it costs to serve a dump from pages in memory: reading, packets, all but the socket.
namespace {

using protocol::byte_buffer;
using protocol::byte_view;

constexpr std::size_t log_size = std::size_t{64} << 20;

// Takes what is sent and forgets it.
class sink_stream final : public proxy::packet_stream
{
public:
    asio::awaitable<byte_view> read() override { co_return byte_view(); }
    std::optional<byte_view> read_arrived() override { return std::nullopt; }
    asio::awaitable<void> fill() override { co_return; }
    byte_view take_arrived() override { return {}; }
    void put(byte_view) override {}
    asio::awaitable<void> flush() override { co_return; }
    asio::awaitable<void> send_frames(byte_view frames) override
    {
        bytes += frames.size();
        co_return;
    }
    asio::awaitable<void> send_frames(std::span<const byte_view> pieces) override
    {
        for (const byte_view piece : pieces)
            bytes += piece.size();
        co_return;
    }
    asio::awaitable<void> start_tls() override { co_return; }
    bool encrypted() const override { return false; }
    void start_compression(protocol::stream_compression, int) override {}
    void set_max_packet(std::size_t) override {}
    bool peer_is_gone() override { return false; }
    std::uint8_t next_sequence() const override { return sequence; }
    void set_next_sequence(std::uint8_t next) override { sequence = next; }

    std::size_t bytes = 0;
    std::uint8_t sequence = 1;
};

byte_buffer log_of(std::size_t event_size)
{
    tests::event_builder log;
    log.format().previous_gtids({}).gtid(1).begin().table_map(7, "d1", "t");
    for (std::size_t size = 0; size < log_size; size += event_size)
        log.write_rows(7, 0, byte_buffer(event_size - 40, 7));
    return log.xid(1).file();
}

void serve(benchmark::State& run)
{
    const std::filesystem::path path = "/dev/shm/unghost-dump-bench";
    const byte_buffer bytes = log_of(static_cast<std::size_t>(run.range(0)));
    std::ofstream(path, std::ios::binary) << protocol::as_text(bytes);
    proxy::publication log;
    proxy::clean_file file;
    file.name = "b.1000000001";
    file.path = path;
    file.from_disk->store(false);  // as of a file that this process has written
    proxy::file_list list;
    list.files.push_back(file);
    log.set_files(list);
    log.publish(bytes.size());

    const auto thread = proxy::session_thread::make(log);
    proxy::session_control control;
    std::atomic<std::uint64_t> place{0};
    asio::thread_pool pool(1);
    const proxy::border_question border_of;
    const proxy::translator clean_of =
        [](const std::string&, std::uint64_t
        ) -> tl::expected<proxy::store::clean_coordinate, proxy::store::untranslatable> {
        return tl::unexpected(proxy::store::untranslatable());
    };
    const proxy::executed_question executed =
        []() -> asio::awaitable<std::optional<protocol::gtid_set>> { co_return std::nullopt; };
    for (auto _ : run) {
        sink_stream peer;
        proxy::dump_parameters asked;
        asked.file = file.name;
        asked.flags = protocol::dump_non_block;
        asked.checksum = "CRC32";
        auto facts = std::make_shared<proxy::source_facts>();
        facts->server_id = 1;
        std::exception_ptr failure;
        asio::co_spawn(
            thread->loop(),
            proxy::serve_dump(
                peer,
                asked,
                {.log = log,
                 .thread = *thread,
                 .control = control,
                 .place = place,
                 .pool = pool,
                 .clean_of = clean_of,
                 .border_of = border_of,
                 .source_executed = executed,
                 .facts = facts}
            ),
            [&](std::exception_ptr error, const std::string&) { failure = error; }
        );
        thread->loop().restart();
        thread->loop().run();
        if (failure || peer.bytes < bytes.size())
            return run.SkipWithError("the dump failed");
    }
    run.SetBytesProcessed(run.iterations() * static_cast<std::int64_t>(bytes.size()));
    std::filesystem::remove(path);
}
BENCHMARK(serve)->ArgName("event")->Arg(100)->Arg(8192)->Arg(200'000);

}  // namespace

BENCHMARK_MAIN();
