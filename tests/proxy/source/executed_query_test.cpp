#include "proxy/source/executed_query.hpp"
#include "tests/support/fake_source.hpp"
#include "tests/support/run_awaitable.hpp"

#include <gtest/gtest.h>

namespace {

const std::string gtids = "3e11fa47-71ca-11e1-9e33-c80aa9429562:1-5";

std::optional<protocol::gtid_set> ask(tests::source_script script)
{
    tests::fake_source source;
    source.scripts.push_back(std::move(script));
    const proxy::dial_source dial = source.dial();
    const proxy::client_login login{
        .user = "repl", .password = "secret", .tls = proxy::tls_mode::disabled
    };
    const std::string name = "db1:3306";
    return tests::run(proxy::ask_executed(dial, login, name));
}

tests::source_script answering(std::optional<std::string> text)
{
    tests::source_script script;
    script.answers["SELECT @@GLOBAL.gtid_executed"] = {
        .columns = {"x"}, .rows = {{std::move(text)}}
    };
    return script;
}

TEST(ExecutedQuery, GivesWhatTheSourceHasExecuted)
{
    const auto executed = ask(answering(gtids));
    ASSERT_TRUE(executed);
    EXPECT_EQ(to_text(*executed), gtids);
}

TEST(ExecutedQuery, GivesNothingForAnAnswerThatCannotBeRead)
{
    EXPECT_FALSE(ask(answering("no set")));
    EXPECT_FALSE(ask(answering(std::nullopt)));
    tests::source_script empty;
    empty.answers["SELECT @@GLOBAL.gtid_executed"] = {.columns = {"x"}, .rows = {}};
    EXPECT_FALSE(ask(empty));
}

TEST(ExecutedQuery, GivesNothingIfTheSourceCannotBeAsked)
{
    tests::source_script refusing;
    refusing.login_refusal = {1045, "28000", "Access denied"};
    EXPECT_FALSE(ask(refusing));
    tests::fake_source down;
    const proxy::dial_source dial = down.dial();
    const proxy::client_login login{
        .user = "repl", .password = "secret", .tls = proxy::tls_mode::disabled
    };
    const std::string name = "db1:3306";
    EXPECT_FALSE(tests::run(proxy::ask_executed(dial, login, name)));
}

}  // namespace
