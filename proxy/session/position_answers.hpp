#pragma once

#include "protocol/result_set.hpp"
#include "proxy/session/position_statement.hpp"
#include "proxy/session/session_registry.hpp"
#include "proxy/source/source_facts.hpp"
#include "proxy/store/store.hpp"

#include <asio/thread_pool.hpp>
#include <functional>

// The source's answers to statements about positions, with our log's in place of its own. The
// statement has been run there, so the right to ask and all words around the rows are the source's.
namespace proxy {

// store::border_of
using border_question = std::function<std::optional<store::clean_coordinate>(
    const std::string& upstream_file, std::uint64_t position
)>;

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
    // How long a position of the source is waited for until it is published here.
    std::chrono::milliseconds limit{5000};
};

// Changes the rows. An error: what the client is told instead of them.
asio::awaitable<std::optional<protocol::server_error>> put_own_positions(
    position_statement statement, protocol::result_set& answer, position_sources from
);

}  // namespace proxy
