#include "proxy/store/recovery.hpp"
#include "tests/proxy/store/store_feed.hpp"
#include "tests/support/failing_disk.hpp"
#include "tests/support/files.hpp"
#include "tests/support/no_descriptors.hpp"
#include "tests/support/temp_folder.hpp"

#include <gtest/gtest.h>

// Every single call of the disk fails once, in each way. After that there is room again, and the
// log must be the same.
namespace proxy {
namespace {

using protocol::byte_buffer;
using protocol::byte_view;
using tests::event_builder;
using tests::failure;
using tests::in_folder;
using tests::silent_log;

// The process ends at the refusal that was planned.
struct killed
{};

// A source's log of three files, pulled into a store. What is refused is asked for again, by the
// rules of store.hpp. All that happens is a function of the event alone, as in the rewriter.
class script
{
public:
    enum class on_refusal : std::uint8_t { wait, die };

private:
    template <class Call>
    auto again(const Call& call)
    {
        for (;;) {
            auto given = call();
            if (given) {
                if constexpr (std::is_void_v<typename decltype(given)::value_type>)
                    return;
                else
                    return *std::move(given);
            }
            ++refused_;
            if (then_ == on_refusal::die)
                throw killed();
            if (refused_ > 20)
                throw std::runtime_error("refused again and again: " + given.error().text);
        }
    }

public:
    script(const std::filesystem::path& folder, disk& on, on_refusal then)
        : log_(options_of(folder), silent_log(), on)
        , then_(then)
    {
        from_ = again([this] { return log_.open(); });
        feed_.resume(from_);
        if (from_.fresh)
            return;
        file_ = rewrite::file_number(from_.pull_from.file) - 1;
        if (!from_.rewriter_state.empty())
            event_ = protocol::load_le(from_.rewriter_state);
    }

    void run(std::size_t steps = ~std::size_t{0})
    {
        for (; steps > 0 && file_ < source().size(); --steps)
            step();
        if (file_ == source().size())
            save();
    }
    std::size_t refused() const { return refused_; }
    store& log() { return log_; }

private:
    static store_options options_of(const std::filesystem::path& folder)
    {
        store_options options = in_folder(folder, 300);  // transactions spill
        options.retention_bytes = 5000;
        return options;
    }
    static const std::vector<std::vector<byte_buffer>>& source()
    {
        static const auto files = [] {
            std::vector<std::vector<byte_buffer>> all;
            std::uint64_t number = 1;
            for (const std::string next : {"b.000002", "b.000003", "b.000004"}) {
                event_builder log;
                protocol::gtid_set before;
                for (std::uint64_t i = 1; i < number; ++i)
                    before.add({.source = log.source, .tag = {}, .number = i});
                log.format().previous_gtids(before);
                for (const std::uint64_t last = number + 4; number < last; ++number)
                    log.gtid(number)
                        .begin()
                        .table_map(7, "d", "t")
                        .write_rows(7, 1, byte_buffer(150 * (number % 5), 7))
                        .xid(number);
                log.rotate(next);
                all.push_back(log.events());
            }
            return all;
        }();
        return files;
    }

    void step()
    {
        const auto& events = source()[file_];
        const byte_buffer& event = events[event_];
        const std::string name = fmt::format("b.{:06}", file_ + 1);
        if (event_ == 0)
            again([&] { return feed_.try_begin(name); });
        const auto type = protocol::load_event_header(event).type;
        if (type == protocol::event_type::gtid)
            take_decision(name);
        inside_ |= type == protocol::event_type::gtid;
        const bool ends = !inside_ || type == protocol::event_type::xid;
        if (type == protocol::event_type::write_rows)
            change_tail(event);
        feed_.event(event, byte_view(event), ends);
        if (ends)
            inside_ = false;
        if (event_ % 2 == 0 || event_ + 1 == events.size())
            again([this] { return log_.flush(); });
        if (++event_ == events.size()) {
            ++file_;
            event_ = 0;
            (void)log_.remove_old_files({});
        }
        if (!inside_ && event_ % 3 == 2)
            save();
    }
    // Patches an event that may have gone to the disk, and takes another one back.
    void change_tail(const byte_buffer& event)
    {
        rewrite::outputs out;
        const std::uint64_t at = log_.clean_end();
        const byte_buffer patched = {static_cast<std::uint8_t>(event.size()), 9};
        out.list.emplace_back(rewrite::append{.event = event, .intact = false});
        out.list.emplace_back(rewrite::append{.event = event, .intact = false});
        out.list.emplace_back(
            rewrite::patch{.event_at = at, .offset = protocol::event_header_size, .bytes = patched}
        );
        out.list.emplace_back(rewrite::cut{.to = at + event.size()});
        log_.apply(out);
    }
    void take_decision(const std::string& name)
    {
        rewrite::decision made;
        made.kind = rewrite::question_kind::verdict;
        made.at = {1, name, event_};
        if (again([&] { return log_.decisions().find(made.at, rewrite::question_kind::verdict); }))
            return;
        again([&] { return log_.decisions().record(made); });
        rewrite::remark said;
        said.at = made.at;
        log_.decisions().add_remark(said);
        rewrite::migration_summary changed;
        changed.id = event_;
        log_.decisions().update(changed);
    }
    void save()
    {
        byte_buffer state;
        protocol::writer(state).u64(event_);
        rewrite::coordinate at = feed_.at();
        if (event_ == 0)
            at = {1, fmt::format("b.{:06}", file_ + 1), 4};
        again([&] { return log_.save_checkpoint(at, state); });
    }

    store log_;
    on_refusal then_;
    std::size_t refused_ = 0;
    tests::store_feed feed_{log_};
    resume_point from_;
    std::size_t file_ = 0;
    std::size_t event_ = 0;
    bool inside_ = false;
};

struct all_left
{
    std::map<std::string, byte_buffer> files;
    protocol::gtid_set executed;
    std::uint64_t end = 0;
    std::size_t decisions = 0;
    std::size_t migrations = 0;
    bool operator==(const all_left&) const = default;
};

all_left what_is_left(script& done, const std::filesystem::path& folder)
{
    all_left of{
        .files = {},
        .executed = done.log().published().executed(),
        .end = done.log().published().end(),
        .decisions = done.log().decisions().decisions().size(),
        .migrations = done.log().decisions().migrations().size(),
    };
    for (const auto& file : std::filesystem::directory_iterator(folder))
        if (file.path().filename().string().starts_with("b.") ||
            file.path().filename() == "index" || file.path().filename() == "checkpoint")
            of.files[file.path().filename().string()] = tests::read_file(file.path());
    return of;
}

// What is done to one folder: all at once, or again from a copy of what a kill left after so many
// steps.
struct course
{
    const char* name;
    std::size_t steps_before;
};

class EveryCallFails : public testing::TestWithParam<course>
{
protected:
    // The folder as it is before the disk fails.
    void prepare(const std::filesystem::path& folder) const
    {
        if (GetParam().steps_before == 0)
            return;
        const tests::temp_folder before;
        script started(before.path(), real_disk(), script::on_refusal::wait);
        started.run(GetParam().steps_before);
        std::filesystem::copy(before.path(), folder, std::filesystem::copy_options::recursive);
    }
    all_left undisturbed() const
    {
        const tests::temp_folder folder;
        prepare(folder / "data");
        script all(folder / "data", real_disk(), script::on_refusal::wait);
        all.run();
        (void)all.log().remove_old_files({});
        return what_is_left(all, folder / "data");
    }
    std::size_t calls() const
    {
        const tests::temp_folder folder;
        prepare(folder / "data");
        tests::failure_plan plan;
        const tests::failing_sqlite ledger(plan);
        tests::failing_disk disk(plan);
        script all(folder / "data", disk, script::on_refusal::wait);
        all.run();
        return plan.calls();
    }
};
INSTANTIATE_TEST_SUITE_P(
    Store,
    EveryCallFails,
    testing::Values(course{"FromTheBeginning", 0}, course{"AfterAKill", 40}),
    [](const auto& info) { return info.param.name; }
);

TEST_P(EveryCallFails, OnceAndTheLogIsTheSame)
{
    const all_left expected = undisturbed();
    const std::size_t total = calls();
    std::size_t injected = 0;
    std::size_t differences = 0;
    for (const failure how : {failure::no_room, failure::broken, failure::torn})
        for (std::size_t call = 1; call <= total; ++call) {
            SCOPED_TRACE(fmt::format("call {}: {}", call, to_text(how)));
            const tests::temp_folder folder;
            prepare(folder / "data");
            tests::failure_plan plan;
            const tests::failing_sqlite ledger(plan);
            tests::failing_disk disk(plan);
            plan.fail_at(call, how);
            {
                script all(folder / "data", disk, script::on_refusal::wait);
                all.run();
                injected += plan.failed();
                plan.fail_at(0, how);
                EXPECT_EQ(all.log().published().end(), expected.end);
                EXPECT_EQ(all.log().published().executed(), expected.executed);
            }
            // What a failed sync left in doubt is compared here.
            script again(folder / "data", disk, script::on_refusal::wait);
            again.run();
            (void)again.log().remove_old_files({});
            const bool same = what_is_left(again, folder / "data") == expected;
            differences += same ? 0 : 1;
            EXPECT_TRUE(same);
        }
    std::printf("%zu failures injected, %zu differences\n", injected, differences);
    EXPECT_GE(injected, 3 * total - 60);  // a failure at the end may leave fewer calls
}

TEST_P(EveryCallFails, AsTheProcessEndsAndTheLogIsTheSame)
{
    const all_left expected = undisturbed();
    const std::size_t total = calls();
    std::size_t injected = 0;
    std::size_t differences = 0;
    for (const failure how : {failure::broken, failure::torn})
        for (std::size_t call = 1; call <= total; ++call) {
            SCOPED_TRACE(fmt::format("call {}: {}", call, to_text(how)));
            const tests::temp_folder folder;
            prepare(folder / "data");
            {
                tests::failure_plan plan;
                const tests::failing_sqlite ledger(plan);
                tests::failing_disk disk(plan);
                plan.fail_at(call, how);
                try {
                    script all(folder / "data", disk, script::on_refusal::die);
                    all.run();
                } catch (const killed&) {
                }
                injected += plan.failed();
            }
            script again(folder / "data", real_disk(), script::on_refusal::wait);
            again.run();
            (void)again.log().remove_old_files({});
            const bool same = what_is_left(again, folder / "data") == expected;
            differences += same ? 0 : 1;
            EXPECT_TRUE(same);
        }
    std::printf("%zu failures injected, %zu differences\n", injected, differences);
}

TEST(NoDescriptors, AreWaitedForAtARotation)
{
    const tests::temp_folder folder;
    store log(in_folder(folder.path()), silent_log());
    tests::done(log.open());
    tests::store_feed feed(log);
    event_builder events;
    events.format().previous_gtids({}).gtid(1).begin().xid(1);
    feed.begin("b.000001");
    feed.pass(events);
    tests::done(log.flush());
    {
        const tests::no_descriptors now;
        for (int i = 0; i < 3; ++i) {
            const auto begun = feed.try_begin("b.000002");
            ASSERT_FALSE(begun);
            EXPECT_EQ(begun.error().kind, disk_trouble::no_room);
            EXPECT_NE(begun.error().text.find("Too many open files"), std::string::npos);
        }
        EXPECT_TRUE(log.flush());
        EXPECT_TRUE(log.remove_old_files({}).overtaken.empty());
    }
    feed.begin("b.000002");
    feed.pass(events);
    tests::done(log.flush());
    EXPECT_EQ(tests::read_file(folder / "b.1000000002"), events.file());
}

// A2: what retention could not finish is not forgotten, and is done the next time.
TEST(RetentionRun, IsDoneAgainAfterEveryCallThatFails)
{
    for (const failure how : {failure::no_room, failure::broken, failure::torn})
        for (std::size_t call = 1;; ++call) {
            SCOPED_TRACE(fmt::format("call {}: {}", call, to_text(how)));
            const tests::temp_folder folder;
            tests::failure_plan plan;
            tests::failing_disk disk(plan);
            store_options options = in_folder(folder.path());
            options.retention_bytes = 1;
            store log(options, silent_log(), disk);
            tests::done(log.open());
            tests::store_feed feed(log);
            event_builder events;
            events.format().previous_gtids({}).gtid(1).begin().xid(1);
            for (const std::string name : {"b.000001", "b.000002", "b.000003"}) {
                feed.begin(name);
                feed.pass(events);
                tests::done(log.flush());
            }
            tests::done(log.save_checkpoint(feed.at(), {}));
            plan.fail_at(call, how);
            const retention_report first = log.remove_old_files({});
            const bool refused = plan.failed() != 0;
            plan.fail_at(0, how);
            EXPECT_EQ(first.problem.has_value(), refused);
            EXPECT_EQ(log.published().files()->files.size(), 1U);
            EXPECT_EQ(log.remove_old_files({}).removed, refused ? 2U : 0U);
            EXPECT_FALSE(std::filesystem::exists(folder / "b.1000000001"));
            EXPECT_FALSE(std::filesystem::exists(folder / "b.1000000002.map"));
            feed.begin("b.000004");
            if (!refused)
                break;
        }
}

}  // namespace
}  // namespace proxy
