#include "rewrite/verdict/facts.hpp"

namespace rewrite {

namespace {

// A list's length, which cannot be more than one entry a byte.
std::uint64_t read_count(protocol::reader& from)
{
    const std::uint64_t count = from.lenenc();
    if (count <= from.remaining())
        return count;
    from.fail();
    return 0;
}

}  // namespace

void append_name(protocol::writer& to, const table_name& name)
{
    to.text_lenenc(name.schema).text_lenenc(name.table);
}

table_name read_name(protocol::reader& from)
{
    table_name name;
    name.schema = from.text_lenenc();
    name.table = from.text_lenenc();
    return name;
}

void append_facts(protocol::writer& to, const facts& value)
{
    append_name(to, value.table);
    to.text_lenenc(value.create_table);
    to.lenenc(value.triggers.size());
    for (const trigger_fact& trigger : value.triggers)
        to.text_lenenc(trigger.name)
            .text_lenenc(trigger.time)
            .text_lenenc(trigger.event)
            .text_lenenc(trigger.body);
    to.lenenc(value.children.size());
    for (const table_name& child : value.children)
        append_name(to, child);
    append_coordinate(to, value.fence);
    to.text_lenenc(value.missing);
}

facts read_facts(protocol::reader& from)
{
    facts value;
    value.table = read_name(from);
    value.create_table = from.text_lenenc();
    for (std::uint64_t left = read_count(from); left > 0 && from.ok(); --left) {
        trigger_fact& trigger = value.triggers.emplace_back();
        trigger.name = from.text_lenenc();
        trigger.time = from.text_lenenc();
        trigger.event = from.text_lenenc();
        trigger.body = from.text_lenenc();
    }
    for (std::uint64_t left = read_count(from); left > 0 && from.ok(); --left)
        value.children.push_back(read_name(from));
    value.fence = read_coordinate(from);
    value.missing = from.text_lenenc();
    return value;
}

}  // namespace rewrite
