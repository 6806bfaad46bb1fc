#pragma once

#include "protocol/event.hpp"
#include "proxy/source/binary_log.hpp"
#include "proxy/source/next_source.hpp"
#include "proxy/source/source_facts.hpp"
#include "proxy/source_log.hpp"

#include <asio/awaitable.hpp>
#include <chrono>
#include <string>

// The seam between the source client and whoever takes what it pulls.
namespace proxy {

// What to ask the source for, and what must be found there.
struct resume_place
{
    bool fresh = true;  // nothing was taken yet: source.start decides
    source_log log;
    std::uint64_t position = 4;  // of the first byte not yet taken: an event border of the file
    std::uint32_t format_timestamp = 0;  // of the file's FORMAT_DESCRIPTION; 0: not known
    // What is taken came from more than one server, and no place of a log stands for it: go on as
    // on another server.
    bool by_gtid = false;
};

enum class upstream_event_kind : std::uint8_t {
    // The source's log, byte for byte, at `position`; a FORMAT_DESCRIPTION at 4 too.
    ordinary,
    // Artificial ROTATE: what follows is from `log.file` at `position`. The first event of each
    // connection, and in front of each further file. Its view is not for use.
    file_begins,
    // Artificial copy of the file's FORMAT_DESCRIPTION after a file_begins in mid-file: says how
    // to read what follows, is nothing new.
    format_copy,
    // Nothing new; the log has been read up to `position`, the source's end.
    heartbeat,
};

// The views hold until the sink returns from on_event.
struct upstream_event
{
    upstream_event_kind kind = upstream_event_kind::ordinary;
    const source_log& log;
    std::uint64_t position = 0;  // of the event's first byte; heartbeat, file_begins: see there
    protocol::checksum sum = protocol::checksum::none;  // of this file
    protocol::event_view event;
};

enum class after_batch : std::uint8_t {
    go_on,
    ask_again,  // this dump is of no use any more: the next one is to begin at where()
};

// All on the source thread. Whatever a sink throws ends source_client::run() with it; only a
// source_error with trouble::damaged (an event that cannot be read, not taken) is like damage on
// the way: asked for again, a few times.
class event_sink
{
public:
    virtual ~event_sink() = default;

    // Asked before each dump. Events count as taken once on_event returned, whether or not an
    // end_of_batch followed, so that nothing comes twice.
    virtual resume_place where() = 0;

    // Events of one receive, in order, verified (size, position chain, checksum), never twice. Must
    // not wait.
    virtual void on_event(const upstream_event& event) = 0;
    // After the events of one receive, at most about 1 MiB, or one larger event. Nothing more is
    // read before it returns: this is the back-pressure.
    virtual asio::awaitable<after_batch> end_of_batch() = 0;

    // Logged in, identity compared, before the dump.
    virtual void on_connected(const source_facts& facts) = 0;
    // For the choice of another server.
    virtual taken_gtids taken() = 0;
    // Another server is followed from here on: the next dump begins at where() again. Throws
    // source_error (passing) where it cannot be done now.
    virtual void on_other_server(const next_source& followed) = 0;
    // It is not followed, until somebody says so or it has changed.
    virtual void on_follow_refused(const next_source& /*refused*/) {}
    // The source's log reached up to the end of this file at that time.
    virtual void
    on_log_end(const binary_log& /*last*/, std::chrono::steady_clock::time_point /*when*/)
    {}
    // The last error's text, or nothing: the log is being pulled.
    virtual void on_problem(const std::string& /*text*/) {}
};

}  // namespace proxy
