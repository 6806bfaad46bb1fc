#include "protocol/payload_event.hpp"
#include "tests/support/folded_log.hpp"

#include <random>
#include <regex>

// Plain and compressed transactions are judged alike. Each transaction here is run both ways.
namespace {

using namespace tests;
using rewrite::operator_word;
using rewrite::stop_reason;

void add_plain(tool_log& log, const event_builder& transaction)
{
    log.next();
    for (const auto& bytes : transaction.events()) {
        const auto event = *protocol::parse_event(bytes, protocol::checksum::none);
        log.add(event.header.type, event.body, event.header.flags);
    }
}

// Type, flags and body of an event, without what depends on where it lies.
std::string content(const protocol::event_view& event)
{
    std::string text = std::to_string(static_cast<int>(event.header.type)) + '/' +
                       std::to_string(event.header.flags) + '/';
    text.append(protocol::as_text(event.body));
    return text;
}

// A transaction's events without its GTID event, out of their payload.
lines events_of(const folded_log& folded, std::size_t transaction)
{
    lines all;
    for (const auto& event : folded.events_of(transaction)) {
        if (protocol::is_gtid_event(event.header.type))
            continue;
        if (event.header.type != event_type::transaction_payload) {
            all.push_back(content(event));
            continue;
        }
        protocol::payload_reader events(*protocol::parse_payload(event.body), 1 << 20);
        for (auto next = events.next(); next && *next; next = events.next())
            all.push_back(content(**next));
    }
    return all;
}

// In a compressed transaction everything lies at the same place.
std::string without_place(const std::string& text)
{
    static const std::regex place(" at [^ ;]+:[0-9]+");
    return std::regex_replace(text, place, "");
}

// What is told about migrations, without places and sizes.
lines told(folded_log& folded)
{
    lines all;
    for (const auto& remark : folded.remarks)
        all.push_back(std::to_string(static_cast<int>(remark.kind)) + ' ' + remark.text);
    for (const auto& m : folded.rewriter().migrations())
        all.push_back(
            to_text(m.ghost) + ' ' + std::to_string(static_cast<int>(m.state)) + ' ' +
            std::to_string(m.hidden_transactions) + ' ' + std::to_string(m.hidden_events) + ' ' +
            without_place(m.disturbed_by)
        );
    for (const auto& name : folded.hidden())
        all.push_back(name);
    return all;
}

bool is_unread(folded_log& folded)
{
    return std::ranges::any_of(folded.rewriter().migrations(), [](const auto& m) {
        return m.disturbed_by.find("compressed") != std::string::npos;
    });
}

struct both_ways
{
    std::unique_ptr<folded_log> plain;
    std::unique_ptr<folded_log> compressed;
    std::size_t at = 0;  // number of the transaction

    lines served() const { return events_of(*plain, at); }
    std::string line() const { return plain->transactions().at(at); }
};

// Runs `before`, the transaction in both ways, and `after`, and compares all that comes of them.
both_ways judged_both_ways(
    const std::function<void(tool_log&)>& before,
    const event_builder& transaction,
    const std::function<void(tool_log&)>& after = {},
    const std::vector<operator_word>& words = {},
    rewrite::settings chosen = {}
)
{
    both_ways made;
    tool_log logs[2];
    before(logs[0]);
    before(logs[1]);
    made.at = logs[0].last;
    add_plain(logs[0], transaction);
    add_compressed(logs[1], transaction);
    for (auto& log : logs)
        if (after)
            after(log);
    made.plain = std::make_unique<folded_log>(chosen);
    made.compressed = std::make_unique<folded_log>(chosen);
    for (auto* folded : {made.plain.get(), made.compressed.get()})
        for (const auto word : words)
            folded->words.emplace_back(word, "DO 1");
    const bool plain_ran = made.plain->run(logs[0]);
    const bool compressed_ran = made.compressed->run(logs[1]);
    EXPECT_EQ(plain_ran, compressed_ran);
    EXPECT_EQ(made.plain->stopped.has_value(), made.compressed->stopped.has_value());
    if (made.plain->stopped && made.compressed->stopped) {
        EXPECT_EQ(made.plain->stopped->reason, made.compressed->stopped->reason);
        EXPECT_EQ(
            without_place(made.plain->stopped->text), without_place(made.compressed->stopped->text)
        );
        return made;
    }
    // gh-ost reads no compressed rows, which disturbs its run.
    if (!is_unread(*made.compressed))
        EXPECT_EQ(told(*made.plain), told(*made.compressed));
    EXPECT_EQ(made.plain->commits.size(), made.compressed->commits.size());
    if (made.plain->commits.size() == made.compressed->commits.size())
        for (std::size_t i = 0; i < made.plain->commits.size(); ++i) {
            EXPECT_EQ(events_of(*made.plain, i), events_of(*made.compressed, i)) << i;
            EXPECT_EQ(made.plain->commits[i].touched, made.compressed->commits[i].touched) << i;
        }
    return made;
}

void gh_ost_runs(tool_log& log)
{
    log.gh_ost_begins();
}

rewrite::settings checksums_may_differ()
{
    rewrite::settings chosen;
    chosen.rules.may_differ = {{"percona", "checksums"}};
    return chosen;
}

TEST(TransactionJudge, HidesTheSameRows)
{
    const auto made = judged_both_ways(
        gh_ost_runs,
        inner()
            .begin("d1")
            .rows_query("UPDATE")
            .table_map(1, "d1", "t")
            .table_map(2, "d1", "_t_gho")
            .update_rows(1, 0x10)
            .update_rows(2, 0x11)
            .rows_query("/* gh-ost `d1`.`t` iteration:0 */ insert")
            .table_map(2, "d1", "_t_gho")
            .write_rows(2, 1)
            .xid(5)
    );
    EXPECT_EQ(made.line(), "BEGIN; text UPDATE; map t; rows 1 flags 17; xid");
}

TEST(TransactionJudge, LetsATableThatIsMadeInTheTransactionHaveItsRows)
{
    // CREATE TABLE ... SELECT under the name of a hidden table: an unlogged DROP freed the name.
    const auto made = judged_both_ways(
        gh_ost_runs,
        inner()
            .begin()
            .query("CREATE TABLE `_t_gho` (`a` int) START TRANSACTION", "d1")
            .table_map(7, "d1", "_t_gho")
            .write_rows(7, 1)
            .xid(5)
    );
    EXPECT_EQ(
        made.line(),
        "BEGIN; CREATE TABLE `_t_gho` (`a` int) START TRANSACTION; map _t_gho; rows 7 flags 1; xid"
    );
    EXPECT_EQ(made.compressed->hidden(), lines{"d1._t_ghc"});
}

TEST(TransactionJudge, DoesNotTakeATemporaryTableForAHiddenOne)
{
    const auto made = judged_both_ways(
        gh_ost_runs,
        inner()
            .begin()
            .query("CREATE TEMPORARY TABLE `_t_gho` (`a` int)", "d1")
            .table_map(7, "d1", "_t_gho")
            .write_rows(7, 1)
            .xid(5)
    );
    EXPECT_EQ(made.line(), "BEGIN; CREATE TEMPORARY TABLE `_t_gho` (`a` int); xid");
    EXPECT_EQ(made.compressed->hidden(), (lines{"d1._t_ghc", "d1._t_gho"}));
}

TEST(TransactionJudge, SaysThatAStatementWasEmptiedThatMayDiffer)
{
    const auto made = judged_both_ways(
        gh_ost_runs,
        inner()
            .begin()
            .query("REPLACE INTO percona.checksums SELECT COUNT(*) FROM d1._t_gho")
            .xid(5),
        {},
        {},
        checksums_may_differ()
    );
    EXPECT_EQ(made.line(), "BEGIN; xid");
    EXPECT_EQ(made.compressed->remarks_of(rewrite::remark_kind::statement_emptied), 1U);
}

TEST(TransactionJudge, ReadsLoadDataInBoth)
{
    const auto load = [](event_builder&& log, std::string_view table) {
        const std::string text = "LOAD DATA INFILE 'a' INTO TABLE d1." + std::string(table);
        byte_buffer body;
        protocol::writer to(body);
        to.u32(9).u32(0).u8(0).u16(0).u16(0);
        to.u32(1).u32(10).u32(13).u8(0).u8(0).text(text);
        return log.begin()
            .add(event_type::begin_load_query, byte_buffer(8))
            .add(event_type::append_block, byte_buffer(8))
            .add(event_type::execute_load_query, body)
            .xid(5);
    };
    EXPECT_EQ(judged_both_ways(gh_ost_runs, load(inner(), "_t_gho")).line(), "BEGIN; xid");
    EXPECT_EQ(
        judged_both_ways(gh_ost_runs, load(inner(), "x")).line(),
        "BEGIN; event 17; event 9; event 18; xid"
    );
}

TEST(TransactionJudge, EmptiesXaWithWhatResolvesIt)
{
    const auto made = judged_both_ways(
        gh_ost_runs,
        inner()
            .query("XA START X'61',X'',1")
            .table_map(2, "d1", "_t_gho")
            .write_rows(2, 1)
            .query("XA END X'61',X'',1")
            .xa_prepare("a"),
        [](tool_log& log) { log.ddl("XA COMMIT X'61',X'',1"); }
    );
    EXPECT_EQ(made.line(), "BEGIN; xid of ours");
    EXPECT_EQ(made.compressed->transactions().back(), "BEGIN; xid of ours");
}

TEST(TransactionJudge, ChangesNothingWhereALaterEventAsks)
{
    // The CREATE frees a name and the rows disturb; then the last statement asks.
    const auto transaction = [] {
        return inner()
            .begin()
            .query("INSERT INTO d1.t VALUES (1)")
            .query("CREATE TABLE `_t_gho` (`a` int) START TRANSACTION", "d1")
            .query("INSERT INTO d1.x SELECT 1 FROM d1._t_ghc")
            .xid(5);
    };
    tool_log log;
    gh_ost_runs(log);
    const std::size_t remarks_before = [&] {
        folded_log folded;
        EXPECT_TRUE(folded.run(log));
        return folded.remarks.size();
    }();
    add_compressed(log, transaction());
    folded_log folded;
    EXPECT_FALSE(folded.run(log));
    EXPECT_EQ(folded.remarks.size(), remarks_before);
    EXPECT_EQ(folded.hidden(), (lines{"d1._t_ghc", "d1._t_gho"}));
    for (const auto word : {operator_word::pass, operator_word::empty, operator_word::sql})
        judged_both_ways(gh_ost_runs, transaction(), {}, {word});
}

TEST(TransactionJudge, FollowsAWordAboutATableThatStrayed)
{
    const auto strayed = [](tool_log& log) {
        log.gh_ost_begins().ddl("RENAME TABLE _t_gho TO mine");
    };
    const auto rows = inner()
                          .begin()
                          .table_map(3, "d1", "mine")
                          .write_rows(3, 1)
                          .table_map(3, "d1", "mine")
                          .write_rows(3, 1)
                          .xid(5);
    EXPECT_EQ(
        judged_both_ways(strayed, rows, {}, {operator_word::pass}).line(),
        "BEGIN; map mine; rows 3 flags 1; map mine; rows 3 flags 1; xid"
    );
    EXPECT_EQ(judged_both_ways(strayed, rows, {}, {operator_word::empty}).line(), "BEGIN; xid");
    EXPECT_EQ(
        judged_both_ways(strayed, rows).compressed->stopped->reason,
        stop_reason::hidden_renamed_away
    );
}

// Transactions of any statements, one after another.
class random_transaction
{
public:
    explicit random_transaction(std::uint32_t seed) : random_(seed) {}

    event_builder make()
    {
        event_builder log = inner();
        xa_ = one_of(6) == 0;
        if (xa_)
            log.query("XA START X'61',X'',1", "d1");
        else
            log.begin("d1");
        for (unsigned left = 1 + one_of(5); left > 0; --left)
            add_statement(log);
        add_end(log);
        return log;
    }

private:
    unsigned one_of(unsigned count) { return static_cast<unsigned>(random_() % count); }

    std::string_view table()
    {
        static constexpr std::string_view names[] = {
            "t", "x", "_t_gho", "_t_ghc", "mine", "_t_del", "_t_new"
        };
        return names[one_of(7)];
    }

    void add_statement(event_builder& log)
    {
        switch (one_of(8)) {
            case 0: add_text(log); break;
            case 1: log.query("SAVEPOINT `a`"); break;
            case 2: log.query("ROLLBACK TO `a`"); break;
            case 3:
                if (one_of(4) == 0)
                    log.add(static_cast<event_type>(150), byte_buffer(3));
                break;
            default: add_rows(log); break;
        }
    }

    void add_rows(event_builder& log)
    {
        if (one_of(3) == 0)
            log.rows_query(one_of(2) ? "INSERT INTO a" : "INSERT /* gh-ost `d1`.`t` */ INTO a");
        const unsigned tables = 1 + one_of(3);
        for (unsigned i = 0; i < tables; ++i)
            log.table_map(10 + i, "d1", table());
        for (unsigned i = 0; i < tables; ++i) {
            if (one_of(2) == 0)
                log.update_rows(10 + i, 0);
            log.write_rows(10 + i, i + 1 == tables ? 1 : 0);
        }
        if (one_of(8) == 0) {  // as MySQL ends a statement whose last table had no rows
            log.table_map(10, "d1", table()).write_rows(10).write_rows(0xffffff, 1);
        }
    }

    void add_text(event_builder& log)
    {
        const std::string a(table());
        const std::string b(table());
        if (one_of(3) == 0)
            log.add(event_type::intvar, byte_buffer(9));
        switch (one_of(6)) {
            case 0: log.query("INSERT INTO " + a + " SELECT * FROM " + b, "d1"); break;
            case 1: log.query("UPDATE " + a + ", " + b + " SET c = 1", "d1"); break;
            case 2: log.query("REPLACE INTO percona.checksums SELECT 1 FROM " + a, "d1"); break;
            case 3: log.query("CREATE TABLE " + a + " (a int) START TRANSACTION", "d1"); break;
            case 4: log.query("CREATE TEMPORARY TABLE " + a + " (a int)", "d1"); break;
            default: log.query("DELETE FROM " + a + " /* gh-ost */", "d1"); break;
        }
    }

    void add_end(event_builder& log)
    {
        if (xa_)
            log.query("XA END X'61',X'',1").xa_prepare("a");
        else if (one_of(6) == 0)
            log.commit();
        else if (one_of(6) == 0)
            log.query("ROLLBACK");
        else
            log.xid(5);
    }

    std::mt19937 random_;
    bool xa_ = false;
};

TEST(TransactionJudge, GivesTheSameEventsForAnyTransactionPlainAndCompressed)
{
    const std::function<void(tool_log&)> before[] = {
        gh_ost_runs,
        [](tool_log& log) { log.gh_ost_begins().gh_ost_sentry(); },
        [](tool_log& log) { log.gh_ost_begins().ddl("RENAME TABLE _t_gho TO mine"); },
        [](tool_log& log) { log.gh_ost_begins().gh_ost_sentry().gh_ost_rename(); },
        [](tool_log& log) { log.pt_osc_creates().pt_osc_triggers(); },
        [](tool_log& log) { log.pt_osc_creates(); },
    };
    const std::function<void(tool_log&)> after = [](tool_log& log) {
        log.ddl("XA COMMIT X'61',X'',1").change("t").change("_t_gho");
    };
    std::size_t touched = 0;
    std::size_t asked = 0;
    std::size_t unread = 0;
    for (std::uint32_t seed = 0; seed < 600 && !testing::Test::HasFailure(); ++seed) {
        SCOPED_TRACE(seed);
        const auto word = static_cast<operator_word>(1 + seed % 3);
        const auto made = judged_both_ways(
            before[seed % std::size(before)],
            random_transaction(seed).make(),
            after,
            std::vector<operator_word>(seed % 5 ? 40 : 0, word),
            checksums_may_differ()
        );
        if (made.plain->commits.size() > made.at)
            touched += made.plain->commits[made.at].touched ? 1 : 0;
        asked += made.plain->asked.size() > 1 ? 1 : 0;
        unread += is_unread(*made.compressed) ? 1 : 0;
    }
    EXPECT_GT(touched, 200U) << "the test judges too little";
    EXPECT_GT(asked, 100U);
    EXPECT_LT(unread, 200U);
}

}  // namespace
