#include "protocol/payload_event.hpp"
#include "rewrite/rewriter.hpp"
#include "tests/support/event_builder.hpp"

#include <benchmark/benchmark.h>

// What the rewriter costs an event: with nothing hidden, and with a hidden table beside the events
// or among them.
namespace {

using protocol::byte_buffer;
using protocol::byte_view;

constexpr std::size_t log_size = std::size_t{1} << 20;

struct placed
{
    byte_buffer bytes;
    rewrite::coordinate at;
};

class log_feed
{
public:
    explicit log_feed(const tests::event_builder& log)
    {
        std::uint64_t position = protocol::binlog_magic.size();
        for (byte_buffer& event : log.events()) {
            const std::uint64_t size = event.size();
            events_.push_back({std::move(event), {1, "mysql-bin.000001", position}});
            position += size;
        }
    }
    // False: an event was refused. By itself, so that callgrind can count it alone.
    [[gnu::noinline]] bool run(rewrite::rewriter& to)
    {
        for (const placed& one : events_) {
            const auto event = protocol::parse_event(one.bytes, protocol::checksum::crc32);
            for (;;) {
                out_.clear();
                const auto asked = to.on_event(one.at, *event, protocol::checksum::crc32, out_);
                if (!asked)
                    return false;
                if (!*asked)
                    break;
                if ((*asked)->kind != rewrite::question_kind::verdict)
                    return false;
                to.decide(
                    {.kind = rewrite::question_kind::verdict,
                     .at = (*asked)->at,
                     .ruling = {.what = rewrite::outcome::fold},
                     .original = (*asked)->original,
                     .ghost = (*asked)->ghost}
                );
            }
            benchmark::DoNotOptimize(out_.list.data());
        }
        return true;
    }
    std::size_t events() const { return events_.size(); }
    std::size_t bytes() const
    {
        return events_.back().at.position + events_.back().bytes.size() -
               events_.front().at.position;
    }

private:
    std::vector<placed> events_;
    rewrite::outputs out_;
};

tests::event_builder migration_begins()
{
    tests::event_builder log;
    std::uint64_t number = 0;
    for (const std::string_view text :
         {"create /* gh-ost */ table `d1`.`_t_ghc` (id bigint)",
          "create /* gh-ost */ table `d1`.`_t_gho` like `d1`.`t`",
          "alter /* gh-ost */ table `d1`.`_t_gho` ADD COLUMN c int"})
        log.gtid(++number).query(text, "d1");
    return log;
}

enum class shape : std::uint8_t { other, hidden, mixed, text, packed };

// A transaction from its BEGIN on.
void add_rows(tests::event_builder& log, shape what, std::size_t size, std::uint64_t xid)
{
    constexpr std::uint16_t ends = protocol::rows_end_of_statement;
    const byte_buffer images(size - 40, 7);
    log.begin("d1");
    switch (what) {
        case shape::other:
        case shape::packed: log.table_map(7, "d1", "u").write_rows(7, ends, images); break;
        case shape::hidden: log.table_map(8, "d1", "_t_gho").write_rows(8, ends, images); break;
        case shape::mixed:
            log.table_map(6, "d1", "t").table_map(8, "d1", "_t_gho");
            log.write_rows(6, 0, images).write_rows(8, ends, images);
            break;
        case shape::text:
            log.query("INSERT INTO u (id, name, town) VALUES (1, 'a name', 'a town')", "d1");
            break;
    }
    log.xid(xid);
}

void add_packed(tests::event_builder& log, std::size_t size, std::uint64_t xid)
{
    tests::event_builder inner(protocol::checksum::none);
    add_rows(inner, shape::packed, size, xid);
    byte_buffer packed;
    protocol::payload_compressor compressor(packed);
    for (const byte_buffer& event : inner.events())
        if (!compressor.add(event))
            return;
    if (!compressor.finish())
        return;
    byte_buffer event;
    protocol::append_payload(
        event,
        {.timestamp = log.timestamp,
         .type = protocol::event_type::transaction_payload,
         .server_id = 1},
        {.kind = protocol::compression::zstd,
         .uncompressed_size = compressor.uncompressed_size(),
         .payload = packed},
        log.sum()
    );
    if (const auto parsed = protocol::parse_event(event, log.sum()))
        log.add(protocol::event_type::transaction_payload, parsed->body);
}

// Arguments: bytes of a rows event; whether a migration runs.
void rewrite_transactions(benchmark::State& run, shape what)
{
    const auto size = static_cast<std::size_t>(run.range(0));
    rewrite::rewriter to(rewrite::settings{});
    to.begin_file(4);
    if (run.range(1) != 0) {
        log_feed first(migration_begins());
        if (!first.run(to) || !to.hides_anything())
            return run.SkipWithError("the migration is not folded");
    }
    tests::event_builder log;
    const std::size_t transactions = log_size / (size + 300);
    for (std::uint64_t number = 100; number < 100 + transactions; ++number) {
        log.gtid(number);
        if (what == shape::packed)
            add_packed(log, size, number);
        else
            add_rows(log, what, size, number);
    }
    log_feed feed(log);
    for (auto _ : run)
        if (!feed.run(to))
            return run.SkipWithError("an event was refused");
    run.SetBytesProcessed(run.iterations() * static_cast<std::int64_t>(feed.bytes()));
    run.SetItemsProcessed(run.iterations() * static_cast<std::int64_t>(feed.events()));
    run.counters["transactions"] = static_cast<double>(transactions);
}

void sizes(benchmark::internal::Benchmark* made)
{
    made->ArgNames({"size", "migration"})->Args({100, 1})->Args({8192, 1});
}
BENCHMARK_CAPTURE(rewrite_transactions, other, shape::other)
    ->Args({100, 0})
    ->Args({8192, 0})
    ->Apply(sizes);
BENCHMARK_CAPTURE(rewrite_transactions, hidden, shape::hidden)->Apply(sizes);
BENCHMARK_CAPTURE(rewrite_transactions, mixed, shape::mixed)->Apply(sizes);
BENCHMARK_CAPTURE(rewrite_transactions, text, shape::text)->Apply(sizes);
BENCHMARK_CAPTURE(rewrite_transactions, packed, shape::packed)->Apply(sizes);

}  // namespace

BENCHMARK_MAIN();
