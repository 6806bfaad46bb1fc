#include "protocol/payload_event.hpp"
#include "protocol/row_image.hpp"
#include "tests/support/files.hpp"

#include <gtest/gtest.h>
#include <initializer_list>
#include <map>

namespace {

using namespace protocol;

struct tally
{
    std::uint64_t inserted = 0;
    std::uint64_t updated = 0;
    std::uint64_t deleted = 0;
    std::uint64_t lacking = 0;  // events whose images lack columns
    bool operator==(const tally&) const = default;
};

class counted_file
{
public:
    explicit counted_file(const std::string& name)
    {
        const byte_buffer file = tests::golden(name);
        for (const event_view& event : tests::events_of(file))
            take(event);
    }
    tally rows;

private:
    void take(const event_view& event)
    {
        if (event.header.type == event_type::transaction_payload) {
            payload_reader inner(*parse_payload(event.body), std::size_t{1} << 30);
            for (auto next = inner.next(); next && *next; next = inner.next())
                take(**next);
        } else if (event.header.type == event_type::table_map) {
            const auto map = parse_table_map(event.body);
            layouts_.insert_or_assign(map->table_id, *row_layout::of(*map));
        } else if (is_rows_event(event.header.type)) {
            count(event);
        }
    }
    void count(const event_view& event)
    {
        const auto parsed = parse_rows(event);
        ASSERT_TRUE(parsed);
        const row_layout& layout = layouts_.at(parsed->head.table_id);
        const auto counted = count_rows(layout, *parsed);
        ASSERT_TRUE(counted);
        if (parsed->columns_before.empty())
            rows.inserted += *counted;
        else if (parsed->columns_after.empty())
            rows.deleted += *counted;
        else
            rows.updated += *counted;
        rows.lacking += lacks_columns(*parsed);
        expect_the_walk_agrees(layout, *parsed, *counted);
    }
    static void
    expect_the_walk_agrees(const row_layout& layout, const rows_view& parsed, std::uint64_t counted)
    {
        auto walker = row_walker::of(layout, parsed);
        std::uint64_t images = 0;
        row_image image;
        auto more = walker->next(image);
        for (; more && *more; more = walker->next(image))
            ++images;
        EXPECT_TRUE(more);
        const bool pairs = !parsed.columns_before.empty() && !parsed.columns_after.empty();
        EXPECT_EQ(images, pairs ? 2 * counted : counted);
    }

    std::map<std::uint64_t, row_layout> layouts_;
};

// What mysqlbinlog -v prints of them.
TEST(RowImage, ServersOwnFilesHaveAsManyRowsAsMysqlbinlogPrints)
{
    struct expected
    {
        const char* file;
        tally rows;
    };
    for (const expected& one : std::initializer_list<expected>{
             {"ptosc-mysql97-371-events-full", {465, 95, 29, 0}},
             {"ptosc-mysql97-371-events-compressed", {465, 95, 29, 0}},
             {"ptosc-mysql97-371-fullmeta-norowsquery", {19, 12, 7, 0}},
             {"ptosc-mysql97-371-bigrow-multievent", {6, 9, 4, 0}},
             {"ptosc-mysql97-371-preserve-triggers", {114, 7, 5, 0}},
         }) {
        EXPECT_EQ(counted_file(std::string(one.file) + ".in.binlog").rows, one.rows) << one.file;
    }
}

}  // namespace
