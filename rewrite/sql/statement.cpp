#include "rewrite/sql/statement.hpp"

#include "protocol/ascii.hpp"
#include "rewrite/sql/statement_reader.hpp"

#include <algorithm>
#include <array>

namespace rewrite {

namespace {

bool may_be(const table_reference& reference, const table_name& table)
{
    if (reference.exact)
        return reference.name == table;
    return !protocol::is_ascii(table.table) || !protocol::is_ascii(table.schema);
}

// The statement of a group of verbs that change rows, or only read them.
constexpr std::array row_verbs{
    std::string_view("INSERT"),
    std::string_view("UPDATE"),
    std::string_view("DELETE"),
    std::string_view("REPLACE"),
    std::string_view("LOAD"),
    std::string_view("CALL"),
    std::string_view("DO"),
    std::string_view("WITH"),
    std::string_view("SELECT"),
    std::string_view("TABLE"),
    std::string_view("VALUES"),
};

}  // namespace

bool statement::names(const table_name& table) const
{
    return kind == statement_kind::unreadable ||
           std::ranges::any_of(tables, [&](const auto& t) { return may_be(t, table); });
}

const table_reference* statement::first(table_role role) const
{
    const auto at = std::ranges::find(tables, role, &table_reference::role);
    return at == tables.end() ? nullptr : &*at;
}

statement read_statement(
    std::string_view text,
    std::string_view default_database,
    const lexical_rules& rules,
    name_case names
)
{
    // Two of three statements in a log of row changes are these.
    if (text == "BEGIN" || text == "COMMIT") {
        statement result;
        result.kind = text == "BEGIN" ? statement_kind::begin : statement_kind::commit;
        return result;
    }
    return statement_reader(text, default_database, rules, names).read();
}

statement_reader::statement_reader(
    std::string_view text,
    std::string_view default_database,
    const lexical_rules& rules,
    name_case names
)
    : text_(text)
    , default_database_(default_database)
    , rules_(rules)
    , names_(names)
    , lexer_(text, rules)
{}

statement statement_reader::read()
{
    step();
    dispatch();
    skip_to_end();
    if (failed_)
        out_.kind = statement_kind::unreadable;
    return std::move(out_);
}

void statement_reader::step()
{
    at_ = lexer_.next();
    if (at_.kind == token_kind::bad)
        fail();
    if (out_.comment.empty() && out_.tables.empty())
        out_.comment = lexer_.comment();
}

token statement_reader::peek() const
{
    tokenizer ahead = lexer_;
    return ahead.next();
}

bool statement_reader::take(std::string_view keyword)
{
    if (!is(at_, keyword))
        return false;
    step();
    return true;
}

bool statement_reader::take_symbol(char symbol)
{
    if (!is_symbol(at_, symbol))
        return false;
    step();
    return true;
}

// A quote that does not end may be anywhere.
void statement_reader::skip_to_end()
{
    while (at_.kind != token_kind::end && at_.kind != token_kind::bad)
        step();
}

// name, schema.name, .name or, where columns are meant, the first two parts of schema.table.column.
std::optional<statement_reader::typed_name> statement_reader::read_name()
{
    typed_name typed;
    take_symbol('.');
    if (!is_identifier(at_))
        return std::nullopt;
    typed.table = at_;
    if (is_symbol(peek(), '.')) {
        step();
        if (is_identifier(peek())) {
            step();
            typed.schema = typed.table;
            typed.table = at_;
        }
    }
    return typed;
}

std::string statement_reader::folded(const token& name) const
{
    return resolve({}, name_in_utf8(name, rules_), {}, names_).table;
}

table_reference statement_reader::reference(
    const typed_name& typed, table_role role, std::string_view default_database
) const
{
    const bool qualified = typed.schema.kind != token_kind::end;
    const std::string schema = qualified ? name_in_utf8(typed.schema, rules_) : std::string();
    table_reference result;
    result.name = resolve(schema, name_in_utf8(typed.table, rules_), default_database, names_);
    result.role = role;
    result.offset = qualified ? typed.schema.offset : typed.table.offset;
    result.size = typed.table.offset + typed.table.text.size() - result.offset;
    result.exact = converts(typed.table.text, rules_) && converts(typed.schema.text, rules_);
    return result;
}

table_reference* statement_reader::read_table(table_role role, std::string_view default_database)
{
    const auto typed = read_name();
    if (!typed) {
        fail();
        return nullptr;
    }
    out_.tables.push_back(reference(*typed, role, default_database));
    step();
    return &out_.tables.back();
}

table_reference* statement_reader::read_table(table_role role)
{
    return read_table(role, default_database_);
}

void statement_reader::read_table_list(table_role role)
{
    do {
        read_table(role);
    } while (!failed_ && take_symbol(','));
}

bool statement_reader::take_if_exists()
{
    if (!is(at_, "IF") || !is(peek(), "EXISTS"))
        return false;
    step();
    step();
    return out_.if_exists = true;
}

bool statement_reader::take_if_not_exists()
{
    if (!is(at_, "IF") || !is(peek(), "NOT"))
        return false;
    step();
    step();
    take("EXISTS");
    return out_.if_not_exists = true;
}

void statement_reader::dispatch()
{
    skip_set_statement();
    if (at_.kind == token_kind::end || read_transaction_word())
        return;
    if (take("CREATE"))
        return read_create();
    if (take("ALTER"))
        return read_alter();
    if (take("DROP"))
        return read_drop();
    if (take("RENAME"))
        return read_rename();
    if (take("TRUNCATE"))
        return read_truncate();
    if (is(at_, "ANALYZE") || is(at_, "OPTIMIZE") || is(at_, "CHECK") || is(at_, "REPAIR"))
        return read_maintenance();
    if (take("FLUSH"))
        return read_flush();
    if (is(at_, "GRANT") || is(at_, "REVOKE"))
        return read_grant();

    const auto fits = [this](std::string_view verb) { return is(at_, verb); };
    if (std::ranges::any_of(row_verbs, fits) || is_symbol(at_, '(')) {
        out_.kind = statement_kind::change_rows;
        read_names(default_database_);
    }
}

// MariaDB logs SET STATEMENT variable = value, ... FOR statement as it was sent.
void statement_reader::skip_set_statement()
{
    if (!is(at_, "SET") || !is(peek(), "STATEMENT"))
        return;
    while (at_.kind != token_kind::end && at_.kind != token_kind::bad && !is(at_, "FOR"))
        step();
    take("FOR");
}

bool statement_reader::read_transaction_word()
{
    if (take("BEGIN")) {
        out_.kind = statement_kind::begin;
    } else if (take("COMMIT")) {
        out_.kind = statement_kind::commit;
    } else if (take("START")) {
        if (is(at_, "TRANSACTION"))
            out_.kind = statement_kind::begin;
    } else if (take("ROLLBACK")) {
        take("WORK");
        out_.kind = is(at_, "TO") ? statement_kind::savepoint : statement_kind::rollback;
    } else if (take("SAVEPOINT")) {
        out_.kind = statement_kind::savepoint;
    } else if (take("RELEASE")) {
        if (is(at_, "SAVEPOINT"))
            out_.kind = statement_kind::savepoint;
    } else if (take("XA")) {
        read_xa();
    } else {
        return false;
    }
    return true;
}

// ANALYZE [NO_WRITE_TO_BINLOG | LOCAL] TABLE a, b ...
void statement_reader::read_maintenance()
{
    step();
    if (!take("NO_WRITE_TO_BINLOG"))
        take("LOCAL");
    if (!take("TABLE") && !take("TABLES"))
        return;
    out_.kind = statement_kind::analyze_table;
    read_table_list(table_role::target);
}

void statement_reader::read_flush()
{
    out_.kind = statement_kind::flush;
    if (!take("NO_WRITE_TO_BINLOG"))
        take("LOCAL");
    if (!take("TABLE") && !take("TABLES"))
        return;
    if (at_.kind == token_kind::end || is(at_, "WITH"))
        return;
    read_table_list(table_role::read);
}

// GRANT ... ON [TABLE] schema.table TO ...; roles and PROXY name no table.
void statement_reader::read_grant()
{
    out_.kind = statement_kind::grant;
    step();
    std::size_t depth = 0;
    for (; at_.kind != token_kind::end && at_.kind != token_kind::bad; step()) {
        if (is(at_, "PROXY") || (is(at_, "TO") && depth == 0))
            return;
        if (is_symbol(at_, '('))
            ++depth;
        else if (is_symbol(at_, ')') && depth > 0)
            --depth;
        else if (depth == 0 && is(at_, "ON"))
            break;
    }
    if (!take("ON"))
        return;
    if (is(at_, "FUNCTION") || is(at_, "PROCEDURE") || is(at_, "PACKAGE"))
        return;
    if (is(at_, "TABLE") && !is_symbol(peek(), '.'))
        step();
    const auto typed = read_name();
    if (!typed)
        return;  // *.* or *
    if (is_symbol(at_, '.'))
        return;  // schema.*
    out_.tables.push_back(reference(*typed, table_role::on, default_database_));
}

bool is_one_statement(std::string_view text, const lexical_rules& rules)
{
    const std::vector<token> tokens = tokenize(text, rules);
    const auto semicolon =
        std::ranges::find_if(tokens, [](const token& t) { return is_symbol(t, ';'); });
    return semicolon == tokens.end() || std::next(semicolon)->kind == token_kind::end;
}

}  // namespace rewrite
