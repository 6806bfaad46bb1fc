#pragma once

#include "rewrite/migration/migration_book.hpp"
#include "rewrite/sql/statement.hpp"

#include <utility>

// What a row change in text names, and what that tells.
namespace rewrite {

struct text_names
{
    bool writes_hidden = false;
    bool writes_others = false;
    bool reads_hidden = false;
    bool unreadable = false;         // or its names are, while a table is hidden
    bool others_may_differ = true;   // all the others that it writes
    table_name hidden;               // the last hidden one
    std::uint64_t migration_of = 0;  // ... whose helper it is

    bool writes_hidden_only() const { return writes_hidden && !writes_others; }
    bool needs_hidden() const { return writes_hidden || reads_hidden || unreadable; }
};
text_names names_in(
    const statement& read, const hidden_objects& hidden, const std::vector<table_name>& may_differ
);

// Creates its target: the CREATE TABLE of CREATE ... SELECT.
bool makes_table(const statement& read);

constexpr std::string_view copied_in_part =
    "the tool copies only the rows that meet a condition (--where)";

// What a statement tells about migrations, from its names and its text.
using alarms = std::vector<std::pair<std::uint64_t, std::string>>;
alarms alarms_if_served(const statement& read, const std::vector<migration>& live);
alarms alarms_if_hidden(
    const table_name& written, std::string_view text, const std::vector<migration>& live
);

}  // namespace rewrite
