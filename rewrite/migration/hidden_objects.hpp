#pragma once

#include "rewrite/tool/tool.hpp"
#include "rewrite/verdict/facts.hpp"

#include <utility>
#include <vector>

// The tables whose events are not served. The set follows renames; a name leaves it when the log
// proves it free (DROP, CREATE, RENAME to it), never by time.
namespace rewrite {

struct hidden_object
{
    helper_role role = helper_role::ghost;
    std::uint64_t migration = 0;
};

// A name that points into an event, for looking up without copying.
struct table_name_view
{
    std::string_view schema;
    std::string_view table;
};

inline bool is_called(const table_name& table, table_name_view name)
{
    return table.table == name.table && table.schema == name.schema;
}

class hidden_objects
{
public:
    using entry = std::pair<table_name, hidden_object>;

    bool empty() const { return objects_.empty(); }
    const std::vector<entry>& all() const { return objects_; }  // in the order of their names
    const hidden_object* find(const table_name& name) const;
    const hidden_object* find(table_name_view name) const;
    void hide(const table_name& name, hidden_object what);
    void free(const table_name& name);
    std::vector<table_name> names() const;
    std::vector<table_name> names_of(std::uint64_t migration) const;
    std::vector<table_name> names_in(std::string_view schema) const;

private:
    // A few names, asked for at each TABLE_MAP: most differ in length, which is compared first.
    std::vector<entry> objects_;
};

}  // namespace rewrite
