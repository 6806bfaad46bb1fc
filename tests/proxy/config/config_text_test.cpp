#include "proxy/config_reader.hpp"
#include "proxy/config_text.hpp"
#include "tests/support/files.hpp"

#include <filesystem>
#include <gtest/gtest.h>
#include <set>
#include <sstream>

namespace proxy {
namespace {

const char* const every_setting = R"(
[source]
address = ["db1:3310", "db2:3306"]
failover = "auto"
failover_after = "7s"
user = "u\"\\ \t"
password_file = "/p"
tls = "verify_ca"
tls_ca = "/ca"
tls_cert = "/cert"
tls_key = "/key"
tls_min_version = "1.3"
public_key = "/rsa"
server_id = 77
start = "mysql-bin.000042"
connect_timeout = "3s"
heartbeat = "1500ms"
[listen]
address = "[::1]:3308"
tls = false
threads = 3
tls_cert = "/lc"
tls_key = "/lk"
tls_client_ca = "/lca"
tls_min_version = "1.1"
require_tls = true
login_timeout = "11s"
write_timeout = "90m"
max_connections = 12
relay = "replication"
relay_accounts = ["app%"]
relay_not_accounts = []
relay_logins = 3
relay_logins_per_address = 2
[store]
folder = "/data"
sync_interval = "0ms"
retention_age = "36h"
retention_size = "3GiB"
spool_size = 5000
[fold]
unproven = "fold"
constraints = "pass"
block = "10GiB"
damage = "keep"
changelog = "pass"
helper_drops = "hide"
may_differ = ["a.b", "`x.y`.z"]
schemas = ["shop"]
not_schemas = ["crm"]
count = "needed"
count_time = "1m"
remember = "nothing"
verdict_wait = "1s"
verdict_wait_bytes = "1MiB"
[fold.table."shop.orders"]
unproven = "pass"
constraints = "rename"
force = true
block = "pass"
damage = "pass"
[admin]
address = "127.0.0.2:9308"
[log]
level = "debug"
format = "json"
[hook]
on = ["stop", "source"]
command = ["/bin/page", "--team", "dba"]
timeout = "3s"
[[account]]
name = "replica"
password_file = "/rp"
)";

config every()
{
    return parse_config(every_setting, "x.toml");
}

std::set<std::string> names_of(const std::vector<setting>& all)
{
    std::set<std::string> names;
    for (const setting& one : all)
        names.insert(one.name());
    return names;
}

TEST(ConfigText, IsReadAsTheSameConfiguration)
{
    for (const config& one : {every(), config()}) {
        const config again = parse_config(to_toml(one), "shown.toml");
        EXPECT_EQ(to_toml(again), to_toml(one));
        EXPECT_TRUE(changes_between(one, again).live.empty());
        EXPECT_TRUE(changes_between(one, again).restarts.empty());
    }
}

// So whoever adds a key and forgets it there is told.
TEST(ConfigText, ListsEveryKeyThatTheReaderKnows)
{
    std::istringstream lines(every_setting);
    std::string section;
    std::set<std::string> given;
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with("[["))
            break;
        if (line.starts_with('['))
            section = line.substr(1, line.size() - 2);
        else if (!line.empty())
            given.insert(section + "." + line.substr(0, line.find(' ')));
    }
    EXPECT_EQ(names_of(list_settings(every())), given);
    // Those that the reader would say are known.
    try {
        (void)parse_config("[fold]\nzzzzzzzzzzzzzzzzzzzzz = 1", "x");
    } catch (const std::runtime_error& error) {
        const std::string text = error.what();
        std::istringstream known(text.substr(text.find("known here are ") + 15));
        for (std::string key; std::getline(known >> std::ws, key, ',');)
            if (key != "rebuild" && key != "table")
                EXPECT_TRUE(given.contains("fold." + key)) << key;
    }
}

TEST(ConfigText, NamesWhatChangedAndWhatNeedsARestart)
{
    config before = every();
    config after = every();
    after.fold.rules.keep_values = false;
    after.store.retention_age = std::chrono::hours(1);
    after.store.folder = "/other";
    after.listen.accounts[0].password_file = "/new";
    after.listen.where.port = 1;
    const config_changes changes = changes_between(before, after);
    EXPECT_EQ(
        changes.live,
        (std::vector<std::string>{"store.retention_age", "fold.damage", "account.\"replica\""})
    );
    EXPECT_EQ(changes.restarts, (std::vector<std::string>{"listen.address", "store.folder"}));
}

TEST(ConfigText, WhatIsTakenIsAllThatNeedsNoRestart)
{
    const config_changes all = changes_between(config(), every());
    EXPECT_GT(all.live.size(), 30U);
    const config taken = with_live(config(), every());
    EXPECT_EQ(changes_between(config(), taken).live, all.live);
    EXPECT_TRUE(changes_between(config(), taken).restarts.empty());
    EXPECT_TRUE(changes_between(taken, every()).live.empty());
    EXPECT_EQ(changes_between(taken, every()).restarts, all.restarts);
}

TEST(ConfigText, AHashOfAPasswordIsNotShownAndItsChangeIsSeen)
{
    config one = every();
    one.listen.accounts = {{.name = "replica", .password_hash = "*0123"}};
    config other = one;
    other.listen.accounts[0].password_hash = "*4567";
    EXPECT_EQ(to_toml(one).find("0123"), std::string::npos);
    EXPECT_EQ(changes_between(one, other).live, (std::vector<std::string>{"account.\"replica\""}));
}

TEST(ConfigText, ThePageNamesEveryKey)
{
    const auto bytes = tests::read_file(
        std::filesystem::path(TESTS_DIR).parent_path() / "packaging/unghost.toml.5"
    );
    const std::string page(bytes.begin(), bytes.end());
    for (const setting& one : list_settings(every()))
        EXPECT_NE(page.find("\n.It Cm " + one.key + " "), page.npos) << one.name();
    for (const char* section :
         {"source", "listen", "[account]", "store", "fold", "admin", "log", "hook"})
        EXPECT_NE(page.find("\n.Sh [" + std::string(section) + "]"), page.npos) << section;
}

// ---- the environment

std::string error_in(const environment& given, const std::string& text = "")
{
    try {
        (void)parse_config(text, "x.toml", given);
    } catch (const std::runtime_error& error) {
        return error.what();
    }
    return {};
}

TEST(Environment, TakesPrecedenceOverTheFile)
{
    const config read = parse_config(
        "[source]\naddress = \"a:1\"\nuser = \"one\"\n[listen]\nthreads = 2\n",
        "x.toml",
        {{"UNGHOST_SOURCE_ADDRESS", "b:2"},
         {"UNGHOST_LISTEN_REQUIRE_TLS", "true"},
         {"UNGHOST_LISTEN_THREADS", "5"},
         {"UNGHOST_STORE_FOLDER", "/data"},
         {"UNGHOST_STORE_SPOOL_SIZE", "1GiB"},
         {"UNGHOST_STORE_RETENTION_SIZE", "4096"},
         {"UNGHOST_FOLD_SCHEMAS", "shop,crm"},
         {"UNGHOST_LISTEN_RELAY_NOT_ACCOUNTS", ""},
         {"UNGHOST_FOLD_MAY_DIFFER", "a.b"},
         {"UNGHOST_HOOK_ON", "stop,source"},
         {"UNGHOST_LOG_FORMAT", "json"},
         {"UNGHOST_CACHE", "not ours"}}
    );
    EXPECT_EQ(to_text(read.source.where), "b:2");
    EXPECT_EQ(read.source.user, "one");
    EXPECT_TRUE(read.listen.require_tls);
    EXPECT_EQ(read.listen.threads, 5U);
    EXPECT_EQ(read.store.folder, "/data");
    EXPECT_EQ(read.store.spool_bytes, 1ULL << 30);
    EXPECT_EQ(read.store.retention_bytes, 4096U);
    EXPECT_EQ(read.fold.rules.schemas, (std::vector<std::string>{"shop", "crm"}));
    EXPECT_TRUE(read.listen.relay.not_accounts.empty());
    EXPECT_EQ(read.fold.rules.may_differ.size(), 1U);
    EXPECT_EQ(read.hook.on, (std::vector<hook_event>{hook_event::stop, hook_event::source}));
    EXPECT_EQ(read.log_format, log_format::json);
}

TEST(Environment, MayNameSeveralAddresses)
{
    const auto addresses_in = [](const std::string& text, const std::string& variable) {
        std::string all;
        const environment given{{"UNGHOST_SOURCE_ADDRESS", variable}};
        for (const address& one : addresses_of(parse_config(text, "x.toml", given).source))
            all += to_text(one) + " ";
        return all;
    };
    EXPECT_EQ(addresses_in("", "db1"), "db1:3306 ");
    EXPECT_EQ(addresses_in("", "db1,db2:3307"), "db1:3306 db2:3307 ");
    EXPECT_EQ(addresses_in("[source]\naddress = [\"a\", \"b\"]", "c"), "c:3306 ");
    EXPECT_EQ(addresses_in("[source]\naddress = \"a\"", "c,d"), "c:3306 d:3306 ");
}

TEST(Environment, AMistakeIsNamed)
{
    EXPECT_EQ(
        error_in({{"UNGHOST_SOURCE_ADDRESS", "db1:x"}}),
        "environment variable UNGHOST_SOURCE_ADDRESS: \"db1:x\" should be HOST:PORT, as in "
        "\"db1.example:3306\" or \"[::1]:3306\""
    );
    EXPECT_EQ(
        error_in({{"UNGHOST_LISTEN_TLS", "yes"}}),
        "environment variable UNGHOST_LISTEN_TLS: should be true or false, without quotes"
    );
    EXPECT_EQ(
        error_in({{"UNGHOST_LISTEN_THREADS", "two"}}),
        "environment variable UNGHOST_LISTEN_THREADS: should be a number from 1 to 4294967295"
    );
    EXPECT_EQ(
        error_in({{"UNGHOST_SOURCE_ADRESS", "db1"}}),
        "environment variable UNGHOST_SOURCE_ADRESS: [source] has no such key; is "
        "UNGHOST_SOURCE_ADDRESS meant?"
    );
    EXPECT_EQ(
        error_in({{"UNGHOST_HOOK_ON", "stopp"}}),
        "environment variable UNGHOST_HOOK_ON: \"stopp\" should be one of stop, disturbed, passed, "
        "folded, source"
    );
    // The file is read as well.
    EXPECT_EQ(
        error_in({{"UNGHOST_SOURCE_ADDRESS", "db1"}}, "[source]\nuser = 1"),
        "x.toml:2: source.user: should be text in quotes"
    );
}

}  // namespace
}  // namespace proxy
