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

void hidden_objects::save(protocol::writer& to) const
{
    to.lenenc(objects_.size());
    for (const auto& [name, what] : objects_) {
        append_name(to, name);
        to.u8(static_cast<std::uint8_t>(what.role)).u64(what.migration);
    }
}

void hidden_objects::load(protocol::reader& from)
{
    objects_.clear();
    for (std::uint64_t left = from.lenenc(); left > 0 && from.ok(); --left) {
        table_name name = read_name(from);
        const auto role = static_cast<hidden_role>(from.u8());
        hide(name, {.role = role, .migration = from.u64()});
    }
}

}  // namespace rewrite
