#include "proxy/command/commands.hpp"
#include "proxy/command/config_flags.hpp"
#include "proxy/command/explain_alter.hpp"
#include "proxy/config_reader.hpp"
#include "tests/support/temp_folder.hpp"

#include <fstream>
#include <gtest/gtest.h>

namespace proxy {
namespace {

template <class Ask>
std::string usage_error(Ask ask)
{
    try {
        ask();
    } catch (const command_error& error) {
        EXPECT_EQ(error.code, exit_usage);
        return error.what();
    }
    return {};
}

TEST(ConfigFlags, WinOverTheFile)
{
    const tests::temp_folder folder;
    std::ofstream(folder / "x.toml") << "[source]\naddress = \"a:1\"\nuser = \"u\"\n"
                                        "[[account]]\nname = \"n\"\npassword_file = \"f\"\n";
    config_flags flags{.file = (folder / "x.toml").string(), .source = "b:2"};
    EXPECT_EQ(to_text(flags.read().source.where), "b:2");
    EXPECT_EQ(flags.read().source.user, "u");
    ASSERT_EQ(flags.read().listen.accounts.size(), 1U);

    flags.accounts = {"m:/p:q", "o:r"};
    const config read = flags.read();
    ASSERT_EQ(read.listen.accounts.size(), 2U);
    EXPECT_EQ(read.listen.accounts[0].name, "m");
    EXPECT_EQ(read.listen.accounts[0].password_file, "/p:q");
}

TEST(ConfigFlags, SayWhatTheFileCouldSay)
{
    const config_flags flags{
        .source = "db1",
        .listen = "::",
        .retention_age = "3 days",
        .retention_size = "20GB",
        .unproven = "fold",
        .block = "10GB",
        .damage = "keep",
        .log_level = "warn",
    };
    EXPECT_NE(usage_error([&] { (void)flags.read(); }).find("--listen"), std::string::npos);
    config_flags right = flags;
    right.listen = "0.0.0.0";
    const config read = right.read();
    EXPECT_EQ(to_text(read.source.where), "db1:3306");
    EXPECT_EQ(to_text(read.listen.where), "0.0.0.0:3307");
    EXPECT_EQ(read.store.retention_age, std::chrono::hours(72));
    EXPECT_EQ(read.store.retention_bytes, 20'000'000'000U);
    EXPECT_TRUE(read.fold.rules.fold_unproven);
    EXPECT_EQ(read.fold.rules.block.largest, 10'000'000'000U);
    EXPECT_TRUE(read.fold.rules.keep_values);
    EXPECT_EQ(read.log_level, "warning");
    for (config_flags wrong : {
             config_flags{.start = "newest"},
             config_flags{.retention_age = "500ms"},
             config_flags{.unproven = "yes"},
             config_flags{.block = "no"},
             config_flags{.rebuild = "10GB"},
             config_flags{.block = "pass", .rebuild = "pass"},
             config_flags{.damage = "fold"},
             config_flags{.log_level = "loud"},
         })
        EXPECT_NE(usage_error([&] { (void)wrong.read(); }), "");
}

TEST(ConfigFlags, BlockWinsOverTheFilesOldKeyAndTheOldFlagIsTaken)
{
    const tests::temp_folder folder;
    std::ofstream(folder / "x.toml") << "[fold]\nrebuild = \"pass\"\n";
    const std::string file = (folder / "x.toml").string();
    const auto bound = [](const config_flags& flags) { return flags.read().fold.rules.block; };
    EXPECT_EQ(bound({.file = file}).setting, "rebuild = \"pass\"");
    EXPECT_EQ(bound({.file = file, .block = "1GB"}).setting, "block = \"1GB\"");
    EXPECT_FALSE(bound({.file = file, .block = "1GB"}).only_rebuilds);
    EXPECT_TRUE(bound({.rebuild = "pass"}).only_rebuilds);
}

TEST(ConfigFlags, AreEnoughForAQuickStart)
{
    const config_flags flags{
        .source = "db1:3306",
        .user = "u",
        .password_file = "p",
        .listen = "0.0.0.0:3307",
        .data = "d",
        .admin = "127.0.0.1:9307",
        .start = "earliest",
        .accounts = {"n:f"},
    };
    const config read = flags.read();
    EXPECT_NO_THROW(require_serve(read));
    EXPECT_EQ(read.store.folder, "d");
    EXPECT_EQ(read.source.start, "earliest");
    EXPECT_EQ(to_text(read.admin), "127.0.0.1:9307");
}

TEST(ConfigFlags, WhatIsMissingIsNamedByFlagAndKey)
{
    config chosen;
    EXPECT_EQ(
        usage_error([&] { require_source(chosen); }),
        "The source is not given: use --source HOST:PORT, or source.address in a file given by "
        "--config"
    );
    chosen.source.where.port = 1;
    chosen.source.user = "u";
    chosen.source.password_file = "p";
    EXPECT_NO_THROW(require_source(chosen));
    EXPECT_NE(usage_error([&] { require_serve(chosen); }).find("--data DIR"), std::string::npos);
    chosen.source.tls = tls_mode::verify_ca;
    EXPECT_NE(usage_error([&] { require_source(chosen); }).find("--tls-ca"), std::string::npos);
}

TEST(ConfigFlags, AMistakeIsNamedByItsFlag)
{
    EXPECT_TRUE(usage_error([] { config_flags{.source = "x:"}.read(); }).starts_with("--source: "));
    EXPECT_TRUE(usage_error([] { config_flags{.tls_mode = "x"}.read(); }
    ).starts_with("--tls-mode: "));
    EXPECT_TRUE(usage_error([] { config_flags{.accounts = {"x"}}.read(); }
    ).starts_with("--account: "));
    EXPECT_NE(
        usage_error([] { config_flags{.file = "/none"}.read(); }).find("/none"), std::string::npos
    );
}

TEST(ConfigFlags, AFolderIsNoConfigurationFile)
{
    const tests::temp_folder folder;
    EXPECT_EQ(
        usage_error([&] { config_flags{.file = folder.path().string()}.read(); }),
        "the configuration file " + folder.path().string() + " is a folder; name the file in it"
    );
}

TEST(ExplainAlter, TakesClausesAndWholeStatements)
{
    EXPECT_EQ(clauses_of("ADD COLUMN c int"), "ADD COLUMN c int");
    EXPECT_EQ(clauses_of("ALTER TABLE a.b ADD COLUMN c int"), "ADD COLUMN c int");
    EXPECT_EQ(clauses_of("alter table b add c int"), "add c int");
}

}  // namespace
}  // namespace proxy
