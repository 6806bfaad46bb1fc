#include "proxy/command/housekeeping.hpp"
#include "proxy/source/facts_file.hpp"
#include "tests/support/collected_log.hpp"
#include "tests/support/temp_folder.hpp"

#include <gtest/gtest.h>

namespace proxy {
namespace {

using namespace std::chrono_literals;

class Housekeeping : public testing::Test
{
protected:
    Housekeeping() { EXPECT_TRUE(kept.open()); }

    void learn(const std::string& version)
    {
        auto facts = std::make_shared<source_facts>();
        facts->version = version;
        board.set(std::move(facts));
    }
    task_snapshot task(const std::string& name) const
    {
        for (const task_snapshot& one : tasks.snapshot())
            if (one.name == name)
                return one;
        return {};
    }
    std::string saved_version() const
    {
        const auto facts = load_facts(home);
        return facts ? facts->version : "";
    }
    void end()
    {
        tasks.cancel();
        loop.run();
        EXPECT_FALSE(tasks.failure());
    }

    tests::temp_folder folder;
    std::filesystem::path home = folder / "home";
    tests::collected_log log;
    store kept{{.folder = folder.path()}, log.lines};
    session_registry sessions;
    facts_board board;
    asio::io_context loop{1};
    task_group tasks{loop, log.lines};
};

TEST_F(Housekeeping, WritesWhatIsKnownOfTheSourceWhenItChanges)
{
    std::filesystem::create_directory(home);
    start_housekeeping(tasks, {kept, sessions, board, home}, 1ms);
    loop.poll();
    EXPECT_EQ(saved_version(), "") << "nothing is new";
    for (const char* version : {"8.0.41", "9.7.4"}) {
        learn(version);
        while (saved_version() != version)
            loop.run_one();
    }
    end();
}

TEST_F(Housekeeping, GoesOnAfterAWriteThatFailed)
{
    start_housekeeping(tasks, {kept, sessions, board, home}, 1ms);
    learn("8.0.41");
    while (task("source.json").failures < 2)
        loop.run_one();
    EXPECT_NE(
        task("source.json").last_problem.find("what is known of the source is not kept"),
        std::string::npos
    );
    EXPECT_TRUE(log.has("source.json: what is known of the source is not kept"));
    EXPECT_EQ(task("retention").failures, 0U) << "another chore is not held up";

    std::filesystem::create_directory(home);
    while (saved_version() != "8.0.41")
        loop.run_one();
    end();
}

}  // namespace
}  // namespace proxy
