#include "rewrite/verdict/pair_verdict.hpp"

#include "protocol/ascii.hpp"
#include "rewrite/sql/table_name.hpp"
#include "rewrite/verdict/clause_traits.hpp"

#include <algorithm>
#include <optional>

namespace rewrite {

namespace {

struct used_name
{
    std::string name;
    bool is_new = false;  // names something that was not there under this name
    std::size_t clause = 0;
};

// One name in two clauses: what a tool makes of DROP and ADD of one name is not what ALTER makes.
std::string name_that_appears_twice(const std::vector<used_name>& names)
{
    for (std::size_t i = 0; i < names.size(); ++i) {
        for (std::size_t j = i + 1; j < names.size(); ++j) {
            if (names[i].clause == names[j].clause)
                continue;
            // Servers compare names without accents too.
            const bool may_be_equal =
                names[i].is_new != names[j].is_new &&
                !(protocol::is_ascii(names[i].name) && protocol::is_ascii(names[j].name));
            if (may_be_equal || protocol::equal_without_case(names[i].name, names[j].name))
                return names[j].name;
        }
    }
    return {};
}

void collect_names(const alter_clause& clause, std::size_t number, std::vector<used_name>& names)
{
    names.push_back({clause.name, false, number});
    if (!clause.new_name.empty())
        names.push_back({clause.new_name, true, number});
}

void collect_columns(const alter_clause& clause, std::size_t number, std::vector<used_name>& names)
{
    const column_effect effect = traits_of(clause.kind).columns;
    if (effect == column_effect::adds) {
        for (const column_definition& column : clause.columns)
            names.push_back({column.name, true, number});
    } else if (effect != column_effect::none) {
        collect_names(clause, number, names);
    }
}

void collect_indexes(const alter_clause& clause, std::size_t number, std::vector<used_name>& names)
{
    for (const index_definition& index : clause.indexes) {
        // Without a name it is called like its first column.
        const std::string& first = index.parts.empty() ? index.name : index.parts[0].column;
        names.push_back({index.name.empty() ? first : index.name, true, number});
    }
    if (traits_of(clause.kind).names_index)
        collect_names(clause, number, names);
}

constexpr std::string_view as_two = "run as two migrations, each is judged separately";

bool divides_rows(const alter_clause& clause)
{
    return clause.kind == clause_kind::partition_by ||
           clause.kind == clause_kind::remove_partitioning;
}

bool makes_unique_key(const alter_clause& clause)
{
    return std::ranges::any_of(clause.indexes, [](const index_definition& index) {
        return index.kind == index_kind::unique || index.kind == index_kind::primary;
    });
}

bool changes_charset(const alter_clause& clause)
{
    return clause.kind == clause_kind::table_option &&
           (clause.name == "CHARSET" || clause.name == "COLLATE");
}

// What InnoDB does in the dictionary alone, or in place, as long as the ALTER holds one kind of it.
enum class work : std::uint8_t {
    words,  // defaults, comments, visibility, what says only how: beside any
    columns,
    options,
    indexes,  // and a longer VARCHAR
};

work work_of(const alter_clause& clause, cost price)
{
    if (clause.kind == clause_kind::table_option)
        return work::options;
    switch (traits_of(clause.kind).columns) {
        case column_effect::adds:
        case column_effect::drops: return work::columns;
        case column_effect::keeps_type: return work::words;
        case column_effect::redefines: return price == cost::instant ? work::words : work::indexes;
        default: return says_only_how(clause.kind) ? work::words : work::indexes;
    }
}

// 5.7.22 builds the indexes of a longer VARCHAR anew, 8.0.33 does not.
constexpr std::uint32_t first_that_keeps_indexes = 80033;

bool redefines_key_part(const alter_clause& clause, const table_definition& table)
{
    const auto is_of_column = [&clause](const std::string& part) {
        return protocol::equal_without_case(part, clause.name);
    };
    return traits_of(clause.kind).columns == column_effect::redefines &&
           std::ranges::any_of(table.indexes, [&](const table_index& index) {
               return std::ranges::any_of(index.columns, is_of_column);
           });
}

// In engines that know no other way than to copy the table.
bool changes_no_file(const alter_clause& clause)
{
    return says_only_how(clause.kind) ||
           traits_of(clause.kind).columns == column_effect::keeps_type ||
           (clause.kind == clause_kind::table_option && clause.name == "COMMENT");
}

}  // namespace

std::string objection_to_pairs(const alter_text& alter)
{
    std::vector<used_name> columns;
    std::vector<used_name> indexes;
    for (std::size_t i = 0; i < alter.clauses.size(); ++i) {
        collect_columns(alter.clauses[i], i, columns);
        collect_indexes(alter.clauses[i], i, indexes);
    }
    for (const std::vector<used_name>* names : {&columns, &indexes}) {
        const std::string twice = name_that_appears_twice(*names);
        if (!twice.empty())
            return quoted_name(twice) + " appears in two clauses; " + std::string(as_two);
    }
    const auto redefines = [](const alter_clause& clause) {
        return traits_of(clause.kind).columns == column_effect::redefines;
    };
    const auto has = [&alter](const auto& condition) {
        return std::ranges::any_of(alter.clauses, condition);
    };
    if (has(divides_rows) && has(makes_unique_key))
        return "partitions and a unique key change together; " + std::string(as_two);
    if (has(redefines) && has(changes_charset))
        return "the table's charset and columns change together; " + std::string(as_two);
    return {};
}

cost price_of_all(
    const std::vector<alter_clause>& clauses,
    std::span<const cost> prices,
    const table_definition& table,
    std::uint32_t server_version
)
{
    const cost worst = prices.empty() ? cost::nothing : std::ranges::max(prices);
    if (worst == cost::nothing || worst == cost::rebuild)
        return worst;
    const bool is_innodb =
        table.engine.empty() || protocol::equal_without_case(table.engine, "InnoDB");
    if (!is_innodb && !std::ranges::all_of(clauses, changes_no_file))
        return cost::rebuild;
    // Of two kinds at once 5.7.22 and 8.0.33 write the table anew; 9.7.4 does so where columns are
    // added or dropped.
    std::optional<work> kind;
    for (std::size_t i = 0; i < clauses.size() && i < prices.size(); ++i) {
        const work one = work_of(clauses[i], prices[i]);
        if (one != work::words && kind.value_or(one) != one)
            return cost::rebuild;
        if (one != work::words)
            kind = one;
    }
    // Of what is done in place a new index reads rows; the rest changes the dictionary.
    const bool reads_rows = std::ranges::any_of(clauses, [&](const alter_clause& clause) {
        return !clause.indexes.empty() ||
               (server_version < first_that_keeps_indexes && redefines_key_part(clause, table));
    });
    return worst == cost::in_place && reads_rows ? cost::in_place : cost::instant;
}

}  // namespace rewrite
