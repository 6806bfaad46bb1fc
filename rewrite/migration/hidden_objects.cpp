#include "rewrite/migration/hidden_objects.hpp"

#include <algorithm>

namespace rewrite {

const hidden_object* hidden_objects::find(const table_name& name) const
{
    return find(table_name_view{name.schema, name.table});
}

const hidden_object* hidden_objects::find(table_name_view name) const
{
    for (const auto& [hidden, what] : objects_)
        if (is_called(hidden, name))
            return &what;
    return nullptr;
}

void hidden_objects::hide(const table_name& name, hidden_object what)
{
    const auto at = std::ranges::lower_bound(objects_, name, {}, &entry::first);
    if (at != objects_.end() && at->first == name)
        at->second = what;
    else
        objects_.emplace(at, name, what);
}

void hidden_objects::free(const table_name& name)
{
    std::erase_if(objects_, [&](const entry& one) { return one.first == name; });
}

std::vector<table_name> hidden_objects::names() const
{
    std::vector<table_name> all;
    all.reserve(objects_.size());
    for (const auto& [name, what] : objects_)
        all.push_back(name);
    return all;
}

std::vector<table_name> hidden_objects::names_of(std::uint64_t migration) const
{
    std::vector<table_name> all;
    for (const auto& [name, what] : objects_)
        if (what.migration == migration)
            all.push_back(name);
    return all;
}

std::vector<table_name> hidden_objects::names_in(std::string_view schema) const
{
    std::vector<table_name> all;
    for (const auto& [name, what] : objects_)
        if (name.schema == schema)
            all.push_back(name);
    return all;
}

}  // namespace rewrite
