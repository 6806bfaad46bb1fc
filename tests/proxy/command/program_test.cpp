#include "proxy/command/commands.hpp"
#include "proxy/command/program.hpp"
#include "proxy/command/serve.hpp"
#include "proxy/log_sink.hpp"
#include "proxy/net/tls.hpp"
#include "proxy/store/disk.hpp"
#include "tests/support/collected_log.hpp"
#include "tests/support/temp_folder.hpp"

#include <algorithm>
#include <csignal>
#include <fstream>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>

namespace proxy {
namespace {

// A program whose source is a port where nobody listens.
class Program : public testing::Test
{
protected:
    Program()
    {
        std::ofstream(folder / "password") << "secret\n";
        asio::io_context loop;
        const asio::ip::tcp::acceptor free(loop, {asio::ip::address_v4::loopback(), 0});
        chosen.source.where = {"127.0.0.1", free.local_endpoint().port()};
        chosen.source.user = "repl";
        chosen.source.password_file = folder / "password";
        chosen.listen.where = {"127.0.0.1", 0};
        chosen.listen.tls = false;
        chosen.store.folder = folder.path();
    }
    ~Program() override
    {
        if (running.joinable())
            running.join();
    }
    // Until the admin address is there, which is served last.
    void start()
    {
        one.emplace(chosen, log.lines, written);
        running = std::thread([this] { code = one->run(); });
        while (!std::filesystem::exists(folder / "admin.address"))
            std::this_thread::yield();
    }
    // What keeps it from serving anybody, with exit code 2.
    std::string usage_error_with(const config& wrong)
    {
        try {
            program ends(wrong, log.lines, written);
            ends.end("it is enough");
            ends.run();
        } catch (const command_error& error) {
            EXPECT_EQ(error.code, exit_usage) << error.what();
            return error.what();
        }
        return "it ran";
    }
    int wait_for_code()
    {
        running.join();
        one.reset();
        return code;
    }

    tests::temp_folder folder;
    config chosen;
    tests::collected_log log;
    log_queue written{STDERR_FILENO};
    std::optional<program> one;
    std::thread running;
    int code = -1;
};

TEST_F(Program, EndsWhenItIsTold)
{
    start();
    one->end("it is enough");
    EXPECT_EQ(wait_for_code(), 0);
    EXPECT_TRUE(log.has("info it is enough: ending\n"));
    EXPECT_FALSE(std::filesystem::exists(folder / "admin.address"));
}

TEST_F(Program, EndsAtSigterm)
{
    start();
    std::raise(SIGTERM);
    EXPECT_EQ(wait_for_code(), 0);
    EXPECT_TRUE(log.has("info signal 15: ending\n"));
}

TEST_F(Program, RunsAgainOnTheSameFolder)
{
    for (int i = 0; i < 2; ++i) {
        start();
        one->end("it is enough");
        EXPECT_EQ(wait_for_code(), 0);
    }
}

TEST_F(Program, WaitsForADiskThatDoesNotTakeItsAddress)
{
    std::filesystem::create_directory(folder / "admin.address.next");
    one.emplace(chosen, log.lines, written);
    one->end("it is enough");
    EXPECT_EQ(one->run(), 0);
    EXPECT_TRUE(log.has("admin.address.next: Is a directory; it is tried again"));
    EXPECT_FALSE(std::filesystem::exists(folder / "admin.address"));
}

TEST_F(Program, WarnsOfPasswordFilesThatOthersMayRead)
{
    using std::filesystem::perms;
    std::ofstream(folder / "own") << "secret\n";
    std::filesystem::permissions(folder / "password", perms{0644});
    std::filesystem::permissions(folder / "own", perms{0640});
    chosen.listen.accounts = {
        {.name = "repl", .password_file = folder / "own"},
        {.name = "hashed", .password_hash = "*14E65567ABDB5135D0CFD9A70B3032C179A49EE7"}
    };
    one.emplace(chosen, log.lines, written);
    for (const char* name : {"password", "own"})
        EXPECT_TRUE(log.has("warning password file " + (folder / name).string())) << log.text();
    one.reset();
    const std::size_t before = log.text().size();
    for (const char* name : {"password", "own"})
        std::filesystem::permissions(folder / name, perms{0600});
    one.emplace(chosen, log.lines, written);
    EXPECT_EQ(log.text().find("password file", before), std::string::npos) << log.text();
}

// But where it may be asked, and what clients trust.
TEST_F(Program, MakesNoFileThatOthersMayRead)
{
    using std::filesystem::perms;
    const mode_t before = ::umask(022);
    chosen.listen.tls = true;
    chosen.store.folder = folder / "data";
    ASSERT_TRUE(real_disk().make_folder(chosen.store.folder));
    one.emplace(chosen, log.lines, written);
    running = std::thread([this] { code = one->run(); });
    while (!std::filesystem::exists(chosen.store.folder / "admin.address"))
        std::this_thread::yield();
    EXPECT_EQ(std::filesystem::status(chosen.store.folder).permissions(), perms::owner_all);
    EXPECT_TRUE(std::filesystem::exists(chosen.store.folder / "ledger-wal"));
    std::vector<std::string> open;
    for (const auto& made : std::filesystem::recursive_directory_iterator(chosen.store.folder)) {
        const std::filesystem::file_status is = made.status();
        if (std::filesystem::exists(is) && (is.permissions() & perms::others_all) != perms::none)
            open.push_back(made.path().filename());
    }
    std::ranges::sort(open);
    EXPECT_EQ(open, (std::vector<std::string>{"admin.address", "tls-cert.pem"}));
    one->end("it is enough");
    EXPECT_EQ(wait_for_code(), 0);
    ::umask(before);
}

using ProgramDeathTest = Program;

TEST_F(ProgramDeathTest, LeavesASessionThatDoesNotEnd)
{
    testing::GTEST_FLAG(death_test_style) = "threadsafe";
    const auto end_with_a_session_that_stays = [this] {
        log_queue to_stderr(STDERR_FILENO);
        spdlog::logger lines("test", std::make_shared<log_sink>(to_stderr));
        program stuck(chosen, lines, to_stderr, std::chrono::seconds(3));
        std::thread ending([&] {
            while (!std::filesystem::exists(folder / "admin.address"))
                std::this_thread::yield();
            stuck.consumers().sessions().add("10.0.0.3:5", [](session_end) {}, 10);
            stuck.end("it is enough");
        });
        ending.detach();
        stuck.run();
    };
    EXPECT_EXIT(
        end_with_a_session_that_stays(),
        testing::ExitedWithCode(0),
        "ending: after [0-9.]+ s this has not ended: sessions 2147483648 \\(@10.0.0.3:5, login\\); "
        "all "
        "state is saved"
    );
}

TEST_F(Program, SaysThatItsPasswordCannotBeRead)
{
    chosen.source.password_file = folder / "missing";
    EXPECT_THROW(program(chosen, log.lines, written), std::runtime_error);
}

TEST_F(Program, DoesNotStartWithAnEmptyPassword)
{
    std::ofstream(folder / "empty") << "\n";
    const std::string text =
        "password file " + (folder / "empty").string() + ": its first line is empty";
    config of_account = chosen;
    of_account.listen.accounts = {{.name = "repl", .password_file = folder / "empty"}};
    EXPECT_TRUE(usage_error_with(of_account).starts_with(text)) << usage_error_with(of_account);
    chosen.source.password_file = folder / "empty";
    EXPECT_TRUE(usage_error_with(chosen).starts_with(text)) << usage_error_with(chosen);
}

TEST_F(Program, DoesNotStartWithTheKeyOfAnotherCertificate)
{
    for (const char* name : {"one", "other"}) {
        ASSERT_TRUE(real_disk().make_folder(folder / name));
        (void)make_server_tls({}, folder / name);
    }
    chosen.listen.tls = true;
    chosen.listen.tls_cert = folder / "one/tls-cert.pem";
    chosen.listen.tls_key = folder / "other/tls-key.pem";
    EXPECT_TRUE(
        usage_error_with(chosen).starts_with("TLS key " + chosen.listen.tls_key.string() + ": ")
    ) << usage_error_with(chosen);
}

TEST_F(Program, SaysThatItsDataFolderCannotBeMade)
{
    chosen.store.folder = folder / "password" / "data";
    try {
        run_serve([&] { return chosen; });
        FAIL();
    } catch (const std::runtime_error& error) {
        EXPECT_NE(std::string(error.what()).find("cannot be made"), std::string::npos);
    }
}

}  // namespace
}  // namespace proxy
