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
    // False: an event was refused.
    bool run(rewrite::rewriter& to)
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
                    {.kind = rewrite::decision_kind::verdict,
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

// Arguments: bytes of a rows event; whether a migration runs; whether the rows are its own.
void rewrite_rows(benchmark::State& run)
{
    const auto size = static_cast<std::size_t>(run.range(0));
    rewrite::rewriter to(rewrite::settings{});
    to.begin_file({1, "mysql-bin.000001", 4}, 4);
    if (run.range(1) != 0) {
        log_feed first(migration_begins());
        if (!first.run(to) || !to.hides_anything())
            return run.SkipWithError("the migration is not folded");
    }
    tests::event_builder log;
    std::uint64_t number = 100;
    for (std::size_t bytes = 0; bytes < log_size; bytes += size + 300) {
        log.gtid(++number).begin("d1").table_map(7, "d1", run.range(2) != 0 ? "_t_gho" : "u");
        log.write_rows(7, protocol::rows_end_of_statement, byte_buffer(size - 40, 7)).xid(number);
    }
    log_feed feed(log);
    for (auto _ : run)
        if (!feed.run(to))
            return run.SkipWithError("an event was refused");
    run.SetBytesProcessed(run.iterations() * static_cast<std::int64_t>(feed.bytes()));
    run.SetItemsProcessed(run.iterations() * static_cast<std::int64_t>(feed.events()));
}
BENCHMARK(rewrite_rows)
    ->ArgNames({"size", "migration", "hidden"})
    ->Args({100, 0, 0})
    ->Args({100, 1, 0})
    ->Args({100, 1, 1})
    ->Args({8192, 0, 0})
    ->Args({8192, 1, 0})
    ->Args({8192, 1, 1});

}  // namespace

BENCHMARK_MAIN();
