#pragma once

#include "protocol/event.hpp"
#include "rewrite/decision.hpp"
#include "rewrite/statement.hpp"

#include <memory>
#include <optional>

// While publishing waits at a question, pulled events queue up; this reads them ahead and says when
// the answer stands. Pure: time and the source's answers are told to it. interface
//
//   wait = rewriter.wait_for(question)
//   for each queued event, the one that asked first:  wait.on_event(...)
//   needs() tells whose facts to ask of the source; wait.on_facts(...) when they come
//   decided() gives the decision; expire() when the bound ran out
namespace rewrite {

class verdict_wait
{
public:
    struct state;
    explicit verdict_wait(std::unique_ptr<state> from);
    ~verdict_wait();
    verdict_wait(verdict_wait&&) noexcept;
    verdict_wait& operator=(verdict_wait&&) noexcept;

    void on_event(const coordinate& at, const protocol::event_view& event, protocol::checksum sum);
    // The original whose facts are wanted and not yet given.
    std::optional<table_name> needs() const;
    void on_facts(facts answer);
    // The log has been read up to here (also when no event came: the source's current end).
    void on_read_up_to(const coordinate& at);
    std::optional<decision> decided() const;
    // The bound ran out: the decision that must be recorded now.
    decision expire() const;

private:
    std::unique_ptr<state> state_;
};

}  // namespace rewrite
