#pragma once

#include "protocol/control_event.hpp"
#include "rewrite/repeated_transactions.hpp"
#include "rewrite/rewriter.hpp"

#include <chrono>
#include <deque>
#include <functional>

// Between the source's log and the rewriter: events wait here while a question is open, are read
// ahead to find its answer, and go through the rewriter in order. The one machine for the live
// program, offline folding, tests and the fuzzer. No clock, socket, thread or file: time, facts and
// an operator's word are told to it, and it decides by them alone.
//
//   on_event() with each event of the log in order, ROTATE and FORMAT_DESCRIPTION too
//   tick(now) after one event or many: answers what can be answered, lets events through
//   on_facts(), on_word(), end_of_log() when they come; then tick(now)
//   state() and wake_at() say what it waits for
//
// An event is forgotten only when what became of it was taken. A step that the port refuses
// ("not now": the disk is full) is done again by the next tick; the rewriter judges no event twice.
namespace rewrite {

// Nothing was done, and nothing is lost: the same call comes again with the same arguments.
struct not_now
{};
template <class Value = void>
using port_result = tl::expected<Value, not_now>;

// What was decided once and counts for ever: the ledger of a running program, or one that is read
// only, or a test's list.
class decision_log
{
public:
    virtual ~decision_log() = default;
    virtual port_result<std::optional<decision>> find(const question& asked) = 0;
    // Before anything depends on it.
    virtual port_result<> record(const decision& made) = 0;
};

// Where the gate's results go. The calls do not throw, but for what ends the program: of a gate
// that one of them left that way nothing but is_empty() may be asked.
class gate_port
{
public:
    virtual ~gate_port() = default;

    // FORMAT_DESCRIPTION: a file begins. The event itself comes with take(), like any other.
    virtual port_result<> begin_file(
        const coordinate& at,
        const protocol::event_view& format,
        const protocol::format_description& about
    ) = 0;
    // ROTATE: the file ends. Nothing else comes of this event.
    virtual port_result<> end_file(
        const coordinate& at, const protocol::event_view& event, const protocol::rotate_view& rotate
    ) = 0;
    // What all transactions in front of the file that begins here are called, if they did not all
    // come from the log that the file is of.
    virtual std::optional<protocol::gtid_set> own_previous_gtids(const coordinate& /*at*/)
    {
        return std::nullopt;
    }
    // What became of one event. Views hold until this returns.
    virtual port_result<> take(const outputs& from, const protocol::event_view& event) = 0;
    // After take(): all before this coordinate went through. The rewriter may be saved here, or
    // replaced by a restored one.
    virtual void on_applied(const coordinate& /*next*/) {}

    // Publishing has stopped; once for each stop.
    virtual port_result<> on_stop(const question& asked) = 0;
    // Facts of `table` for the question with this number: now, or through on_facts() when they
    // come.
    virtual std::optional<facts>
    ask_facts(std::uint64_t number, const question& asked, const table_name& table) = 0;
    // How many rows had this original? The answer comes through on_count(), or is here that nobody
    // counts.
    virtual std::optional<row_count> ask_count(const question& asked) = 0;
    // Is it proven that the source had no table called `ghost` where this was asked?
    virtual bool is_free(const question& /*asked*/) { return false; }
};

// How long a question may stay open. At a stop neither counts.
struct gate_bounds
{
    std::chrono::milliseconds wait{2000};
    std::uint64_t bytes = 8U << 20;               // of events that wait
    std::chrono::milliseconds count_wait{30000};  // for a count, and four times the bytes
};

enum class gate_state : std::uint8_t {
    open,     // everything went through
    waiting,  // for facts, for more of the log, or for the deadline
    stopped,  // for an operator's word
    refused,  // the port takes nothing now
};

// An event that cannot be read. Nothing of it was taken; it and what followed it are forgotten and
// must be given again.
struct unreadable_event
{
    coordinate at;
    protocol::errc why = protocol::errc::truncated;
};

enum class word_result : std::uint8_t {
    taken,
    not_stopped,
    other_stop,  // the question that is open has another id
    refused,     // the decision log takes nothing now; say it again later
};

class gate
{
public:
    // All three outlive the gate. `next` is where the first event will come from.
    gate(
        rewriter& engine,
        gate_port& port,
        decision_log& decisions,
        gate_bounds bounds,
        coordinate next = {}
    );

    // For questions that open from now on, while none is.
    void set_bounds(const gate_bounds& bounds) { bounds_ = bounds; }
    // The first event of another server's log comes next.
    void begin_epoch(epoch_begin with) { repeats_.begin(std::move(with)); }
    const repeated_transactions& repeats() const { return repeats_; }

    // `event` is verified (checksum, size) and needed only until this returns. Does not answer
    // questions: tick() does.
    tl::expected<void, unreadable_event>
    on_event(const coordinate& at, const protocol::event_view& event, protocol::checksum sum);
    // The log before this coordinate has been read, though no event came.
    void on_read_up_to(const coordinate& at);
    // No event comes any more: what is undecided by now runs out.
    void end_of_log() { ended_ = true; }
    // The answer to ask_facts(). Not counted if that question is decided by now.
    void on_facts(std::uint64_t number, facts answer);
    // The rows of an original, of the migration judged there; also before anybody asks.
    void on_count(const coordinate& judged, row_count answer);
    // Why an operator's statement cannot stand in at the open stop; empty: it can, or none is open.
    std::string objection_to(std::string_view sql) const;
    // `id` is to_text() of the stop's coordinate.
    word_result on_word(std::string_view id, operator_word word, std::string sql);

    // `now` counts from any fixed moment. A question's time begins with the first tick after it.
    tl::expected<gate_state, unreadable_event> tick(std::chrono::milliseconds now);

    gate_state state() const;
    // When the open question's time runs out; nothing unless state() is waiting.
    std::optional<std::chrono::milliseconds> wake_at() const;
    // The open question; null if none is.
    const question* asked() const { return question_ ? &question_->asked : nullptr; }
    // Whence the next event must come: the end of the last one given.
    const coordinate& next() const { return next_; }
    std::uint64_t waiting_bytes() const { return queue_bytes_; }
    // Of the bytes that a question may wait for, half have come.
    bool is_half_full() const { return queue_bytes_ >= bounds_.bytes / 2; }
    // Timestamp of the first event that waits; 0: none does, or it has none.
    std::uint32_t waiting_since() const;
    // Nothing waits: all events before next() were taken.
    bool is_empty() const { return !is_busy() && stage_ == stage::arrived; }

private:
    struct waiting_event
    {
        coordinate at;
        protocol::checksum sum = protocol::checksum::none;
        protocol::byte_buffer copy;                          // of one in memory
        std::shared_ptr<const protocol::large_bytes> large;  // of one that is not
        protocol::byte_view bytes;
    };
    struct open_question
    {
        question asked;
        std::uint64_t number = 0;
        std::unique_ptr<verdict_wait> wait;  // none at a stop, and for a count
        std::size_t read = 0;                // waiting events that were read ahead
        bool facts_wanted = false;           // asked for
        bool stop_told = false;
        bool count_asked = false;
        std::optional<std::chrono::milliseconds> since;
        std::optional<decision> answer;
    };
    enum class stage : std::uint8_t { arrived, judged };
    enum class step : std::uint8_t { applied, asks, refused };

    bool is_busy() const { return question_ || !queue_.empty(); }
    protocol::result<step>
    process(const coordinate& at, const protocol::event_view& event, protocol::checksum sum);
    protocol::result<step> end_file(const coordinate& at, const protocol::event_view& event);
    protocol::result<step> begin_file(const coordinate& at, const protocol::event_view& event);
    protocol::result<step>
    judge(const coordinate& at, const protocol::event_view& event, protocol::checksum sum);
    protocol::result<step> process_first();
    void keep(const coordinate& at, const protocol::event_view& event, protocol::checksum sum);
    void number(question& asked);
    decision free_name(const question& asked);
    void begin_stored(const protocol::event_view& event);
    void leave_out_stored();
    void
    put_own_gtids(const coordinate& at, const protocol::event_view& event, protocol::checksum sum);
    static protocol::result<protocol::event_view> parse(const waiting_event& one);
    void open(const question& asked);
    void read_ahead();
    void read_next(open_question& now);
    bool wants_facts(open_question& now);
    step answer(std::chrono::milliseconds now);
    step answer_count(std::chrono::milliseconds waited);
    step take_counts();
    std::chrono::milliseconds longest_wait() const;
    bool is_over(std::chrono::milliseconds waited) const;
    unreadable_event give_up(protocol::errc why);

    rewriter& rewriter_;
    gate_port& port_;
    decision_log& decisions_;
    gate_bounds bounds_;

    // The first is the one that asked, or the one that the port refused.
    std::deque<waiting_event> queue_;
    std::uint64_t queue_bytes_ = 0;
    // Of the event in hand: once it was judged, its outputs wait to be taken.
    stage stage_ = stage::arrived;
    outputs outputs_;
    std::unique_ptr<open_question> question_;
    std::uint64_t question_number_ = 0;
    std::vector<decision> counts_;  // that came and are not recorded yet
    asked_in last_asked_;           // and where
    coordinate last_asked_at_;
    repeated_transactions repeats_;
    // The transaction in hand is in the clean log already, which ended here in front of it.
    std::optional<std::uint64_t> stored_from_;
    protocol::byte_buffer own_gtids_;  // an event of ours, until its outputs were taken
    bool refused_ = false;
    bool ended_ = false;
    coordinate next_;
    coordinate read_up_to_;
};

}  // namespace rewrite
