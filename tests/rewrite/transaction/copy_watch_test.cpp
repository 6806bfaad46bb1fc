#include "rewrite/transaction/copy_watch.hpp"
#include "tests/support/folded_log.hpp"

namespace {

using namespace tests;
using rewrite::migration_state;
using rewrite::remark_kind;
using rewrite::stop_reason;

// Why the run is disturbed; empty if it is not.
std::string
disturbed(const event_builder& log, bool restarts = false, rewrite::settings chosen = {})
{
    folded_log folded(std::move(chosen));
    folded.restart_at_borders = restarts;
    EXPECT_TRUE(folded.run(log));
    const auto migrations = folded.rewriter().migrations();
    if (migrations.empty()) {
        ADD_FAILURE() << "no migration";
        return {};
    }
    EXPECT_NE(migrations.front().state, migration_state::passing);
    EXPECT_EQ(
        folded.remarks_of(remark_kind::disturbed),
        migrations.front().state == migration_state::disturbed ? 1U : 0U
    );
    const std::string& by = migrations.front().disturbed_by;
    return by.substr(0, by.rfind(" at "));
}

event_builder rows_of(std::string_view table)
{
    return inner().begin("d1").table_map(1, "d1", table).write_rows(1, 1).xid(5);
}

// ---- a tool that reads the log

TEST(CopyWatch, SeesRowsThatGhOstDoesNotReadInACompressedTransaction)
{
    tool_log log;
    log.gh_ost_begins();
    add_compressed(log, rows_of("u"));
    add_compressed(log, inner().begin("d1").table_map(1, "d1", "t").xid(5));
    EXPECT_EQ(disturbed(log), "") << "no rows of the original";
    add_compressed(log, rows_of("t"));
    EXPECT_EQ(
        disturbed(log),
        "gh-ost does not read compressed transactions (binlog_transaction_compression), and one "
        "has rows of d1.t"
    );
    log.gh_ost_sentry().gh_ost_rename();
    folded_log folded;
    EXPECT_FALSE(folded.run(log));
    EXPECT_EQ(folded.stopped->reason, stop_reason::disturbed_cut_over);
}

TEST(CopyWatch, TakesCompressedRowsOfATriggerToolForOthers)
{
    tool_log log;
    log.pt_osc_creates().pt_osc_triggers();
    add_compressed(
        log,
        inner()
            .begin("d1")
            .table_map(1, "d1", "t")
            .table_map(2, "d1", "_t_new")
            .write_rows(1)
            .write_rows(2, 1)
            .xid(5)
    );
    EXPECT_EQ(disturbed(log), "");
}

void prepare(tool_log& log, std::string_view table)
{
    log.next().query("XA START X'61',X'',1", "d1");
    log.table_map(1, "d1", table).write_rows(1, 1);
    log.query("XA END X'61',X'',1", "d1").xa_prepare("a");
}

TEST(CopyWatch, SeesThatWhatGhOstTookFromAnXaTransactionIsRolledBack)
{
    for (const bool restarts : {false, true}) {
        tool_log log;
        log.gh_ost_begins();
        prepare(log, "t");
        EXPECT_EQ(disturbed(log, restarts), "") << "it may be committed";
        tool_log committed = log;
        committed.ddl("XA COMMIT X'61',X'',1");
        EXPECT_EQ(disturbed(committed, restarts), "");
        committed.ddl("XA ROLLBACK X'61',X'',1");
        EXPECT_EQ(disturbed(committed, restarts), "") << "of another one by that name";
        log.ddl("XA ROLLBACK X'62',X'',1");
        EXPECT_EQ(disturbed(log, restarts), "");
        log.ddl("XA ROLLBACK X'61',X'',1");
        EXPECT_EQ(
            disturbed(log, restarts),
            "gh-ost has taken rows of d1.t from an XA transaction that was prepared and is rolled "
            "back"
        );
    }
}

TEST(CopyWatch, LetsXaTransactionsOfOthersBeRolledBack)
{
    tool_log log;
    prepare(log, "t");  // before the run
    log.gh_ost_begins().ddl("XA ROLLBACK X'61',X'',1");
    prepare(log, "u");
    log.ddl("XA ROLLBACK X'61',X'',1");
    EXPECT_EQ(disturbed(log), "");
}

// ---- a trigger tool

TEST(CopyWatch, SeesRowsForWhichNoTriggerRan)
{
    tool_log log;
    log.pt_osc_creates().pt_osc_triggers();
    // Of a row that is not copied yet: its table is mapped, and nothing is written.
    log.next().begin().table_map(1, "d1", "t").table_map(2, "d1", "_t_new");
    log.delete_rows(1, 1).xid(1);
    log.next().begin().table_map(1, "d1", "t").table_map(2, "d1", "_t_new");
    log.update_rows(1).write_rows(2, 1).xid(2);
    log.next().begin().table_map(1, "d1", "t").table_map(3, "d1", "u").write_rows(3, 1).xid(3);
    EXPECT_EQ(disturbed(log), "");
    // In one transaction, but not in one statement.
    log.next().begin().table_map(1, "d1", "t").write_rows(1, 1);
    log.table_map(1, "d1", "t").table_map(2, "d1", "_t_new").write_rows(1).write_rows(2, 1).xid(4);
    EXPECT_EQ(
        disturbed(log),
        "rows of d1.t came without pt-online-schema-change's triggers (a replication applier runs "
        "none): the copy lacks them"
    );
}

TEST(CopyWatch, AwaitsAllTriggers)
{
    tool_log whole;
    whole.pt_osc_creates().pt_osc_triggers();
    tool_log log;
    log.pt_osc_creates();
    log.ddl("CREATE DEFINER=`r`@`%` TRIGGER `pt_osc_d1_t_del` AFTER DELETE ON `d1`.`t` FOR EACH "
            "ROW BEGIN DECLARE CONTINUE HANDLER FOR 1146 begin end; DELETE IGNORE FROM "
            "`d1`.`_t_new` WHERE `d1`.`_t_new`.`id` <=> OLD.`id`; END");
    log.change("t");  // is copied later
    EXPECT_EQ(disturbed(log), "");
    EXPECT_EQ(disturbed(whole.change("u")), "");
    EXPECT_NE(disturbed(whole.change("t")), "");
}

TEST(CopyWatch, NeedsNoTriggersForGhOst)
{
    EXPECT_EQ(disturbed(tool_log().gh_ost_begins().change("t")), "");
}

// ---- the zone of the copy's session

// As a server logs a copy that goes through local time.
void copy_in(tool_log& log, std::string_view zone)
{
    byte_buffer status = status_block();
    protocol::writer to(status);
    if (!zone.empty())
        to.u8(5).u8(static_cast<std::uint8_t>(zone.size())).text(zone);
    log.next().query("BEGIN", "d1", status, protocol::event_suppress_use);
    log.rows_query("insert /* gh-ost `d1`.`t` iteration:0 */ ignore into `d1`.`_t_gho`");
    log.table_map(2, "d1", "_t_gho").write_rows(2, 1).xid(9);
}

std::string
disturbed_by_zone(std::string_view zone, rewrite::facts told, const rewrite::policy& rules = {})
{
    tool_log log;
    log.gh_ost_begins();
    copy_in(log, zone);
    folded_log folded({.rules = rules, .server_version = 90700});
    told.table = {"d1", "t"};
    told.sql_mode = "NO_ZERO_DATE";
    folded.told = told;
    EXPECT_TRUE(folded.run(log));
    return folded.rewriter().migrations().back().disturbed_by;
}

TEST(CopyWatch, SeesACopyInAZoneThatTheVerdictDidNotKnow)
{
    rewrite::facts told;
    told.time_zone = "+00:00";
    told.create_table = "CREATE TABLE `t` (\n  `id` int NOT NULL,\n  `at` timestamp NULL DEFAULT "
                        "NULL,\n  PRIMARY KEY (`id`)\n) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4";
    for (const char* zone : {"", "+00:00", "-03:30"})
        EXPECT_EQ(disturbed_by_zone(zone, told), "") << zone;
    EXPECT_NE(disturbed_by_zone("Europe/Berlin", told), "");
    EXPECT_EQ(disturbed_by_zone("Europe/Berlin", told, {.keep_values = true}), "");
    told.time_zone = "SYSTEM";
    EXPECT_EQ(disturbed_by_zone("SYSTEM", told), "") << "the verdict knew";
    told.time_zone.clear();
    EXPECT_EQ(disturbed_by_zone("SYSTEM", told), "") << "offline";

    told.time_zone = "+00:00";
    told.create_table = "CREATE TABLE `t` (\n  `at` timestamp NOT NULL,\n  PRIMARY KEY (`at`)\n) "
                        "ENGINE=InnoDB DEFAULT CHARSET=utf8mb4";
    EXPECT_NE(disturbed_by_zone("Europe/Berlin", told, {.keep_values = true}), "") << "rows";
}

}  // namespace
