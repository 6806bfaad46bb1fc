#pragma once

#include "protocol/result_set.hpp"
#include "proxy/session/log_listing.hpp"
#include "proxy/session/position_questions.hpp"
#include "proxy/session/position_statement.hpp"
#include "proxy/session/session_registry.hpp"
#include "proxy/source/source_facts.hpp"

#include <asio/thread_pool.hpp>

// The source's answers to statements about positions, with our log's in place of its own. The
// statement has been run there, so the right to ask and all words around the rows are the source's.
namespace proxy {

// All of it outlives the answer.
struct position_sources
{
    const publication& log;
    const session_registry& sessions;
    session_thread& thread;
    session_control& control;
    asio::thread_pool& pool;  // for what reads files
    const border_question& border_of;
    const facts_board& facts;
    listed_names names = listed_names::ours;  // in SHOW BINARY LOGS
    // How long a position of the source is waited for until it is published here.
    std::chrono::milliseconds limit{5000};
};

// Changes the rows. An error: what the client is told instead of them.
asio::awaitable<std::optional<protocol::server_error>> put_own_positions(
    position_statement statement, protocol::result_set& answer, position_sources from
);

}  // namespace proxy
