#pragma once

#include "proxy/store/store.hpp"
#include "rewrite/gate.hpp"

#include <string>

namespace proxy {

// The store and its ledger as the gate asks for them: where the disk takes nothing now, the answer
// is "not now", and the same call comes again. What the store throws passes through.
// The log says when the disk is full, when it no longer is, and which verdicts came to nothing.
class waiting_store final : public rewrite::decision_log
{
public:
    waiting_store(store& log, spdlog::logger& lines) : log_(log), lines_(lines) {}

    rewrite::port_result<>
    begin_file(const source_identity& from, const rewrite::coordinate& at, bool checksums);
    // ROTATE, in our log to our next file.
    void end_file(
        const protocol::event_view& event,
        std::uint64_t upstream_position,
        const protocol::rotate_view& rotate
    );
    void take(const rewrite::outputs& from);
    rewrite::port_result<> flush();
    rewrite::port_result<>
    save_checkpoint(const rewrite::coordinate& pull_from, protocol::byte_view rewriter_state);

    rewrite::port_result<std::optional<rewrite::decision>> find(const rewrite::question& asked
    ) override;
    rewrite::port_result<> record(const rewrite::decision& made) override;

    // What the disk said when it last refused something; for people.
    const std::string& problem() const { return problem_; }
    // Whether all that was due has been taken by now.
    void note_room(bool taken);
    bool is_full() const { return full_; }

private:
    template <class Value>
    rewrite::port_result<Value> answer(disk_result<Value> given);

    store& log_;
    spdlog::logger& lines_;
    std::string problem_;
    bool full_ = false;
};

}  // namespace proxy
