#pragma once

#include "proxy/source/facts_query.hpp"
#include "proxy/source/source_facts.hpp"
#include "proxy/store/store.hpp"

namespace proxy {

// A task: what the source has past its own log can grow at any time, without an event. Asked on the
// connection that facts about tables are asked on, so that one is open when a migration begins.
asio::awaitable<void> watch_purged(facts_query& facts, facts_board& board, const store& log);

}  // namespace proxy
