#include "rewrite/migration/temporary_tables.hpp"

#include <algorithm>
#include <utility>

namespace rewrite {

namespace {

// Whether a name in this role may be a temporary table: in other statements (GRANT, CREATE VIEW,
// RENAME TABLE, DROP TABLE, which servers log apart) it is the permanent one.
bool may_be_temporary(const statement& read, table_role role)
{
    switch (read.kind) {
        case statement_kind::change_rows:
        case statement_kind::truncate_table:
        case statement_kind::create_index:
        case statement_kind::drop_index:
        case statement_kind::analyze_table: return true;
        case statement_kind::create_table:
        case statement_kind::create_table_like:
        case statement_kind::create_table_select:
            return role == table_role::like || role == table_role::read;
        case statement_kind::alter_table:
        case statement_kind::alter_table_rename: return role == table_role::target;
        default: return false;
    }
}

bool makes_or_drops(const statement& read)
{
    return read.kind == statement_kind::create_table ||
           read.kind == statement_kind::create_table_like ||
           read.kind == statement_kind::create_table_select ||
           read.kind == statement_kind::drop_table;
}

}  // namespace

bool temporary_tables::has(const temporary_table& table) const
{
    return std::ranges::find(tables_, table) != tables_.end();
}

bool temporary_tables::is_own(const table_reference& reference, log_session by) const
{
    return reference.exact && has({by, reference.name});
}

temporary_change temporary_tables::take_out_of(statement& read, log_session by, bool failed) const
{
    temporary_change change;
    if (read.temporary && makes_or_drops(read)) {
        auto& changed = read.kind == statement_kind::drop_table ? change.gone : change.made;
        const bool counts = read.kind == statement_kind::drop_table || !failed;
        for (const table_reference& reference : read.tables)
            if (reference.role == table_role::target && reference.exact && counts)
                changed.push_back({by, reference.name});
        std::erase_if(read.tables, [](const table_reference& reference) {
            return reference.role == table_role::target;
        });
    }
    if (tables_.empty())
        return change;

    const auto named = [&](const table_reference& reference) {
        return may_be_temporary(read, reference.role) && is_own(reference, by);
    };
    // Its list of tables is edited by what is left in it.
    if (read.kind == statement_kind::analyze_table && !std::ranges::all_of(read.tables, named))
        return change;
    const table_reference* target = read.first(table_role::target);
    const table_reference* to = read.first(table_role::rename_to);
    const bool renames =
        read.kind == statement_kind::alter_table_rename && target && to && is_own(*target, by);
    if (renames) {
        change.gone.push_back({by, target->name});
        if (to->exact && !failed)
            change.made.push_back({by, to->name});
    }
    std::erase_if(read.tables, [&](const table_reference& reference) {
        return named(reference) || (renames && reference.role == table_role::rename_to);
    });
    return change;
}

void temporary_tables::apply(const temporary_change& change, bool served)
{
    for (const temporary_table& table : change.gone)
        std::erase(tables_, table);
    if (!served)
        return;
    for (const temporary_table& table : change.made)
        add(table);
}

void temporary_tables::add(temporary_table table)
{
    if (has(table))
        return;
    if (tables_.size() == max_temporary_tables)
        tables_.erase(tables_.begin());
    tables_.push_back(std::move(table));
}

}  // namespace rewrite
