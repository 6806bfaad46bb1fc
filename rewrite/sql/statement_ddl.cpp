#include "protocol/ascii.hpp"
#include "rewrite/sql/statement_reader.hpp"

#include <algorithm>
#include <array>

// What is created, altered, dropped and renamed. Grammar: sql/sql_yacc.yy.
namespace rewrite {

namespace {

bool is_over(const token& t)
{
    return t.kind == token_kind::end || t.kind == token_kind::bad;
}

// Words that may come between CREATE, ALTER or DROP and the kind of object.
constexpr std::array leading_words{
    std::string_view("OR"),       std::string_view("REPLACE"),   std::string_view("TEMPORARY"),
    std::string_view("ONLINE"),   std::string_view("OFFLINE"),   std::string_view("IGNORE"),
    std::string_view("UNIQUE"),   std::string_view("FULLTEXT"),  std::string_view("SPATIAL"),
    std::string_view("VECTOR"),   std::string_view("ALGORITHM"), std::string_view("UNDEFINED"),
    std::string_view("MERGE"),    std::string_view("TEMPTABLE"), std::string_view("SQL"),
    std::string_view("SECURITY"), std::string_view("INVOKER"),   std::string_view("AGGREGATE"),
    std::string_view("EXTERNAL"),
};

}  // namespace

// After CREATE: skips to the kind of object, past OR REPLACE, DEFINER = user and the like.
void statement_reader::read_create()
{
    const auto leads = [this](std::string_view word) { return is(at_, word); };
    for (;;) {
        if (is(at_, "DEFINER") && is_symbol(peek(), '=')) {
            step();
            step();
            step();  // the user, whatever it is called
            if (take_symbol('@') || take_symbol('('))
                step();
        } else if (is_symbol(at_, '=') || std::ranges::any_of(leading_words, leads)) {
            out_.temporary |= is(at_, "TEMPORARY");
            step();
        } else if (is(at_, "DEFINER")) {
            step();  // SQL SECURITY DEFINER
        } else {
            break;
        }
    }

    if (take("TABLE"))
        return read_create_table();
    if (take("TRIGGER"))
        return read_create_trigger();
    if (take("VIEW"))
        return read_create_view();
    if (take("INDEX"))
        return read_create_index();
    if (take("DATABASE") || take("SCHEMA"))
        return read_database(statement_kind::create_database);
    if (take("SEQUENCE")) {  // MariaDB's live among the tables
        take_if_not_exists();
        read_table(table_role::target);
    }
}

void statement_reader::read_create_table()
{
    out_.kind = statement_kind::create_table;
    take_if_not_exists();
    const table_reference* target = read_table(table_role::target);
    if (target == nullptr)
        return;
    out_.clauses_offset = is_over(at_) ? text_.size() : at_.offset;

    const bool bracketed = is_symbol(at_, '(') && is(peek(), "LIKE");
    if (bracketed)
        step();
    if (take("LIKE")) {
        out_.kind = statement_kind::create_table_like;
        read_table(table_role::like);
        return;
    }
    const std::string schema = target->name.schema;  // the reference moves when others come
    read_create_body(schema);
}

// Columns, options, partitions, a query: looks for what names other tables.
void statement_reader::read_create_body(const std::string& schema)
{
    std::size_t depth = 0;
    while (!is_over(at_)) {
        if (is(at_, "SELECT") || (depth == 0 && (is(at_, "WITH") || is(at_, "TABLE")))) {
            const bool versioning = is(at_, "WITH") && is(peek(), "SYSTEM");
            if (!versioning) {
                out_.kind = statement_kind::create_table_select;
                return read_names(default_database_);
            }
        }
        if (is_symbol(at_, '(')) {
            ++depth;
        } else if (is_symbol(at_, ')')) {
            depth -= depth > 0 ? 1 : 0;
        } else if (is_symbol(at_, '.')) {
            step();  // what follows is no keyword
        } else if (is(at_, "REFERENCES")) {
            step();
            read_table(table_role::references, schema);
            continue;
        } else if (depth == 0 && is(at_, "UNION")) {
            read_union();
            continue;
        }
        step();
    }
}

// UNION = (a, b) of a MERGE table.
void statement_reader::read_union()
{
    step();
    take_symbol('=');
    if (!take_symbol('('))
        return;
    if (!take_symbol(')'))
        read_table_list(table_role::read);
}

void statement_reader::read_create_trigger()
{
    out_.kind = statement_kind::create_trigger;
    take_if_not_exists();
    const auto name = read_name();
    if (!name)
        return fail();
    step();

    out_.trigger.time = protocol::upper(at_.text);
    step();
    out_.trigger.event = protocol::upper(at_.text);
    step();
    while (!is_over(at_) && !is(at_, "ON"))
        step();  // MariaDB: OR UPDATE, OF column
    if (!take("ON"))
        return fail();
    const table_reference* table = read_table(table_role::on);
    if (table == nullptr)
        return;
    const std::string schema = table->name.schema;
    out_.trigger.name = reference(*name, table_role::read, schema).name;

    if (!take("FOR") || !take("EACH") || !take("ROW"))
        return fail();
    if (is(at_, "FOLLOWS") || is(at_, "PRECEDES")) {
        step();
        read_name();
        step();
    }
    out_.trigger.body_offset = is_over(at_) ? text_.size() : at_.offset;
    read_names(schema);
}

void statement_reader::read_create_view()
{
    out_.kind = statement_kind::create_view;
    take_if_not_exists();
    if (read_table(table_role::target) != nullptr)
        read_names(default_database_);
}

// CREATE INDEX [IF NOT EXISTS] name [USING BTREE] ON table (...); DROP INDEX name ON table.
void statement_reader::read_create_index()
{
    out_.kind = statement_kind::create_index;
    take_if_not_exists();
    if (!is(at_, "ON"))
        step();
    while (!is_over(at_) && !is(at_, "ON"))
        step();
    if (!take("ON"))
        return fail();
    read_table(table_role::on);
}

void statement_reader::read_alter()
{
    const token first = at_;
    if (is(first, "DEFINER") || is(first, "ALGORITHM") || is(first, "SQL") || is(first, "VIEW")) {
        // ALTER VIEW has CREATE VIEW's form. EVENT, with a definer too, is nothing to us.
        read_create();
        return;
    }
    while (is(at_, "ONLINE") || is(at_, "OFFLINE") || is(at_, "IGNORE"))
        step();
    if (take("TABLE"))
        return read_alter_table();
    if (take("DATABASE") || take("SCHEMA"))
        return read_database(statement_kind::alter_database);
    if (take("SEQUENCE")) {
        take_if_exists();
        read_table(table_role::target);
    }
}

void statement_reader::read_alter_table()
{
    out_.kind = statement_kind::alter_table;
    take_if_exists();
    const table_reference* target = read_table(table_role::target);
    if (target == nullptr)
        return;
    out_.clauses_offset = target->offset + target->size;
    read_alter_clauses();
}

void statement_reader::read_alter_clauses()
{
    std::size_t depth = 0;
    while (!is_over(at_) && !failed_) {
        if (is_symbol(at_, '.')) {
            step();  // what follows is no keyword
        } else if (is_symbol(at_, '(')) {
            ++depth;
        } else if (is_symbol(at_, ')')) {
            depth -= depth > 0 ? 1 : 0;
        } else if (is(at_, "REFERENCES")) {
            read_foreign_reference();
            continue;
        } else if (depth == 0 && at_.kind == token_kind::word) {
            read_clause_names();
            continue;
        }
        step();
    }
}

// A parent named without its schema is looked for in the child's.
void statement_reader::read_foreign_reference()
{
    const std::string schema = out_.tables.front().name.schema;
    step();
    read_table(table_role::references, schema);
}

// At a word outside of parentheses: the clauses that name a table. RENAME and TABLE are reserved
// words, so neither is a column.
void statement_reader::read_clause_names()
{
    if (is(at_, "UNION"))
        return read_union();
    if (take("TABLE")) {  // EXCHANGE PARTITION p WITH TABLE x; MariaDB's CONVERT ... TABLE x
        read_table(table_role::exchange);
        return;
    }
    if (!take("RENAME")) {
        step();
        return;
    }
    if (is(at_, "COLUMN") || is(at_, "INDEX") || is(at_, "KEY"))
        return;
    if (!take("TO") && !take("AS"))
        take_symbol('=');
    // The new name's schema is the session's, not the table's own.
    const std::string own = out_.tables.front().name.schema;
    out_.kind = statement_kind::alter_table_rename;
    read_table(table_role::rename_to, default_database_.empty() ? own : default_database_);
}

void statement_reader::read_drop()
{
    out_.temporary = take("TEMPORARY");
    while (is(at_, "ONLINE") || is(at_, "OFFLINE"))
        step();
    if (take("TABLE") || take("TABLES"))
        return read_drop_table();
    if (take("TRIGGER"))
        return read_drop_trigger();
    if (take("VIEW")) {
        out_.kind = statement_kind::drop_view;
        take_if_exists();
        return read_table_list(table_role::target);
    }
    if (take("INDEX")) {
        take_if_exists();
        read_create_index();
        out_.kind = statement_kind::drop_index;
        return;
    }
    if (take("DATABASE") || take("SCHEMA"))
        return read_database(statement_kind::drop_database);
    if (take("SEQUENCE")) {
        take_if_exists();
        read_table_list(table_role::target);
    }
}

void statement_reader::read_drop_table()
{
    out_.kind = statement_kind::drop_table;
    take_if_exists();
    read_table_list(table_role::target);
}

void statement_reader::read_drop_trigger()
{
    out_.kind = statement_kind::drop_trigger;
    take_if_exists();
    const auto name = read_name();
    if (!name)
        return fail();
    out_.trigger.name = reference(*name, table_role::read, default_database_).name;
    step();
}

void statement_reader::read_truncate()
{
    out_.kind = statement_kind::truncate_table;
    take("TABLE");
    read_table(table_role::target);
}

void statement_reader::read_rename()
{
    if (!take("TABLE") && !take("TABLES"))
        return;  // USER
    out_.kind = statement_kind::rename_table;
    take_if_exists();
    do {
        if (read_table(table_role::rename_from) == nullptr)
            return;
        if (take("WAIT"))  // MariaDB
            step();
        else
            take("NOWAIT");
        if (!take("TO"))
            return fail();
        read_table(table_role::rename_to);
    } while (!failed_ && take_symbol(','));
}

void statement_reader::read_database(statement_kind kind)
{
    out_.kind = kind;
    take_if_exists();
    take_if_not_exists();
    const auto is_option = [this](std::string_view word) { return is(at_, word); };
    constexpr std::array options{
        std::string_view("DEFAULT"),
        std::string_view("CHARACTER"),
        std::string_view("CHARSET"),
        std::string_view("COLLATE"),
        std::string_view("ENCRYPTION"),
        std::string_view("COMMENT"),
        std::string_view("READ"),
        std::string_view("UPGRADE"),
    };
    const bool unnamed = kind == statement_kind::alter_database &&
                         (is_over(at_) || std::ranges::any_of(options, is_option));
    if (unnamed)
        out_.database = resolve({}, default_database_, {}, names_).table;
    else if (is_identifier(at_))
        out_.database = folded(at_);
    else
        fail();
}

}  // namespace rewrite
