#pragma once

#include "protocol/payload_event.hpp"
#include "rewrite/transaction/transaction_judge.hpp"

#include <vector>

// TRANSACTION_PAYLOAD: a compressed transaction. It is opened only while something may be hidden,
// read once to learn each event's fate, and packed again only if an event of it goes.
namespace rewrite {

enum class inner_fate : std::uint8_t {
    keep,
    keep_with_end_mark,
    hide,
    replace,  // by an operator's statement
};

struct payload_fates
{
    std::vector<inner_fate> events;  // one byte each: a payload may hold millions
    std::string instead;             // of those that are replaced
    std::optional<question> asks;    // else; the judge and its book are to be thrown away
};

// Feeds its events to a judge that was opened; their places are their numbers.
protocol::result<payload_fates> judge_payload(
    const coordinate& at, const protocol::payload_view& payload, transaction_judge& judge
);

// The events that stay, as an event like this one.
protocol::result<protocol::byte_buffer> pack_again(
    const protocol::event_header& like,
    const protocol::payload_view& payload,
    const payload_fates& fates,
    protocol::checksum sum
);

}  // namespace rewrite
