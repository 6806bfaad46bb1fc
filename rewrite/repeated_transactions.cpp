#include "rewrite/repeated_transactions.hpp"

#include "protocol/gtid_event.hpp"

#include <utility>

namespace rewrite {

void repeated_transactions::begin(epoch_begin with)
{
    with_ = std::move(with);
    active_ = true;
    resume();
}

void repeated_transactions::resume()
{
    grammar_ = {};
    skipping_ = false;
}

bool repeated_transactions::is_known(const coordinate& at, const protocol::event_view& event) const
{
    const auto gtid = protocol::parse_gtid_event(event);
    if (!gtid || gtid->id.number == 0)
        return false;
    return at < with_.end ? with_.known.contains(gtid->id) : with_.lost.contains(gtid->id);
}

bool repeated_transactions::skips(const coordinate& at, const protocol::event_view& event)
{
    const protocol::transaction_step step = grammar_.on(protocol::role_of(event));
    if (step.abandons || step.begins)
        skipping_ = false;
    if (!grammar_.open() && with_.stored.empty() && with_.lost.empty() && !(at < with_.end))
        active_ = false;
    if (protocol::is_gtid_event(event.header.type))
        skipping_ = is_known(at, event);
    return step.ends ? std::exchange(skipping_, false) : skipping_;
}

void repeated_transactions::on_seen(const protocol::gtid& id)
{
    protocol::gtid_set seen;
    seen.add(id);
    with_.stored.subtract(seen);
    with_.known.add(id);
}

}  // namespace rewrite
