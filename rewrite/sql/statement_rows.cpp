#include "rewrite/sql/statement_reader.hpp"

#include <algorithm>
#include <array>

// The tables that a query, a change of rows or a trigger's body may touch. Not a grammar: it
// follows the words that tables come after, and takes every qualified name too. What it finds
// too many costs a needless look; what it missed would hide a write.
namespace rewrite {

namespace {

enum class effect : std::uint8_t {
    none,     // may come between a verb and its table
    from,     // also USING
    join,     // tables go on
    into,     // one table, written
    table,    // TABLE t, INTO TABLE t
    update,   // a list, written
    insert,   // one table, written; with a parenthesis a function
    remove,   // DELETE
    select,   // no table before FROM
    closing,  // the list of tables is over
};

struct keyword_effect
{
    std::string_view word;
    effect what;
};

// All reserved words: none can be a table without quotes.
constexpr std::array keyword_effects{
    keyword_effect{"FROM", effect::from},          keyword_effect{"JOIN", effect::join},
    keyword_effect{"INTO", effect::into},          keyword_effect{"SELECT", effect::select},
    keyword_effect{"INSERT", effect::insert},      keyword_effect{"REPLACE", effect::insert},
    keyword_effect{"UPDATE", effect::update},      keyword_effect{"DELETE", effect::remove},
    keyword_effect{"USING", effect::from},         keyword_effect{"STRAIGHT_JOIN", effect::join},
    keyword_effect{"TABLE", effect::table},        keyword_effect{"VALUES", effect::closing},
    keyword_effect{"SET", effect::closing},        keyword_effect{"WHERE", effect::closing},
    keyword_effect{"GROUP", effect::closing},      keyword_effect{"ORDER", effect::closing},
    keyword_effect{"HAVING", effect::closing},     keyword_effect{"LIMIT", effect::closing},
    keyword_effect{"IGNORE", effect::none},        keyword_effect{"LOW_PRIORITY", effect::none},
    keyword_effect{"HIGH_PRIORITY", effect::none}, keyword_effect{"DELAYED", effect::none},
    keyword_effect{"LATERAL", effect::none},       keyword_effect{"ON", effect::none},
    keyword_effect{"LEFT", effect::none},          keyword_effect{"RIGHT", effect::none},
    keyword_effect{"INNER", effect::none},         keyword_effect{"CROSS", effect::none},
    keyword_effect{"NATURAL", effect::none},       keyword_effect{"AS", effect::none},
};

const keyword_effect* find_effect(const token& word)
{
    const auto row = std::ranges::find_if(keyword_effects, [&](const keyword_effect& k) {
        return is(word, k.word);
    });
    return row == keyword_effects.end() ? nullptr : &*row;
}

}  // namespace

void statement_reader::read_names(std::string_view default_database)
{
    std::vector<nesting> nest(1);
    token before;
    while (at_.kind != token_kind::end && at_.kind != token_kind::bad) {
        const token current = at_;
        nesting& here = nest.back();
        if (at_.kind == token_kind::symbol)
            on_symbol(nest);
        else if (at_.kind == token_kind::name ||
                 (at_.kind == token_kind::word && !on_keyword(here, before)))
            on_name(here, default_database);
        before = current;
        step();
    }
}

void statement_reader::on_symbol(std::vector<nesting>& nest)
{
    nesting& here = nest.back();
    switch (at_.text.front()) {
        case '(': {
            // FROM (a JOIN b), FROM (SELECT ...): tables may be inside; in any other parenthesis
            // only after a word of its own.
            nesting inner;
            if (here.place == name_place::next) {
                inner.place = name_place::next;
                inner.writes = here.writes;
                here.place = name_place::in_list;
            } else if (here.place == name_place::one_next) {
                here.place = name_place::nowhere;
            }
            nest.push_back(inner);
            break;
        }
        case ')':
            if (nest.size() > 1)
                nest.pop_back();
            break;
        case ',':
            if (here.place == name_place::in_list)
                here.place = name_place::next;
            break;
        case ';': nest.assign(1, {}); break;
        case '{':
            if (here.place == name_place::next)
                step();  // { OJ a LEFT JOIN b }
            break;
        case '.': {
            if (here.place == name_place::next || here.place == name_place::one_next)
                break;  // .table, of the default database
                        // A column, or whatever else: no keyword.
            if (is_identifier(peek()))
                step();
            break;
        }
        default: break;
    }
}

// At a word: true if it is one that moves us.
bool statement_reader::on_keyword(nesting& here, const token& before)
{
    const keyword_effect* keyword = find_effect(at_);
    if (keyword == nullptr)
        return is(at_, "QUICK") && is(before, "DELETE");

    const bool index_hint = is(before, "FOR");  // USE INDEX FOR JOIN (...), FOR ORDER BY (...)
    switch (keyword->what) {
        case effect::none: break;
        case effect::from:
            if (is(at_, "USING") && !here.deletes)
                break;
            here.place = name_place::next;
            here.writes = here.deletes;
            break;
        case effect::join:
            if (!index_hint && !is(before, "SELECT"))
                here.place = name_place::next;
            break;
        case effect::into:
            here.place = here.selects ? name_place::nowhere : name_place::one_next;
            here.writes = true;
            break;
        case effect::table:
            here.writes = here.writes && here.place == name_place::one_next;
            here.place = name_place::one_next;
            break;
        case effect::update:
            if (index_hint || is(before, "KEY")) {
                here.place = name_place::nowhere;  // SELECT ... FOR UPDATE, ON DUPLICATE KEY UPDATE
                break;
            }
            here = {.place = name_place::next, .writes = true, .deletes = false, .selects = false};
            break;
        case effect::insert:
            if (!is_symbol(peek(), '('))
                here = {
                    .place = name_place::one_next,
                    .writes = true,
                    .deletes = false,
                    .selects = false
                };
            break;
        case effect::remove:
            here = {.place = name_place::next, .writes = true, .deletes = true, .selects = false};
            break;
        case effect::select:
            here = {
                .place = name_place::nowhere, .writes = false, .deletes = false, .selects = true
            };
            break;
        case effect::closing:
            if (!index_hint)
                here.place = name_place::nowhere;
            break;
    }
    return true;
}

// Whether a dot may follow; peeking at every word would read a long statement twice.
bool statement_reader::is_followed_by_dot() const
{
    const std::size_t next = at_.offset + at_.text.size();
    if (next >= text_.size())
        return false;
    const char c = text_[next];
    if (c == ',' || c == ')' || c == '(' || c == '=')
        return false;
    return is_symbol(peek(), '.');
}

void statement_reader::on_name(nesting& here, std::string_view default_database)
{
    const bool trigger_body = out_.kind == statement_kind::create_trigger;
    const bool expected = here.place == name_place::next || here.place == name_place::one_next;
    const bool qualified = is_followed_by_dot();
    if (!expected && !qualified)
        return;
    if (trigger_body && qualified && (is(at_, "NEW") || is(at_, "OLD")))
        return;

    const auto typed = read_name();
    if (!typed)
        return;
    if (expected)
        here.place = here.place == name_place::next ? name_place::in_list : name_place::nowhere;
    const bool written = expected && here.writes;
    if (out_.kind == statement_kind::change_rows && is_repeated(*typed, written))
        return;
    const bool is_target = written && !trigger_body;
    out_.tables.push_back(
        reference(*typed, is_target ? table_role::target : table_role::read, default_database)
    );
    out_.tables.back().written = written;
}

bool statement_reader::is_repeated(const typed_name& typed, bool written)
{
    const std::size_t begin =
        typed.schema.kind != token_kind::end ? typed.schema.offset : typed.table.offset;
    const std::size_t end = typed.table.offset + typed.table.text.size();
    const auto [seen, is_new] = seen_.try_emplace(text_.substr(begin, end - begin), written);
    if (is_new)
        return false;
    const bool repeated = seen->second || !written;
    seen->second |= written;
    return repeated;
}

}  // namespace rewrite
