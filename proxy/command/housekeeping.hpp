#pragma once

#include "proxy/session/session_registry.hpp"
#include "proxy/source/source_facts.hpp"
#include "proxy/store/store.hpp"
#include "proxy/task_group.hpp"

#include <filesystem>

namespace proxy {

// What housekeeping looks after; all of it outlives the tasks.
struct household
{
    store& log;
    session_registry& sessions;
    const facts_board& board;
    std::filesystem::path folder;
};

// Starts what is done every few seconds as tasks: "retention" and "source.json". One that fails is
// tried again after the interval, and holds up no other.
void start_housekeeping(
    task_group& tasks, household of, std::chrono::milliseconds interval = std::chrono::seconds(10)
);

}  // namespace proxy
