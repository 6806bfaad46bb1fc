#pragma once

#include "proxy/source/client_conversation.hpp"
#include "proxy/source/event_chain.hpp"
#include "proxy/source/event_sink.hpp"
#include "proxy/source/replica_identity.hpp"
#include "proxy/source/source_numbers.hpp"

#include <spdlog/logger.h>

namespace proxy {

struct source_options
{
    std::string name;  // for messages: "10.0.0.5:3306"
    client_login login;
    std::string start = "latest";  // "latest" | "earliest" | upstream file name
    std::chrono::milliseconds heartbeat{5000};
    replica_identity self;
    std::chrono::milliseconds first_pause{1000};  // between attempts: doubles up to the longest
    std::chrono::milliseconds longest_pause{30000};
    int tries_at_one_place = 5;  // of a log that comes damaged
    std::size_t batch_bytes = 1U << 20;
};

// Pulls the source's log as a replica does, for ever: connects, compares who is there with what the
// sink remembers, asks for the log from where the sink stands, verifies every byte and hands the
// events on. Lost connections, restarts of the source and damaged events mean: connect again and
// ask again from the last good place.
class source_client
{
public:
    // dial, sink and log outlive the client.
    source_client(
        source_options options, const dial_source& dial, event_sink& sink, spdlog::logger& log
    );

    // Returns when cancelled. Throws source_error when only an operator can go on: the source is
    // not what it was, its log comes damaged, or it refuses us at the very first connect; and
    // whatever the sink throws. A refusal later on (a changed password, say) is waited out.
    asio::awaitable<void> run();

    // The next attempt is at this server. `despite_loss`: it is followed also if it lacks what
    // consumers may have, once.
    void follow(std::string name, bool despite_loss);

    const source_numbers& numbers() const { return numbers_; }

private:
    struct dump;

    asio::awaitable<void> attempt();
    asio::awaitable<void> follow_other(client_conversation& source);
    asio::awaitable<std::string> find_file(const next_source& at, const taken_gtids& taken);
    asio::awaitable<resume_place>
    choose_place(client_conversation& source, const std::string& server_uuid);
    asio::awaitable<protocol::checksum>
    begin_dump(client_conversation& source, const source_facts& facts, const resume_place& place);
    asio::awaitable<void> pull(client_conversation& source, dump from);
    void note_received(dump& from);
    std::optional<source_error> on_packet(
        const client_conversation& source,
        dump& from,
        protocol::byte_view packet,
        const protocol::large_bytes* large
    );
    std::optional<source_error>
    on_event(const client_conversation& source, dump& from, upstream_event event);
    // How long to pause before the next attempt; throws the problem if there shall be none.
    std::chrono::milliseconds after(const source_error& problem);
    void tell_problem();
    asio::awaitable<void> pause(std::chrono::milliseconds time);

    source_options options_;
    const dial_source& dial_;
    event_sink& sink_;
    spdlog::logger& log_;
    source_numbers numbers_;

    bool in_sink_ = false;  // so what is thrown is the sink's
    bool in_dump_ = false;
    bool was_connected_ = false;  // ever
    bool progressed_ = false;     // events came since the last pause
    bool despite_loss_ = false;
    std::string last_problem_;
    std::chrono::milliseconds next_pause_;
    std::string damaged_place_;
    int damaged_tries_ = 0;
};

}  // namespace proxy
