#include "rewrite/migration/hidden_objects.hpp"

namespace rewrite {

const hidden_object* hidden_objects::find(const table_name& name) const
{
    const auto at = objects_.find(name);
    return at == objects_.end() ? nullptr : &at->second;
}

const hidden_object* hidden_objects::find(table_name_view name) const
{
    const auto at = objects_.find(name);
    return at == objects_.end() ? nullptr : &at->second;
}

void hidden_objects::hide(const table_name& name, hidden_object what)
{
    objects_.insert_or_assign(name, what);
}

void hidden_objects::free(const table_name& name)
{
    objects_.erase(name);
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
