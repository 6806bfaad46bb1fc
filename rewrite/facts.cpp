#include "rewrite/facts.hpp"

namespace rewrite {

namespace {

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

void append_facts(protocol::writer& to, const facts& known)
{
    append_name(to, known.table);
    to.text_lenenc(known.create_table);
    to.lenenc(known.triggers.size());
    for (const trigger_fact& trigger : known.triggers)
        to.text_lenenc(trigger.name)
            .text_lenenc(trigger.time)
            .text_lenenc(trigger.event)
            .text_lenenc(trigger.body);
    to.lenenc(known.children.size());
    for (const table_name& child : known.children)
        append_name(to, child);
    append_coordinate(to, known.fence);
    to.text_lenenc(known.missing);
}

facts read_facts(protocol::reader& from)
{
    facts known;
    known.table = read_name(from);
    known.create_table = from.text_lenenc();
    for (std::uint64_t left = read_count(from); left > 0 && from.ok(); --left) {
        trigger_fact& trigger = known.triggers.emplace_back();
        trigger.name = from.text_lenenc();
        trigger.time = from.text_lenenc();
        trigger.event = from.text_lenenc();
        trigger.body = from.text_lenenc();
    }
    for (std::uint64_t left = read_count(from); left > 0 && from.ok(); --left)
        known.children.push_back(read_name(from));
    known.fence = read_coordinate(from);
    known.missing = from.text_lenenc();
    return known;
}

}  // namespace rewrite
