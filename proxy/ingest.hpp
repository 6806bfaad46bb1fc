#pragma once

#include "proxy/admin/metrics.hpp"
#include "proxy/admin/status.hpp"
#include "proxy/config.hpp"
#include "proxy/source/event_sink.hpp"
#include "proxy/source/facts_query.hpp"
#include "proxy/source/source_facts.hpp"
#include "proxy/store/store.hpp"
#include "rewrite/rewriter.hpp"

#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>
#include <mutex>
#include <spdlog/logger.h>

namespace proxy {

// Source -> rewriter -> store. Here time meets rewriting: waits run out, answers come, and both
// become decisions that are recorded before anything depends on them.
//
// While the rewriter waits for an answer, pulled events queue up in memory, at most
// fold.verdict_wait_bytes of them and one more event.
class ingest final : public event_sink
{
public:
    // All of it outlives the ingest, which runs on `loop` alone.
    struct parts
    {
        asio::io_context& loop;
        const fold_config& fold;
        store& log;
        facts_query& facts;
        facts_board& board;
        program_metrics& metrics;
        spdlog::logger& lines;
    };
    explicit ingest(parts with);

    // Opens the store and takes up where it ended. Throws store_error.
    void open();
    // At the end: what is due is written, the checkpoint stands at the last border.
    void close();

    resume_place where() override;
    void on_event(const upstream_event& event) override;
    asio::awaitable<void> end_of_batch() override;
    void on_connected(const source_facts& facts) override;
    void on_state(source_state state, const std::string& problem) override;

    // From any thread: a snapshot, and an operator's word for the stop with this id.
    void describe(program_status& into) const;
    std::optional<std::string> resume(const resume_request& word);

private:
    // What was pulled while a question was open.
    struct queued_event
    {
        upstream_event_kind kind;
        std::string file;
        std::uint64_t position;
        protocol::checksum sum;
        protocol::byte_buffer bytes;
    };
    struct open_question
    {
        rewrite::question asked;
        std::unique_ptr<rewrite::verdict_wait> wait;  // none at a stop
        std::chrono::steady_clock::time_point deadline;
        bool facts_asked = false;
    };

    // True: done. False: a question is open, the event must come again.
    bool process(
        upstream_event_kind kind,
        const std::string& file,
        std::uint64_t position,
        protocol::checksum sum,
        protocol::byte_view bytes
    );
    void begin_file(const std::string& file, protocol::byte_view format);
    void finish_file(const protocol::event_view& rotate, std::uint64_t position);
    bool rewrite_event(
        const rewrite::coordinate& at, const protocol::event_view& event, protocol::checksum sum
    );
    void note(const rewrite::outputs& made, const protocol::event_view& event);
    void ask(const rewrite::question& asked);
    void read_ahead(const queued_event& event);
    // Answers what can be answered and works the queue off; then flushes.
    void go_on();
    bool answer();
    void ask_source();
    static asio::awaitable<void>
    fetch_facts(std::shared_ptr<ingest*> self, rewrite::table_name table, std::uint64_t question);
    void on_facts(std::uint64_t question, rewrite::facts known);
    static asio::awaitable<void> watch_deadline(
        std::shared_ptr<ingest*> self, std::uint64_t question, std::chrono::milliseconds limit
    );
    std::optional<std::string> follow(const resume_request& word);
    void flush_if_room();
    void maybe_checkpoint(const rewrite::coordinate& next);
    void update_snapshot();
    rewrite::settings rewriter_settings() const;

    parts with_;
    std::shared_ptr<ingest*> self_;  // emptied in the destructor, for coroutines that outlive us
    std::unique_ptr<rewrite::rewriter> rewriter_;  // from the first connect on
    rewrite::outputs outputs_;
    std::uint32_t epoch_ = 1;
    protocol::byte_buffer saved_state_;  // of open(), until the source's names rule is known
    bool fresh_ = true;

    // Where the source's log stands for us.
    rewrite::coordinate now_;  // of the event in hand
    std::string taken_file_;   // of the event taken last
    std::uint64_t taken_position_ = 4;
    source_identity identity_;
    std::string source_uuid_;
    rewrite::name_case names_ = rewrite::name_case::sensitive;

    std::vector<queued_event> queue_;
    std::size_t queue_done_ = 0;
    std::uint64_t queue_bytes_ = 0;
    std::unique_ptr<open_question> question_;
    std::uint64_t question_number_ = 0;
    asio::steady_timer resumed_;  // cancelled when an operator's word came or room may be there
    bool disk_full_ = false;

    std::chrono::steady_clock::time_point last_checkpoint_;
    bool checkpoint_due_ = false;

    mutable std::mutex snapshot_lock_;
    program_status snapshot_;
};

}  // namespace proxy
