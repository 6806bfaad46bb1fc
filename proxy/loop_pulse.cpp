#include "proxy/loop_pulse.hpp"

#include <asio/post.hpp>

namespace proxy {

loop_pulse::loop_pulse(asio::io_context& loop)
    : loop_(loop.get_executor())
    , asked_(std::make_shared<std::atomic<clock::rep>>(0))
{}

loop_pulse::clock::duration loop_pulse::silent(clock::time_point now) const
{
    clock::rep open = 0;
    if (!asked_->compare_exchange_strong(open, now.time_since_epoch().count()))
        return now.time_since_epoch() - clock::duration(open);
    asio::post(loop_, [asked = asked_] { asked->store(0); });
    return clock::duration::zero();
}

}  // namespace proxy
