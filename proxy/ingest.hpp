#pragma once

#include "proxy/clean_log.hpp"
#include "proxy/config.hpp"
#include "proxy/hook_call.hpp"
#include "proxy/pull_status.hpp"
#include "proxy/row_counting.hpp"
#include "proxy/schema_filling.hpp"
#include "proxy/source/event_sink.hpp"
#include "proxy/source/source_facts.hpp"
#include "proxy/spooled_pull.hpp"
#include "proxy/task_group.hpp"
#include "rewrite/gate.hpp"

#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>
#include <functional>
#include <future>
#include <spdlog/logger.h>

namespace proxy {

// Source -> gate and rewriter -> store. What waits, and for how long, is the gate's; here are the
// clock, the question to the source, and the waiting while the disk is full.
//
// While a verdict is open pulling goes on, and the events wait in the gate. While publishing is
// stopped it goes on into the spool. Pulling waits, that is, end_of_batch() does not return, while
// the disk takes nothing or the spool is full.
class ingest final : public event_sink
{
public:
    // Asks the source for the facts of a table; `followed` is what the dump reads. May throw.
    using facts_source = std::function<
        asio::awaitable<rewrite::facts>(rewrite::table_name table, source_log followed)>;
    // All of it outlives the ingest, which runs on `loop` alone.
    struct parts
    {
        asio::io_context& loop;
        fold_config fold;
        store& log;
        facts_source facts;
        // A connection that counts a table's rows; null: nobody counts.
        std::function<std::unique_ptr<row_count_query>()> counts;
        schema_query* tables = nullptr;  // the source's; null: none is remembered
        facts_board& board;
        spdlog::logger& lines;
        task_group& tasks;
        std::function<void(hook_call)> on_hook = {};      // may be empty
        std::chrono::milliseconds full_disk_pause{2000};  // then the disk is asked again
    };
    explicit ingest(parts with);

    // Opens the store and takes up where it ended; may be called again where the disk refused.
    // Throws store_error.
    disk_result<> open();
    // At the end: what is due is written, and a checkpoint at the last border, if nothing waits.
    void close();

    resume_place where() override;
    void on_event(const upstream_event& event) override;
    asio::awaitable<after_batch> end_of_batch() override;
    void on_connected(const source_facts& facts) override;
    taken_gtids taken() override;
    void on_other_server(const next_source& followed) override;
    void on_follow_refused(const next_source& refused) override
    {
        shown_.set_follow_refused(to_text(refused.refused), protocol::to_text(refused.gtids));
    }
    void on_log_end(const binary_log& last, std::chrono::steady_clock::time_point when) override;
    void on_problem(const std::string& text) override;

    // Settings that count from the first border on at which nothing is hidden and no question is
    // open; the log says from where. On the loop's thread.
    void set_fold(const fold_config& fresh);
    // What counts now.
    const fold_config& fold() const { return with_.fold; }

    // The source cannot be followed, until somebody does something about it.
    void on_refused(const std::string& why)
    {
        spooled_.on_refused();
        shown_.set_refused(why);
        tell_of_source("refused", why);
    }
    // What is pulled is of no use: the source client hears it, at its next call.
    void break_off(const std::exception_ptr& why) { failure_ = why; }

    // From any thread: a snapshot, and an operator's word for the stop with this id.
    void describe(program_status& into) const { shown_.describe(into); }
    std::optional<std::string> resume(const resume_request& word);
    // What that operator should know before; asks the source for the table's definition.
    std::optional<stop_look> look_at_stop(const resume_request& word);
    publish_state progress() const { return log_.progress().state(); }
    const ingest_numbers& numbers() const { return log_.numbers(); }
    const memory_numbers& memory() const { return memory_numbers_; }

private:
    // Lets through what can go, then flushes.
    void go_on();
    // The same outside the source client's calls.
    void go_on_between_events();
    void rethrow_failure();
    void keep(const upstream_event& event);
    void feed_from_spool();
    // The settings that wait, if they can count from here on.
    void change_fold();
    bool is_fold_due() const;
    static asio::awaitable<void> watch_fold(std::shared_ptr<ingest*> self);
    bool feed_a_slice();
    static asio::awaitable<void> drain_spool(std::shared_ptr<ingest*> self);
    bool must_wait();
    void make_rewriter(const source_facts& facts);
    std::optional<rewrite::epoch_begin> epoch_under_way() const;
    void make_gate(rewrite::coordinate next);
    void require_gtid(const upstream_event& event) const;
    void start(std::string name, asio::awaitable<void> job);
    void watch_deadline();
    static asio::awaitable<void>
    wait_for_deadline(std::shared_ptr<ingest*> self, std::chrono::milliseconds until);
    std::function<schema_filling::parts::published()> published_where_listed();
    void begin_to_remember(const source_facts& facts);
    std::optional<rewrite::facts> facts_of(
        std::uint64_t number, const rewrite::question& asked, const rewrite::table_name& table
    );
    std::optional<rewrite::facts>
    remembered(const rewrite::table_name& table, const rewrite::coordinate& at);
    static asio::awaitable<void> fetch_facts(
        std::shared_ptr<ingest*> self,
        rewrite::table_name table,
        std::uint64_t number,
        rewrite::question asked
    );
    static asio::awaitable<rewrite::facts> recall_or_ask(
        std::shared_ptr<ingest*> self, rewrite::table_name table, rewrite::question asked
    );
    std::optional<std::string> follow(const resume_request& word);
    // Of `word`, as the stop stands; nothing: it can be followed. `id`: the stop's own.
    std::optional<std::string> refusal_of(const resume_request& word, std::string& id) const;
    stop_look look_at_stop_now(const resume_request& word) const;
    using look_promise = std::shared_ptr<std::promise<std::optional<stop_look>>>;
    static asio::awaitable<void>
    tell_of_stop(std::shared_ptr<ingest*> self, resume_request word, look_promise done);
    void update_snapshot();
    void tell_of_source(const std::string& state, const std::string& text);
    bool is_stopped() const;
    bool is_judging() const;
    bool is_at_border() const
    {
        return gate_->is_empty() && !rewriter_->in_transaction() && !gate_->repeats().has_stored();
    }
    const rewrite::coordinate& next() const { return gate_ ? gate_->next() : pull_from_; }

    parts with_;
    std::shared_ptr<ingest*> self_;  // emptied at the end, for jobs that outlive us
    clean_log log_;
    memory_numbers memory_numbers_;
    std::unique_ptr<schema_memory> memory_;  // none if nothing is remembered
    std::unique_ptr<schema_filling> filling_;
    spooled_pull spooled_;
    bool draining_ = false;  // a job feeds the gate from the spool
    row_counting counting_;
    pull_status shown_;

    // Of open(), until the source's rule for names is known.
    rewrite::coordinate pull_from_;
    protocol::byte_buffer saved_state_;
    std::unique_ptr<rewrite::rewriter> rewriter_;  // both from the first connect on
    std::unique_ptr<rewrite::gate> gate_;
    bool by_gtid_ = false;                                // see resume_point
    std::optional<rewrite::epoch_begin> epoch_to_begin_;  // in the gate, once it is made

    rewrite::coordinate at_;  // of the event in hand

    std::string source_state_ = "connected";  // as a hook was told last

    // How often the checkpoint of a new rule's border is looked for.
    static constexpr std::chrono::milliseconds fold_pause{20};
    std::optional<fold_config> next_fold_;  // waits for its border
    // While it is tried at one nothing is pulled: the border must be one that a restart begins at.
    std::optional<rewrite::coordinate> fold_border_;
    std::chrono::steady_clock::time_point fold_until_;  // then another is tried, later

    asio::steady_timer resumed_;                         // cancelled when an operator's word came
    std::optional<std::chrono::milliseconds> deadline_;  // the one that is waited for
    std::exception_ptr failure_;                         // for the source client's next call
};

}  // namespace proxy
