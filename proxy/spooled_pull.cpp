#include "proxy/spooled_pull.hpp"

#include "proxy/text.hpp"

namespace proxy {

namespace {

constexpr std::size_t slice_size = 1U << 20;

}  // namespace

disk_result<> spooled_pull::open(const rewrite::coordinate& pull_from)
{
    spool& kept = store_.waiting_log();
    if (kept.is_empty())
        return {};
    if (!kept.holds(pull_from)) {
        lines_.warn(
            "spool: what is there does not reach back to {}, where the source's log goes on: it is "
            "removed",
            to_text(pull_from)
        );
        return kept.clear();
    }
    kept.seek(pull_from);
    begin_ = pull_from;
    on_ = true;
    lines_.info(
        "spool: {} of the source's log are here, up to {}",
        size_text(kept.unread_bytes()),
        to_text(kept.end())
    );
    return {};
}

rewrite::coordinate spooled_pull::next() const
{
    const spool& kept = store_.waiting_log();
    return kept.is_empty() ? begin_ : kept.end();
}

std::optional<std::uint32_t> spooled_pull::format_timestamp() const
{
    const spool& kept = store_.waiting_log();
    if (!on_ || kept.is_empty())
        return std::nullopt;
    return kept.format_timestamp();
}

bool spooled_pull::begin()
{
    spool& kept = store_.waiting_log();
    if (on_ || given_up_ || !kept.is_allowed())
        return false;
    begin_ = store_.restart_from();
    // One that is not needed any more, or not yet given up.
    if (!kept.holds(begin_) && !kept.clear())
        return false;
    kept.seek(begin_);
    on_ = true;
    lines_.info(
        "spool: pulling goes on, into {}, from {} on",
        (store_.folder() / "spool").string(),
        to_text(next())
    );
    return true;
}

void spooled_pull::on_refused()
{
    if (!on_ || !store_.waiting_log().is_empty())
        return;
    on_ = false;
    given_up_ = true;
    lines_.warn(
        "spool: the source does not give its log from {} on any more. Pulling waits while this "
        "stop "
        "lasts, so the source must keep its log",
        to_text(begin_)
    );
}

disk_result<> spooled_pull::write()
{
    spool& kept = store_.waiting_log();
    if (auto done = kept.write(); !done)
        return done;
    if (kept.is_empty())
        return {};
    const rewrite::coordinate needed = store_.restart_from();
    if (!on_ && !(needed < kept.end()))
        return kept.clear();
    return kept.drop_before(needed);
}

bool spooled_pull::is_full()
{
    const bool now = on_ && store_.waiting_log().is_full();
    if (now && !full_)
        lines_.error(
            "spool: full with {}. Pulling waits, so the source must keep its log. Raise spool_size "
            "or free some room, or end the stop",
            size_text(store_.waiting_log().bytes())
        );
    full_ = now;
    return now;
}

tl::expected<spooled_pull::fed, rewrite::unreadable_event> spooled_pull::feed(rewrite::gate& to)
{
    if (!on_)
        return fed::all;
    slice_ = 0;
    while (slice_ < slice_size) {
        const auto one = feed_one(to);
        if (!one || *one != fed::more)
            return one;
    }
    return fed::more;
}

// An open verdict must not run out because the spool is read faster than the source tells a
// definition: what it may wait for comes after a part of what would end it.
bool spooled_pull::is_held(const rewrite::gate& by)
{
    const rewrite::gate_state state = by.state();
    return state == rewrite::gate_state::stopped || state == rewrite::gate_state::refused ||
           (state == rewrite::gate_state::waiting && by.is_half_full());
}

tl::expected<spooled_pull::fed, rewrite::unreadable_event> spooled_pull::feed_one(rewrite::gate& to)
{
    if (is_held(to))
        return fed::held;
    spool& kept = store_.waiting_log();
    const auto read = kept.next();
    if (!read) {
        if (!problem_ || problem_->text != read.error().text)
            lines_.error("spool: {}", read.error().text);
        problem_ = read.error();
        return fed::nothing;
    }
    problem_.reset();
    const std::optional<spool::event>& next = *read;
    if (!next) {
        on_ = !kept.is_read();
        return on_ ? fed::nothing : fed::all;
    }
    auto event = next->is_damaged ? tl::unexpected(protocol::errc::bad_checksum)
                                  : protocol::parse_event(next->bytes, next->sum);
    if (!event) {
        lines_.error("spool: damaged at {}: it is asked for again", to_text(next->at));
        begin_ = next->at;
        kept.cut();
        return fed::damage;
    }
    event->large = next->large;
    slice_ += next->bytes.size();
    if (next->at < to.next())  // it came before the stop
        return fed::more;
    if (const auto given = to.on_event(next->at, *event, next->sum); !given)
        return tl::unexpected(given.error());
    return fed::more;
}

void spooled_pull::abandon()
{
    on_ = given_up_ = false;
    if (const auto cleared = store_.waiting_log().clear(); !cleared)
        lines_.warn("spool: {}", cleared.error().text);
}

void spooled_pull::cut_at(const rewrite::coordinate& place)
{
    if (!on_)
        return;
    begin_ = place;
    store_.waiting_log().seek(place);
    store_.waiting_log().cut();
}

}  // namespace proxy
