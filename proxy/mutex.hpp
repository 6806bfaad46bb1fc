#pragma once

#include <mutex>

// A mutex of which the compiler knows what it guards: with -Wthread-safety clang takes no access to
// a GUARDED_BY(lock_) member without the lock. std::mutex has no such marks in libstdc++.
//
//   void set(int value) { const lock_guard hold(lock_); value_ = value; }
//   mutable mutex lock_;
//   int value_ GUARDED_BY(lock_) = 0;
#if defined(__clang__)
#define THREAD_SAFETY(mark) __attribute__((mark))
#else
#define THREAD_SAFETY(mark)
#endif
#define GUARDED_BY(lock) THREAD_SAFETY(guarded_by(lock))
#define REQUIRES_LOCK(lock) THREAD_SAFETY(requires_capability(lock))
// Of a function that reads without the lock, on the one thread that changes the member.
#define ON_WRITERS_THREAD THREAD_SAFETY(no_thread_safety_analysis)

namespace proxy {

class THREAD_SAFETY(capability("mutex")) mutex
{
public:
    void lock() THREAD_SAFETY(acquire_capability()) { lock_.lock(); }
    void unlock() THREAD_SAFETY(release_capability()) { lock_.unlock(); }

private:
    std::mutex lock_;
};

// A condition variable for it is std::condition_variable_any, which takes the mutex itself.
class THREAD_SAFETY(scoped_lockable) lock_guard
{
public:
    explicit lock_guard(mutex& lock) THREAD_SAFETY(acquire_capability(lock)) : lock_(lock)
    {
        lock_.lock();
    }
    ~lock_guard() THREAD_SAFETY(release_capability()) { lock_.unlock(); }
    lock_guard(const lock_guard&) = delete;
    lock_guard& operator=(const lock_guard&) = delete;

private:
    mutex& lock_;
};

}  // namespace proxy
