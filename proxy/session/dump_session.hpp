#pragma once

#include "protocol/response.hpp"
#include "proxy/net/packet_stream.hpp"
#include "proxy/session/dump_parameters.hpp"
#include "proxy/session/position_questions.hpp"
#include "proxy/session/session_thread.hpp"
#include "proxy/source/source_facts.hpp"
#include "proxy/store/publication.hpp"

#include <asio/thread_pool.hpp>
#include <functional>

// Serves one dump of the clean log, as a server's dump thread does it: reader → packetiser.
// Source: sql/rpl_binlog_sender.cc (Binlog_sender).
namespace proxy {

// The source's gtid_executed, asked of it now; nothing if it cannot be had.
using executed_question = std::function<asio::awaitable<std::optional<protocol::gtid_set>>()>;

// What a dump needs around it; all of it outlives the dump.
struct dump_surroundings
{
    const publication& log;
    session_thread& thread;
    session_control& control;
    std::atomic<std::uint64_t>& place;  // global offset up to which was sent
    asio::thread_pool& pool;            // for reads that would block
    const translator& clean_of;
    const border_question& border_of;
    const executed_question& source_executed;
    std::shared_ptr<const source_facts> facts;
    std::uint32_t capabilities = 0;  // of the client: how the end is written

    std::size_t block_bytes = 64U << 10;
    std::size_t large_event_bytes = 64U << 10;       // from here on sent without a copy
    std::chrono::milliseconds start_limit{60'000};   // for a start beyond our end
    std::chrono::milliseconds look_interval{5'000};  // how often a silent peer is looked at
};

// Until the end (non-blocking dumps), an error of ours (sent), or a stop; the connection is to be
// closed after it. Returns that error's text. Throws what the stream throws.
asio::awaitable<std::string>
serve_dump(packet_stream& peer, dump_parameters request, dump_surroundings with);

}  // namespace proxy
