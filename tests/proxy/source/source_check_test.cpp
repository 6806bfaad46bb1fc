#include "proxy/source/source_check.hpp"
#include "tests/support/fake_source.hpp"
#include "tests/support/run_awaitable.hpp"

#include <algorithm>
#include <gtest/gtest.h>

namespace {

using namespace proxy;
using tests::run;
using tests::source_script;

source_script sound()
{
    source_script script;
    script.version = "8.0.41";
    script.answers["SHOW GLOBAL VARIABLES"] =
        {.columns = {"Variable_name", "Value"},
         .rows = {
             {"server_id", "1"},
             {"server_uuid", "3e11fa47-71ca-11e1-9e33-c80aa9429562"},
             {"log_bin", "ON"},
             {"gtid_mode", "ON"},
             {"binlog_format", "ROW"},
             {"binlog_checksum", "CRC32"},
             {"binlog_expire_logs_seconds", "2592000"},
         }};
    script.answers["SELECT CURRENT_USER()"] = {.columns = {"x"}, .rows = {{"repl@%"}}};
    script.answers["SHOW GRANTS"] = {
        .columns = {"x"}, .rows = {{"GRANT ALL PRIVILEGES ON *.* TO 'repl'@'%'"}}
    };
    script.answers["SHOW BINARY LOGS"] = {
        .columns = {"Log_name", "File_size"}, .rows = {{"b.000001", "200"}, {"b.000002", "300"}}
    };
    script.answers["SHOW GLOBAL STATUS"] = {.columns = {"a", "b"}, .rows = {}};
    script.answers["SELECT user, host, ssl_type FROM mysql.user"] = {
        .columns = {"user", "host", "ssl_type"},
        .rows = {{"root", "localhost", ""}, {"app", "%", "ANY"}}
    };
    return script;
}

std::vector<finding> check(const source_script& script)
{
    tests::fake_source source;
    source.scripts = {script};
    const dial_source dial = source.dial();
    client_conversation conversation(run(dial()), "db1:3306");
    run(conversation.login({.user = "repl", .password = "secret", .tls = tls_mode::disabled}));
    return run(check_source(conversation));
}

finding worst(const std::vector<finding>& all)
{
    return *std::ranges::max_element(all, {}, &finding::level);
}

finding about(const std::string& topic, const std::vector<finding>& all)
{
    const auto found = std::ranges::find(all, topic, &finding::topic);
    return found == all.end() ? finding{} : *found;
}

void set(source_script& script, const std::string& name, const std::string& value)
{
    script.answers["SHOW GLOBAL VARIABLES"].rows.push_back({name, value});
}

TEST(SourceCheck, FindsNothingWorseThanANoteAtASoundSource)
{
    const auto all = check(sound());
    EXPECT_LE(worst(all).level, finding_level::note) << worst(all).text;
    EXPECT_GE(all.size(), 8u);
}

TEST(SourceCheck, FindsWhatCannotBeServed)
{
    source_script script = sound();
    set(script, "log_bin", "OFF");
    EXPECT_EQ(worst(check(script)).level, finding_level::problem);

    script = sound();
    script.answers["SHOW GRANTS"].rows = {{"GRANT SELECT, TRIGGER, PROCESS ON *.* TO `r`@`%`"}};
    EXPECT_EQ(worst(check(script)).topic, "rights");
    EXPECT_EQ(worst(check(script)).level, finding_level::problem);

    script = sound();
    script.refusals["SHOW BINARY LOGS"] = {.code = 1227, .message = "Access denied"};
    EXPECT_EQ(worst(check(script)).topic, "files");

    script = sound();
    script.answers["SHOW BINARY LOGS"].rows.push_back({"b.1000000001", "1"});
    EXPECT_EQ(worst(check(script)).level, finding_level::problem);
}

TEST(SourceCheck, WarnsOfWhatWorksLess)
{
    const std::vector<std::pair<std::string, std::string>> cases{
        {"binlog_checksum", "NONE"},
        {"binlog_expire_logs_seconds", "600"},
        {"rpl_semi_sync_source_enabled", "ON"},
    };
    for (const auto& [name, value] : cases) {
        source_script script = sound();
        set(script, name, value);
        EXPECT_EQ(worst(check(script)).level, finding_level::warning) << name;
    }
    source_script script = sound();
    script.answers["SHOW GRANTS"].rows = {
        {"GRANT REPLICATION SLAVE, REPLICATION CLIENT ON *.* TO `r`@`%`"}
    };
    const finding rights = worst(check(script));
    EXPECT_EQ(rights.level, finding_level::warning);
    EXPECT_NE(rights.text.find("GRANT REPLICATION SLAVE"), std::string::npos) << rights.text;
}

TEST(SourceCheck, NamesAccountsThatCannotComeThrough)
{
    source_script script = sound();
    auto& users = script.answers["SELECT user, host, ssl_type FROM mysql.user"];
    users.rows.push_back({"near", "10.1.%", ""});
    finding found = about("accounts", check(script));
    EXPECT_EQ(found.level, finding_level::note);
    EXPECT_NE(found.text.find("near@10.1.%"), std::string::npos) << found.text;

    users.rows.push_back({"cert", "%", "X509"});
    found = about("accounts", check(script));
    EXPECT_EQ(found.level, finding_level::warning);
    EXPECT_NE(found.text.find("cert@%"), std::string::npos) << found.text;

    script.refusals["SELECT user, host, ssl_type FROM mysql.user"] = {
        .code = 1142, .message = "SELECT command denied"
    };
    found = about("accounts", check(script));
    EXPECT_NE(found.text.find("cannot be read"), std::string::npos) << found.text;
}

}  // namespace
