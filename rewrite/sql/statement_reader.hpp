#pragma once

#include "rewrite/sql/statement.hpp"

#include <optional>
#include <unordered_map>
#include <vector>

// Reads one statement straight through: the workings of read_statement(), in one file a subject.
namespace rewrite {

class statement_reader
{
public:
    statement_reader(
        std::string_view text,
        std::string_view default_database,
        const lexical_rules& rules,
        name_case names
    );

    statement read();

private:
    // Moving on: at_ is the token under the cursor.
    void step();
    token peek() const;
    bool take(std::string_view keyword);
    bool take_symbol(char symbol);
    void skip_to_end();
    void fail() { failed_ = true; }

    // Names.
    struct typed_name
    {
        token schema;  // end if none
        token table;
    };
    std::optional<typed_name> read_name();
    table_reference* read_table(table_role role);
    table_reference* read_table(table_role role, std::string_view default_database);
    void read_table_list(table_role role);
    std::string folded(const token& name) const;
    table_reference
    reference(const typed_name& typed, table_role role, std::string_view default_database) const;
    bool take_if_exists();
    bool take_if_not_exists();

    // statement.cpp
    void dispatch();
    bool read_transaction_word();
    void read_maintenance();
    void read_flush();
    void read_grant();
    void skip_set_statement();

    // statement_xa.cpp
    void read_xa();
    std::string read_xid();

    // statement_ddl.cpp
    void read_create();
    void read_create_table();
    void read_create_body(const std::string& schema);
    void read_create_trigger();
    void read_create_view();
    void read_create_index();
    void read_alter();
    void read_alter_table();
    void read_alter_clauses();
    void read_clause_names();
    void read_foreign_reference();
    void read_union();
    void read_drop();
    void read_drop_table();
    void read_drop_trigger();
    void read_truncate();
    void read_rename();
    void read_database(statement_kind kind);

    // statement_rows.cpp: names in a query, a change of rows, a trigger's body. Rather one too many
    // than one too few.
    enum class name_place : std::uint8_t {
        nowhere,   // no table may be here
        next,      // the next name is a table, more may follow after commas
        one_next,  // the next name is a table, and none after a comma
        in_list,   // a comma makes it `next` again
    };
    struct nesting  // one a level of parentheses
    {
        name_place place = name_place::nowhere;
        bool writes = false;   // tables named here are written
        bool deletes = false;  // in a DELETE, whose FROM and USING name written tables
        bool selects = false;  // in a SELECT, whose INTO names variables
    };
    void read_names(std::string_view default_database);
    void on_symbol(std::vector<nesting>& nest);
    bool on_keyword(nesting& here, const token& before);
    void on_name(nesting& here, std::string_view default_database);
    bool is_followed_by_dot() const;
    bool is_repeated(const typed_name& typed, bool written);

    std::string_view text_;
    std::string_view default_database_;
    lexical_rules rules_;
    name_case names_;
    tokenizer lexer_;
    token at_;
    statement out_;
    bool failed_ = false;
    // Names as typed that a change of rows has shown, and whether as written: a long list of
    // subqueries names the same few tables again and again.
    std::unordered_map<std::string_view, bool> seen_;
};

}  // namespace rewrite
