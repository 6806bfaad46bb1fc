#include "protocol/row_image.hpp"
#include "protocol/writer.hpp"

#include <algorithm>
#include <benchmark/benchmark.h>

// What it costs to count the rows of events of 8 KB, as servers write them, by the kind of rows;
// and to walk their values.
namespace {

using namespace protocol;

constexpr std::size_t event_size = 8192;

struct table
{
    byte_buffer types;
    byte_buffer metadata;
    byte_buffer image;
    byte_buffer present;
};

// Rows of about `size` bytes: numbers, times, two texts, a blob; two columns are NULL if so asked.
table table_of(std::size_t size, bool nulls)
{
    table made;
    made.types = {8, 3, 3, 15, 17, 18, 246, 1, 15, 252};
    writer(made.metadata).u16(160).u8(0).u8(0).u8(10).u8(2).u16(1020).u8(2);
    made.present = {0xff, 0x03};
    writer image(made.image);
    const std::size_t fixed = 8 + 4 + 4 + 4 + 5 + 5 + 1;
    image.u16(nulls ? 0xfc24 : 0xfc00).u64(1).u32(2);
    if (!nulls)
        image.u32(3);
    const std::size_t left = size - 2 - fixed - 5;
    const std::size_t short_text = std::min<std::size_t>(left / 3, 160);
    image.u8(static_cast<std::uint8_t>(short_text)).zeros(short_text);
    image.u32(4);
    if (!nulls)
        image.zeros(5);
    image.zeros(5).u8(1);
    image.u16(static_cast<std::uint16_t>(left / 3)).zeros(left / 3);
    image.u16(static_cast<std::uint16_t>(left / 3)).zeros(left / 3);
    return made;
}

// As many images as an event of 8 KB has, of a log that does not fit in the caches.
class rows_log
{
public:
    explicit rows_log(table of) : of_(std::move(of))
    {
        map_.column_types = of_.types;
        map_.column_metadata = of_.metadata;
        rows_in_event_ = event_size / of_.image.size();
        const std::size_t events = (std::size_t{64} << 20) / (rows_in_event_ * of_.image.size());
        for (std::size_t i = 0; i < events * rows_in_event_; ++i)
            writer(bytes_).bytes(of_.image);
    }

    // Gives each event to `use`, which returns the rows it saw, 0 if it cannot.
    template <class Use>
    void run(benchmark::State& state, Use use) const
    {
        const std::size_t size = rows_in_event_ * of_.image.size();
        std::size_t at = 0;
        for (auto _ : state) {
            if (at == bytes_.size())
                at = 0;
            const rows_view rows{
                .width = of_.types.size(),
                .columns_after = of_.present,
                .images = byte_view(bytes_).subspan(at, size),
            };
            if (use(map_, rows) != rows_in_event_)
                return state.SkipWithError("not all rows");
            at += size;
        }
        state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(size));
        state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(rows_in_event_));
    }

private:
    table of_;
    table_map_view map_;
    std::size_t rows_in_event_ = 0;
    byte_buffer bytes_;
};

// The layout made anew for each event, as for statements of one event.
void count(benchmark::State& state)
{
    const rows_log log(table_of(static_cast<std::size_t>(state.range(0)), state.range(1) != 0));
    log.run(state, [](const table_map_view& map, const rows_view& rows) {
        const auto layout = row_layout::of(map);
        return layout ? count_rows(*layout, rows).value_or(0) : 0;
    });
}
BENCHMARK(count)->ArgNames({"row", "nulls"})->ArgsProduct({{60, 100, 1000}, {0, 1}});

void walk(benchmark::State& state)
{
    const rows_log log(table_of(static_cast<std::size_t>(state.range(0)), state.range(1) != 0));
    row_image image;
    log.run(state, [&](const table_map_view& map, const rows_view& rows) -> std::uint64_t {
        const auto layout = row_layout::of(map);
        auto walker = row_walker::of(*layout, rows);
        std::uint64_t seen = 0;
        for (auto more = walker->next(image); more && *more; more = walker->next(image)) {
            benchmark::DoNotOptimize(image.columns.data());
            ++seen;
        }
        return seen;
    });
}
BENCHMARK(walk)->ArgNames({"row", "nulls"})->ArgsProduct({{100}, {0, 1}});

}  // namespace

BENCHMARK_MAIN();
