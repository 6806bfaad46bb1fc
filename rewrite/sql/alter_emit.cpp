#include "rewrite/sql/alter_emit.hpp"

#include "protocol/ascii.hpp"
#include "rewrite/sql/client_charset.hpp"

#include <algorithm>
#include <utility>

namespace rewrite {

namespace {

bool is_listed(clause_kind kind)
{
    return place_of(kind) == clause_place::listed;
}

struct text_cut
{
    std::size_t begin = 0;
    std::size_t end = 0;
};

// What goes: the dropped clauses, and the commas that no two clauses are left for.
std::vector<text_cut> find_cuts(const alter_text& alter, const std::vector<bool>& dropped)
{
    std::vector<bool> group_is_left(alter.commas.size() + 1);
    std::vector<text_cut> cuts;
    for (std::size_t i = 0; i < alter.clauses.size(); ++i) {
        const alter_clause& clause = alter.clauses[i];
        if (dropped[i])
            cuts.push_back({clause.offset, clause.offset + clause.size});
        else if (is_listed(clause.kind))
            group_is_left[clause.group] = true;
    }

    // A comma stays if a clause is left before it, one after it, and no comma stayed since.
    const auto last = std::ranges::find(group_is_left.rbegin(), group_is_left.rend(), true);
    const auto groups = static_cast<std::size_t>(group_is_left.rend() - last);
    bool open = false;
    for (std::size_t i = 0; i < alter.commas.size(); ++i) {
        open = open || group_is_left[i];
        if (open && i + 1 < groups)
            open = false;
        else
            cuts.push_back({alter.commas[i], alter.commas[i] + 1});
    }
    std::ranges::sort(cuts, {}, &text_cut::begin);
    return cuts;
}

// The name in the charset of the text, or nothing.
std::optional<std::string> name_in_charset(const table_name& name, std::uint16_t charset)
{
    std::string text = quoted(name);
    if (protocol::is_ascii(text) || family_of(charset) == charset_family::utf8)
        return text;
    if (family_of(charset) == charset_family::latin1)
        return latin1_of_utf8(text);
    return std::nullopt;
}

}  // namespace

clause_place place_of(clause_kind kind)
{
    using enum clause_kind;
    switch (kind) {  // without a default: what is forgotten does not compile
        case add_column:
        case drop_column:
        case modify_column:
        case change_column:
        case rename_column:
        case set_default:
        case drop_default:
        case set_column_visibility:
        case add_index:
        case drop_index:
        case drop_primary_key:
        case drop_foreign_key:
        case drop_check:
        case drop_constraint:
        case rename_index:
        case set_index_visibility:
        case set_enforced:
        case table_option:
        case convert_to:
        case force:
        case algorithm:
        case lock:
        case validation:
        case order_by:
        case enable_keys:
        case disable_keys:
        case rename_to: return clause_place::listed;
        case wait:
        case partition_by:
        case remove_partitioning: return clause_place::outside;
        case discard_tablespace:
        case import_tablespace:
        case secondary_load:
        case add_partition:
        case drop_partition:
        case coalesce_partition:
        case reorganize_partition:
        case rebuild_partition:
        case optimize_partition:
        case analyze_partition:
        case check_partition:
        case repair_partition:
        case truncate_partition:
        case exchange_partition:
        case discard_partition:
        case import_partition:
        case convert_partition:
        case unknown: return clause_place::alone;
    }
    return clause_place::alone;
}

std::optional<std::string> emit_alter(
    const alter_text& alter,
    const table_name& target,
    const std::vector<std::size_t>& drop,
    std::string_view prefix
)
{
    const auto name = name_in_charset(target, alter.charset);
    if (!name)
        return std::nullopt;

    std::vector<bool> dropped(alter.clauses.size());
    for (const std::size_t i : drop) {
        if (i < dropped.size())
            dropped[i] = true;
    }
    const bool any_left = std::ranges::find(dropped, false) != dropped.end();
    if (!any_left && prefix.empty())
        return std::string();
    bool any_listed = false;
    for (std::size_t i = 0; i < dropped.size(); ++i)
        any_listed |= !dropped[i] && is_listed(alter.clauses[i].kind);

    const std::string_view text = alter.text;
    std::size_t front = alter.table_offset + alter.table_size;
    std::string result(text.substr(0, alter.table_offset));
    result += *name;
    if (!prefix.empty()) {
        // WAIT n comes before all clauses, ours too.
        if (!alter.clauses.empty() && !dropped[0] && alter.clauses[0].kind == clause_kind::wait) {
            const std::size_t end = alter.clauses[0].offset + alter.clauses[0].size;
            result += text.substr(front, end - front);
            front = end;
        }
        result += ' ';
        result += prefix;
        result += any_listed ? "," : "";
    }
    for (text_cut cut : find_cuts(alter, dropped)) {
        if (cut.begin > front)
            result += text.substr(front, cut.begin - front);
        if (result.ends_with(' ') && cut.end < text.size() && text[cut.end] == ' ')
            ++cut.end;  // one blank where two would meet
        front = std::max(front, cut.end);
    }
    result += text.substr(front);
    while (result.ends_with(' '))
        result.pop_back();
    return result;
}

}  // namespace rewrite
