#include "rewrite/verdict/pair_verdict.hpp"

#include "protocol/ascii.hpp"
#include "rewrite/sql/table_name.hpp"
#include "rewrite/verdict/clause_traits.hpp"

#include <algorithm>

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

bool drops_primary_key(const alter_clause& clause)
{
    return clause.kind == clause_kind::drop_primary_key ||
           (clause.kind == clause_kind::drop_index &&
            protocol::equal_without_case(clause.name, "PRIMARY"));
}

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
    if (has(redefines) && has(drops_primary_key))
        return "the primary key goes, and columns change by which tools may find rows instead; " +
               std::string(as_two);
    if (has(divides_rows) && has(makes_unique_key))
        return "partitions and a unique key change together; " + std::string(as_two);
    if (has(redefines) && has(changes_charset))
        return "the table's charset and columns change together; " + std::string(as_two);
    return {};
}

// Adding or dropping a column is instant only if nothing else is done; indexes need rows.
cost price_of_all(const std::vector<alter_clause>& clauses, std::span<const cost> prices)
{
    const cost worst = prices.empty() ? cost::nothing : std::ranges::max(prices);
    const bool has_columns = std::ranges::any_of(clauses, [](const alter_clause& clause) {
        const column_effect effect = traits_of(clause.kind).columns;
        return effect == column_effect::adds || effect == column_effect::drops;
    });
    return has_columns && worst == cost::in_place ? cost::rebuild : worst;
}

}  // namespace rewrite
