#include "rewrite/gate.hpp"
#include "tests/support/folded_log.hpp"
#include "tests/support/large_memory.hpp"

namespace {

using namespace tests;
using namespace rewrite;
using std::chrono::milliseconds;

constexpr milliseconds at_once{0};

// Writes down what the gate asks of it and gives to it, and refuses what the test says.
class scripted_port final : public gate_port, public decision_log
{
public:
    lines calls;  // what was taken
    byte_buffer bytes;
    std::vector<coordinate> applied;
    std::vector<decision> recorded;
    std::vector<decision> known;                      // of an earlier run
    std::vector<const protocol::large_bytes*> large;  // of the events taken
    std::vector<const protocol::large_bytes*> appended_large;
    std::optional<facts> answer;     // at once
    std::optional<row_count> count;  // at once
    std::uint64_t number = 0;        // of the last question that wanted facts
    std::size_t call = 0;
    std::size_t refused_call = SIZE_MAX;  // the n-th call ...
    std::size_t refusals = 0;             // ... so many times
    std::string refused_name;             // or every call of this name

    port_result<> begin_file(
        const coordinate& at, const protocol::event_view&, const protocol::format_description& about
    ) override
    {
        return done("begin " + to_text(at) + " of " + about.server_version);
    }
    port_result<> end_file(
        const coordinate&, const protocol::event_view&, const protocol::rotate_view& rotate
    ) override
    {
        return done("end before " + std::string(rotate.file));
    }
    port_result<> take(const outputs& from, const protocol::event_view& event) override
    {
        const auto result = done("take " + tests::describe(event));
        if (!result)
            return result;
        large.push_back(event.large);
        for (const output& one : from.list) {
            if (const auto* added = std::get_if<append>(&one))
                appended_large.push_back(added->large);
            if (const auto* added = std::get_if<append>(&one))
                bytes.insert(bytes.end(), added->event.begin(), added->event.end());
            else if (const auto* back = std::get_if<cut>(&one))
                bytes.resize(back->to - 4);
            else if (const auto* changed = std::get_if<patch>(&one))
                std::ranges::copy(
                    changed->bytes,
                    bytes.begin() +
                        static_cast<std::ptrdiff_t>(changed->event_at - 4 + changed->offset)
                );
        }
        return result;
    }
    void on_applied(const coordinate& next) override { applied.push_back(next); }
    port_result<> on_stop(const question& asked) override
    {
        return done("stop " + std::string(to_text(asked.reason)));
    }
    std::optional<facts>
    ask_facts(std::uint64_t of, const question&, const table_name& table) override
    {
        number = of;
        calls.push_back("ask " + std::to_string(of) + " " + to_text(table));
        return answer;
    }
    std::optional<row_count> ask_count(const question& asked) override
    {
        calls.push_back("count " + to_text(asked.original));
        return count;
    }
    port_result<std::optional<decision>> find(const question& asked) override
    {
        if (!done(""))
            return tl::unexpected(not_now{});
        for (const decision& made : known)
            if (made.at == asked.at)
                return made;
        return std::nullopt;
    }
    port_result<> record(const decision& made) override
    {
        const auto result = done("record " + describe(made));
        if (result)
            recorded.push_back(made);
        return result;
    }

    static std::string describe(const decision& made)
    {
        const std::string expired = made.expired ? ", ran out" : "";
        switch (made.kind) {
            case question_kind::verdict:
                if (made.later)
                    return "later" + expired;
                return (made.ruling.what == outcome::fold ? "fold" : "pass") + expired;
            case question_kind::second_half: return (made.found ? "found" : "missing") + expired;
            case question_kind::count: return "counted " + std::to_string(made.counted->rows);
            case question_kind::free_name: return made.found ? "free" : "not free";
            case question_kind::stop: break;
        }
        return "word";
    }

private:
    port_result<> done(const std::string& line)
    {
        const bool now = call == refused_call && refusals > 0;
        if (now)
            --refusals;
        if (now || (!refused_name.empty() && line.starts_with(refused_name)))
            return tl::unexpected(not_now{});
        ++call;
        if (!line.empty())
            calls.push_back(line);
        return {};
    }
};

struct scene
{
    explicit scene(const event_builder& log, gate_bounds bounds = {})
        : events(upstream(log.events()))
        , sum(log.sum())
        , engine(settings{})
        , tested(engine, port, port, bounds, {1, "mysql-bin.000001", 4})
    {
        engine.begin_file(4);
    }

    // The events up to this number, without time.
    void give(std::size_t up_to = SIZE_MAX)
    {
        for (; given < events.size() && given < up_to; ++given) {
            // A copy that is gone afterwards, like a receive buffer.
            byte_buffer bytes = events[given].bytes;
            ASSERT_TRUE(tested.on_event(events[given].at, *protocol::parse_event(bytes, sum), sum));
            std::ranges::fill(bytes, std::uint8_t{0xee});
        }
    }
    gate_state tick(milliseconds now = at_once)
    {
        const auto state = tested.tick(now);
        EXPECT_TRUE(state);
        return state.value_or(gate_state::refused);
    }
    facts told(std::size_t fence_event = 1) const
    {
        facts answer{.table = {"d1", "t"}};
        answer.create_table =
            "CREATE TABLE `t` (\n  `id` int NOT NULL,\n  PRIMARY KEY (`id`)\n) ENGINE=InnoDB "
            "DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_0900_ai_ci";
        answer.uncountable = "the test does not count its rows";
        answer.fence = fence_event < events.size() ? events[fence_event].at : end();
        return answer;
    }
    coordinate end() const
    {
        coordinate after = events.back().at;
        after.position += events.back().bytes.size();
        return after;
    }
    std::size_t count(const std::string& beginning) const
    {
        return static_cast<std::size_t>(std::ranges::count_if(port.calls, [&](const auto& line) {
            return line.starts_with(beginning);
        }));
    }

    std::vector<logged> events;
    protocol::checksum sum;
    scripted_port port;
    rewriter engine;
    gate tested;
    std::size_t given = 0;
};

// The first event is a GTID, the second asks for a verdict.
tool_log run_of_gh_ost()
{
    tool_log log;
    log.ddl("create /* gh-ost */ table `d1`.`_t_ghc` (id int)");
    log.ddl("create /* gh-ost */ table `d1`.`_t_gho` like `d1`.`t`");
    log.ddl("alter /* gh-ost */ table `d1`.`_t_gho` ADD COLUMN c int");
    return log;
}
tool_log whole_run_of_gh_ost()
{
    tool_log log;
    log.format();
    log.gh_ost_begins().change("t").change("_t_gho");
    log.ddl("GRANT SELECT ON d1._t_gho TO x");  // stops
    log.change("other").gh_ost_sentry();
    log.ddl("alter /* gh-ost */ table `d1`.`t` rename `_t_del`");
    log.ddl("alter /* gh-ost */ table `d1`.`_t_gho` rename `t`");
    log.rotate("mysql-bin.000002");
    return log;
}
constexpr std::size_t asks = 1;
constexpr std::size_t alters = 5;

TEST(Gate, LetsEventsThroughAtOnceWhileNothingIsAsked)
{
    scene s(tool_log().format().previous_gtids({}).gtid(1).begin().commit().rotate("b.000002"));
    s.give();
    const lines expected = {
        "begin mysql-bin.000001:4 of 8.0.36",
        "take format",
        "take event 35",
        "take event 33",
        "take BEGIN",
        "take COMMIT",
        "end before b.000002",
    };
    EXPECT_EQ(s.port.calls, expected);
    EXPECT_EQ(s.tested.state(), gate_state::open);
    EXPECT_TRUE(s.tested.is_empty());
    EXPECT_EQ(s.tested.next(), s.end());
    EXPECT_EQ(s.tested.waiting_bytes(), 0U);
    ASSERT_EQ(s.port.applied.size(), 5U) << "of each event but ROTATE";
    EXPECT_EQ(s.port.applied.back(), s.events.back().at);
}

TEST(Gate, KeepsTheEventThatAsksAndAllAfterIt)
{
    scene s(run_of_gh_ost().change("t"));
    s.give();
    EXPECT_EQ(s.tick(), gate_state::waiting);
    EXPECT_EQ(s.port.calls, (lines{"take event 33", "ask 1 d1.t"}));
    ASSERT_NE(s.tested.asked(), nullptr);
    EXPECT_EQ(s.tested.asked()->at, s.events[asks].at);
    EXPECT_FALSE(s.tested.is_empty());
    EXPECT_EQ(s.tested.next(), s.end());
    EXPECT_EQ(s.tested.waiting_bytes(), s.end().position - s.events[asks].at.position);
}

// What is not in memory is not copied into it.
TEST(Gate, KeepsALargeEventWhereItLies)
{
    for (const bool waits : {false, true}) {
        scene s(run_of_gh_ost().change("t"));
        const std::size_t of = s.events.size() - 2;  // rows
        s.give(waits ? of : asks);
        if (!waits) {
            s.port.answer = s.told();
            s.give(of);
            EXPECT_EQ(s.tick(), gate_state::open);
        }
        auto large = std::make_shared<tests::large_memory>(s.events[of].bytes);
        auto event = *protocol::parse_event(large->view(), s.sum);
        event.large = large.get();
        ASSERT_TRUE(protocol::is_rows_event(event.header.type));
        ASSERT_TRUE(s.tested.on_event(s.events[of].at, event, s.sum));
        EXPECT_EQ(large.use_count(), waits ? 2 : 1);
        ++s.given;
        s.give();
        s.tick();
        s.tested.on_facts(s.port.number, s.told());
        EXPECT_EQ(s.tick(), gate_state::open);
        EXPECT_EQ(std::ranges::count(s.port.large, large.get()), 1);
        EXPECT_EQ(std::ranges::count(s.port.appended_large, large.get()), 1);
        EXPECT_EQ(large.use_count(), 1);
    }
}

TEST(Gate, GoesOnWhenFactsCome)
{
    scene s(run_of_gh_ost().change("t"));
    s.give();
    EXPECT_EQ(s.tick(), gate_state::waiting);
    s.tested.on_facts(s.port.number, s.told());
    EXPECT_EQ(s.tested.state(), gate_state::waiting) << "only a tick goes on";
    EXPECT_EQ(s.tick(), gate_state::open);
    EXPECT_EQ(s.count("record fold"), 1U);
    EXPECT_EQ(s.count("take"), s.events.size());
    EXPECT_TRUE(s.tested.is_empty());
    EXPECT_EQ(s.tested.waiting_bytes(), 0U);
    EXPECT_EQ(s.port.applied.back(), s.end());
}

TEST(Gate, NeedsNoSecondCallForFactsThatAreThereAtOnce)
{
    scene s(run_of_gh_ost());
    s.port.answer = s.told();
    s.give();
    EXPECT_EQ(s.tick(), gate_state::open);
    EXPECT_EQ(s.count("record fold"), 1U);
}

TEST(Gate, AsksForFactsOnceForEachQuestion)
{
    scene s(run_of_gh_ost().change("t").change("t"));
    for (std::size_t i = 1; i <= s.events.size(); ++i) {
        s.give(i);
        s.tick();
    }
    EXPECT_EQ(s.count("ask"), 1U);
}

// What one server skips as a comment the next executes, and the tool's ALTER means something else.
TEST(Gate, ReadsStatementsAsTheServerThatWroteTheFile)
{
    const auto verdict_on = [](std::string_view version) {
        folded_log folded;
        tool_log log;
        log.format(version);
        folded.run(log.gh_ost_begins("/*!80099 ADD d datetime DEFAULT NOW(), */ ADD COLUMN c int"));
        EXPECT_EQ(folded.decisions.size(), 1U);
        return folded.decisions.at(0).ruling.what;
    };
    EXPECT_EQ(verdict_on("8.0.36"), outcome::fold);
    EXPECT_EQ(verdict_on("9.7.4"), outcome::pass);
    EXPECT_EQ(verdict_on("not a version"), outcome::fold) << "as 8.0.33 does";
}

// ADD COLUMN costs a rebuild before 8.0.12.
TEST(Gate, PricesAnAlterAsTheServerThatWroteTheFile)
{
    const auto price_at = [](std::string_view version) {
        folded_log folded;
        tool_log log;
        log.format(version);
        folded.run(log.gh_ost_begins());
        EXPECT_EQ(folded.decisions.size(), 1U);
        return folded.decisions.at(0).ruling.price;
    };
    EXPECT_EQ(price_at("8.0.36"), cost::instant);
    EXPECT_EQ(price_at("5.7.44-log"), cost::rebuild);
}

// A server that starts gives the numbers of its connections away again.
TEST(Gate, TellsThatTheSourceWasStarted)
{
    for (const bool started : {false, true}) {
        tool_log log;
        log.pt_osc_creates().pt_osc_triggers().change("_t_new");
        log.timestamp = started ? 1'700'000'000 : 0;  // also when it was created
        log.format();
        log.change("_t_new");
        scene s(log);
        s.port.answer = s.told(0);
        s.port.answer->create_table = folded_log().definitions["d1.t"];
        s.give();
        EXPECT_EQ(s.tick(), gate_state::open);
        ASSERT_EQ(s.engine.migrations().size(), 1U);
        EXPECT_EQ(
            s.engine.migrations()[0].state,
            started ? migration_state::disturbed : migration_state::folding
        );
    }
}

TEST(Gate, WaitsForTheLogUpToTheFence)
{
    scene s(run_of_gh_ost());
    s.give();
    s.tick();
    coordinate fence = s.end();
    fence.position += 100;
    facts answer = s.told();
    answer.fence = fence;
    s.tested.on_facts(s.port.number, answer);
    EXPECT_EQ(s.tick(), gate_state::waiting);
    s.tested.on_read_up_to(s.end());
    EXPECT_EQ(s.tick(), gate_state::waiting);
    s.tested.on_read_up_to(fence);
    EXPECT_EQ(s.tick(), gate_state::open) << "a heartbeat says that the log has nothing more";
}

TEST(Gate, ReadsNoFurtherThanTheAnswerNeeds)
{
    // What follows on the fence changes the table, and has no say.
    scene s(run_of_gh_ost().change("other").ddl("ALTER TABLE t ADD z int"));
    const std::size_t fence = 6;
    s.give(fence);
    s.tick();
    s.tested.on_facts(s.port.number, s.told(fence));
    s.give();
    EXPECT_EQ(s.tick(), gate_state::open);
    EXPECT_EQ(s.count("record fold"), 1U);
}

TEST(Gate, RunsOutByTime)
{
    scene s(run_of_gh_ost(), {.wait = milliseconds(2000)});
    s.give();
    EXPECT_FALSE(s.tested.wake_at()) << "its time begins with the first tick";
    EXPECT_EQ(s.tick(milliseconds(5000)), gate_state::waiting);
    EXPECT_EQ(s.tested.wake_at(), milliseconds(7000));
    EXPECT_EQ(s.tick(milliseconds(6999)), gate_state::waiting);
    EXPECT_EQ(s.tick(milliseconds(7000)), gate_state::waiting) << "at the ALTER";
    EXPECT_EQ(s.count("record later, ran out"), 1U);
    EXPECT_EQ(s.tested.wake_at(), milliseconds(9000));
    EXPECT_EQ(s.tick(milliseconds(9000)), gate_state::open);
    EXPECT_EQ(s.count("record pass, ran out"), 1U);
    EXPECT_FALSE(s.tested.wake_at());
    ASSERT_EQ(s.port.recorded.size(), 2U);
    EXPECT_EQ(s.port.recorded[0].at, s.events[asks].at);
    EXPECT_EQ(s.port.recorded[1].at, s.events[alters].at);
}

TEST(Gate, FoldsAtTheAlterWhenTheAnswerComesLate)
{
    scene s(run_of_gh_ost(), {.wait = milliseconds(2000)});
    s.give();
    s.tick();
    EXPECT_EQ(s.tick(milliseconds(2000)), gate_state::waiting);
    s.tested.on_facts(s.port.number, s.told());
    EXPECT_EQ(s.tick(milliseconds(2001)), gate_state::open);
    EXPECT_EQ(s.count("record later, ran out"), 1U);
    EXPECT_EQ(s.count("record fold"), 1U);
}

TEST(Gate, RunsOutByBytes)
{
    const auto log = run_of_gh_ost().change("t");
    const auto events = upstream(log.events());
    const std::uint64_t bytes = events[6].at.position - events[asks].at.position;
    scene s(log, {.bytes = bytes});
    s.give(5);
    EXPECT_EQ(s.tick(), gate_state::waiting);
    s.give(6);
    EXPECT_EQ(s.tested.waiting_bytes(), bytes);
    EXPECT_EQ(s.tick(), gate_state::waiting) << "at the ALTER";
    EXPECT_EQ(s.count("record later, ran out"), 1U);
    EXPECT_LT(s.tested.waiting_bytes(), bytes);
}

TEST(Gate, RunsOutAtTheEndOfTheLog)
{
    scene s(run_of_gh_ost());
    s.give();
    EXPECT_EQ(s.tick(), gate_state::waiting);
    s.tested.end_of_log();
    EXPECT_EQ(s.tick(), gate_state::open);
    EXPECT_EQ(s.count("record later, ran out"), 1U);
    EXPECT_EQ(s.count("record pass, ran out"), 1U);
    EXPECT_EQ(s.count("take"), s.events.size());
}

TEST(Gate, PrefersAnAnswerToRunningOut)
{
    scene s(run_of_gh_ost(), {.wait = milliseconds(2000)});
    s.give();
    s.tick();
    s.tested.on_facts(s.port.number, s.told());
    EXPECT_EQ(s.tick(milliseconds(9000)), gate_state::open);
    EXPECT_EQ(s.count("record fold"), 1U);
}

TEST(Gate, DoesNotCountFactsThatComeAfterTheDecision)
{
    scene s(run_of_gh_ost(), {.wait = milliseconds(2000)});
    s.give();
    s.tick();
    const std::uint64_t first = s.port.number;
    s.tick(milliseconds(2000));
    EXPECT_GT(s.port.number, first) << "the ALTER asks anew";
    s.tested.on_facts(first, s.told());
    EXPECT_EQ(s.tick(milliseconds(2001)), gate_state::waiting);
    EXPECT_EQ(s.tick(milliseconds(4000)), gate_state::open);
    s.tested.on_facts(s.port.number, s.told());
    EXPECT_EQ(s.tick(milliseconds(4001)), gate_state::open);
    EXPECT_EQ(s.port.recorded.size(), 2U);
}

TEST(Gate, DoesNotCountFactsOfAnEarlierQuestion)
{
    auto log = run_of_gh_ost();
    log.ddl("create /* gh-ost */ table `d1`.`_u_ghc` (id int)");
    log.ddl("create /* gh-ost */ table `d1`.`_u_gho` like `d1`.`u`");
    log.ddl("alter /* gh-ost */ table `d1`.`_u_gho` ADD COLUMN c int");
    scene s(log, {.wait = milliseconds(2000)});
    s.give();
    s.tick();
    const std::uint64_t first = s.port.number;
    EXPECT_EQ(s.tick(milliseconds(2000)), gate_state::waiting) << "its ALTER asks";
    EXPECT_EQ(s.tick(milliseconds(4000)), gate_state::waiting) << "the second run asks";
    EXPECT_EQ(s.tested.wake_at(), milliseconds(6000)) << "and has a time of its own";
    EXPECT_GT(s.port.number, first);
    s.tested.on_facts(first, s.told());
    EXPECT_EQ(s.tick(milliseconds(4001)), gate_state::waiting);
    facts answer = s.told();
    answer.table = {"d1", "u"};
    answer.fence = s.end();
    s.tested.on_facts(s.port.number, answer);
    EXPECT_EQ(s.tick(milliseconds(4002)), gate_state::open);
    ASSERT_EQ(s.port.recorded.size(), 3U);
    EXPECT_EQ(s.port.recorded[1].ruling.what, outcome::pass);
    EXPECT_EQ(s.port.recorded[2].ruling.what, outcome::fold);
}

tool_log two_steps(const std::string& second)
{
    auto log = run_of_gh_ost();
    log.gh_ost_sentry().ddl("alter /* gh-ost */ table `d1`.`t` rename `_t_del`");
    log.change("other").ddl(second);
    return log;
}

TEST(Gate, LooksAheadForTheSecondHalfOfACutOver)
{
    for (const auto& [second, expected] :
         {std::pair{"alter /* gh-ost */ table `d1`.`_t_gho` rename `t`", "record found"},
          std::pair{"alter table `d1`.`_t_del` rename `t`", "record missing"}}) {
        scene s(two_steps(second));
        s.port.answer = s.told();
        s.give();
        EXPECT_EQ(s.tick(), gate_state::open) << second;
        EXPECT_EQ(s.count(expected), 1U) << second;
        EXPECT_EQ(s.count("ask"), 1U) << "of the verdict";
    }
}

TEST(Gate, TakesTheSecondHalfForMissingWhenTimeRunsOut)
{
    scene s(two_steps("DROP TABLE unrelated"), {.wait = milliseconds(2000)});
    s.port.answer = s.told();
    s.give();
    EXPECT_EQ(s.tick(), gate_state::waiting);
    s.tick(milliseconds(2000));
    EXPECT_EQ(s.count("record missing, ran out"), 1U);
}

tool_log run_that_stops()
{
    auto log = run_of_gh_ost();
    log.ddl("ALTER TABLE d1.t RENAME d1.x");
    log.ddl("GRANT SELECT ON d1._t_gho TO x").change("other");
    return log;
}

TEST(Gate, StopsUntilTheWordForThisStop)
{
    scene s(run_that_stops(), {.wait = milliseconds(2000), .bytes = 1U << 20});
    s.port.answer = s.told();
    EXPECT_EQ(
        s.tested.on_word("mysql-bin.000001:4", operator_word::pass, {}), word_result::not_stopped
    );
    s.give();
    EXPECT_EQ(s.tick(), gate_state::stopped);
    ASSERT_NE(s.tested.asked(), nullptr);
    const std::string id = to_text(s.tested.asked()->at);
    EXPECT_EQ(s.tick(milliseconds(1000000)), gate_state::stopped) << "time does not count";
    EXPECT_FALSE(s.tested.wake_at());
    EXPECT_EQ(s.count("stop"), 1U);
    EXPECT_EQ(
        s.tested.on_word("mysql-bin.000001:4", operator_word::pass, {}), word_result::other_stop
    );
    EXPECT_EQ(s.tick(), gate_state::stopped);
    EXPECT_EQ(s.tested.on_word(id, operator_word::empty, {}), word_result::taken);
    EXPECT_EQ(s.tick(), gate_state::open);
    EXPECT_EQ(s.count("record word"), 1U);
    EXPECT_EQ(s.port.recorded.back().word, operator_word::empty);
    EXPECT_EQ(s.count("take"), s.events.size());
    EXPECT_EQ(s.tested.on_word(id, operator_word::empty, {}), word_result::not_stopped);
}

TEST(Gate, TakesNoWordWhileAVerdictIsOpen)
{
    scene s(run_of_gh_ost());
    s.give();
    s.tick();
    EXPECT_EQ(
        s.tested.on_word(to_text(s.events[asks].at), operator_word::pass, {}),
        word_result::not_stopped
    );
}

TEST(Gate, LeavesTheStopOpenWhereTheWordCannotBeRecorded)
{
    scene s(run_that_stops());
    s.port.answer = s.told();
    s.give();
    EXPECT_EQ(s.tick(), gate_state::stopped);
    const std::string id = to_text(s.tested.asked()->at);
    s.port.refused_name = "record";
    EXPECT_EQ(s.tested.on_word(id, operator_word::empty, {}), word_result::refused);
    EXPECT_EQ(s.tick(), gate_state::stopped);
    s.port.refused_name.clear();
    EXPECT_EQ(s.tested.on_word(id, operator_word::pass, {}), word_result::taken);
    EXPECT_EQ(s.port.recorded.back().word, operator_word::pass);
}

TEST(Gate, UsesWhatWasDecidedBefore)
{
    scene first(run_of_gh_ost());
    first.port.answer = first.told();
    first.give();
    first.tick();
    scene again(run_of_gh_ost());
    again.port.known = first.port.recorded;
    again.give();
    EXPECT_TRUE(again.tested.is_empty()) << "nothing waited";
    EXPECT_EQ(again.count("ask"), 0U);
    EXPECT_EQ(again.count("record"), 0U);
    EXPECT_EQ(again.port.bytes, first.port.bytes);
}

TEST(Gate, JudgesNoEventTwice)
{
    scene s(run_of_gh_ost().change("t"));
    s.port.answer = s.told();
    s.port.refused_name = "take";
    s.give(1);
    EXPECT_EQ(s.tested.state(), gate_state::refused);
    EXPECT_FALSE(s.tested.is_empty());
    EXPECT_EQ(s.tested.next(), s.events[1].at) << "it was accepted all the same";
    EXPECT_EQ(s.tick(), gate_state::refused);
    s.give();  // what comes meanwhile waits
    EXPECT_EQ(s.tick(), gate_state::refused);
    EXPECT_TRUE(s.port.applied.empty());
    s.port.refused_name.clear();
    EXPECT_EQ(s.tick(), gate_state::open);

    scene plain(run_of_gh_ost().change("t"));
    plain.port.answer = plain.told();
    plain.give();
    plain.tick();
    EXPECT_EQ(s.port.bytes, plain.port.bytes);
    EXPECT_EQ(s.port.calls, plain.port.calls);
}

TEST(Gate, KeepsADecisionThatCannotBeRecorded)
{
    scene s(run_of_gh_ost(), {.wait = milliseconds(2000)});
    s.give();
    s.tick();
    s.port.refused_name = "record";
    EXPECT_EQ(s.tick(milliseconds(2000)), gate_state::refused);
    s.tested.on_facts(s.port.number, s.told());
    s.port.refused_name.clear();
    EXPECT_EQ(s.tick(milliseconds(2001)), gate_state::waiting) << "at the ALTER";
    EXPECT_EQ(s.count("record later, ran out"), 1U) << "decided once";
}

// All of a run, with each word as it comes.
void finish(scene& s)
{
    for (int ticks = 0; ticks < 100; ++ticks) {
        const gate_state state = s.tick();
        if (state == gate_state::open)
            return;
        if (state == gate_state::stopped)
            s.tested.on_word(to_text(s.tested.asked()->at), operator_word::empty, {});
    }
    FAIL() << "it does not end";
}

TEST(Gate, LosesNothingWhicheverStepIsRefused)
{
    const auto log = whole_run_of_gh_ost();
    scene plain(log);
    plain.port.answer = plain.told();
    plain.give();
    finish(plain);
    ASSERT_GE(plain.count("record"), 3U) << "a verdict, a word, a second half";
    ASSERT_EQ(plain.count("stop"), 1U);
    ASSERT_EQ(plain.count("begin"), 1U);
    ASSERT_EQ(plain.count("end"), 1U);

    for (std::size_t call = 0; call < plain.port.call; ++call)
        for (const std::size_t refusals : {1U, 3U}) {
            SCOPED_TRACE(testing::Message() << "call " << call << ", " << refusals << " times");
            scene s(log);
            s.port.answer = s.told();
            s.port.refused_call = call;
            s.port.refusals = refusals;
            for (std::size_t i = 1; i <= s.events.size(); ++i) {
                s.give(i);
                if (i % 3 == 0 && s.tick() == gate_state::refused)
                    EXPECT_FALSE(s.tested.is_empty());
            }
            finish(s);
            EXPECT_EQ(s.port.refusals, 0U);
            EXPECT_EQ(s.port.calls, plain.port.calls);
            EXPECT_EQ(s.port.bytes, plain.port.bytes);
            EXPECT_EQ(s.port.applied, plain.port.applied);
            EXPECT_EQ(s.tested.next(), plain.tested.next());
            EXPECT_TRUE(s.tested.is_empty());
        }
}

// An event whose body ends in the middle; header and checksum are right.
byte_buffer cut_short(const byte_buffer& whole)
{
    byte_buffer event(whole.begin(), whole.begin() + protocol::event_header_size + 8);
    protocol::store(
        event.data() + protocol::event_size_offset, static_cast<std::uint32_t>(event.size())
    );
    protocol::seal(event, protocol::checksum::crc32);
    return event;
}

TEST(Gate, TakesAnUnreadableEventForNotGiven)
{
    scene s(tool_log().change("t").change("u"));
    const std::size_t damaged = 5;  // GTID
    s.give(damaged);
    const byte_buffer event = cut_short(s.events[damaged].bytes);
    const auto given =
        s.tested.on_event(s.events[damaged].at, *protocol::parse_event(event, s.sum), s.sum);
    ASSERT_FALSE(given);
    EXPECT_EQ(given.error().at, s.events[damaged].at);
    EXPECT_EQ(s.tested.next(), s.events[damaged].at);
    s.give();
    EXPECT_EQ(s.tick(), gate_state::open);
    EXPECT_EQ(s.count("take"), s.events.size());
}

TEST(Gate, ForgetsWhatFollowsAnUnreadableEventThatWaited)
{
    scene s(run_of_gh_ost().change("t"));
    const std::size_t damaged = 6;  // GTID
    const byte_buffer right =
        std::exchange(s.events[damaged].bytes, cut_short(s.events[damaged].bytes));
    s.give();
    s.tick();
    s.tested.on_facts(s.port.number, s.told());
    const auto gone = s.tested.tick(at_once);
    ASSERT_FALSE(gone);
    EXPECT_EQ(gone.error().at, s.events[damaged].at);
    EXPECT_EQ(s.tested.next(), s.events[damaged].at);
    EXPECT_TRUE(s.tested.is_empty());
    EXPECT_EQ(s.tested.waiting_bytes(), 0U);
    EXPECT_EQ(s.count("take"), damaged);

    s.events[damaged].bytes = right;
    s.given = damaged;
    s.give();
    EXPECT_EQ(s.tick(), gate_state::open);
    EXPECT_EQ(s.count("take"), s.events.size());
}

TEST(Gate, EndsAndBeginsFilesInTheirPlaceAmongWaitingEvents)
{
    auto log = run_of_gh_ost();
    log.rotate("mysql-bin.000002");
    scene s(log);
    s.give();
    EXPECT_EQ(s.tick(), gate_state::waiting);
    EXPECT_EQ(s.count("end"), 0U);
    s.tested.on_facts(s.port.number, s.told());
    EXPECT_EQ(s.tick(), gate_state::open);
    EXPECT_EQ(s.port.calls.back(), "end before mysql-bin.000002");
}

}  // namespace
