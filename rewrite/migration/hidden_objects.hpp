#pragma once

#include "rewrite/verdict/facts.hpp"

#include <map>
#include <vector>

// The tables whose events are not served. The set follows renames; a name leaves it when the log
// proves it free (DROP, CREATE, RENAME to it), never by time.
namespace rewrite {

enum class hidden_role : std::uint8_t {
    ghost = 1,
    changelog = 2,
    old = 3,  // the original's content after the cut-over
    sentry = 4,
    checkpoint = 5,
    strayed = 6,  // a person gave it a name no rule knows: its next use stops
};

struct hidden_object
{
    hidden_role role = hidden_role::ghost;
    std::uint64_t migration = 0;
};

// A name that points into an event, for looking up without copying.
struct table_name_view
{
    std::string_view schema;
    std::string_view table;
};

class hidden_objects
{
    struct less
    {
        using is_transparent = void;
        template <class A, class B>
        bool operator()(const A& a, const B& b) const
        {
            const int order = std::string_view(a.schema).compare(b.schema);
            return order < 0 ||
                   (order == 0 && std::string_view(a.table) < std::string_view(b.table));
        }
    };

public:
    bool empty() const { return objects_.empty(); }
    const std::map<table_name, hidden_object, less>& all() const { return objects_; }
    const hidden_object* find(const table_name& name) const;
    const hidden_object* find(table_name_view name) const;
    void hide(const table_name& name, hidden_object what);
    void free(const table_name& name);
    std::vector<table_name> names() const;
    std::vector<table_name> names_of(std::uint64_t migration) const;
    std::vector<table_name> names_in(std::string_view schema) const;

private:
    std::map<table_name, hidden_object, less> objects_;
};

}  // namespace rewrite
