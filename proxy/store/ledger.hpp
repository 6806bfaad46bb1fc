#pragma once

#include "rewrite/decision.hpp"
#include "rewrite/output.hpp"

#include <filesystem>
#include <memory>
#include <optional>

// SQLite: decisions, never taken twice, and the migrations for `unghost migrations`.
namespace proxy {

class ledger
{
public:
    // Opens or creates. Throws std::runtime_error that says which file and what to do. read_only:
    // for `unghost fold --ledger` and status commands.
    explicit ledger(const std::filesystem::path& file, bool read_only = false);
    ~ledger();
    ledger(ledger&&) noexcept;

    // Durable when it returns. A decision for the same coordinate and kind stands already: throws
    // std::logic_error if it differs.
    void record(const rewrite::decision& made);
    std::optional<rewrite::decision>
    find(const rewrite::coordinate& at, rewrite::question_kind asked) const;
    std::vector<rewrite::decision> decisions() const;  // in log order

    void update(const rewrite::migration_summary& changed);
    void add_remark(const rewrite::remark& said);
    std::vector<rewrite::migration_summary> migrations() const;  // newest first

    // The stop that holds publishing now, for `unghost resume`; nothing if none does.
    void set_stop(const std::optional<rewrite::question>& stopped);

private:
    struct state;
    std::unique_ptr<state> state_;
};

}  // namespace proxy
