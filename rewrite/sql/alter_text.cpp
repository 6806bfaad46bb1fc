#include "rewrite/sql/alter_text.hpp"

#include "rewrite/sql/table_elements.hpp"

#include <array>

namespace rewrite {

namespace {

using enum clause_kind;

// Two words that are a whole clause.
struct fixed_clause
{
    std::string_view first;
    std::string_view second;
    clause_kind kind;
};
constexpr std::array fixed_clauses{
    fixed_clause{"ENABLE", "KEYS", enable_keys},
    fixed_clause{"DISABLE", "KEYS", disable_keys},
    fixed_clause{"DISCARD", "TABLESPACE", discard_tablespace},
    fixed_clause{"IMPORT", "TABLESPACE", import_tablespace},
    fixed_clause{"REMOVE", "PARTITIONING", remove_partitioning},
};

// Partition clauses may hold commas (DROP PARTITION a, b), and nothing follows them.
constexpr std::array partition_clauses{
    fixed_clause{"PARTITION", "BY", partition_by},
    fixed_clause{"ADD", "PARTITION", add_partition},
    fixed_clause{"DROP", "PARTITION", drop_partition},
    fixed_clause{"COALESCE", "PARTITION", coalesce_partition},
    fixed_clause{"REORGANIZE", "PARTITION", reorganize_partition},
    fixed_clause{"REBUILD", "PARTITION", rebuild_partition},
    fixed_clause{"OPTIMIZE", "PARTITION", optimize_partition},
    fixed_clause{"ANALYZE", "PARTITION", analyze_partition},
    fixed_clause{"CHECK", "PARTITION", check_partition},
    fixed_clause{"REPAIR", "PARTITION", repair_partition},
    fixed_clause{"TRUNCATE", "PARTITION", truncate_partition},
    fixed_clause{"EXCHANGE", "PARTITION", exchange_partition},
    fixed_clause{"DISCARD", "PARTITION", discard_partition},
    fixed_clause{"IMPORT", "PARTITION", import_partition},
    fixed_clause{"CONVERT", "PARTITION", convert_partition},
    fixed_clause{"CONVERT", "TABLE", convert_partition},
};

void take_if_exists(token_cursor& in, alter_clause& clause)
{
    clause.if_exists |= in.take("IF", "EXISTS");
}

void take_if_not_exists(token_cursor& in, alter_clause& clause)
{
    if (in.take("IF", "NOT"))
        clause.if_not_exists |= in.take("EXISTS");
}

void skip_to_end(token_cursor& in)
{
    while (!in.is_over())
        in.step();
}

// MariaDB's system versioning has no word of its own kind at its head.
bool at_versioning(const token_cursor& in)
{
    return (is(in.now(), "SYSTEM") && is(in.ahead(), "VERSIONING")) ||
           (is(in.now(), "PERIOD") && is(in.ahead(), "FOR"));
}

void read_element(
    token_cursor& in,
    std::vector<column_definition>& columns,
    std::vector<index_definition>& indexes
)
{
    if (begins_index(in))
        indexes.push_back(read_index(in));
    else
        columns.push_back(read_column(in));
}

// ( element, element ...); false if it does not end where it should.
bool read_element_list(
    token_cursor& in,
    std::vector<column_definition>& columns,
    std::vector<index_definition>& indexes
)
{
    if (!in.take_symbol('('))
        return false;
    do {
        read_element(in, columns, indexes);
    } while (in.take_symbol(','));
    return in.take_symbol(')');
}

void read_add(token_cursor& in, alter_clause& clause)
{
    if (at_versioning(in))
        return in.skip_element();
    const bool said_column = in.take("COLUMN");
    if (!said_column && begins_index(in)) {
        clause.kind = add_index;
        clause.indexes.push_back(read_index(in));
        clause.name = clause.indexes.back().name;
        return;
    }

    take_if_not_exists(in, clause);
    clause.kind = add_column;
    if (is_symbol(in.now(), '(')) {
        if (!read_element_list(in, clause.columns, clause.indexes))
            clause.kind = unknown;
    } else {
        clause.columns.push_back(read_column(in));
        clause.columns.back().if_not_exists = clause.if_not_exists;
    }
    if (!clause.columns.empty())
        clause.name = clause.columns.front().name;
}

void read_drop(token_cursor& in, alter_clause& clause)
{
    if (at_versioning(in))
        return in.skip_element();
    if (in.take("PRIMARY", "KEY")) {
        clause.kind = drop_primary_key;
        return;
    }
    if (in.take("FOREIGN", "KEY"))
        clause.kind = drop_foreign_key;
    else if (in.take("INDEX") || in.take("KEY"))
        clause.kind = drop_index;
    else if (in.take("CHECK"))
        clause.kind = drop_check;
    else if (in.take("CONSTRAINT"))
        clause.kind = drop_constraint;
    else
        clause.kind = drop_column;
    if (clause.kind == drop_column)
        in.take("COLUMN");
    take_if_exists(in, clause);
    clause.name = in.take_name();
    if (!in.take("RESTRICT"))
        in.take("CASCADE");
}

// MODIFY or CHANGE.
void read_redefinition(token_cursor& in, alter_clause& clause, clause_kind kind)
{
    const bool renames = kind == change_column;
    clause.kind = kind;
    in.take("COLUMN");
    take_if_exists(in, clause);
    if (renames)
        clause.name = in.take_name();
    clause.columns.push_back(read_column(in));
    if (renames)
        clause.new_name = clause.columns[0].name;
    else
        clause.name = clause.columns[0].name;
}

void read_alter_column(token_cursor& in, alter_clause& clause)
{
    if (in.take("INDEX") || in.take("KEY")) {
        clause.kind = set_index_visibility;
    } else if (in.take("CHECK") || in.take("CONSTRAINT")) {
        clause.kind = set_enforced;
    } else {
        in.take("COLUMN");
    }
    take_if_exists(in, clause);
    clause.name = in.take_name();
    if (clause.kind == unknown) {
        if (in.take("DROP", "DEFAULT")) {
            clause.kind = drop_default;
            return;
        }
        if (in.take("SET", "DEFAULT"))
            clause.kind = set_default;
        else if (in.take("SET") && (is(in.now(), "VISIBLE") || is(in.now(), "INVISIBLE")))
            clause.kind = set_column_visibility;
    }
    const std::size_t begin = in.at();
    in.skip_element();
    clause.value = in.text_between(begin, in.at());
}

void read_rename(token_cursor& in, alter_clause& clause)
{
    if (in.take("COLUMN"))
        clause.kind = rename_column;
    else if (in.take("INDEX") || in.take("KEY"))
        clause.kind = rename_index;
    if (clause.kind != unknown) {
        take_if_exists(in, clause);
        clause.name = in.take_name();
        if (!in.take("TO"))
            clause.kind = unknown;
        clause.new_name = in.take_name();
        return;
    }
    clause.kind = rename_to;
    if (!in.take("TO") && !in.take("AS"))
        in.take_symbol('=');
    const std::size_t begin = in.at();
    in.skip_element();
    clause.new_name = in.span(begin, in.at());
}

void read_convert(token_cursor& in, alter_clause& clause)
{
    if (!in.take("TO"))
        return in.skip_element();
    if (!in.take("CHARSET") && !in.take("CHARACTER", "SET") && !in.take("CHAR", "SET"))
        return in.skip_element();
    clause.kind = convert_to;
    clause.value = in.take_value();
    if (in.take("COLLATE")) {
        in.take_symbol('=');
        clause.new_name = in.take_value();
    }
}

bool read_fixed(token_cursor& in, alter_clause& clause)
{
    for (const fixed_clause& fixed : fixed_clauses) {
        if (in.take(fixed.first, fixed.second)) {
            clause.kind = fixed.kind;
            return true;
        }
    }
    for (const fixed_clause& fixed : partition_clauses) {
        if (in.take(fixed.first, fixed.second)) {
            clause.kind = fixed.kind;
            skip_to_end(in);
            return true;
        }
    }
    return false;
}

// Clauses that are gone by the time the table is changed.
bool read_modifier(token_cursor& in, alter_clause& clause)
{
    if (is(in.now(), "ALGORITHM") || is(in.now(), "LOCK")) {
        clause.kind = is(in.now(), "LOCK") ? lock : algorithm;
        in.step();
        in.take_symbol('=');
        clause.value = in.take_value();
    } else if ((is(in.now(), "WITH") || is(in.now(), "WITHOUT")) && is(in.ahead(), "VALIDATION")) {
        clause.kind = validation;
        clause.value = in.take_value();
        in.step();
    } else if (is(in.now(), "WAIT") && in.ahead().kind == token_kind::number) {
        clause.kind = wait;
        in.step();
        in.step();
    } else if (in.take("NOWAIT")) {
        clause.kind = wait;
    } else {
        return false;
    }
    return true;
}

void read_clause(token_cursor& in, alter_clause& clause)
{
    if (read_fixed(in, clause) || read_modifier(in, clause))
        return;
    if (in.take("ADD"))
        return read_add(in, clause);
    if (in.take("DROP"))
        return read_drop(in, clause);
    if (in.take("MODIFY"))
        return read_redefinition(in, clause, modify_column);
    if (in.take("CHANGE"))
        return read_redefinition(in, clause, change_column);
    if (in.take("ALTER"))
        return read_alter_column(in, clause);
    if (in.take("RENAME"))
        return read_rename(in, clause);
    if (in.take("CONVERT"))
        return read_convert(in, clause);
    if (in.take("FORCE")) {
        clause.kind = force;
        return;
    }
    if (in.take("ORDER", "BY")) {
        clause.kind = order_by;  // its columns have commas between them, and no clause follows
        while (!in.is_over() && !in.at_partitioning())
            in.step();
        return;
    }
    if (in.take("SECONDARY_LOAD") || in.take("SECONDARY_UNLOAD")) {
        clause.kind = secondary_load;
        return;
    }
    if (!read_table_option(in, clause)) {
        in.step();  // whatever it is, we get on
        in.skip_element();
    }
}

// Where the clause lies. False if a version comment begins or ends in its middle: cut out, it would
// take one mark with it and leave the other.
bool finish(alter_clause& clause, std::string_view text, const token_cursor& in, std::size_t begin)
{
    const bool opens = !in.token_at(begin).in_version_comment;
    const bool is_open = in.token_at(in.at() - 1).in_version_comment;
    const bool closes = opens && is_open && !in.now().in_version_comment;
    clause.text = closes ? in.text_between(begin, in.at()) : in.span(begin, in.at());
    clause.offset = static_cast<std::size_t>(clause.text.data() - text.data());
    clause.size = clause.text.size();
    return closes || opens != is_open;
}

}  // namespace

alter_text read_alter(std::string_view text, const statement& read, const lexical_rules& rules)
{
    alter_text result;
    result.text = text;
    result.charset = rules.charset;
    const table_reference* target = read.first(table_role::target);
    const bool alters =
        read.kind == statement_kind::alter_table || read.kind == statement_kind::alter_table_rename;
    if (!alters || target == nullptr)
        return result;
    result.table_offset = target->offset;
    result.table_size = target->size;

    token_cursor in(text, rules);
    result.readable = in.readable();
    while (!in.is_over() && in.now().offset < target->offset) {
        result.ignore |= is(in.now(), "IGNORE");
        in.step();
    }
    in.go_to(read.clauses_offset);
    while (!in.is_over()) {
        alter_clause clause;
        clause.group = result.commas.size();
        const std::size_t begin = in.at();
        read_clause(in, clause);
        if (is_symbol(in.now(), ')')) {  // not ours: no statement a server logs has it
            result.readable = false;
            in.step();
        }
        result.readable &= finish(clause, text, in, begin);
        result.clauses.push_back(std::move(clause));
        if (is_symbol(in.now(), ',')) {
            result.commas.push_back(in.now().offset);
            in.step();
        }
    }
    return result;
}

}  // namespace rewrite
