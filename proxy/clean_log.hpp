#pragma once

#include "proxy/hook_call.hpp"
#include "proxy/ingest_numbers.hpp"
#include "proxy/publish_progress.hpp"
#include "proxy/schema_memory.hpp"
#include "proxy/store/store.hpp"
#include "rewrite/gate.hpp"

#include <chrono>
#include <functional>
#include <spdlog/logger.h>
#include <string>

namespace proxy {

// The store and its ledger as the gate's port: what the gate lets through is stored, counted and
// said in the log. Where the disk takes nothing now, the answer is "not now", and the same call
// comes again. What the store throws passes through.
class clean_log final : public rewrite::gate_port, public rewrite::decision_log
{
public:
    // What is remembered; or the source is asked, and the answer goes to the gate.
    using facts_request = std::function<std::optional<rewrite::facts>(
        std::uint64_t number, const rewrite::question& asked, const rewrite::table_name& table
    )>;
    using count_request =
        std::function<std::optional<rewrite::row_count>(const rewrite::question& asked)>;
    clean_log(
        store& stored,
        spdlog::logger& lines,
        facts_request ask,
        count_request ask_count,
        std::function<void(hook_call)> on_hook = {}
    );

    // May be called again where the disk refused. Throws store_error.
    disk_result<resume_point> open();
    // Whose outputs come, and what a checkpoint saves; it outlives this.
    void take_from(const rewrite::rewriter& rewriter) { rewriter_ = &rewriter; }
    // Hears what the log changes; it outlives this.
    void tell(schema_memory& memory) { memory_ = &memory; }
    void set_server(const protocol::uuid& server) { identity_.log.uuid = server; }
    // As store::begin_epoch(). `state`: the rewriter's, if it shows all that is stored.
    disk_result<>
    begin_epoch(const next_epoch& next, std::optional<protocol::byte_view> rewriter_state);

    // After each tick of the gate: writes what is due and publishes it, and says in the log when
    // the disk refuses and when it no longer does. `kept`: what the disk said of what only waits.
    void settle(rewrite::gate_state after, const disk_result<>& kept = {});
    // The disk refused, and is asked again.
    bool is_refused() const { return refused_; }
    // What it said then.
    const disk_problem& problem() const { return problem_; }

    // What is stored goes beyond what the rewriter's state shows: no checkpoint can say both.
    void hold_checkpoints(bool held) { held_ = held; }
    // At a border, if the disk takes it.
    void save_checkpoint(const rewrite::coordinate& next);
    // The same if the last one is old enough: where no event comes whose end would see to it.
    void save_due_checkpoint(const rewrite::coordinate& next)
    {
        if (checkpoint_due_)
            save_checkpoint(next);
    }
    // What was stored before a restart is compared.
    bool is_replaying() const { return store_.replaying(); }
    rewrite::coordinate restart_from() const { return store_.restart_from(); }
    // The stop is over by this.
    void on_resumed(const given_word& word);

    std::uint64_t clean_end() const { return store_.clean_end(); }
    bool is_fresh() const { return fresh_; }  // nothing was stored yet
    const source_identity& identity() const { return identity_; }

    // What was pulled is told to it, what becomes of that it knows from here.
    publish_progress& progress() { return progress_; }
    const publish_progress& progress() const { return progress_; }
    const ingest_numbers& numbers() const { return numbers_; }

    // ---- the gate's port
    rewrite::port_result<> begin_file(
        const rewrite::coordinate& at,
        const protocol::event_view& format,
        const protocol::format_description& about
    ) override;
    rewrite::port_result<> end_file(
        const rewrite::coordinate& at,
        const protocol::event_view& event,
        const protocol::rotate_view& rotate
    ) override;
    std::optional<protocol::gtid_set> own_previous_gtids(const rewrite::coordinate& at) override;
    rewrite::port_result<>
    take(const rewrite::outputs& from, const protocol::event_view& event) override;
    void on_applied(const rewrite::coordinate& next) override;
    rewrite::port_result<> on_stop(const rewrite::question& asked) override;
    std::optional<rewrite::facts> ask_facts(
        std::uint64_t number, const rewrite::question& asked, const rewrite::table_name& table
    ) override;

    std::optional<rewrite::row_count> ask_count(const rewrite::question& asked) override;
    bool is_free(const rewrite::question& asked) override;

    rewrite::port_result<std::optional<rewrite::decision>> find(const rewrite::question& asked
    ) override;
    rewrite::port_result<> record(const rewrite::decision& made) override;

private:
    template <class Value>
    rewrite::port_result<Value> answer(disk_result<Value> given);

    store& store_;
    spdlog::logger& lines_;
    facts_request ask_;
    count_request ask_count_;
    std::function<void(hook_call)> on_hook_;
    const rewrite::rewriter* rewriter_ = nullptr;
    schema_memory* memory_ = nullptr;
    std::vector<rewrite::schema_change> changes_;  // of the event in hand

    publish_progress progress_;
    ingest_numbers numbers_;
    std::size_t taken_bytes_ = 0;  // the source's event that was taken last

    source_identity identity_;
    bool fresh_ = true;
    bool refused_ = false;
    disk_problem problem_;
    disk_trouble said_ = disk_trouble::failed;  // in the log
    std::chrono::steady_clock::time_point last_checkpoint_;
    bool held_ = false;
    bool unsaved_ = false;  // something was taken since then
    bool checkpoint_due_ = false;
};

}  // namespace proxy
