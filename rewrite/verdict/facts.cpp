#include "rewrite/verdict/facts.hpp"

#include "rewrite/tagged_record.hpp"

namespace rewrite {

namespace {

// On disk: never used for anything else.
enum later_fact : std::uint8_t {
    row_format = 128,
    uncountable = 1,
    bytes = 10,
    time_zone = 2,
    sql_mode = 3,
    zone_shifts = 4,
    hides_generated_key = 5,
};

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

void append_later_facts(protocol::writer& to, const facts& value)
{
    tagged_writer record(to);
    if (!value.row_format.empty())
        record.text(later_fact::row_format, value.row_format);
    if (!value.uncountable.empty())
        record.text(later_fact::uncountable, value.uncountable);
    if (value.bytes)
        record.number(later_fact::bytes, *value.bytes);
    if (!value.time_zone.empty())
        record.text(later_fact::time_zone, value.time_zone);
    if (!value.sql_mode.empty())
        record.text(later_fact::sql_mode, value.sql_mode);
    if (value.zone_shifts)
        record.text(later_fact::zone_shifts, {});
    if (value.hides_generated_key)
        record.text(later_fact::hides_generated_key, {});
    record.end();
}

void read_later_facts(protocol::reader& from, facts& value)
{
    for (tagged_reader record(from); record.next();) {
        protocol::reader& content = record.content();
        switch (record.tag()) {
            case later_fact::row_format: value.row_format = text_of(content); break;
            case later_fact::uncountable: value.uncountable = text_of(content); break;
            case later_fact::bytes: value.bytes = content.u64(); break;
            case later_fact::time_zone: value.time_zone = text_of(content); break;
            case later_fact::sql_mode: value.sql_mode = text_of(content); break;
            case later_fact::zone_shifts: value.zone_shifts = true; break;
            case later_fact::hides_generated_key: value.hides_generated_key = true; break;
            default: record.skip_unknown();
        }
    }
}

}  // namespace rewrite
