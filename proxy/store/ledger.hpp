#pragma once

#include "proxy/source_log.hpp"
#include "proxy/store/disk.hpp"
#include "rewrite/decision.hpp"
#include "rewrite/output.hpp"

#include <filesystem>
#include <memory>
#include <optional>

// SQLite: decisions, never taken twice, and the migrations for `unghost migrations`.
namespace proxy {

enum class ledger_access : std::uint8_t {
    writing,    // made if there is none
    read_only,  // for `unghost fold --ledger` and status commands
};

// How a stop ended, for people: the decision itself is among the decisions.
struct given_word
{
    rewrite::coordinate at;       // of the stop
    std::uint64_t migration = 0;  // it was about; 0: none
    rewrite::operator_word word{};
    std::string sql;
    std::string given_by;  // the user
    std::string given_at;  // as the ledger has it: 2026-11-30T12:00:00.000Z
};

// A server that was followed after another, as `unghost fold --ledger` needs it.
struct recorded_epoch
{
    source_log log;               // with the first of its files that was read
    std::uint32_t server_id = 0;  // as in the headers of that file's first event
    protocol::gtid_set stored;    // what came from the servers before it
    protocol::gtid_set known;     // that, and what they had past their logs
    protocol::gtid_set lost;      // of that, what it did not have
    rewrite::coordinate end;      // of its log, when it had the rest
    // Where the log before it was left; no file: not known, `stored` says it.
    rewrite::coordinate before;
};

class ledger
{
public:
    // Throws std::runtime_error that says which file and what to do.
    explicit ledger(
        const std::filesystem::path& file, ledger_access access = ledger_access::writing
    );
    // The same for the store, which waits until the disk lets it.
    static disk_result<std::unique_ptr<ledger>> open(const std::filesystem::path& file);
    ~ledger();
    ledger(ledger&&) noexcept;

    // Durable when it returns without a problem; after one, call it again. If another decision for
    // the same coordinate and kind is recorded already: throws std::logic_error.
    disk_result<> record(const rewrite::decision& made);
    disk_result<std::optional<rewrite::decision>>
    find(const rewrite::coordinate& at, rewrite::question_kind asked) const;
    // The same question of the same transaction in another server's log, where it has another
    // coordinate: the answer is given for that one from here on.
    disk_result<std::optional<rewrite::decision>> find_by_gtid(const rewrite::question& asked);
    std::vector<rewrite::decision> decisions() const;  // in log order

    // Durable when it returns; again for the same epoch: the one before never came to be.
    disk_result<> record(const recorded_epoch& begun);
    std::vector<recorded_epoch> epochs() const;  // in order

    // Kept in memory until write_notes(), which the store calls in each flush: these never fail.
    void update(const rewrite::migration_summary& changed);
    void add_remark(const rewrite::remark& said);
    // The stop that holds publishing now, for `unghost resume`; nothing if none does.
    void set_stop(const std::optional<rewrite::question>& stopped);
    void add_word(const given_word& said);
    disk_result<> write_notes();

    std::vector<rewrite::migration_summary> migrations() const;  // newest first
    std::vector<given_word> words() const;                       // oldest first

private:
    struct state;
    std::unique_ptr<state> state_;
};

}  // namespace proxy
