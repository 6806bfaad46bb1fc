#include "rewrite/tool/pt_osc.hpp"

#include "protocol/ascii.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <vector>

namespace rewrite {
namespace {

// Walks the statements of a tool's trigger body.
class trigger_body
{
public:
    trigger_body(
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
        const bool writes =
            take("DELETE") ? take("IGNORE") && take("FROM") : take("REPLACE") && take("INTO");
        if (!writes)
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

bool is_never_marked(const statement&)
{
    return false;
}

bool has_pt_osc_mark(std::string_view text)
{
    return text.find("/*pt-online-schema-change") != std::string_view::npos ||
           text.find("/* pt-online-schema-change") != std::string_view::npos;
}

// Past the ")" of the "(" at `at`; past all tokens if it does not close.
std::size_t past_group(std::span<const token> tokens, std::size_t at)
{
    std::size_t depth = 0;
    for (; at < tokens.size(); ++at) {
        if (is_symbol(tokens[at], '('))
            ++depth;
        else if (is_symbol(tokens[at], ')') && --depth == 0)
            return at + 1;
    }
    return at;
}

// INSERT IGNORE INTO ghost (...) SELECT ... FROM original FORCE INDEX(...)
//    WHERE (lower bound) AND (upper bound) [AND (--where)] LOCK IN SHARE MODE
// and of a table that fits into one chunk: [WHERE --where], with another mark at its end.
// Source: pt-online-schema-change 3.7.1, NibbleIterator.
bool has_where_of_its_user(std::string_view text)
{
    if (!has_pt_osc_mark(text))
        return false;
    const std::vector<token> tokens = tokenize(text, {});
    std::size_t at = 0;
    while (at < tokens.size() && !is(tokens[at], "WHERE"))
        at = is_symbol(tokens[at], '(') ? past_group(tokens, at) : at + 1;
    if (at >= tokens.size())
        return false;
    if (text.find(" copy nibble*/") == std::string_view::npos)
        return text.find(" copy table*/") != std::string_view::npos;
    std::size_t groups = 0;
    do {
        at = past_group(tokens, at + 1);
        ++groups;
    } while (at + 1 < tokens.size() && is(tokens[at], "AND") && is_symbol(tokens[at + 1], '('));
    return groups > 2;
}

// Whatever a name is, nothing follows from it: the triggers bind.
bool is_never_helper(const table_name&, const table_name&)
{
    return false;
}

std::optional<nomination> nominate_nothing(const statement&)
{
    return std::nullopt;
}

// A trigger as the tool makes it: AFTER, on the original, doing nothing but DELETE IGNORE FROM and
// REPLACE INTO one other table.
std::optional<tool_binding> binds_by_trigger(const statement_text& s)
{
    const table_reference* on = s.read.first(table_role::on);
    const trigger_definition& trigger = s.read.trigger;
    if (s.read.kind != statement_kind::create_trigger || !on || trigger.time != "AFTER" ||
        trigger.name.table.find("pt_osc_") == std::string::npos ||
        trigger.body_offset > s.text.size())
        return std::nullopt;
    trigger_body body(s.text.substr(trigger.body_offset), s.database, s.rules, s.names);
    const std::optional<table_name> ghost = body.written_table();
    if (!ghost || *ghost == on->name)
        return std::nullopt;
    return tool_binding{
        .which = tool::pt_osc, .original = on->name, .ghost = *ghost, .trigger = trigger.name
    };
}

// Its body writes the ghost, INTO or FROM [schema.]ghost.
bool writes_ghost(std::string_view body, const table_name& ghost)
{
    const std::vector<token> tokens = tokenize(body, {});
    for (std::size_t i = 1; i < tokens.size(); ++i) {
        if (!is_identifier(tokens[i]) ||
            !protocol::equal_without_case(name_of(tokens[i]), ghost.table))
            continue;
        const bool qualified = i >= 3 && is_symbol(tokens[i - 1], '.');
        const token& before = tokens[qualified ? i - 3 : i - 1];
        if (is(before, "INTO") || is(before, "FROM"))
            return true;
    }
    return false;
}

// The items of a list in parentheses, from its "(" on; `next` is behind its ")".
std::vector<std::span<const token>>
items_of(std::span<const token> tokens, std::size_t open, std::size_t& next)
{
    std::vector<std::span<const token>> items;
    std::size_t begin = open + 1;
    for (next = begin; next < tokens.size(); ++next) {
        const bool ends = is_symbol(tokens[next], ')');
        if (!ends && !is_symbol(tokens[next], ','))
            continue;
        items.push_back(tokens.subspan(begin, next - begin));
        begin = next + 1;
        if (ends) {
            ++next;
            return items;
        }
    }
    return {};
}

bool names_column(std::span<const token> item, std::string_view column)
{
    return !item.empty() && is_identifier(item.back()) &&
           protocol::equal_without_case(name_of(item.back()), column);
}

// REPLACE INTO ghost (`renamed`, ...) VALUES (NEW.`column`, ...)
bool maps_in_replace(std::string_view body, std::string_view column, std::string_view renamed)
{
    const std::vector<token> tokens = tokenize(body, {});
    const auto replace =
        std::ranges::find_if(tokens, [](const token& t) { return is(t, "REPLACE"); });
    if (replace == tokens.end())
        return true;
    const auto open =
        std::find_if(replace, tokens.end(), [](const token& t) { return is_symbol(t, '('); });
    std::size_t next = 0;
    const auto columns = items_of(tokens, static_cast<std::size_t>(open - tokens.begin()), next);
    if (next + 1 >= tokens.size() || !is(tokens[next], "VALUES") ||
        !is_symbol(tokens[next + 1], '('))
        return false;
    const auto values = items_of(tokens, next + 1, next);
    if (columns.size() != values.size())
        return false;
    for (std::size_t i = 0; i < columns.size(); ++i) {
        if (names_column(columns[i], renamed))
            return values[i].size() == 3 && is(values[i][0], "NEW") &&
                   names_column(values[i], column);
    }
    return false;
}

// The table of --history, whose name is free: job_id, db, tbl, new_table_name, altr, args, both
// boundaries, done, ts.
bool is_notes(protocol::byte_view column_types)
{
    static constexpr std::array<std::uint8_t, 10> types = {
        3, 254, 254, 254, 252, 252, 252, 252, 254, 17
    };
    return std::ranges::equal(column_types, types);
}

// A run that is resumed begins with new_table_name, a CHAR(64), in an UPDATE of its own. Found by
// its length: one byte, or two where the character set is a wide one.
bool notes_run(protocol::byte_view rows, const table_name& ghost)
{
    const std::string_view text = protocol::as_text(rows);
    const char length = static_cast<char>(ghost.table.size());
    for (std::size_t at = text.find(ghost.table); at != std::string_view::npos;
         at = text.find(ghost.table, at + 1)) {
        const std::string_view before = text.substr(0, at);
        if (before.ends_with(length) || before.ends_with(std::string{length, '\0'}))
            return true;
    }
    return false;
}

table_name new_of(const table_name& original)
{
    return {original.schema, "_" + original.table + "_new"};
}

// Its run begins with no DROP.
bool drops_nothing_first(const table_name&)
{
    return false;
}

}  // namespace

// More underscores, where a table of that name is left over, are not taken away: the original may
// begin with one.
std::optional<table_name> original_of_new(const table_name& ghost)
{
    const std::string_view name = ghost.table;
    if (name.size() <= 5 || !name.starts_with('_') || !name.ends_with("_new"))
        return std::nullopt;
    return table_name{ghost.schema, std::string(name.substr(1, name.size() - 5))};
}

constinit const tool_description pt_osc = {
    .which = tool::pt_osc,
    .name = "pt-online-schema-change",
    .rows = row_source::triggers,
    .judged_at = verdict_event::binding,
    .two_step_cut_over = false,
    .is_marked = is_never_marked,
    .marks_rows = has_pt_osc_mark,
    .copies_in_part = has_where_of_its_user,
    .is_helper_of = is_never_helper,
    .nominate = nominate_nothing,
    .binds = binds_by_trigger,
    .is_own_trigger = writes_ghost,
    .maps_column = maps_in_replace,
    .is_notes = is_notes,
    .notes_run = notes_run,
    .ghost_of = new_of,
    .is_helper_name = drops_nothing_first,
    .original_of = original_of_new,
};

}  // namespace rewrite
