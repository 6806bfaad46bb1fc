#include "proxy/config_reader.hpp"
#include "tests/support/files.hpp"
#include "tests/support/temp_folder.hpp"

#include <gtest/gtest.h>

namespace proxy {
namespace {

using namespace std::chrono_literals;

std::string error_of(const std::string& text)
{
    try {
        (void)parse_config(text, "x.toml");
    } catch (const std::runtime_error& error) {
        return error.what();
    }
    return {};
}

std::string example()
{
    const auto bytes = tests::read_file(
        std::filesystem::path(TESTS_DIR).parent_path() / "docs/unghost.example.toml"
    );
    return {bytes.begin(), bytes.end()};
}

// The example with the sections that it only shows taken in.
std::string whole_example()
{
    std::string text = example();
    for (const std::string_view line :
         {"[[account]]",
          "name = \"replica\"",
          "password_file = \"/etc/unghost/replica.password\"",
          "[fold.table.\"shop.orders\"]",
          "unproven = \"fold\"",
          "block = \"fold\"",
          "damage = \"keep\""}) {
        const auto place = text.find("\n# " + std::string(line));
        if (place != std::string::npos)
            text.erase(place + 1, 2);
    }
    return text;
}

TEST(Config, TheExampleFileMakesNoAccountAndNoRuleOfATable)
{
    const config read = parse_config(example(), "unghost.example.toml");

    EXPECT_TRUE(read.listen.accounts.empty());
    EXPECT_TRUE(read.fold.rules.fold_unproven_tables.empty());
}

TEST(Config, TheSourceIsAtOneAddressOrAtOneOfSeveral)
{
    const config one = parse_config("[source]\naddress = \"db1\"", "x.toml");
    EXPECT_EQ(one.source.where, (address{"db1", 3306}));
    EXPECT_TRUE(one.source.others.empty());
    EXPECT_EQ(one.source.failover, failover_mode::manual);
    const config several = parse_config(
        "[source]\naddress = [\"db1:3307\", \"db2\", \"[::1]:3\"]\nfailover = \"auto\"\n"
        "failover_after = \"2s\"",
        "x.toml"
    );
    EXPECT_EQ(
        addresses_of(several.source),
        (std::vector<address>{{"db1", 3307}, {"db2", 3306}, {"::1", 3}})
    );
    EXPECT_EQ(several.source.failover, failover_mode::automatic);
    EXPECT_EQ(several.source.failover_after, 2s);
}

TEST(Config, RefusesAddressesOfTheSourceThatAreNone)
{
    for (const char* wrong : {"[]", "[1]", "7", "[\"db1\", \"db1:3306\"]", "[\"db1:x\"]"})
        EXPECT_NE(error_of(std::string("[source]\naddress = ") + wrong), "") << wrong;
    EXPECT_NE(error_of("[source]\nfailover = \"always\""), "");
    EXPECT_EQ(parse_addresses("a,b:1", 3306), (std::vector<address>{{"a", 3306}, {"b", 1}}));
    EXPECT_THROW((void)parse_addresses("a,,b", 3306), std::runtime_error);
    EXPECT_THROW((void)parse_addresses("a,a:3306", 3306), std::runtime_error);
}

TEST(Config, ReadsTheExampleFile)
{
    const config read = parse_config(whole_example(), "unghost.example.toml");

    EXPECT_EQ(to_text(read.source.where), "db1.example:3306");
    EXPECT_EQ(read.source.user, "unghost");
    EXPECT_EQ(read.source.password_file, "/etc/unghost/source.password");
    EXPECT_EQ(read.store.folder, "/var/lib/unghost/main");
    ASSERT_EQ(read.listen.accounts.size(), 1U);
    EXPECT_EQ(read.listen.accounts[0].name, "replica");
    EXPECT_EQ(read.listen.accounts[0].password_file, "/etc/unghost/replica.password");
    EXPECT_EQ(
        read.fold.rules.fold_unproven_tables, (std::vector<rewrite::table_name>{{"shop", "orders"}})
    );
}

TEST(Config, TheExampleFileSaysTheDefaults)
{
    const config read = parse_config(example(), "unghost.example.toml");
    const config none = parse_config("", "empty.toml");

    EXPECT_EQ(read.source.tls, none.source.tls);
    EXPECT_EQ(read.source.server_id, none.source.server_id);
    EXPECT_EQ(read.source.start, none.source.start);
    EXPECT_EQ(read.source.connect_timeout, none.source.connect_timeout);
    EXPECT_EQ(read.source.heartbeat, none.source.heartbeat);
    EXPECT_EQ(to_text(read.listen.where), to_text(none.listen.where));
    EXPECT_EQ(read.source.tls_min_version, none.source.tls_min_version);
    EXPECT_EQ(read.listen.tls, none.listen.tls);
    EXPECT_EQ(read.listen.require_tls, none.listen.require_tls);
    EXPECT_EQ(read.listen.tls_min_version, none.listen.tls_min_version);
    EXPECT_EQ(read.listen.threads, none.listen.threads);
    EXPECT_EQ(read.listen.login_timeout, none.listen.login_timeout);
    EXPECT_EQ(read.listen.write_timeout, none.listen.write_timeout);
    EXPECT_EQ(read.listen.max_connections, none.listen.max_connections);
    EXPECT_EQ(read.listen.relay.mode, none.listen.relay.mode);
    EXPECT_EQ(read.listen.relay.accounts, none.listen.relay.accounts);
    EXPECT_EQ(read.listen.relay.not_accounts, none.listen.relay.not_accounts);
    EXPECT_EQ(read.listen.relay.logins, none.listen.relay.logins);
    EXPECT_EQ(read.listen.relay.logins_per_address, none.listen.relay.logins_per_address);
    EXPECT_EQ(read.store.retention_age, none.store.retention_age);
    EXPECT_EQ(read.store.retention_bytes, none.store.retention_bytes);
    EXPECT_EQ(read.store.sync_interval, none.store.sync_interval);
    EXPECT_EQ(read.store.spool_bytes, none.store.spool_bytes);
    EXPECT_EQ(read.fold.rules.fold_unproven, none.fold.rules.fold_unproven);
    EXPECT_EQ(read.fold.rules.rename_constraints, none.fold.rules.rename_constraints);
    EXPECT_EQ(read.fold.rules.block.largest, none.fold.rules.block.largest);
    EXPECT_EQ(read.fold.rules.block.only_rebuilds, none.fold.rules.block.only_rebuilds);
    EXPECT_TRUE(read.fold.rules.block_tables.empty());
    EXPECT_TRUE(read.fold.warnings.empty());
    EXPECT_EQ(read.fold.rules.keep_values, none.fold.rules.keep_values);
    EXPECT_EQ(read.fold.rules.hide_changelog, none.fold.rules.hide_changelog);
    EXPECT_EQ(read.fold.rules.hide_helper_drops, none.fold.rules.hide_helper_drops);
    EXPECT_EQ(read.fold.rules.may_differ, none.fold.rules.may_differ);
    EXPECT_EQ(read.fold.rules.schemas, none.fold.rules.schemas);
    EXPECT_EQ(read.fold.rules.not_schemas, none.fold.rules.not_schemas);
    EXPECT_EQ(read.fold.remember, none.fold.remember);
    EXPECT_EQ(read.fold.verdict_wait, none.fold.verdict_wait);
    EXPECT_EQ(read.fold.verdict_wait_bytes, none.fold.verdict_wait_bytes);
    EXPECT_EQ(to_text(read.admin), to_text(none.admin));
    EXPECT_EQ(read.log_level, none.log_level);
}

TEST(Config, ReadsEveryKey)
{
    const config read = parse_config(
        R"(
[source]
address = "[::1]:3310"
tls = "verify_ca"
tls_ca = "/ca"
tls_cert = "/oc"
tls_key = "/ok"
tls_min_version = "1.1"
public_key = "/pk"
server_id = 77
start = "mysql-bin.000003"
connect_timeout = "1s"
heartbeat = "250ms"
[listen]
address = "0.0.0.0:1"
tls = false
tls_cert = "/c"
tls_key = "/k"
require_tls = true
tls_client_ca = "/cc"
tls_min_version = "1.3"
threads = 3
login_timeout = "1m"
write_timeout = "2m"
max_connections = 5
relay = "replication"
relay_accounts = ["app%"]
relay_not_accounts = []
relay_logins = 7
relay_logins_per_address = 3
[store]
retention_age = "12h"
retention_size = "20GiB"
sync_interval = "0s"
spool_size = "3GiB"
[fold]
unproven = "fold"
block = "10GB"
damage = "keep"
changelog = "pass"
helper_drops = "hide"
may_differ = ["a.b", "`c.d`.`e``f`"]
schemas = ["shop", "crm"]
not_schemas = ["crm"]
remember = "nothing"
verdict_wait = "3s"
verdict_wait_bytes = 4096
constraints = "pass"
table."x.y".unproven = "pass"
table."x.z".constraints = "rename"
table."x.w".constraints = "pass"
table."x.v".force = true
table."x.y".block = "pass"
table."x.y".damage = "pass"
table."x.z".damage = "keep"
[[account]]
name = "hashed"
password_hash = "*14E65567ABDB5135D0CFD9A70B3032C179A49EE7"
[admin]
address = "127.0.0.1:9307"
[log]
level = "debug"
)",
        "x.toml"
    );
    EXPECT_EQ(to_text(read.source.where), "[::1]:3310");
    EXPECT_EQ(read.source.tls, tls_mode::verify_ca);
    EXPECT_EQ(read.source.tls_ca, "/ca");
    EXPECT_EQ(read.source.tls_cert, "/oc");
    EXPECT_EQ(read.source.tls_key, "/ok");
    EXPECT_EQ(read.source.tls_min_version, tls_version::v1_1);
    EXPECT_EQ(read.source.public_key, "/pk");
    EXPECT_EQ(read.source.server_id, 77U);
    EXPECT_EQ(read.source.start, "mysql-bin.000003");
    EXPECT_EQ(read.source.connect_timeout, 1s);
    EXPECT_EQ(read.source.heartbeat, 250ms);
    EXPECT_EQ(to_text(read.listen.where), "0.0.0.0:1");
    EXPECT_FALSE(read.listen.tls);
    EXPECT_EQ(read.listen.tls_cert, "/c");
    EXPECT_EQ(read.listen.tls_key, "/k");
    EXPECT_TRUE(read.listen.require_tls);
    EXPECT_EQ(read.listen.tls_client_ca, "/cc");
    EXPECT_EQ(read.listen.tls_min_version, tls_version::v1_3);
    EXPECT_EQ(read.listen.threads, 3U);
    EXPECT_EQ(read.listen.login_timeout, 60s);
    EXPECT_EQ(read.listen.write_timeout, 2min);
    EXPECT_EQ(read.listen.max_connections, 5U);
    EXPECT_EQ(read.listen.relay.mode, relay_mode::replication);
    EXPECT_EQ(read.listen.relay.accounts, std::vector<std::string>{"app%"});
    EXPECT_TRUE(read.listen.relay.not_accounts.empty());
    EXPECT_EQ(read.listen.relay.logins, 7U);
    EXPECT_EQ(read.listen.relay.logins_per_address, 3U);
    EXPECT_EQ(read.store.retention_age, 12h);
    EXPECT_EQ(read.store.retention_bytes, 20ULL << 30);
    EXPECT_EQ(read.store.spool_bytes, 3ULL << 30);
    EXPECT_EQ(read.store.sync_interval, 0s);
    EXPECT_TRUE(read.fold.rules.fold_unproven);
    EXPECT_EQ(read.fold.rules.block.largest, 10'000'000'000U);
    EXPECT_EQ(read.fold.rules.block.setting, "block = \"10GB\"");
    EXPECT_EQ(read.fold.rules.block_of({"x", "y"}).largest, 0U);
    EXPECT_EQ(
        read.fold.rules.block_of({"x", "y"}).setting, "block = \"pass\" in [fold.table.\"x.y\"]"
    );
    EXPECT_EQ(read.fold.rules.block_of({"x", "z"}).largest, 10'000'000'000U);
    EXPECT_TRUE(read.fold.rules.keep_values);
    EXPECT_FALSE(read.fold.rules.hide_changelog);
    EXPECT_TRUE(read.fold.rules.hide_helper_drops);
    EXPECT_EQ(
        read.fold.rules.may_differ, (std::vector<rewrite::table_name>{{"a", "b"}, {"c.d", "e`f"}})
    );
    EXPECT_EQ(read.fold.rules.schemas, (std::vector<std::string>{"shop", "crm"}));
    EXPECT_EQ(read.fold.rules.not_schemas, (std::vector<std::string>{"crm"}));
    EXPECT_FALSE(read.fold.remember);
    EXPECT_EQ(read.fold.verdict_wait, 3s);
    EXPECT_EQ(read.fold.verdict_wait_bytes, 4096U);
    EXPECT_EQ(read.fold.rules.pass_unproven_tables, (std::vector<rewrite::table_name>{{"x", "y"}}));
    EXPECT_FALSE(read.fold.rules.rename_constraints);
    EXPECT_TRUE(read.fold.rules.renames_constraints_of({"x", "z"}));
    ASSERT_EQ(read.fold.rules.force_tables.size(), 1U);
    EXPECT_EQ(to_text(read.fold.rules.force_tables.front()), "x.v");
    EXPECT_FALSE(read.fold.rules.renames_constraints_of({"x", "w"}));
    EXPECT_FALSE(read.fold.rules.renames_constraints_of({"x", "y"}));
    EXPECT_EQ(read.fold.rules.pass_damage_tables, (std::vector<rewrite::table_name>{{"x", "y"}}));
    EXPECT_EQ(read.fold.rules.keep_values_tables, (std::vector<rewrite::table_name>{{"x", "z"}}));
    ASSERT_EQ(read.listen.accounts.size(), 1U);
    EXPECT_EQ(read.listen.accounts[0].password_hash, "*14E65567ABDB5135D0CFD9A70B3032C179A49EE7");
    EXPECT_EQ(to_text(read.admin), "127.0.0.1:9307");
    EXPECT_EQ(read.log_level, "debug");
}

TEST(Config, AnErrorNamesFileLineAndKey)
{
    EXPECT_EQ(
        error_of("[fold]\n\nverdict_wait = \"2 years\"\n"),
        "x.toml:3: fold.verdict_wait: \"2 years\" should look like \"500ms\", \"2s\", \"10m\", "
        "\"12h\" or \"7d\""
    );
    EXPECT_EQ(
        error_of("[fold.table.\"a.b\"]\nunproven = \"maybe\""),
        "x.toml:2: fold.table.\"a.b\".unproven: \"maybe\" should be \"pass\" or \"fold\""
    );
    EXPECT_EQ(
        error_of("[fold.table.\"a.b\"]\ndamage = \"fold\""),
        "x.toml:2: fold.table.\"a.b\".damage: \"fold\" should be \"pass\" or \"keep\""
    );
    EXPECT_EQ(
        error_of("[source]\nserver_id = -1"),
        "x.toml:2: source.server_id: should be a number from 0 to 4294967295"
    );
    EXPECT_EQ(
        error_of("[listen]\ntls = \"yes\""),
        "x.toml:2: listen.tls: should be true or false, without quotes"
    );
    EXPECT_EQ(
        error_of("\n[account]\nname = \"x\""),
        "x.toml:2: account: should be written [[account]], in double brackets"
    );
    EXPECT_EQ(
        error_of("[[account]]\nname = \"x\""),
        "x.toml:1: account: needs a name, and a password_file or a password_hash"
    );
    EXPECT_EQ(
        error_of("[listen]\ntls_min_version = \"2\""),
        "x.toml:2: listen.tls_min_version: \"2\" should be 1.0, 1.1, 1.2 or 1.3"
    );
    EXPECT_EQ(
        error_of("[source]\nconnect_timeout = \"500ms\""),
        "x.toml:2: source.connect_timeout: should be whole seconds, such as \"2s\""
    );
    EXPECT_TRUE(error_of("[[account]]\nname = \"x\"\npassword_hash = \"secret\"")
                    .starts_with("x.toml:3: account.password_hash: should be an authentication "));
    EXPECT_TRUE(error_of("a = = 1").starts_with("x.toml:1: "));
}

TEST(Config, RefusesWhatTheLibraryTakesForGranted)
{
    EXPECT_TRUE(error_of("[+account]]\n").starts_with("x.toml:1: "));
    EXPECT_TRUE(error_of("[.a]\n").starts_with("x.toml:1: "));
    EXPECT_TRUE(error_of("# gr\u00fc\u00dfe\n\u00e4 = 1\n").starts_with("x.toml:2: "));
    EXPECT_TRUE(error_of("a = -\"\u00e4\"\n").starts_with("x.toml:1: "));
}

TEST(Config, SuggestsTheNearestKnownKeyForAnUnknownOne)
{
    EXPECT_EQ(
        error_of("[source]\npasword_file = \"x\""),
        "x.toml:2: source.pasword_file: unknown; is password_file meant?"
    );
    EXPECT_EQ(error_of("[sourc]"), "x.toml:1: sourc: unknown; is source meant?");
    EXPECT_EQ(
        error_of("[admin]\ncolour = 1"), "x.toml:2: admin.colour: unknown; known here are address"
    );
}

TEST(Config, DurationsAndSizesHaveUnits)
{
    EXPECT_EQ(parse_duration("7d"), 168h);
    EXPECT_EQ(parse_duration("0s"), 0s);
    EXPECT_EQ(parse_duration("7 days"), 168h);
    EXPECT_EQ(parse_duration("1 day"), 24h);
    EXPECT_EQ(parse_duration("90 seconds"), 90s);
    EXPECT_EQ(parse_duration("12hours"), 12h);
    for (const char* wrong : {"5", "5 ", "5  s", "s", " 5s", "5 fortnights"})
        EXPECT_THROW(parse_duration(wrong), std::runtime_error) << wrong;
    EXPECT_THROW(parse_duration("-5s"), std::runtime_error);
    EXPECT_THROW(parse_duration("99999999999d"), std::runtime_error);
    EXPECT_EQ(parse_size("8MiB"), 8U << 20);
    EXPECT_EQ(parse_size("17"), 17U);
    EXPECT_EQ(parse_size("8M"), 8U << 20);
    EXPECT_EQ(parse_size("20 GB"), 20'000'000'000U);
    EXPECT_EQ(parse_size("20G"), 20ULL << 30);
    EXPECT_THROW(parse_size("8mb"), std::runtime_error);
    EXPECT_THROW(parse_size("99999999999TiB"), std::runtime_error);
}

TEST(Config, ABlockIsAWordOrASizeAboveNothing)
{
    EXPECT_EQ(parse_block("fold").largest, std::nullopt);
    EXPECT_EQ(parse_block("pass").largest, 0U);
    EXPECT_EQ(parse_block("512MB").largest, 512'000'000U);
    EXPECT_EQ(parse_block("10GiB").setting, "block = \"10GiB\"");
    for (const char* wrong : {"", "0", "0GB", "yes", "10 gigs", "-1"})
        EXPECT_THROW(parse_block(wrong), std::runtime_error) << wrong;
    EXPECT_EQ(
        error_of("[fold]\nblock = \"0\""),
        "x.toml:2: fold.block: \"0\" should be fold, pass, or the size up to which a table folds, "
        "such as \"10GiB\""
    );
}

TEST(Config, RebuildIsReadAsBeforeWithAWarning)
{
    const config read = parse_config("[fold]\nrebuild = \"pass\"", "x.toml");
    EXPECT_EQ(read.fold.rules.block.largest, 0U);
    EXPECT_TRUE(read.fold.rules.block.only_rebuilds);
    EXPECT_EQ(read.fold.rules.block.setting, "rebuild = \"pass\"");
    ASSERT_EQ(read.fold.warnings.size(), 1U);
    EXPECT_NE(read.fold.warnings[0].find("block = \"pass\""), std::string::npos);
    EXPECT_EQ(
        parse_config("[fold]\nrebuild = \"fold\"", "x").fold.rules.block.largest, std::nullopt
    );
    EXPECT_EQ(
        error_of("[fold]\nrebuild = \"pass\"\nblock = \"10GB\""),
        "x.toml:2: fold.rebuild: is an older key for what block says; leave it out"
    );
    EXPECT_NE(error_of("[fold]\nrebuild = \"10GB\""), "") << "it had no sizes";
    EXPECT_NE(error_of("[fold.table.\"a.b\"]\nrebuild = \"pass\""), "") << "nor tables";
}

TEST(Config, AnAddressNeedsHostAndPort)
{
    for (const char* wrong : {"", "a", "a:", ":1", "a:70000", "a:1x", "::1:3306", "[::1]"})
        EXPECT_THROW(parse_address(wrong), std::runtime_error) << wrong;
    for (const char* wrong : {"", "a:", ":1", "a:70000", "a:1x", "::1:3306", "::1"})
        EXPECT_THROW(parse_address(wrong, 3306), std::runtime_error) << wrong;
    EXPECT_EQ(to_text(parse_address("db1", 3306)), "db1:3306");
    EXPECT_EQ(to_text(parse_address("db1:7", 3306)), "db1:7");
    EXPECT_EQ(to_text(parse_address("[::1]", 3306)), "[::1]:3306");
    EXPECT_EQ(to_text(parse_address("[::1]:7", 3306)), "[::1]:7");
}

TEST(Config, AStartIsAWordOrABinaryLog)
{
    for (const char* right : {"latest", "earliest", "mysql-bin.000001", "a.b.1"})
        EXPECT_EQ(parse_start(right), right);
    for (const char* wrong : {"", "newest", "Latest", "mysql-bin", ".000001", "b.", "b.00x"})
        EXPECT_THROW(parse_start(wrong), std::runtime_error) << wrong;
    EXPECT_EQ(
        error_of("[source]\nstart = \"newest\""),
        "x.toml:2: source.start: \"newest\" should be latest, earliest, or a binary log's name, "
        "such as mysql-bin.000042"
    );
}

TEST(Config, WarnIsALevelToo)
{
    EXPECT_EQ(parse_log_level("warn"), "warning");
    EXPECT_EQ(parse_log_level("debug"), "debug");
    EXPECT_THROW(parse_log_level("loud"), std::runtime_error);
}

TEST(Config, APasswordIsTheFirstLineOfItsFile)
{
    const tests::temp_folder folder;
    std::ofstream(folder / "p") << "secret word\r\nsecond line\n";
    EXPECT_EQ(read_password(folder / "p"), "secret word");
    EXPECT_THROW(read_password(folder / "missing"), std::runtime_error);
}

TEST(Config, APasswordFileWhoseFirstLineIsEmptyIsRefused)
{
    const tests::temp_folder folder;
    for (const char* content : {"", "\n", "\r\n", "\nsecret\n"}) {
        std::ofstream(folder / "p") << content;
        try {
            (void)read_password(folder / "p");
            FAIL() << "taken: " << content;
        } catch (const std::runtime_error& error) {
            EXPECT_EQ(
                std::string(error.what()),
                "password file " + (folder / "p").string() +
                    ": its first line is empty; write the password there"
            );
        }
    }
}

TEST(Config, APasswordFileThatOthersMayReadIsSaidSo)
{
    using std::filesystem::perms;
    const tests::temp_folder folder;
    const std::filesystem::path file = folder / "p";
    std::ofstream(file) << "secret\n";
    const auto objection = [&file](perms mode) {
        std::filesystem::permissions(file, mode);
        return objection_to_mode(file);
    };
    EXPECT_EQ(
        objection(perms{0644}),
        "password file " + file.string() +
            ": others than its owner may read it (mode 0644); chmod 600 it"
    );
    EXPECT_NE(objection(perms{0640}), "");
    EXPECT_NE(objection(perms{0604}), "");
    EXPECT_EQ(objection(perms{0600}), "");
    EXPECT_EQ(objection(perms{0400}), "");
    EXPECT_EQ(objection_to_mode(folder / "none"), "") << "to read it says so";
}

}  // namespace
}  // namespace proxy
