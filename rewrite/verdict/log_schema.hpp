#pragma once

#include "rewrite/sql/statement.hpp"
#include "rewrite/verdict/facts.hpp"

#include <map>
#include <string>

// Facts out of the log itself, for folding files offline: where the log holds a table's CREATE and
// no other statement naming it since, its definition is known without asking anybody.
namespace rewrite {

class log_schema
{
public:
    // Each DDL in order, after it was decided on; `text` is the statement's.
    void on_statement(
        const statement& read,
        std::string_view text,
        std::string_view default_database,
        const lexical_rules& rules
    );
    // What the log says about the table; facts::missing where it does not say enough. `copy`: a
    // CREATE TABLE that a tool made from its definition just now; empty without one.
    facts of(const table_name& table, const std::string& copy) const;

private:
    void drop_trigger(const table_name& trigger);
    struct known_table
    {
        std::string create_table;
        std::vector<trigger_fact> triggers;
        bool changed = false;  // named by another statement since
    };
    std::map<table_name, known_table> tables_;
    std::map<table_name, std::vector<table_name>> children_;  // parent -> tables that reference it
};

}  // namespace rewrite
