#include "rewrite/migration/binding.hpp"

#include "protocol/ascii.hpp"

#include <algorithm>
#include <array>

namespace rewrite {
namespace {

bool ends_with(std::string_view text, std::string_view end)
{
    return text.size() > end.size() && text.ends_with(end);
}

bool all_digits(std::string_view text)
{
    return std::ranges::all_of(text, protocol::is_digit);
}

// Walks the statements of a tool's trigger body.
class body_reader
{
public:
    body_reader(
        std::string_view body, std::string_view schema, const lexical_rules& rules, name_case names
    )
        : tokens_(body, rules)
        , schema_(schema)
        , names_(names)
    {
        advance();
    }

    // The one table written, or nothing if the body does anything else.
    std::optional<table_name> written_table()
    {
        const bool block = take("BEGIN");
        if (block && is(now_, "DECLARE") && !handler())
            return std::nullopt;
        std::optional<table_name> ghost;
        while (now_.kind != token_kind::end && !(block && is(now_, "END"))) {
            const std::optional<table_name> written = one_write();
            if (!written || (ghost && *ghost != *written))
                return std::nullopt;
            ghost = written;
        }
        return ghost;
    }

private:
    void advance() { now_ = tokens_.next(); }
    bool take(std::string_view word)
    {
        if (!is(now_, word))
            return false;
        advance();
        return true;
    }
    bool take_symbol(char symbol)
    {
        if (!is_symbol(now_, symbol))
            return false;
        advance();
        return true;
    }

    // DECLARE CONTINUE HANDLER FOR 1146 BEGIN END;   (3.3.0 and later)
    bool handler()
    {
        for (const std::string_view word : {"DECLARE", "CONTINUE", "HANDLER", "FOR"})
            if (!take(word))
                return false;
        if (now_.kind != token_kind::number || now_.text != "1146")
            return false;
        advance();
        return take("BEGIN") && take("END") && take_symbol(';');
    }

    // DELETE IGNORE FROM x WHERE ...   or   REPLACE INTO x (...) VALUES (...)
    std::optional<table_name> one_write()
    {
        const bool known =
            take("DELETE") ? take("IGNORE") && take("FROM") : take("REPLACE") && take("INTO");
        if (!known)
            return std::nullopt;
        std::string schema(schema_);
        std::string table = take_name();
        if (take_symbol('.')) {
            schema = table;
            table = take_name();
        }
        if (table.empty())
            return std::nullopt;
        // What follows holds values and columns only: a subquery could read or call anything.
        for (std::size_t depth = 0;; advance()) {
            if (now_.kind == token_kind::end || now_.kind == token_kind::bad)
                break;
            if (is(now_, "SELECT"))
                return std::nullopt;
            if (is_symbol(now_, '('))
                ++depth;
            if (is_symbol(now_, ')') && depth > 0)
                --depth;
            if (is_symbol(now_, ';') && depth == 0)
                break;
        }
        if (now_.kind == token_kind::bad)
            return std::nullopt;
        take_symbol(';');
        return resolve(schema, table, schema_, names_);
    }

    std::string take_name()
    {
        if (now_.kind != token_kind::word && now_.kind != token_kind::name)
            return {};
        std::string name = name_of(now_);
        advance();
        return name;
    }

    tokenizer tokens_;
    token now_;
    std::string_view schema_;
    name_case names_;
};

}  // namespace

bool has_gh_ost_marker(const statement& read)
{
    std::string_view text = read.comment;
    while (!text.empty() && text.front() == ' ')
        text.remove_prefix(1);
    while (!text.empty() && text.back() == ' ')
        text.remove_suffix(1);
    return text == "gh-ost";
}

gh_ost_name nominate(const table_name& name)
{
    struct suffix
    {
        std::string_view text;
        gh_ost_role role;
    };
    static constexpr std::array suffixes = {
        suffix{"_gho", gh_ost_role::ghost},
        suffix{"_ghc", gh_ost_role::changelog},
        suffix{"_del", gh_ost_role::sentry},
        suffix{"_ghk", gh_ost_role::checkpoint},
    };
    if (!name.table.starts_with('_'))
        return {};
    for (const auto& [text, role] : suffixes) {
        if (!ends_with(name.table, text))
            continue;
        std::string base = name.table.substr(1, name.table.size() - 1 - text.size());
        // _t_YYYYMMDDhhmmss_del, with --timestamp-old-table
        if (role == gh_ost_role::sentry && base.size() > 15 && base[base.size() - 15] == '_' &&
            all_digits(std::string_view(base).substr(base.size() - 14)))
            base.resize(base.size() - 15);
        return {.role = role, .base = std::move(base)};
    }
    return {};
}

bool same_run(const gh_ost_name& helper, const table_name& helper_name, const table_name& ghost)
{
    const gh_ost_name other = nominate(ghost);
    if (helper.role == gh_ost_role::none || other.role != gh_ost_role::ghost ||
        helper_name.schema != ghost.schema)
        return false;
    if (helper.base == other.base)
        return true;
    const bool was_cut = helper_name.table.size() >= 60;
    return helper.role == gh_ost_role::sentry && was_cut && other.base.starts_with(helper.base);
}

std::optional<tool_trigger> read_tool_trigger(
    std::string_view text,
    const statement& read,
    std::string_view default_database,
    const lexical_rules& rules,
    name_case names
)
{
    const table_reference* on = read.first(table_role::on);
    if (read.kind != statement_kind::create_trigger || !on || read.trigger.time != "AFTER" ||
        read.trigger.name.table.find("pt_osc_") == std::string::npos ||
        read.trigger.body_offset > text.size())
        return std::nullopt;
    body_reader body(text.substr(read.trigger.body_offset), default_database, rules, names);
    const std::optional<table_name> ghost = body.written_table();
    if (!ghost || *ghost == on->name)
        return std::nullopt;
    return tool_trigger{.name = read.trigger.name, .original = on->name, .ghost = *ghost};
}

bool writes_only(std::string_view body, const table_name& ghost, name_case names)
{
    body_reader reader(body, ghost.schema, {}, names);
    return reader.written_table() == ghost;
}

bool has_tool_marker(std::string_view text)
{
    return text.find("/* gh-ost") != std::string_view::npos ||
           text.find("/*pt-online-schema-change") != std::string_view::npos ||
           text.find("/* pt-online-schema-change") != std::string_view::npos;
}

}  // namespace rewrite
