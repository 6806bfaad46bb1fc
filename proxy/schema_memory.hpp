#pragma once

#include "proxy/free_names.hpp"
#include "proxy/memory_numbers.hpp"
#include "proxy/source/schema_query.hpp"
#include "proxy/store/table_memory.hpp"
#include "rewrite/schema_change.hpp"

#include <chrono>
#include <deque>
#include <set>
#include <span>
#include <spdlog/logger.h>
#include <utility>

namespace proxy {

// What the source's tables look like, remembered, so that a verdict needs neither a question nor a
// wait, and can be made of what was logged while we were away.
//
// A table's facts may be used at a coordinate if they hold from an earlier one on and no statement
// of the log between changed the table. So each change of the log is heard in order (on_applied),
// and takes out what it may concern; before a checkpoint says that a change is behind us it must
// be out of the file (settle). Where a change may have been missed everything is forgotten.
//
// Tables are asked for elsewhere (schema_filling); begin_batch() before the source is asked, and
// accept() when the log was heard up to the batch's end.
//
// All on one thread.
class schema_memory
{
public:
    // Both outlive it.
    schema_memory(std::filesystem::path ledger, memory_numbers& numbers, spdlog::logger& lines);

    // At each connect. The log goes on at `from`, after `heard` changes of it
    // (rewriter::schema_changes()).
    void begin(
        const source_log& followed,
        const rewrite::coordinate& from,
        std::uint64_t heard,
        rewrite::name_case names
    );
    bool has_begun() const { return begun_; }
    const source_log& followed() const { return followed_; }

    // What an event changed, and where the log goes on behind it.
    void on_applied(
        std::span<const rewrite::schema_change> changes,
        std::uint64_t heard,
        const rewrite::coordinate& next
    );
    // False: a change could not be taken out, and no checkpoint may pass it. Durable if true.
    bool settle();

    // The facts that hold at this coordinate, up to which the log was heard.
    std::optional<rewrite::facts>
    find(const rewrite::table_name& table, const rewrite::coordinate& at);
    // The same, but for what sessions begin with, which may be asked for at this moment.
    bool may_know(const rewrite::table_name& table, const rewrite::coordinate& at);

    // Names of tools' tables that are none, where the source was asked for lists of them.
    bool is_free(const rewrite::table_name& name, const rewrite::coordinate& at) const
    {
        return is_usable() && free_.is_free(name, at);
    }
    void keep_lists() { free_.keep_lists(); }
    std::optional<std::string> take_stale_list() { return free_.take_stale(); }
    // What the source lists now shows all that was logged before `from`.
    void accept_list(
        const std::string& schema,
        const rewrite::coordinate& from,
        const std::vector<std::string>& listed
    );

    // What sessions begin with, as of now; forgets everything where tables are shown otherwise.
    void set_session(source_session now);
    const source_session& session() const { return session_; }
    std::chrono::steady_clock::time_point session_at() const { return session_at_; }

    void begin_batch();
    // The log was heard up to its end.
    bool is_due(const schema_batch& batch) const { return !(applied_ < batch.end); }
    void accept(const schema_batch& batch);
    const rewrite::coordinate& applied() const { return applied_; }

    // Tables to be asked for again, all of one schema; empty: none is due.
    struct request
    {
        std::string schema;
        std::vector<std::string> tables;
    };
    request take_wanted(std::size_t most);
    void want(rewrite::table_name table);
    // True once after all tables are to be looked through.
    bool take_sweep() { return std::exchange(sweep_due_, false); }
    void ask_for_sweep() { sweep_due_ = true; }
    // Of a schema's tables as the source lists them: those that are not remembered. Others that
    // are remembered go.
    std::vector<std::string>
    compare(const std::string& schema, const std::vector<std::string>& listed);
    void keep_only_schemas(const std::vector<std::string>& listed);
    bool is_usable() const { return begun_ && pending_.empty() && session_.filters.empty(); }

private:
    struct heard_change
    {
        rewrite::coordinate end;  // of the statement
        rewrite::schema_change what;
    };
    struct wanted_table
    {
        rewrite::table_name table;
        std::chrono::steady_clock::time_point since;
    };

    template <class Work>
    bool attempt(const Work& work);
    bool take_out_pending();
    bool changed_in_batch(const rewrite::facts& known, const std::vector<rewrite::table_name>& tied)
        const;
    void forget_all(std::string_view why);

    table_memory tables_;
    free_names free_;
    memory_numbers& numbers_;
    spdlog::logger& lines_;

    bool begun_ = false;
    source_log followed_;
    rewrite::name_case names_ = rewrite::name_case::sensitive;
    std::string settings_;  // under which the remembered tables were asked for
    std::uint64_t heard_ = 0;
    rewrite::coordinate applied_;
    bool forget_pending_ = false;  // could not be done yet
    std::vector<rewrite::schema_change> pending_;
    bool unsynced_ = false;
    std::string said_;  // the last trouble

    source_session session_;
    std::chrono::steady_clock::time_point session_at_;

    bool recording_ = false;
    rewrite::coordinate batch_from_;
    std::vector<heard_change> recent_;  // since begin_batch()
    std::deque<wanted_table> wanted_;
    std::set<rewrite::table_name> wanted_names_;
    bool sweep_due_ = true;
};

}  // namespace proxy
