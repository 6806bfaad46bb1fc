#pragma once

#include "protocol/row_layout.hpp"
#include "rewrite/migration/migration.hpp"
#include "rewrite/row_tally.hpp"

#include <memory>
#include <vector>

// Counts what one transaction does to the rows of tables under migration, and looks for witnesses
// that renamed columns are copied.
namespace rewrite {

enum class counted_table : std::uint8_t { original, copy };

class row_counter
{
public:
    void begin();  // a transaction
    // A TABLE_MAP of a table of such a migration; up to the end of its statement.
    void watch(const migration& m, counted_table which, const protocol::table_map_view& map);
    bool is_watching() const { return !watched_.empty(); }
    void on_rows(const protocol::event_view& event, std::uint64_t table_id);
    void end_statement() { watched_.clear(); }
    // All that the transaction changed, or what it did to the tables of one migration, cannot be
    // told from its rows.
    void give_up(std::string_view why);
    void give_up(std::uint64_t migration, std::string_view why);

    const std::vector<row_change>& changes() const { return changes_; }

private:
    struct watched_table
    {
        std::uint64_t table_id = 0;
        std::uint64_t migration = 0;
        counted_table which{};
        std::shared_ptr<const protocol::row_layout> layout;  // null: it cannot be read
        std::vector<std::uint16_t> columns;  // whose values are looked at: migration::renamed
    };
    // Made once for as long as the table looks so: a TABLE_MAP comes with each statement.
    struct known_layout
    {
        protocol::byte_buffer types;
        protocol::byte_buffer metadata;
        std::shared_ptr<const protocol::row_layout> layout;
    };
    std::shared_ptr<const protocol::row_layout> layout_of(const protocol::table_map_view& map);
    row_change& change_of(std::uint64_t migration);
    void note_values(const watched_table& table, const protocol::rows_view& rows);

    std::vector<watched_table> watched_;
    std::vector<row_change> changes_;
    std::vector<known_layout> layouts_;
};

}  // namespace rewrite
