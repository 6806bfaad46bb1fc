#pragma once

#include "protocol/binlog_file.hpp"
#include "protocol/control_event.hpp"
#include "protocol/payload_event.hpp"
#include "protocol/rows_event.hpp"
#include "rewrite/gate.hpp"
#include "rewrite/rewriter.hpp"
#include "tests/support/event_builder.hpp"

#include <deque>
#include <functional>
#include <gtest/gtest.h>
#include <map>
#include <set>

// Runs events through the gate and the rewriter, holds the clean log as a store would, and fails
// the test where an output breaks a rule: a cut or a patch of what may be published, a border that
// does not meet the one before, a transaction_length that is not the transaction's.
namespace tests {

using lines = std::vector<std::string>;

// A transaction that was hidden whole, as transactions_from() shows it.
const std::string emptied = "BEGIN; xid of ours";

struct logged
{
    rewrite::coordinate at;
    byte_buffer bytes;
};

// Events as they lie in one upstream file.
inline std::vector<logged> upstream(const std::vector<byte_buffer>& events)
{
    std::vector<logged> all;
    std::uint64_t position = protocol::binlog_magic.size();
    for (const byte_buffer& event : events) {
        all.push_back({.at = {1, "mysql-bin.000001", position}, .bytes = event});
        position += event.size();
    }
    return all;
}

// What people compare: one line a transaction, its GTID event left out.
inline std::string describe(const protocol::event_view& event)
{
    switch (event.header.type) {
        case event_type::query: return std::string(protocol::parse_query(event.body)->text);
        case event_type::rows_query:
            return "text " + std::string(*protocol::parse_rows_query(event.body));
        case event_type::table_map: {
            const auto map = *protocol::parse_table_map(event.body);
            return "map " + std::string(map.table);
        }
        case event_type::xid: return *protocol::parse_xid(event.body) >> 63 ? "xid of ours" : "xid";
        case event_type::xa_prepare: return "xa prepare";
        case event_type::format_description: return "format";
        case event_type::transaction_payload: {
            std::string text = "payload(";
            protocol::payload_reader inner(*protocol::parse_payload(event.body), 1 << 20);
            for (;;) {
                const auto next = inner.next();
                if (!next || !*next)
                    break;
                text += (text.ends_with("(") ? "" : ", ") + describe(**next);
            }
            return text + ")";
        }
        default: break;
    }
    if (!protocol::is_rows_event(event.header.type))
        return "event " + std::to_string(static_cast<int>(event.header.type));
    const auto head = *protocol::parse_rows_head(event.body);
    std::string text = "rows " + std::to_string(head.table_id);
    if (head.flags)
        text += " flags " + std::to_string(head.flags);
    return text;
}

class folded_log : rewrite::gate_port, rewrite::decision_log
{
public:
    explicit folded_log(
        rewrite::settings chosen = {}, protocol::checksum sum = protocol::checksum::crc32
    )
        : chosen_(std::move(chosen))
        , sum_(sum)
        , rewriter_(chosen_)
    {
        rewriter_.begin_file(clean_begin);
    }

    // Tables as the source would tell them.
    std::map<std::string, std::string> definitions = {
        {"d1.t",
         "CREATE TABLE `t` (\n  `id` int NOT NULL,\n  `a` int DEFAULT NULL,\n  PRIMARY KEY "
         "(`id`)\n) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_0900_ai_ci"},
    };
    std::optional<rewrite::facts> told;  // of any table, in the place of `definitions`
    // Operator's words, used at one stop after another; then it stays stopped.
    std::deque<std::pair<rewrite::operator_word, std::string>> words;
    bool expire_verdicts = false;
    bool expire_first = false;                  // those that no statement has bound yet
    bool remembers = true;                      // no: nothing is hidden by what is read ahead
    std::set<std::string> free;                 // names of no table of the source
    std::optional<bool> second_half;            // instead of looking ahead
    bool ask_twice = true;                      // every question, and compare
    bool restart_at_borders = false;            // save and restore at each
    std::size_t restart_every = 1;              // ... or at some
    std::optional<rewrite::row_count> counted;  // of originals; none: they are not counted
    bool facts_from_log = false;                // not from `definitions`
    std::vector<rewrite::decision> recorded;    // used before any other answer

    // False: stopped; `stopped` says why.
    bool run(const std::vector<logged>& events)
    {
        events_ = &events;
        rewrite::gate gate(
            rewriter_, *this, *this, {.wait = std::chrono::milliseconds::max(), .bytes = SIZE_MAX}
        );
        for (const logged& one : events)
            if (!is_readable(gate.on_event(one.at, *protocol::parse_event(one.bytes, sum_), sum_)
                ) ||
                !go_on(gate))
                return false;
        gate.end_of_log();
        return go_on(gate);
    }
    bool run(const event_builder& log) { return run(upstream(log.events())); }

    const std::vector<std::string>& transactions() const { return transactions_; }
    std::vector<std::string> transactions_from(std::size_t first) const
    {
        return {transactions_.begin() + static_cast<std::ptrdiff_t>(first), transactions_.end()};
    }
    const byte_buffer& bytes() const { return bytes_; }
    std::uint64_t published() const { return published_; }
    rewrite::rewriter& rewriter() { return rewriter_; }
    std::vector<std::string> hidden() const
    {
        std::vector<std::string> names;
        for (const auto& name : rewriter_.hidden_tables())
            names.push_back(to_text(name));
        return names;
    }
    bool folds_anything() const
    {
        return std::ranges::any_of(decisions, [](const rewrite::decision& made) {
            return made.ruling.what == rewrite::outcome::fold;
        });
    }
    std::size_t remarks_of(rewrite::remark_kind kind) const
    {
        return static_cast<std::size_t>(std::ranges::count(remarks, kind, &rewrite::remark::kind));
    }
    // The committed transactions' events: of the i-th.
    std::vector<protocol::event_view> events_of(std::size_t transaction) const
    {
        return split(begins_.at(transaction), ends_.at(transaction));
    }

    std::optional<rewrite::question> stopped;
    std::vector<rewrite::question> asked;
    std::vector<rewrite::decision> decisions;
    std::vector<rewrite::remark> remarks;
    std::vector<rewrite::commit> commits;

private:
    static constexpr std::uint64_t clean_begin = 4;

    template <class Value>
    static bool is_readable(const tl::expected<Value, rewrite::unreadable_event>& result)
    {
        if (!result)
            ADD_FAILURE() << to_text(result.error().at) << ": "
                          << make_error_code(result.error().why).message();
        return result.has_value();
    }

    bool go_on(rewrite::gate& gate)
    {
        for (;;) {
            const auto state = gate.tick({});
            if (!is_readable(state))
                return false;
            if (*state != rewrite::gate_state::stopped)
                return true;
            if (words.empty()) {
                stopped = *gate.asked();
                return false;
            }
            const auto [word, sql] = words.front();
            words.pop_front();
            EXPECT_EQ(
                gate.on_word(to_text(gate.asked()->at), word, sql), rewrite::word_result::taken
            );
        }
    }

    // ---- the gate's results

    rewrite::port_result<>
    begin_file(const rewrite::coordinate&, const protocol::event_view&, const protocol::format_description&)
        override
    {
        return {};
    }
    // A store writes a ROTATE of its own.
    rewrite::port_result<>
    end_file(const rewrite::coordinate&, const protocol::event_view& event, const protocol::rotate_view&)
        override
    {
        bytes_.insert(bytes_.end(), event.whole.begin(), event.whole.end());
        return {};
    }
    rewrite::port_result<> take(const rewrite::outputs& out, const protocol::event_view&) override
    {
        apply(out);
        return {};
    }
    void on_applied(const rewrite::coordinate&) override
    {
        if (restart_at_borders && !rewriter_.in_transaction() && ++borders_ % restart_every == 0) {
            auto restored = rewrite::rewriter::restore(chosen_, rewriter_.save());
            EXPECT_TRUE(restored.has_value());
            if (restored)
                rewriter_ = std::move(*restored);
        }
    }
    rewrite::port_result<> on_stop(const rewrite::question&) override { return {}; }

    std::optional<rewrite::facts> ask_facts(
        std::uint64_t, const rewrite::question& question, const rewrite::table_name& table
    ) override
    {
        rewrite::facts answer{.table = table};
        const auto defined = definitions.find(to_text(table));
        if (told)
            answer = *told;
        else if (facts_from_log)
            answer = rewriter_.facts_from_log(table, question.ghost);
        else if (defined == definitions.end())
            answer.missing = "the test does not define it";
        else
            answer.create_table = defined->second;
        answer.fence = question.at;
        if (!counted)
            answer.uncountable = "the test does not count its rows";
        return answer;
    }
    std::optional<rewrite::row_count> ask_count(const rewrite::question&) override
    {
        return counted;
    }
    bool is_free(const rewrite::question& question) override
    {
        return free.contains(question.ghost.table);
    }

    rewrite::port_result<std::optional<rewrite::decision>> find(const rewrite::question& question
    ) override
    {
        asked.push_back(question);
        if (ask_twice)
            ask_again(question);
        auto answer = answer_without_looking_ahead(question);
        if (answer)
            decisions.push_back(*answer);
        return answer;
    }
    rewrite::port_result<> record(const rewrite::decision& made) override
    {
        decisions.push_back(made);
        return {};
    }

    // Nothing is changed by a question, and it comes alone.
    void ask_again(const rewrite::question& question)
    {
        if (question.kind == rewrite::question_kind::count)
            return;  // its key is not the event that asks
        const auto event = std::ranges::find(*events_, question.at, &logged::at);
        ASSERT_NE(event, events_->end());
        rewrite::outputs out;
        const byte_buffer before = rewriter_.save();
        const auto again =
            rewriter_.on_event(event->at, *protocol::parse_event(event->bytes, sum_), sum_, out);
        EXPECT_TRUE(again && *again && (*again)->text == question.text);
        EXPECT_EQ(rewriter_.save(), before) << "a question changed something";
        EXPECT_TRUE(out.list.empty()) << "a question comes with outputs";
        EXPECT_TRUE(out.remarks.empty()) << "a question comes with remarks";
    }

    std::optional<rewrite::decision> answer_without_looking_ahead(const rewrite::question& question
    ) const
    {
        for (const rewrite::decision& made : recorded)
            if (made.at == question.at)
                return made;
        const rewrite::verdict_wait wait(rewriter_.wait_for(question));
        const bool runs_out = expire_verdicts || (expire_first && question.original.empty()) ||
                              (question.looks_ahead && !remembers);
        if (runs_out && question.kind == rewrite::question_kind::verdict)
            return wait.expire();
        if (second_half && question.kind == rewrite::question_kind::second_half) {
            rewrite::decision made = wait.expire();
            made.found = *second_half;
            return made;
        }
        return std::nullopt;
    }

    void apply(const rewrite::outputs& out)
    {
        for (const rewrite::output& one : out.list) {
            if (const auto* append = std::get_if<rewrite::append>(&one)) {
                bytes_.insert(bytes_.end(), append->event.begin(), append->event.end());
            } else if (const auto* patch = std::get_if<rewrite::patch>(&one)) {
                ASSERT_GE(patch->event_at, published_) << "published bytes change";
                ASSERT_LE(patch->event_at + patch->offset + patch->bytes.size(), end());
                std::ranges::copy(
                    patch->bytes,
                    bytes_.begin() +
                        static_cast<std::ptrdiff_t>(patch->event_at - clean_begin + patch->offset)
                );
            } else if (const auto* cut = std::get_if<rewrite::cut>(&one)) {
                ASSERT_GE(cut->to, published_) << "published bytes are taken back";
                ASSERT_LE(cut->to, end());
                bytes_.resize(cut->to - clean_begin);
            } else if (const auto* commit = std::get_if<rewrite::commit>(&one)) {
                on_commit(*commit);
                published_ = end();
            }
        }
        remarks.insert(remarks.end(), out.remarks.begin(), out.remarks.end());
    }

    void on_commit(const rewrite::commit& border)
    {
        EXPECT_EQ(border.clean_begin, committed_);
        EXPECT_EQ(border.upstream_begin, upstream_committed_);
        EXPECT_GT(border.upstream_end, border.upstream_begin);
        committed_ = end();
        upstream_committed_ = border.upstream_end;
        commits.push_back(border);
        begins_.push_back(border.clean_begin);
        ends_.push_back(end());
        std::string line;
        for (const auto& event : split(border.clean_begin, end())) {
            if (protocol::is_gtid_event(event.header.type)) {
                const auto gtid = *protocol::parse_gtid_event(event);
                EXPECT_EQ(gtid.id.number, border.id.number);
                if (gtid.transaction_length)
                    EXPECT_EQ(*gtid.transaction_length, end() - border.clean_begin) << line;
                continue;
            }
            line += (line.empty() ? "" : "; ") + describe(event);
        }
        transactions_.push_back(line);
    }

    std::vector<protocol::event_view> split(std::uint64_t from, std::uint64_t to) const
    {
        std::vector<protocol::event_view> events;
        byte_view rest(bytes_.data() + (from - clean_begin), to - from);
        while (!rest.empty()) {
            if (rest.size() < protocol::event_header_size) {
                ADD_FAILURE() << "torn event";
                break;
            }
            const std::size_t size = protocol::load_event_header(rest).size;
            const auto event = protocol::parse_event(rest.first(std::min(size, rest.size())), sum_);
            if (!event) {
                ADD_FAILURE() << "torn event of " << size;
                break;
            }
            events.push_back(*event);
            rest = rest.subspan(size);
        }
        return events;
    }
    std::uint64_t end() const { return clean_begin + bytes_.size(); }

    const std::vector<logged>* events_ = nullptr;  // of this run
    std::size_t borders_ = 0;
    rewrite::settings chosen_;
    protocol::checksum sum_;
    rewrite::rewriter rewriter_;
    byte_buffer bytes_;
    std::uint64_t published_ = clean_begin;
    std::uint64_t committed_ = clean_begin;
    std::uint64_t upstream_committed_ = protocol::binlog_magic.size();
    std::vector<std::string> transactions_;
    std::vector<std::uint64_t> begins_;
    std::vector<std::uint64_t> ends_;
};

// A log with one transaction a line: GTIDs are numbered, XIDs too.
class tool_log : public event_builder
{
public:
    using event_builder::event_builder;
    std::uint64_t last = 0;
    std::string schema = "d1";

    tool_log& ddl(std::string_view text)
    {
        next();
        query(text, schema);
        return *this;
    }
    tool_log& next()
    {
        ++last;
        gtid_less_ ? anonymous() : gtid(last);
        return *this;
    }
    // Rows of one table in a transaction of their own.
    tool_log& change(std::string_view table, std::string_view text = {}, std::uint64_t id = 0)
    {
        next();
        begin();
        if (!text.empty())
            rows_query(text);
        if (id == 0)
            id = 100 + table.size();
        table_map(id, schema, table);
        write_rows(id, protocol::rows_end_of_statement);
        xid(last);
        return *this;
    }
    void without_gtids() { gtid_less_ = true; }

    tool_log& gh_ost_begins(std::string_view clauses = "ADD COLUMN c int", std::string_view t = "t")
    {
        const std::string name(t);
        ddl("DROP TABLE IF EXISTS `_" + name + "_ghc` /* generated by server */");
        ddl("create /* gh-ost */ table `" + schema + "`.`_" + name + "_ghc` (id bigint)");
        ddl("create /* gh-ost */ table `" + schema + "`.`_" + name + "_gho` like `" + schema +
            "`.`" + name + "`");
        ddl("alter /* gh-ost */ table `" + schema + "`.`_" + name + "_gho` " + std::string(clauses)
        );
        return *this;
    }
    tool_log& gh_ost_sentry(std::string_view t = "t")
    {
        const std::string name(t);
        ddl("create /* gh-ost */ table `" + schema + "`.`_" + name +
            "_del` (id int) comment='ghost-cut-over-sentry'");
        ddl("DROP TABLE IF EXISTS `_" + name + "_del` /* generated by server */");
        return *this;
    }
    tool_log& gh_ost_rename(std::string_view t = "t")
    {
        const std::string name(t);
        ddl("rename /* gh-ost */ table `" + schema + "`.`" + name + "` to `" + schema + "`.`_" +
            name + "_del`, `" + schema + "`.`_" + name + "_gho` to `" + schema + "`.`" + name +
            "`");
        return *this;
    }
    tool_log&
    pt_osc_creates(std::string_view clauses = "ADD COLUMN c int", std::string_view ghost = "_t_new")
    {
        const std::string name(ghost);
        ddl("CREATE TABLE `d1`.`" + name +
            "` (\n  `id` int NOT NULL,\n  `a` int DEFAULT NULL,\n  PRIMARY KEY (`id`)\n) "
            "ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_0900_ai_ci");
        if (!clauses.empty())
            ddl("ALTER TABLE `d1`.`" + name + "` " + std::string(clauses));
        return *this;
    }
    tool_log& pt_osc_triggers(std::string_view ghost = "_t_new")
    {
        const std::string g = "`d1`.`" + std::string(ghost) + "`";
        ddl("CREATE DEFINER=`r`@`%` TRIGGER `pt_osc_d1_t_del` AFTER DELETE ON `d1`.`t` FOR EACH "
            "ROW BEGIN DECLARE CONTINUE HANDLER FOR 1146 begin end; DELETE IGNORE FROM " +
            g + " WHERE " + g + ".`id` <=> OLD.`id`; END");
        ddl("CREATE DEFINER=`r`@`%` TRIGGER `pt_osc_d1_t_upd` AFTER UPDATE ON `d1`.`t` FOR EACH "
            "ROW BEGIN DECLARE CONTINUE HANDLER FOR 1146 begin end; DELETE IGNORE FROM " +
            g + " WHERE !(OLD.`id` <=> NEW.`id`) AND " + g + ".`id` <=> OLD.`id`; REPLACE INTO " +
            g + " (`id`, `a`) VALUES (NEW.`id`, NEW.`a`); END");
        ddl("CREATE DEFINER=`r`@`%` TRIGGER `pt_osc_d1_t_ins` AFTER INSERT ON `d1`.`t` FOR EACH "
            "ROW BEGIN DECLARE CONTINUE HANDLER FOR 1146 begin end; REPLACE INTO " +
            g + " (`id`, `a`) VALUES (NEW.`id`, NEW.`a`);END");
        return *this;
    }
    tool_log& pt_osc_renames(std::string_view ghost = "_t_new")
    {
        ddl("RENAME TABLE `d1`.`t` TO `d1`.`_t_old`, `d1`.`" + std::string(ghost) + "` TO `d1`.`t`"
        );
        return *this;
    }
    tool_log& pt_osc_cleans()
    {
        ddl("DROP TABLE IF EXISTS `_t_old` /* generated by server */");
        return pt_osc_drops_triggers();
    }
    tool_log& pt_osc_drops_triggers()
    {
        for (const std::string_view end : {"del", "upd", "ins"})
            ddl("DROP TRIGGER IF EXISTS `d1`.`pt_osc_d1_t_" + std::string(end) + "`");
        return *this;
    }

private:
    bool gtid_less_ = false;
};

// A transaction of inner(), as a TRANSACTION_PAYLOAD.
inline void add_compressed(tool_log& log, const event_builder& transaction)
{
    byte_buffer packed;
    protocol::payload_compressor compressor(packed);
    for (const auto& bytes : transaction.events())
        ASSERT_TRUE(compressor.add(bytes));
    ASSERT_TRUE(compressor.finish());
    byte_buffer event;
    protocol::append_payload(
        event,
        {.type = event_type::transaction_payload},
        {.kind = protocol::compression::zstd,
         .uncompressed_size = compressor.uncompressed_size(),
         .payload = packed},
        protocol::checksum::none
    );
    log.next().add(
        event_type::transaction_payload,
        protocol::parse_event(event, protocol::checksum::none)->body
    );
}

}  // namespace tests
