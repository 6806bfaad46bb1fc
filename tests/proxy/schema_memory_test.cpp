#include "proxy/schema_memory.hpp"
#include "proxy/store/ledger.hpp"
#include "tests/support/temp_folder.hpp"

#include <gtest/gtest.h>
#include <spdlog/sinks/null_sink.h>
#include <thread>

namespace {

using namespace proxy;
using rewrite::change_scope;
using rewrite::coordinate;
using rewrite::schema_change;
using rewrite::table_name;

constexpr std::string_view uuid = "3e11fa47-71ca-11e1-9e33-c80aa9429562";
constexpr std::string_view other_uuid = "3e11fa47-71ca-11e1-9e33-c80aa9429563";

coordinate at(std::uint64_t position)
{
    return {1, "b.000001", position};
}

rewrite::facts shown(table_name table, std::uint64_t from, const std::string& more = {})
{
    rewrite::facts known{.table = table};
    known.create_table = "CREATE TABLE `" + table.table +
                         "` (\n  `id` int NOT NULL,\n  PRIMARY "
                         "KEY (`id`)" +
                         more + "\n) ENGINE=InnoDB";
    known.fence = at(from);
    return known;
}

// A process: a memory over the ledger of a folder, and the log that it hears.
class process
{
public:
    explicit process(
        const std::filesystem::path& folder,
        std::uint64_t from = 100,
        std::uint64_t changes = 0,
        std::string_view server = uuid
    )
        : lines("test", std::make_shared<spdlog::sinks::null_sink_mt>())
        , memory(folder / "ledger", numbers, lines)
        , heard(changes)
        , server_(server)
    {
        memory.begin(
            {.uuid = *protocol::parse_uuid(server), .file = "b.000001"},
            at(from),
            changes,
            rewrite::name_case::sensitive
        );
        tell_session("8.0");
    }
    void tell_session(const std::string& settings, const std::string& filters = {})
    {
        memory.set_session(
            {.server_uuid = std::string(server_),
             .settings = settings,
             .time_zone = "SYSTEM",
             .sql_mode = "STRICT_TRANS_TABLES",
             .gtid_mode = "ON",
             .filters = filters}
        );
    }
    void hear(const std::vector<schema_change>& changes, std::uint64_t end)
    {
        heard += changes.size();
        memory.on_applied(changes, heard, at(end));
    }
    void hear_table(const std::string& name, std::uint64_t end)
    {
        hear({{change_scope::table, {"d", name}}}, end);
    }
    void ask(std::vector<rewrite::facts> tables, std::uint64_t begin, std::uint64_t end)
    {
        memory.begin_batch();
        tell(std::move(tables), begin, end);
    }
    void tell(std::vector<rewrite::facts> tables, std::uint64_t begin, std::uint64_t end)
    {
        schema_batch batch{.server_uuid = std::string(server_), .begin = at(begin), .end = at(end)};
        batch.tables = std::move(tables);
        if (memory.applied() < at(end))
            memory.on_applied({}, heard, at(end));
        memory.accept(batch);
    }
    bool knows(const std::string& name, std::uint64_t place)
    {
        return memory.find({"d", name}, at(place)).has_value();
    }

    memory_numbers numbers;
    spdlog::logger lines;
    schema_memory memory;
    std::uint64_t heard;

private:
    std::string_view server_;
};

class SchemaMemory : public testing::Test
{
protected:
    SchemaMemory() { const ledger made(folder.path() / "ledger"); }
    tests::temp_folder folder;
};

TEST_F(SchemaMemory, TellsWhatHoldsAtACoordinate)
{
    process one(folder.path());
    EXPECT_FALSE(one.knows("t", 100));
    one.ask({shown({"d", "t"}, 200)}, 200, 300);
    EXPECT_FALSE(one.knows("t", 199)) << "it may have been changed before";
    const auto known = one.memory.find({"d", "t"}, at(300));
    ASSERT_TRUE(known);
    EXPECT_EQ(known->fence, at(300));
    EXPECT_EQ(known->time_zone, "SYSTEM");
    EXPECT_EQ(known->uncountable, "");
    EXPECT_EQ(one.numbers.tables(), 1U);
    EXPECT_FALSE(one.memory.find({"d", "t"}, {2, "b.000001", 300})) << "another epoch";
}

TEST_F(SchemaMemory, ForgetsWhatTheLogChanges)
{
    const auto fill = [](process& one) {
        auto watched = shown({"d", "watched"}, 200);
        watched.triggers.push_back({"r", "AFTER", "INSERT", "SET @a = 1"});
        auto parent = shown({"d", "parent"}, 200);
        parent.children.push_back({"x", "child"});
        auto child = shown(
            {"x", "child"},
            200,
            ",\n  CONSTRAINT `c` FOREIGN KEY (`id`) REFERENCES `d`.`parent` (`id`)"
        );
        one.ask({shown({"d", "t"}, 200), watched, parent, child}, 200, 300);
    };
    const auto left = [&](const schema_change& change) {
        const tests::temp_folder own;
        const ledger made(own.path() / "ledger");
        process one(own.path());
        fill(one);
        EXPECT_EQ(one.numbers.tables(), 4U);
        one.hear({change}, 400);
        std::string names;
        for (const char* name : {"t", "watched", "parent"})
            if (one.knows(name, 400))
                names += std::string(name) + " ";
        if (one.memory.find({"x", "child"}, at(400)))
            names += "child";
        return names;
    };
    EXPECT_EQ(left({change_scope::table, {"d", "t"}}), "watched parent child");
    EXPECT_EQ(left({change_scope::table, {"d", "T"}}), "t watched parent child");
    EXPECT_EQ(left({change_scope::table, {"x", "child"}}), "t watched ");
    EXPECT_EQ(left({change_scope::table, {"d", "parent"}}), "t watched ");
    EXPECT_EQ(left({change_scope::triggers, {"d", ""}}), "t parent child");
    EXPECT_EQ(left({change_scope::schema, {"x", ""}}), "t watched ");
    EXPECT_EQ(left({change_scope::schema, {"d", ""}}), "");
    EXPECT_EQ(left({change_scope::everything, {}}), "");
}

TEST_F(SchemaMemory, DoesNotTakeWhatWasChangedWhileItWasAskedFor)
{
    process one(folder.path());
    one.memory.begin_batch();
    one.hear_table("before", 200);
    one.hear_table("between", 250);
    auto parent = shown({"d", "parent"}, 200);
    parent.children.push_back({"d", "between"});
    one.tell({shown({"d", "before"}, 200), shown({"d", "between"}, 200), parent}, 200, 300);
    EXPECT_TRUE(one.knows("before", 300));
    EXPECT_FALSE(one.knows("between", 300));
    EXPECT_FALSE(one.knows("parent", 300));
}

TEST_F(SchemaMemory, DoesNotTakeWhatLiesBeforeItsOwnPlace)
{
    process one(folder.path(), 500);
    one.ask({shown({"d", "t"}, 200)}, 200, 300);
    EXPECT_FALSE(one.knows("t", 600)) << "that log is another";
}

TEST_F(SchemaMemory, GoesOnAfterARestart)
{
    {
        process one(folder.path());
        one.ask({shown({"d", "t"}, 200), shown({"d", "u"}, 200)}, 200, 300);
        one.hear_table("u", 350);
        EXPECT_TRUE(one.memory.settle());
    }
    process again(folder.path(), 250, 1);
    EXPECT_TRUE(again.knows("t", 300));
    EXPECT_FALSE(again.knows("u", 300)) << "out for good";
    again.hear_table("t", 400);
    EXPECT_FALSE(again.knows("t", 400));
}

// As after a power failure, or with a ledger from a backup.
TEST_F(SchemaMemory, ForgetsAllWhereItMayHaveMissedAChange)
{
    {
        process one(folder.path());
        one.ask({shown({"d", "t"}, 200)}, 200, 300);
    }
    process again(folder.path(), 500, 1);
    EXPECT_FALSE(again.knows("t", 500));
    EXPECT_EQ(again.numbers.tables(), 0U);
}

TEST_F(SchemaMemory, ForgetsAllOfAnotherServer)
{
    {
        process one(folder.path());
        one.ask({shown({"d", "t"}, 200)}, 200, 300);
    }
    process again(folder.path(), 300, 0, other_uuid);
    EXPECT_FALSE(again.knows("t", 300));
}

TEST_F(SchemaMemory, ForgetsAllThatWasShownInAnotherWay)
{
    process one(folder.path());
    one.ask({shown({"d", "t"}, 200)}, 200, 300);
    one.tell_session("9.7");
    EXPECT_FALSE(one.knows("t", 300));
}

TEST_F(SchemaMemory, TellsNothingOfALogThatIsFiltered)
{
    process one(folder.path());
    one.ask({shown({"d", "t"}, 200)}, 200, 300);
    one.tell_session("8.0", "shop");
    EXPECT_FALSE(one.knows("t", 300));
}

TEST_F(SchemaMemory, DoesNotLetACheckpointPassWhatItCouldNotTakeOut)
{
    process one(folder.path());
    one.ask({shown({"d", "t"}, 200)}, 200, 300);
    std::filesystem::rename(folder.path() / "ledger", folder.path() / "away");
    std::filesystem::create_directory(folder.path() / "ledger");
    {
        process without(folder.path());
        without.hear_table("t", 400);
        EXPECT_FALSE(without.memory.settle());
        EXPECT_FALSE(without.knows("t", 400));
        std::filesystem::remove(folder.path() / "ledger");
        std::filesystem::rename(folder.path() / "away", folder.path() / "ledger");
        EXPECT_TRUE(without.memory.settle());
        EXPECT_FALSE(without.knows("t", 400));
    }
}

TEST_F(SchemaMemory, ComparesWithWhatTheSourceLists)
{
    process one(folder.path());
    one.ask({shown({"d", "t"}, 200), shown({"d", "gone"}, 200)}, 200, 300);
    EXPECT_EQ(one.memory.compare("d", {"t", "fresh"}), std::vector<std::string>{"fresh"});
    EXPECT_FALSE(one.knows("gone", 300));
    one.memory.keep_only_schemas({"x"});
    EXPECT_FALSE(one.knows("t", 300));
    EXPECT_EQ(one.numbers.tables(), 0U);
}

TEST_F(SchemaMemory, AsksAgainForWhatChanged)
{
    process one(folder.path());
    EXPECT_TRUE(one.memory.take_sweep());
    EXPECT_FALSE(one.memory.take_sweep());
    one.hear_table("t", 200);
    EXPECT_TRUE(one.memory.take_wanted(10).tables.empty())
        << "a tool's next statement follows soon";
    std::this_thread::sleep_for(std::chrono::milliseconds(1100));
    EXPECT_EQ(one.memory.take_wanted(10).tables, std::vector<std::string>{"t"});
    EXPECT_TRUE(one.memory.take_wanted(10).tables.empty());
    one.hear({{change_scope::schema, {"d", ""}}}, 300);
    EXPECT_TRUE(one.memory.take_sweep());
}

}  // namespace
