#pragma once

#include "proxy/admin/status.hpp"
#include "proxy/mutex.hpp"
#include "proxy/store/disk.hpp"
#include "rewrite/gate.hpp"

namespace proxy {

// What other threads may know of pulling and rewriting: a copy, replaced whole.
class pull_status
{
public:
    void replace(program_status newest)
    {
        const lock_guard hold(lock_);
        newest.source_error = std::move(shown_.source_error);
        shown_ = std::move(newest);
    }
    // Empty: its log is being pulled.
    void set_source_error(const std::string& problem)
    {
        const lock_guard hold(lock_);
        shown_.source_error = problem;
        if (problem.empty()) {
            refused_.clear();
            follow_refused_.clear();
            follow_gtids_.clear();
        }
    }
    // Until that is over.
    void set_refused(const std::string& why)
    {
        const lock_guard hold(lock_);
        shown_.source_error = refused_ = why;
    }
    // The server that is there now: why it is not followed, and which GTIDs that is about.
    void set_follow_refused(std::string_view why, std::string gtids)
    {
        const lock_guard hold(lock_);
        follow_refused_ = why;
        follow_gtids_ = std::move(gtids);
    }
    // Fills the members that pulling knows of, and leaves the others.
    void describe(program_status& into) const
    {
        const lock_guard hold(lock_);
        into.phase = shown_.phase;
        into.phase_text = shown_.phase_text;
        if (!refused_.empty() && into.phase != program_phase::stopped) {
            into.phase = program_phase::not_following;
            into.phase_text = refused_ + ". What is stored is served; the source is asked again "
                                         "every half minute";
        }
        into.source_version = shown_.source_version;
        into.followed = shown_.followed;
        into.source_error = shown_.source_error;
        into.follow_refused = follow_refused_;
        into.follow_gtids = follow_gtids_;
        into.pulled = shown_.pulled;
        into.spooled_bytes = shown_.spooled_bytes;
        into.safe_to_move = shown_.safe_to_move;
        into.hidden = shown_.hidden;
        into.migrations = shown_.migrations;
        into.stop = shown_.stop;
    }

private:
    mutable mutex lock_;
    program_status shown_ GUARDED_BY(lock_);
    std::string refused_ GUARDED_BY(lock_);  // why the source cannot be followed
    std::string follow_refused_ GUARDED_BY(lock_);
    std::string follow_gtids_ GUARDED_BY(lock_);
};

// Phase, stop, and what is hidden; both are null before the first connect.
program_status status_of(const rewrite::gate* gate, const rewrite::rewriter* rewriter);
// Pulling waits for the disk. A stop stays one.
void say_disk_problem(program_status& status, const disk_problem& problem);
// The same for the log.
std::string disk_text(const disk_problem& problem);

}  // namespace proxy
