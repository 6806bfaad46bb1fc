#include "rewrite/verdict/clause_traits.hpp"

#include "protocol/enum_names.hpp"

#include <array>
#include <cstddef>

namespace rewrite {

namespace {

using enum clause_kind;
using enum column_effect;

constexpr std::string_view not_proven = "is not proven to give the same table";
constexpr std::string_view unknown_rows = "rows may be lost or kept by it";

consteval clause_traits
without_proof(clause_kind kind, std::string_view words, std::string_view objection = not_proven)
{
    return {.kind = kind, .words = words, .what = clause_class::unproven, .objection = objection};
}

consteval clause_traits on_column(clause_kind kind, std::string_view words, column_effect effect)
{
    return {.kind = kind, .words = words, .what = clause_class::judged, .columns = effect};
}

consteval clause_traits on_index(clause_kind kind, std::string_view words)
{
    return {.kind = kind, .words = words, .what = clause_class::judged, .names_index = true};
}

// By the name that it has in the copy: see constraint_names.hpp.
consteval clause_traits on_constraint(clause_kind kind, std::string_view words)
{
    return {.kind = kind, .words = words, .what = clause_class::same, .price = cost::in_place};
}

consteval clause_traits of_class(clause_kind kind, std::string_view words, clause_class what)
{
    return {.kind = kind, .words = words, .what = what};
}

// In the order of clause_kind.
constexpr std::array rows{
    on_column(add_column, "ADD COLUMN", adds),
    on_column(drop_column, "DROP COLUMN", drops),
    on_column(modify_column, "MODIFY COLUMN", redefines),
    on_column(change_column, "CHANGE COLUMN", redefines),
    on_column(rename_column, "RENAME COLUMN", renames),
    on_column(set_default, "SET DEFAULT of", keeps_type),
    on_column(drop_default, "DROP DEFAULT of", keeps_type),
    on_column(set_column_visibility, "SET VISIBLE | INVISIBLE of", keeps_type),
    of_class(add_index, "ADD", clause_class::judged),
    on_index(drop_index, "DROP INDEX"),
    without_proof(drop_primary_key, "DROP PRIMARY KEY", unknown_rows),
    on_constraint(drop_foreign_key, "DROP FOREIGN KEY"),
    on_constraint(drop_check, "DROP CHECK"),
    on_constraint(drop_constraint, "DROP CONSTRAINT"),
    on_index(rename_index, "RENAME INDEX"),
    on_index(set_index_visibility, "ALTER INDEX"),
    on_constraint(set_enforced, "ALTER CHECK"),
    of_class(table_option, "", clause_class::judged),
    without_proof(convert_to, "CONVERT TO CHARACTER SET", "values may change in the copy"),
    clause_traits{
        .kind = force, .words = "FORCE", .what = clause_class::same, .price = cost::rebuild
    },
    of_class(algorithm, "ALGORITHM", clause_class::only_how),
    of_class(lock, "LOCK", clause_class::only_how),
    of_class(validation, "VALIDATION", clause_class::only_how),
    of_class(wait, "WAIT", clause_class::only_how),
    of_class(order_by, "ORDER BY", clause_class::only_how),
    of_class(enable_keys, "ENABLE KEYS", clause_class::only_how),
    of_class(disable_keys, "DISABLE KEYS", clause_class::only_how),
    of_class(rename_to, "RENAME TO", clause_class::destroys_rows),
    of_class(discard_tablespace, "DISCARD TABLESPACE", clause_class::destroys_rows),
    of_class(import_tablespace, "IMPORT TABLESPACE", clause_class::destroys_rows),
    without_proof(secondary_load, "SECONDARY_LOAD"),
    without_proof(partition_by, "PARTITION BY"),
    without_proof(remove_partitioning, "REMOVE PARTITIONING"),
    without_proof(add_partition, "ADD PARTITION"),
    of_class(drop_partition, "DROP PARTITION", clause_class::destroys_rows),
    without_proof(coalesce_partition, "COALESCE PARTITION"),
    without_proof(reorganize_partition, "REORGANIZE PARTITION"),
    without_proof(rebuild_partition, "REBUILD PARTITION"),
    without_proof(optimize_partition, "OPTIMIZE PARTITION"),
    without_proof(analyze_partition, "ANALYZE PARTITION"),
    without_proof(check_partition, "CHECK PARTITION"),
    without_proof(repair_partition, "REPAIR PARTITION"),
    of_class(truncate_partition, "TRUNCATE PARTITION", clause_class::destroys_rows),
    of_class(exchange_partition, "EXCHANGE PARTITION", clause_class::destroys_rows),
    of_class(discard_partition, "DISCARD PARTITION", clause_class::destroys_rows),
    of_class(import_partition, "IMPORT PARTITION", clause_class::destroys_rows),
    of_class(convert_partition, "CONVERT PARTITION", clause_class::destroys_rows),
    without_proof(unknown, "a clause that is not known", "nothing is known about what it does"),
};

consteval bool rows_are_in_order()
{
    for (std::size_t i = 0; i < rows.size(); ++i) {
        if (static_cast<std::size_t>(rows[i].kind) != i)
            return false;
    }
    return true;
}
static_assert(rows_are_in_order(), "a row is in another place than its clause_kind");
static_assert(
    !protocol::is_enumerator<static_cast<clause_kind>(rows.size())>(), "a clause_kind has no row"
);

}  // namespace

const clause_traits& traits_of(clause_kind kind)
{
    const auto at = static_cast<std::size_t>(kind);
    return at < rows.size() ? rows[at] : rows.back();
}

bool says_only_how(clause_kind kind)
{
    return traits_of(kind).what == clause_class::only_how;
}

bool destroys_rows(clause_kind kind)
{
    return traits_of(kind).what == clause_class::destroys_rows;
}

}  // namespace rewrite
