#include "proxy/admin/summary_text.hpp"
#include "proxy/command/explain_files.hpp"
#include "tests/support/files.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace proxy {
namespace {

// One captured run of a tool: tests/golden/captures.json says what must come of it. The counts of
// events were made by other means than this program.
struct capture
{
    std::string file;
    std::string verdict;  // fold, pass, or none: nothing bound the tool's table
    std::string reason;
    std::uint64_t transactions = 0;
    std::uint64_t emptied = 0;
    std::array<std::uint64_t, 2> rows{};
    std::array<std::uint64_t, 2> maps{};
};

std::vector<capture> captures()
{
    const auto text = tests::golden("captures.json");
    std::vector<capture> all;
    for (const auto& one : nlohmann::json::parse(text.begin(), text.end()))
        all.push_back({
            .file = one.at("file"),
            .verdict = one.at("verdict"),
            .reason = one.at("reason"),
            .transactions = one.at("transactions"),
            .emptied = one.at("emptied"),
            .rows = one.at("rows_events"),
            .maps = one.at("table_maps"),
        });
    return all;
}

class Captures : public testing::TestWithParam<capture>
{};

TEST_P(Captures, AreJudgedAndCountedAsTheTableSays)
{
    const capture& expected = GetParam();
    offline_options options;
    options.files = {std::filesystem::path(TESTS_DIR) / "golden" / expected.file};
    const explanation found = explain_files(options);

    if (expected.verdict == "none") {
        EXPECT_TRUE(found.result.migrations.empty());
    } else {
        ASSERT_EQ(found.result.migrations.size(), 1U);
        const auto& ruling = found.result.migrations[0].ruling;
        EXPECT_EQ(to_text(ruling.what), expected.verdict);
        EXPECT_EQ(ruling.reason, expected.reason);
    }
    ASSERT_EQ(found.files.size(), 1U);
    const log_counts& counted = found.files[0];
    EXPECT_EQ(counted.transactions, expected.transactions);
    EXPECT_EQ(counted.emptied, expected.emptied);
    EXPECT_EQ(counted.rows_in, expected.rows[0]);
    EXPECT_EQ(counted.rows_kept, expected.rows[1]);
    EXPECT_EQ(counted.maps_in, expected.maps[0]);
    EXPECT_EQ(counted.maps_kept, expected.maps[1]);
    if (expected.verdict != "fold") {
        EXPECT_EQ(counted.bytes_out, counted.bytes_in);
        EXPECT_EQ(counted.rewritten, 0U);
    }
}

INSTANTIATE_TEST_SUITE_P(All, Captures, testing::ValuesIn(captures()), [](const auto& about) {
    std::string name;
    for (const char c : about.param.file.substr(6, about.param.file.find('.') - 6))
        if (c != '-')
            name += c;
    return name;
});

}  // namespace
}  // namespace proxy
