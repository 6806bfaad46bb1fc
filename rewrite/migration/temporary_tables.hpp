#pragma once

#include "rewrite/sql/statement.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

// Temporary tables that sessions have at the source, as far as the log shows them: where a session
// logs its statements as text (binlog_format = STATEMENT; MIXED before 8.0), servers log their
// CREATE and DROP too, also the DROP at the session's end. A name in that session's statements is
// its temporary table, whatever else is called so.
//
// A temporary table that is not known here costs nothing but a needless stop; so the oldest are
// forgotten where there are too many.
namespace rewrite {

// A session, as replicas tell them apart.
struct log_session
{
    std::uint32_t server_id = 0;
    std::uint32_t thread_id = 0;

    bool operator==(const log_session&) const = default;
};

struct temporary_table
{
    log_session owner;
    table_name name;

    bool operator==(const temporary_table&) const = default;
};

// What a statement does to them, once it is done with.
struct temporary_change
{
    std::vector<temporary_table> gone;
    std::vector<temporary_table> made;
};

class temporary_tables
{
public:
    bool empty() const { return tables_.empty(); }
    const std::vector<temporary_table>& all() const { return tables_; }  // the oldest first

    // Leaves only permanent tables in what `read` names. `failed`: the source logged an error.
    temporary_change take_out_of(statement& read, log_session by, bool failed) const;
    // `served`: consumers got the statement as it was, so that they have the table too.
    void apply(const temporary_change& change, bool served);
    void add(temporary_table table);
    void clear() { tables_.clear(); }

private:
    bool has(const temporary_table& table) const;
    bool is_own(const table_reference& reference, log_session by) const;

    std::vector<temporary_table> tables_;
};

constexpr std::size_t max_temporary_tables = 1024;

}  // namespace rewrite
