#include "proxy/source/facts_file.hpp"
#include "tests/support/temp_folder.hpp"

#include <fstream>
#include <gtest/gtest.h>

namespace {

proxy::source_facts example()
{
    return {
        .version = "8.0.33",
        .version_number = 80033,
        .server_id = 7,
        .server_uuid = "3e11fa47-71ca-11e1-9e33-c80aa9429562",
        .gtid_mode = "ON",
        .binlog_checksum = "CRC32",
        .lower_case_table_names = 1,
        .capabilities = 0xdfffffff,
        .plugin = "caching_sha2_password",
        .tls = true,
        .semi_sync = true,
        .gtid_purged = *protocol::parse_gtid_set("00000000-0000-0000-0000-000000000001:1-5"),
        .variables = {{"binlog_format", "ROW"}},
    };
}

void write(const std::filesystem::path& file, std::string_view text)
{
    std::ofstream(file) << text;
}

}  // namespace

TEST(FactsFile, IsReadAsItWasWritten)
{
    const tests::temp_folder folder;
    EXPECT_FALSE(proxy::load_facts(folder.path()));
    EXPECT_FALSE(proxy::save_facts(folder.path(), example()));
    EXPECT_EQ(proxy::load_facts(folder.path()), example());
}

TEST(FactsFile, WhatCannotBeReadIsAskedAnew)
{
    const tests::temp_folder folder;
    for (const char* text :
         {"",
          "{",
          "[]",
          "{}",
          R"({"file_version": 2})",
          R"({"file_version": "1"})",
          R"({"file_version": 1, "gtid_purged": "00000000-0000-0000"})"}) {
        write(folder / "source.json", text);
        EXPECT_FALSE(proxy::load_facts(folder.path())) << text;
    }
    write(
        folder / "source.json",
        R"({"file_version": 1, "version": 5, "server_id": -1, "tls": "yes", "variables": [1]})"
    );
    EXPECT_EQ(proxy::load_facts(folder.path()), proxy::source_facts{});
}

TEST(FactsFile, AFolderThatCannotBeWrittenIsNamed)
{
    const auto problem = proxy::save_facts("/nowhere/at/all", example());
    ASSERT_TRUE(problem);
    EXPECT_NE(problem->find("/nowhere/at/all"), std::string::npos);
}
