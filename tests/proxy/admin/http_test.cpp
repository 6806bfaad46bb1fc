#include "proxy/admin/http.hpp"
#include "proxy/admin/http_client.hpp"
#include "proxy/admin/status_json.hpp"
#include "proxy/admin/summary_text.hpp"
#include "proxy/command/admin_client.hpp"
#include "proxy/command/commands.hpp"
#include "proxy/net/unix_socket.hpp"
#include "tests/support/collected_log.hpp"
#include "tests/support/files.hpp"
#include "tests/support/small_files.hpp"
#include "tests/support/temp_folder.hpp"

#include <array>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <sys/socket.h>
#include <unistd.h>

namespace proxy {
namespace {

// As the other end of a socket sees it.
std::optional<std::string> owner_of_this_process()
{
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()) != 0)
        return std::nullopt;
    auto owner = owner_of(ends[0]);
    ::close(ends[0]);
    ::close(ends[1]);
    return owner;
}

class AdminServer : public testing::Test
{
protected:
    AdminServer() { server.start(); }
    http_reply ask(const http_question& question) const
    {
        return ask_http(server.where(), question);
    }
    int code_of(const std::string& path) const { return ask({.target = path}).status; }
    std::string body_of(const std::string& path) const { return ask({.target = path}).body; }

    tests::temp_folder folder;
    tests::collected_log log;
    program_status status{.phase = program_phase::serving, .source_connected = true};
    std::vector<resume_request> asked;
    std::vector<resume_request> looked_at;
    std::optional<std::string> refusal;
    reload_report reloaded;
    std::vector<follow_request> to_follow;
    std::vector<lag_sample> history;
    admin_server server{
        address{"127.0.0.1", 0},
        folder.path(),
        admin_calls{
            .metrics =
                [this] {
                    metric_list all;
                    list_metrics(status, all);
                    return all;
                },
            .status = [this] { return status; },
            .history = [this] { return history; },
            .translate =
                [](const position_question& asked) {
                    position_answer answer{.is_ours = asked.file == "bin.1000000001"};
                    if (asked.position == 157)
                        answer.there = position_status{"bin.000001", 157};
                    else
                        answer.before = position_status{"bin.000002", 4};
                    return answer;
                },
            .resume =
                [this](const resume_request& request) {
                    asked.push_back(request);
                    return refusal;
                },
            .look = [this](const resume_request& request) -> std::optional<stop_look> {
                looked_at.push_back(request);
                if (status.phase != program_phase::stopped)
                    return std::nullopt;
                return stop_look{.stop = {.id = "7"}, .alter = "ADD c int", .objection = "no"};
            },
            .reload = [this] { return reloaded; },
            .follow =
                [this](const follow_request& request) {
                    to_follow.push_back(request);
                    return refusal;
                },
        },
        log.lines
    };
};

TEST_F(AdminServer, IsHealthyOnlyWhileItServesWhatTheSourceLogs)
{
    EXPECT_EQ(code_of("/healthz"), 200);
    EXPECT_EQ(body_of("/healthz"), "ok\n");
    status.phase = program_phase::stopped;
    status.phase_text = "two ghosts in one RENAME";
    EXPECT_EQ(code_of("/healthz"), 503);
    EXPECT_EQ(body_of("/healthz"), "stopped: two ghosts in one RENAME\n");
    EXPECT_EQ(code_of("/livez"), 200) << "a restart would not help";
}

TEST_F(AdminServer, IsReadyWhenSomethingIsStored)
{
    EXPECT_EQ(code_of("/readyz"), 503);
    status.published = {.file = "bin.1000000001", .position = 157};
    EXPECT_EQ(code_of("/readyz"), 200);
}

TEST_F(AdminServer, ConsumersAreListedWithWhatTheyRead)
{
    EXPECT_EQ(describe_consumers(ask_status(server.where())), "Nobody is connected.\n");
    status.consumers.push_back(
        {.id = 2147483648,
         .user = "repl",
         .peer = "10.0.0.3:4411",
         .program = "mysqld",
         .seconds = 7300,
         .dumping = true,
         .reads = {"bin.1000000001", 4567},
         .lag_bytes = 2048,
         .lag_seconds = 301}
    );
    const std::string text = describe_consumers(ask_status(server.where()));
    for (const char* word :
         {"2147483648",
          "repl",
          "10.0.0.3:4411",
          "mysqld",
          "bin.1000000001:4567",
          "2.0 KiB",
          "5 min",
          "2 h"})
        EXPECT_NE(text.find(word), std::string::npos) << word << " in\n" << text;
}

TEST_F(AdminServer, PositionsAreTranslated)
{
    const auto found = ask_position(server.where(), {"bin.1000000001", 157});
    EXPECT_EQ(describe_position({}, found), "bin.000001:157\n");
    const position_question unknown{"bin.000002", 99};
    const std::string text = describe_position(unknown, ask_position(server.where(), unknown));
    EXPECT_NE(text.find("bin.000002:99 of the source's log has no place"), std::string::npos)
        << text;
    EXPECT_NE(text.find("before it: bin.000002:4"), std::string::npos) << text;
    EXPECT_EQ(code_of("/position.json?file=x&position=y"), 400);
    EXPECT_EQ(code_of("/position.json?position=4"), 400);
}

TEST_F(AdminServer, MetricsAreThoseOfTheMomentTheyAreAskedFor)
{
    EXPECT_NE(body_of("/metrics").find("\nunghost_consumers 0\n"), std::string::npos);
    status.consumers.push_back({.dumping = true});
    EXPECT_NE(body_of("/metrics").find("\nunghost_consumers 1\n"), std::string::npos);
}

TEST_F(AdminServer, SaysItsStatusToWhoFindsItByItsDataFolder)
{
    ASSERT_TRUE(server.announce());
    status.source_address = "db1:3306";
    status.followed = {2, {1, 2, 3}, "bin.000001"};
    status.published = {.file = "mysql-bin.1000000003", .position = 77};
    status.pulled = {1, "mysql-bin.000003", 99};
    status.hidden = {"d.\xff_t_gho"};  // no UTF-8: replaced, not refused
    status.migrations.push_back({
        .id = 5,
        .original = {"d", "t"},
        .ghost = {"d", "_t_gho"},
        .state = rewrite::migration_state::folding,
        .ruling = {.what = rewrite::outcome::fold, .reason = "ADD COLUMN c"},
        .alter_text = "secret",
    });
    const admin_flags flags{.data = folder.path().string()};
    const auto read = ask_status(flags.where());

    EXPECT_EQ(read.at("phase"), "serving");
    EXPECT_EQ(read.at("source").at("address"), "db1:3306");
    EXPECT_EQ(read.at("source").at("server_uuid"), "01020300-0000-0000-0000-000000000000");
    EXPECT_EQ(read.at("source").at("epoch"), 2);
    EXPECT_EQ(read.at("published").at("file"), "mysql-bin.1000000003");
    EXPECT_EQ(read.at("pulled").at("position"), 99);
    EXPECT_TRUE(read.at("stop").is_null());
    ASSERT_EQ(read.at("migrations").size(), 1U);
    EXPECT_FALSE(read.at("migrations").at(0).contains("alter"));
    const auto migration = migration_from_json(read.at("migrations").at(0));
    EXPECT_EQ(migration.state, rewrite::migration_state::folding);
    EXPECT_EQ(migration.ruling.reason, "ADD COLUMN c");

    const std::string text = describe_status(read);
    EXPECT_NE(text.find("published   mysql-bin.1000000003:77\n"), std::string::npos) << text;
    EXPECT_NE(text.find("running     gh-ost of d.t: folding\n"), std::string::npos) << text;
}

TEST_F(AdminServer, AStopIsShownWithTheWordsThatContinue)
{
    status.phase = program_phase::stopped;
    status.stop = stop_status{.id = "7"};
    status.stop->asked.at = {1, "mysql-bin.000003", 99};
    status.stop->asked.text = "another statement changed d.t";
    const auto read = ask_status(server.where());
    EXPECT_EQ(read.at("stop").at("words"), (nlohmann::json{"pass", "empty", "sql"}));

    const std::string text = describe_status(read);
    EXPECT_NE(text.find("STOPPED at mysql-bin.000003:99: another"), std::string::npos) << text;
    EXPECT_NE(text.find("unghost resume 7 --pass"), std::string::npos);
    EXPECT_NE(text.find("unghost resume 7 --empty"), std::string::npos);
}

TEST_F(AdminServer, HandsAnOperatorsWordOn)
{
    ASSERT_TRUE(server.announce());
    EXPECT_EQ(ask_resume(folder.path(), {"7", "sql", "ALTER TABLE t ADD c int"}), std::nullopt);
    ASSERT_EQ(asked.size(), 1U);
    EXPECT_EQ(asked[0].id, "7");
    EXPECT_EQ(asked[0].word, rewrite::operator_word::sql);
    EXPECT_EQ(asked[0].sql, "ALTER TABLE t ADD c int");
    EXPECT_EQ(asked[0].given_by, *owner_of_this_process());

    refusal = "no stop has this id";
    EXPECT_EQ(ask_resume(folder.path(), {"8", "pass", ""}), "no stop has this id");
}

TEST_F(AdminServer, ADryRunDoesNothing)
{
    ASSERT_TRUE(server.announce());
    EXPECT_THROW(ask_stop(folder.path(), {}), command_error) << "publishing is not stopped";
    status.phase = program_phase::stopped;
    EXPECT_EQ(ask_stop(folder.path(), {}).at("alter"), "ADD c int");
    EXPECT_TRUE(looked_at.back().id.empty());
    EXPECT_EQ(ask_stop(folder.path(), {"7", "empty", ""}).at("objection"), "no");
    EXPECT_EQ(looked_at.back().id, "7");
    EXPECT_EQ(looked_at.back().word, rewrite::operator_word::empty);
    EXPECT_THROW(ask_stop(folder.path(), {"7", "sql", ""}), command_error);
    EXPECT_TRUE(asked.empty());
}

TEST_F(AdminServer, RefusesWhatIsNoWord)
{
    ASSERT_TRUE(server.announce());
    const auto post = [&](const char* body, const char* type = "application/json") {
        return ask_http(
                   folder / control_name,
                   {.method = "POST", .target = "/resume", .body = body, .type = type}
        )
            .status;
    };
    EXPECT_EQ(post(R"({"id":"7","word":"pass"})", "text/plain"), 415);
    EXPECT_EQ(post("{"), 400);
    EXPECT_EQ(post("[]"), 400);
    EXPECT_EQ(post(R"({"word":"pass"})"), 400);
    EXPECT_EQ(post(R"({"id":7,"word":"pass"})"), 400);
    EXPECT_EQ(post(R"({"id":"7","word":"maybe"})"), 400);
    EXPECT_EQ(post(R"({"id":"7","word":"sql"})"), 400);
    EXPECT_EQ(post(R"({"id":"7","word":"pass","sql":"x"})"), 400);
    EXPECT_TRUE(asked.empty());
    EXPECT_EQ(post(R"({"id":"7","word":"empty"})"), 200);
}

TEST_F(AdminServer, TakesAWordAtTheControlSocketOnly)
{
    ASSERT_TRUE(server.announce());
    const http_question word{
        .method = "POST", .target = "/resume", .body = R"({"id":"7","word":"pass"})"
    };
    const http_reply refused = ask(word);
    EXPECT_EQ(refused.status, 403);
    EXPECT_NE(refused.body.find("control.sock"), std::string::npos) << refused.body;
    EXPECT_TRUE(asked.empty());
    const auto mode = std::filesystem::status(folder / control_name).permissions();
    EXPECT_EQ(mode, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    EXPECT_EQ(ask_http(folder / control_name, word).status, 200);
    EXPECT_EQ(ask_http(folder / control_name, {.target = "/livez"}).status, 200);
}

TEST_F(AdminServer, APageOfAnotherNameReadsNothing)
{
    const auto code_as = [&](const std::string& host) {
        return ask({.target = "/status.json", .headers = "Host: " + host + "\r\n"}).status;
    };
    for (const char* good : {"127.0.0.1", "127.0.0.1:9307", "localhost:1", "[::1]:9307", ""})
        EXPECT_EQ(code_as(good), 200) << good;
    for (const char* bad : {"evil.example", "evil.example:9307", "127.evil.example:1x", "[::2]"})
        EXPECT_EQ(code_as(bad), 403) << bad;
}

TEST_F(AdminServer, TellsTheLagOfTheLastHour)
{
    history = {{.at = 10, .source_seconds = 0.5}, {.at = 20}};
    const auto told = nlohmann::json::parse(body_of("/history.json"));
    ASSERT_EQ(told.at("samples").size(), 2U);
    EXPECT_EQ(told.at("samples").at(0).at("source_seconds"), 0.5);
    EXPECT_NE(body_of("/").find("<svg class=\"curve\""), std::string::npos);
}

TEST_F(AdminServer, DoesNotKnowOtherPathsAndMethods)
{
    EXPECT_EQ(code_of("/nothing"), 404);
    EXPECT_EQ(code_of("/resume"), 404);
    EXPECT_EQ(ask({.method = "DELETE", .target = "/healthz"}).status, 404);
    const http_reply head = ask({.method = "HEAD", .target = "/healthz"});
    EXPECT_EQ(head.status, 200);
    EXPECT_EQ(head.body, "");
}

TEST_F(AdminServer, APortThatIsTakenIsAnError)
{
    const tests::temp_folder other;
    EXPECT_THROW(admin_server(server.where(), other.path(), {}, log.lines), std::runtime_error);
}

TEST_F(AdminServer, TakesTheNextSourceAtTheSocketAlone)
{
    ASSERT_TRUE(server.announce());
    EXPECT_EQ(ask_follow(folder.path(), "db2:3306", true), std::nullopt);
    ASSERT_EQ(to_follow.size(), 1U);
    EXPECT_EQ(to_follow[0].address, "db2:3306");
    EXPECT_TRUE(to_follow[0].despite_loss);
    EXPECT_NE(to_follow[0].given_by, "");
    refusal = "it lacks 3 transactions";
    EXPECT_EQ(ask_follow(folder.path(), "db2:3306", false), refusal);
    EXPECT_FALSE(to_follow.at(1).despite_loss);
}

TEST(AdminClient, SaysWhatToDoWhenNobodyRuns)
{
    const tests::temp_folder folder;
    const auto error_of = [](const auto& ask) {
        try {
            ask();
        } catch (const command_error& error) {
            return std::pair(error.code, std::string(error.what()));
        }
        return std::pair(0, std::string());
    };
    const admin_flags flags{.data = folder.path().string()};
    const auto [code, text] = error_of([&] { (void)flags.where(); });
    EXPECT_EQ(code, exit_unreachable);
    EXPECT_NE(text.find("unghost serve"), std::string::npos);
    EXPECT_EQ(error_of([] { (void)admin_flags{}.where(); }).first, exit_usage);

    // Left behind by a process that was killed: nobody listens there any more.
    address gone;
    {
        tests::collected_log log;
        const admin_server server({"127.0.0.1", 0}, folder.path(), {}, log.lines);
        gone = server.where();
    }
    EXPECT_FALSE(std::filesystem::exists(folder / "admin.address"));
    EXPECT_EQ(error_of([&] { (void)ask_status(gone); }).first, exit_unreachable);
}

TEST_F(AdminServer, IsReloadedByTheControlSocketAlone)
{
    ASSERT_TRUE(server.announce());
    EXPECT_EQ(ask({.method = "POST", .target = "/reload", .body = "{}"}).status, 403);
    reloaded = {.taken = {"fold.damage"}, .restarts = {"store.folder"}, .problem = {}};
    const nlohmann::json done = ask_reload(folder.path());
    EXPECT_EQ(done.at("taken"), nlohmann::json({"fold.damage"}));
    EXPECT_EQ(done.at("restart"), nlohmann::json({"store.folder"}));
    reloaded = {.problem = "main.toml:3: fold.damage: no"};
    try {
        (void)ask_reload(folder.path());
        FAIL();
    } catch (const command_error& error) {
        EXPECT_EQ(error.code, exit_usage);
        EXPECT_STREQ(error.what(), "main.toml:3: fold.damage: no");
    }
}

TEST_F(AdminServer, WarnsWhereItIsNotOfTheLoopback)
{
    const auto lines_at = [this](const std::string& host) {
        tests::collected_log lines;
        const admin_server other({host, 0}, folder.path(), {}, lines.lines);
        return lines.text();
    };
    for (const char* host : {"0.0.0.0", "::"}) {
        const std::string text = lines_at(host);
        EXPECT_TRUE(text.starts_with("warning admin.address ")) << text;
        EXPECT_NE(text.find("is not of the loopback: whoever reaches it reads"), text.npos) << text;
    }
    for (const char* host : {"127.0.0.1", "127.0.0.2", "localhost"})
        EXPECT_EQ(lines_at(host), "") << host;
}

TEST_F(AdminServer, SaysWhereItIsInAWholeFileOrInNone)
{
    const std::filesystem::path file = folder / "admin.address";
    {
        const tests::small_files now(5);
        const auto refused = server.announce();
        ASSERT_FALSE(refused);
        EXPECT_NE(refused.error().text.find("admin.address"), std::string::npos);
        EXPECT_FALSE(std::filesystem::exists(file));
    }
    ASSERT_TRUE(server.announce());
    const auto written = tests::read_file(file);
    EXPECT_EQ(
        protocol::as_text(written), "127.0.0.1:" + std::to_string(server.where().port) + "\n"
    );
}

}  // namespace
}  // namespace proxy
