#include "rewrite/transaction/rows_filter.hpp"

#include <algorithm>

namespace rewrite {

filter_step rows_filter::on_table_map(std::uint64_t table_id, bool hidden, std::uint64_t place)
{
    begin(place);
    if (!hidden) {
        std::erase(hidden_ids_, table_id);
        return {};
    }
    hidden_ids_.push_back(table_id);
    return {.keep = false};
}

filter_step rows_filter::on_rows(const protocol::rows_head& rows, std::uint64_t place)
{
    begin(place);
    // The server's dummy event (table id all ones) only ends the statement.
    const bool dummy = rows.table_id == 0xffffff || rows.table_id == 0xffffffffffff;
    const bool hidden = dummy ? !last_kept_ && !hidden_ids_.empty()
                              : std::ranges::find(hidden_ids_, rows.table_id) != hidden_ids_.end();
    filter_step step{.keep = !hidden};
    if (!hidden) {
        last_kept_ = place;
        last_kept_flags_ = rows.flags;
    }
    if (!(rows.flags & protocol::rows_end_of_statement))
        return step;

    if (!last_kept_)
        step.cut_to = begin_;
    else if (hidden) {
        step.end_mark_at = last_kept_;
        step.end_mark_flags = last_kept_flags_ | protocol::rows_end_of_statement;
    }
    step.kept_statement = last_kept_.has_value();
    reset();
    return step;
}

filter_step rows_filter::on_text(bool hidden, std::uint64_t place)
{
    begin(place);
    filter_step step{.keep = !hidden, .kept_statement = !hidden};
    if (hidden)
        step.cut_to = begin_;
    reset();
    return step;
}

void rows_filter::reset()
{
    begin_.reset();
    last_kept_.reset();
    hidden_ids_.clear();
}

}  // namespace rewrite
