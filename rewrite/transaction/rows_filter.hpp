#pragma once

#include "protocol/rows_event.hpp"

#include <optional>
#include <vector>

// Hides the rows of hidden tables in one statement after another. It works on places: clean offsets
// of events in the log, or event numbers in a compressed payload; the caller carries out what it
// says.
//
// The mark STMT_END is on a statement's last rows event. Where that one is hidden, the mark goes to
// the last kept one: a statement that never ends crashed a MySQL 9.7 replica. A statement with no
// rows left goes whole, with its TABLE_MAPs and the text in front of it.
namespace rewrite {

struct filter_step
{
    bool keep = true;             // then nothing is done to those before it
    bool kept_statement = false;  // a statement with rows ended
    // Set STMT_END on the rows event at this place, whose flags become these.
    std::uint16_t end_mark_flags = 0;
    std::optional<std::uint64_t> end_mark_at;
    std::optional<std::uint64_t> cut_to;  // take back everything kept from this place on
};

class rows_filter
{
public:
    // An event that belongs to the statement behind it: ROWS_QUERY, INTVAR, RAND, USER_VAR.
    void on_lead(std::uint64_t place) { begin(place); }
    filter_step on_table_map(std::uint64_t table_id, bool hidden, std::uint64_t place);
    filter_step on_rows(const protocol::rows_head& rows, std::uint64_t place);
    // A statement in text: kept or hidden as a whole, with its leads.
    filter_step on_text(bool hidden, std::uint64_t place);
    void reset();

    bool in_statement() const { return begin_.has_value(); }

private:
    void begin(std::uint64_t place)
    {
        if (!begin_)
            begin_ = place;
    }
    std::optional<std::uint64_t> begin_;  // place of the statement's first event
    std::optional<std::uint64_t> last_kept_;
    std::uint16_t last_kept_flags_ = 0;
    std::vector<std::uint64_t> hidden_ids_;  // forgotten when the statement ends
};

}  // namespace rewrite
