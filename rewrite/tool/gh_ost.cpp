#include "rewrite/tool/gh_ost.hpp"

#include <algorithm>
#include <array>

namespace rewrite {
namespace {

constexpr std::string_view ghost_suffix = "_gho";

// A name taken apart. The base is what lies between the first _ and the suffix; cut to fit 64
// bytes, so not always the original's name.
struct helper_name
{
    helper_role role = helper_role::none;
    std::string base;
};

bool all_digits(std::string_view text)
{
    return std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

helper_name take_apart(const table_name& name)
{
    struct suffix
    {
        std::string_view text;
        helper_role role;
    };
    static constexpr std::array suffixes = {
        suffix{ghost_suffix, helper_role::ghost},
        suffix{"_ghc", helper_role::changelog},
        suffix{"_del", helper_role::sentry},
        suffix{"_ghk", helper_role::checkpoint},
    };
    if (!name.table.starts_with('_'))
        return {};
    for (const auto& [text, role] : suffixes) {
        if (name.table.size() <= text.size() || !name.table.ends_with(text))
            continue;
        std::string base = name.table.substr(1, name.table.size() - 1 - text.size());
        // _t_YYYYMMDDhhmmss_del, with --timestamp-old-table
        if (role == helper_role::sentry && base.size() > 15 && base[base.size() - 15] == '_' &&
            all_digits(std::string_view(base).substr(base.size() - 14)))
            base.resize(base.size() - 15);
        return {.role = role, .base = std::move(base)};
    }
    return {};
}

// The comment, and nothing else in it. (Its DROPs lose it: the server writes them itself.)
bool is_marked(const statement& read)
{
    std::string_view text = read.comment;
    while (!text.empty() && text.front() == ' ')
        text.remove_prefix(1);
    while (!text.empty() && text.back() == ' ')
        text.remove_suffix(1);
    return text == "gh-ost";
}

bool has_gh_ost_mark(std::string_view text)
{
    return text.find("/* gh-ost") != std::string_view::npos;
}

bool copies_everything(std::string_view)
{
    return false;
}

// Long names are cut differently for _YYYYMMDDhhmmss_del, so a sentry may match by its prefix only.
bool is_helper_by_name(const table_name& helper, const table_name& ghost)
{
    const helper_name name = take_apart(helper);
    const helper_name other = take_apart(ghost);
    if (name.role == helper_role::none || other.role != helper_role::ghost ||
        helper.schema != ghost.schema)
        return false;
    if (name.base == other.base)
        return true;
    const bool was_cut = helper.table.size() >= 60;
    return name.role == helper_role::sentry && was_cut && other.base.starts_with(name.base);
}

std::optional<nomination> nominate_helper(const statement& read)
{
    const table_reference* target = read.first(table_role::target);
    if (!target || !is_marked(read))
        return std::nullopt;
    nomination helper{
        .which = tool::gh_ost, .role = take_apart(target->name).role, .table = target->name
    };
    switch (helper.role) {
        case helper_role::none:
        case helper_role::old:
        case helper_role::strayed: return std::nullopt;
        case helper_role::changelog:
            helper.begins_run = true;
            helper.ghost = helper.table;
            helper.ghost.table.replace(
                helper.ghost.table.size() - ghost_suffix.size(), ghost_suffix.size(), ghost_suffix
            );
            break;
        case helper_role::ghost:
            helper.begins_run = read.kind == statement_kind::create_table_like;
            helper.ghost = helper.table;
            helper.original = read.first(table_role::like);
            break;
        case helper_role::sentry:
        case helper_role::checkpoint: break;
    }
    return helper;
}

// CREATE ... LIKE the original.
std::optional<tool_binding> binds_by_like(const statement_text& s)
{
    if (s.read.kind != statement_kind::create_table_like)
        return std::nullopt;
    const auto helper = nominate_helper(s.read);
    if (!helper || helper->role != helper_role::ghost || !helper->original)
        return std::nullopt;
    return tool_binding{
        .which = tool::gh_ost,
        .original = helper->original->name,
        .ghost = helper->ghost,
        .trigger = {},
    };
}

bool has_no_triggers(std::string_view, const table_name&)
{
    return false;
}

bool maps_no_column(std::string_view, std::string_view, std::string_view)
{
    return false;
}

bool keeps_no_notes(protocol::byte_view)
{
    return false;
}

bool notes_no_run(protocol::byte_view, const table_name&)
{
    return false;
}

table_name gho_of(const table_name& original)
{
    return {original.schema, "_" + original.table + std::string(ghost_suffix)};
}

std::optional<table_name> makes_no_text(const table_name&)
{
    return std::nullopt;
}

bool is_named_as_helper(const table_name& name)
{
    return take_apart(name).role != helper_role::none;
}

}  // namespace

constinit const tool_description gh_ost = {
    .which = tool::gh_ost,
    .name = "gh-ost",
    .rows = row_source::log,
    .judged_at = verdict_event::first_helper,
    .two_step_cut_over = true,
    .is_marked = is_marked,
    .marks_rows = has_gh_ost_mark,
    .copies_in_part = copies_everything,
    .is_helper_of = is_helper_by_name,
    .nominate = nominate_helper,
    .binds = binds_by_like,
    .is_own_trigger = has_no_triggers,
    .maps_column = maps_no_column,
    .is_notes = keeps_no_notes,
    .notes_run = notes_no_run,
    .ghost_of = gho_of,
    .is_helper_name = is_named_as_helper,
    .original_of = makes_no_text,
};

}  // namespace rewrite
