#include "rewrite/decision.hpp"

#include "protocol/enum_names.hpp"
#include "rewrite/tagged_record.hpp"

namespace rewrite {

namespace {

// Version 1, of release 0.1, ends before the row format; 2 ends with it; 3 has a tagged record in
// its place.
constexpr std::uint8_t format_version = 3;

// On disk: never used for anything else.
enum later_field : std::uint8_t {
    later_facts = 128,
    rests_on = 129,
    counts = 130,  // the ruling's; empty
    counted = 131,
    later = 132,        // empty
    counted_other = 2,  // after it; one that does not know it has no answer
};

// An enumerator, or a failed reader if the byte names none.
template <class Enum>
Enum read_enum(protocol::reader& from, Enum first, Enum last)
{
    const std::uint8_t value = from.u8();
    if (value < static_cast<std::uint8_t>(first) || value > static_cast<std::uint8_t>(last)) {
        from.fail();
        return first;
    }
    return static_cast<Enum>(value);
}

bool read_bool(protocol::reader& from)
{
    const std::uint8_t value = from.u8();
    if (value > 1)
        from.fail();
    return value == 1;
}

template <class Enum>
void append_enum(protocol::writer& to, Enum value)
{
    to.u8(static_cast<std::uint8_t>(value));
}

void append_bool(protocol::writer& to, bool value)
{
    to.u8(value ? 1 : 0);
}

const std::vector<std::uint64_t> no_rows;

void append_later(protocol::writer& to, const decision& made)
{
    tagged_writer record(to);
    if (made.known)
        record.field(later_facts, [&](protocol::writer& value) {
            append_later_facts(value, *made.known);
        });
    if (made.ruling.rests_on != proof{})
        record.field(rests_on, [&](protocol::writer& value) {
            append_proof(value, made.ruling.rests_on);
        });
    if (made.ruling.counts)
        record.text(counts, {});
    if (made.later)
        record.text(later, {});
    if (made.counted)
        record.field(counted, [&](protocol::writer& value) { append_count(value, *made.counted); });
    for (const std::uint64_t rows : made.counted ? made.counted->others : no_rows)
        record.number(counted_other, rows);
    record.end();
}

void read_later(protocol::reader& from, decision& made)
{
    for (tagged_reader record(from); record.next();) {
        if (record.tag() == later_facts && made.known)
            read_later_facts(record.content(), *made.known);
        else if (record.tag() == rests_on)
            made.ruling.rests_on = read_proof(record.content());
        else if (record.tag() == counts)
            made.ruling.counts = true;
        else if (record.tag() == later)
            made.later = true;
        else if (record.tag() == counted)
            made.counted = read_count(record.content());
        else if (record.tag() == counted_other && made.counted)
            made.counted->others.push_back(record.content().u64());
        else
            record.skip_unknown();
    }
}

// Of version 2.
void read_row_format(protocol::reader& from, decision& made)
{
    const std::string row_format(from.text_lenenc());
    if (made.known)
        made.known->row_format = row_format;
    else if (!row_format.empty())
        from.fail();
}

}  // namespace

std::string_view to_text(stop_reason reason)
{
    constexpr protocol::enum_names<stop_reason, 11, 1> names{
        {"disturbed_cut_over",
         "lost_rows",
         "hidden_renamed_away",
         "hidden_named",
         "two_ghosts",
         "swap_back",
         "after_check",
         "unreadable",
         "rows_differ",
         "not_counted",
         "not_witnessed"}
    };
    return names[reason];
}

protocol::byte_buffer to_bytes(const decision& made)
{
    protocol::byte_buffer bytes;
    protocol::writer to(bytes);
    to.u8(format_version);
    append_enum(to, made.kind);
    append_coordinate(to, made.at);
    append_enum(to, made.ruling.what);
    to.text_lenenc(made.ruling.reason);
    append_enum(to, made.ruling.price);
    append_bool(to, made.ruling.unproven);
    append_name(to, made.original);
    append_name(to, made.ghost);
    append_bool(to, made.known.has_value());
    if (made.known)
        append_facts(to, *made.known);
    append_bool(to, made.expired);
    append_bool(to, made.found);
    append_enum(to, made.word);
    to.text_lenenc(made.sql);
    append_later(to, made);
    return bytes;
}

protocol::result<decision> parse_decision(protocol::byte_view bytes)
{
    protocol::reader from(bytes);
    const std::uint8_t version = from.u8();
    if (version == 0 || version > format_version)
        return tl::unexpected(
            bytes.empty() ? protocol::errc::truncated : protocol::errc::unsupported
        );
    decision made;
    made.kind = read_enum(from, question_kind::verdict, question_kind::free_name);
    made.at = read_coordinate(from);
    made.ruling.what = read_enum(from, outcome::pass, outcome::fold);
    made.ruling.reason = from.text_lenenc();
    made.ruling.price = read_enum(from, cost::nothing, cost::rebuild);
    made.ruling.unproven = read_bool(from);
    made.original = read_name(from);
    made.ghost = read_name(from);
    if (read_bool(from))
        made.known = read_facts(from);
    made.expired = read_bool(from);
    made.found = read_bool(from);
    made.word = read_enum(from, operator_word::pass, operator_word::sql);
    made.sql = from.text_lenenc();
    if (version == 2)
        read_row_format(from, made);
    else if (version > 2)
        read_later(from, made);
    if ((made.kind == question_kind::count) != made.counted.has_value())
        from.fail();
    if (!from.ok() || from.remaining() != 0)
        return tl::unexpected(protocol::errc::bad_value);
    return made;
}

}  // namespace rewrite
