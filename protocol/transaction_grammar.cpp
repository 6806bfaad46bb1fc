#include "protocol/transaction_grammar.hpp"

#include "protocol/ascii.hpp"
#include "protocol/query_event.hpp"

#include <algorithm>

namespace protocol {
namespace {

// MariaDB's GTID event. Flag 1 in the 13th byte of its body: a statement follows that no XID or
// COMMIT ends. Source: MariaDB log_event.h, Gtid_log_event::FL_STANDALONE.
constexpr auto mariadb_gtid = static_cast<event_type>(162);
// A statement whose text is compressed: long ones only, so never BEGIN or COMMIT.
constexpr auto mariadb_query_compressed = static_cast<event_type>(165);
constexpr std::size_t mariadb_flags_offset = 12;
constexpr std::uint8_t mariadb_standalone = 1;

// Takes the text's first word from it, blanks included.
std::string_view take_word(std::string_view& text)
{
    const auto blank = [](char c) { return c == ' ' || (c >= '\t' && c <= '\r'); };
    const auto begin = std::ranges::find_if_not(text, blank);
    const auto end = std::find_if_not(begin, text.end(), is_letter);
    const std::string_view word(begin, end);
    text = {end, text.end()};
    return word;
}

event_role role_of_xa(std::string_view rest)
{
    const std::string_view verb = take_word(rest);
    if (equal_without_case(verb, "START") || equal_without_case(verb, "BEGIN"))
        return event_role::begins;
    const bool ends = equal_without_case(verb, "PREPARE") || equal_without_case(verb, "COMMIT") ||
                      equal_without_case(verb, "ROLLBACK");
    return ends ? event_role::ends : event_role::statement;
}

// ROLLBACK [WORK] TO takes back a part, within the transaction.
event_role role_of_rollback(std::string_view rest)
{
    std::string_view word = take_word(rest);
    if (equal_without_case(word, "WORK"))
        word = take_word(rest);
    return equal_without_case(word, "TO") ? event_role::statement : event_role::ends;
}

}  // namespace

event_role role_of_query(std::string_view text)
{
    // Two of three statements in a log of row changes are these.
    if (text == "BEGIN")
        return event_role::begins;
    if (text == "COMMIT")
        return event_role::ends;
    const std::string_view word = take_word(text);
    if (equal_without_case(word, "BEGIN"))
        return event_role::begins;
    if (equal_without_case(word, "START"))
        return equal_without_case(take_word(text), "TRANSACTION") ? event_role::begins
                                                                  : event_role::statement;
    if (equal_without_case(word, "COMMIT"))
        return event_role::ends;
    if (equal_without_case(word, "ROLLBACK"))
        return role_of_rollback(text);
    if (equal_without_case(word, "XA"))
        return role_of_xa(text);
    return event_role::statement;
}

event_role role_of(event_type type)
{
    switch (type) {
        case event_type::gtid:
        case event_type::anonymous_gtid:
        case event_type::gtid_tagged: return event_role::opens;
        case event_type::query:
        case mariadb_query_compressed:
        case event_type::execute_load_query: return event_role::statement;
        case event_type::xid:
        case event_type::xa_prepare:
        case event_type::transaction_payload: return event_role::ends;
        case event_type::table_map:
        case event_type::rows_query:
        case event_type::intvar:
        case event_type::rand:
        case event_type::user_var:
        case event_type::begin_load_query:
        case event_type::append_block:
        case event_type::delete_file: return event_role::part;
        case event_type::incident: return event_role::gap;
        case event_type::format_description:
        case event_type::previous_gtids:
        case event_type::rotate:
        case event_type::stop: return event_role::between;
        default: return is_rows_event(type) ? event_role::part : event_role::neutral;
    }
}

event_role role_of(const event_view& event)
{
    if (event.header.type == event_type::query) {
        const auto query = parse_query(event.body);
        return query ? role_of_query(query->text) : event_role::statement;
    }
    if (event.header.type == mariadb_gtid && event.body.size() > mariadb_flags_offset)
        return event.body[mariadb_flags_offset] & mariadb_standalone ? event_role::opens
                                                                     : event_role::opens_begun;
    return role_of(event.header.type);
}

}  // namespace protocol
