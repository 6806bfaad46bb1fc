#include "rewrite/tool/tool.hpp"

#include "protocol/enum_names.hpp"
#include "rewrite/tool/gh_ost.hpp"
#include "rewrite/tool/pt_osc.hpp"

#include <algorithm>
#include <array>

namespace rewrite {
namespace {

constexpr auto tools = std::to_array<const tool_description*>({&gh_ost, &pt_osc});
static_assert(
    !protocol::is_enumerator<static_cast<tool>(tools.size() + 1)>(), "a tool has no description"
);

}  // namespace

const tool_description& description_of(tool which)
{
    for (const tool_description* one : tools)
        if (one->which == which)
            return *one;
    return *tools.front();
}

bool is_tool(std::uint8_t number)
{
    return std::ranges::any_of(tools, [number](const tool_description* one) {
        return static_cast<std::uint8_t>(one->which) == number;
    });
}

std::string_view to_text(tool which)
{
    return is_tool(static_cast<std::uint8_t>(which)) ? description_of(which).name : "unknown tool";
}

std::optional<tool> tool_named(std::string_view name)
{
    if (name == "pt-osc")  // as everybody calls it
        return tool::pt_osc;
    for (const tool_description* one : tools)
        if (one->name == name)
            return one->which;
    return std::nullopt;
}

bool is_own(tool which, const statement& read)
{
    return description_of(which).is_marked(read);
}

std::optional<nomination> nominate(const statement& read)
{
    for (const tool_description* one : tools)
        if (const auto nominated = one->nominate(read))
            return nominated;
    return std::nullopt;
}

std::optional<tool_binding> binding_of(const statement_text& s)
{
    for (const tool_description* one : tools)
        if (auto bound = one->binds(s))
            return bound;
    return std::nullopt;
}

std::optional<tool_binding> binding_by_name(const table_name& table)
{
    for (const tool_description* one : tools)
        if (auto original = one->original_of(table))
            return tool_binding{
                .which = one->which, .original = *std::move(original), .ghost = table, .trigger = {}
            };
    return std::nullopt;
}

bool is_helper_name(const table_name& name)
{
    return std::ranges::any_of(tools, [&](const tool_description* one) {
        return one->is_helper_name(name);
    });
}

bool copies_in_part(tool which, std::string_view text)
{
    return description_of(which).copies_in_part(text);
}

bool marks_rows(std::string_view text)
{
    return std::ranges::any_of(tools, [text](const tool_description* one) {
        return one->marks_rows(text);
    });
}

}  // namespace rewrite
