#pragma once

#include "rewrite/schema_change.hpp"
#include "rewrite/upstream.hpp"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace proxy {

// Which names of tools' tables are no table at the source. Pure, in memory only: after a restart
// nothing is known until the source was asked again.
//
// A name is free at a coordinate if the source's list of a schema lacks it, the list shows all that
// was logged before an earlier coordinate, and no statement since then named it.
class free_names
{
public:
    void forget_all();
    // Each statement of the log in order; `end`: where it ends.
    void on_change(const rewrite::schema_change& change, const rewrite::coordinate& end);

    // Lists are asked for from now on.
    void keep_lists() { keeps_ = true; }
    // A schema to be listed again, if there is one: names in it were used since.
    std::optional<std::string> take_stale();
    // `names`: of the schema, as names are compared; all that was logged before `from` shows.
    void accept(
        const std::string& schema,
        const rewrite::coordinate& from,
        const std::vector<rewrite::table_name>& names
    );
    bool is_free(const rewrite::table_name& name, const rewrite::coordinate& at) const;

private:
    struct list
    {
        rewrite::coordinate from;
        std::set<rewrite::table_name> names;  // of tools' tables, that are there
    };
    // No statement behind `from` may have made the table.
    bool is_untouched(const rewrite::table_name& name, const rewrite::coordinate& from) const;

    bool keeps_ = false;
    std::map<std::string, list> lists_;  // by schema
    std::set<std::string> stale_;
    // Where the last statement that named it ends: of a tool's table, of a schema, of all.
    std::map<rewrite::table_name, rewrite::coordinate> named_;
    std::map<std::string, rewrite::coordinate> changed_;
    std::optional<rewrite::coordinate> all_changed_;
};

}  // namespace proxy
