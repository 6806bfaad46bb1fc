#pragma once

#include "rewrite/migration/migration_book.hpp"
#include "rewrite/settings.hpp"
#include "rewrite/transaction/row_damage.hpp"

#include <string_view>
#include <vector>

// What a transaction's rows show about a tool's copy: changes of the original that it does not get,
// or gets otherwise. The migration is disturbed then.
//
//   open()                        a transaction begins
//   on_original(), on_ghost()     TABLE_MAPs of a table that is copied, and of a copy
//   on_rows()                     rows of any table
//   end_statement(), on_copy()    after its last rows; and if it is the tool's own
//   on_packed(), on_prepared()    the whole transaction lay in a payload; ends in XA PREPARE
namespace rewrite {

class copy_watch
{
public:
    copy_watch(const settings& chosen, migration_book& book) : set_(chosen), book_(book) {}

    void open();
    void on_original(table_name_view name, const protocol::table_map_view& map);
    void on_ghost(std::uint64_t migration) { ghosts_.push_back(migration); }
    void on_rows(
        const coordinate& at, const protocol::rows_head& rows, const protocol::event_view& event
    )
    {
        if (!originals_.empty())
            note_rows(at, rows.table_id, event);
    }
    void end_statement(const coordinate& at);
    void on_copy(const coordinate& at, const migration& m, protocol::byte_view status);
    void on_packed(const coordinate& at);
    void on_prepared(const std::string& xid);

private:
    struct original
    {
        std::uint64_t migration = 0;
        std::uint64_t table_id = 0;
        bool has_rows = false;
        std::optional<row_damage> values;  // of a tool that reads the log
    };

    void note_rows(const coordinate& at, std::uint64_t table_id, const protocol::event_view& event);
    void note_damage(const coordinate& at, const migration& m, const spoilt_row& row);

    const settings& set_;
    migration_book& book_;
    std::vector<original> originals_;    // of the statement
    std::vector<std::uint64_t> ghosts_;  // of the statement
    std::vector<std::uint64_t> unread_;  // migrations whose tool must read the transaction's rows
};

}  // namespace rewrite
