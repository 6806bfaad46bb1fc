#pragma once

#include "proxy/mutex.hpp"

#include <memory>
#include <utility>

namespace proxy {

// A value that one thread replaces whole while others read it: each works on with what it took.
template <class Value>
class live
{
public:
    explicit live(Value first) : value_(std::make_shared<const Value>(std::move(first))) {}

    std::shared_ptr<const Value> current() const
    {
        const lock_guard hold(lock_);
        return value_;
    }
    void replace(Value next)
    {
        auto fresh = std::make_shared<const Value>(std::move(next));
        const lock_guard hold(lock_);
        value_ = std::move(fresh);
    }

private:
    mutable mutex lock_;
    std::shared_ptr<const Value> value_ GUARDED_BY(lock_);
};

}  // namespace proxy
