#include "proxy/session/stranger_log.hpp"

namespace proxy {

void stranger_log::say(
    kind what, spdlog::level::level_enum level, const std::string& text, clock::time_point now
)
{
    static_assert(
        std::tuple_size_v<decltype(counts_)> == static_cast<std::size_t>(kind::accept) + 1
    );
    if (!lines_.should_log(level))
        return;
    const lock_guard hold(lock_);
    count& of = counts_.at(static_cast<std::size_t>(what));
    end_period(of, now);
    if (of.said < lines_a_period_) {
        ++of.said;
        lines_.log(level, text);
        return;
    }
    ++of.left_out;
    of.level = level;
    of.last = text;
}

void stranger_log::say_left_out(clock::time_point now)
{
    const lock_guard hold(lock_);
    for (count& of : counts_)
        end_period(of, now);
}

void stranger_log::end_period(count& of, clock::time_point now)
{
    if (now - of.begin < period_)
        return;
    if (of.left_out > 0)
        lines_.log(of.level, "{} more like this, the last: {}", of.left_out, of.last);
    of = {.begin = now};
}

}  // namespace proxy
