#pragma once

#include "proxy/session/dump_session.hpp"
#include "tests/support/event_builder.hpp"
#include "tests/support/files.hpp"
#include "tests/support/run_awaitable.hpp"
#include "tests/support/scripted_stream.hpp"
#include "tests/support/temp_folder.hpp"

#include <fstream>
#include <gtest/gtest.h>

namespace tests {

constexpr std::uint32_t source_server_id = 77;

// A clean log of hand-written files, and a consumer that is a script.
class dump_session_fixture : public testing::Test
{
protected:
    dump_session_fixture()
    {
        asked.server_id = 5;
        asked.checksum = "CRC32";
        asked.flags = protocol::dump_non_block | protocol::dump_heartbeat_v2;
    }

    void add_file(
        const std::string& name,
        const protocol::byte_buffer& bytes,
        const protocol::gtid_set& previous = {}
    )
    {
        const std::filesystem::path path = folder / name;
        std::ofstream(path, std::ios::binary) << protocol::as_text(bytes);
        proxy::clean_file file;
        file.name = name;
        file.path = path;
        file.base = end;
        file.source.uuid = event_builder().source;
        if (!first_upstream.empty())
            file.source.file = list.files.empty() ? first_upstream : "bin.000008";
        list.add(file, previous);
        end += bytes.size();
        log.set_files(list);
        log.publish(end);
    }
    // Two transactions and the ROTATE to the next file.
    protocol::byte_buffer first_file()
    {
        event_builder made;
        made.format().previous_gtids({});
        made.gtid(1).begin().table_map(7, "d", "t").write_rows(7, 1).xid(1);
        made.gtid(2).begin().table_map(7, "d", "t").write_rows(7, 1).xid(2);
        made.rotate("bin.1000000002");
        return made.file();
    }
    protocol::byte_buffer second_file()
    {
        event_builder made;
        made.format().previous_gtids(*protocol::parse_gtid_set(uuid + ":1-2"));
        made.gtid(3).begin().table_map(7, "d", "t").write_rows(7, 1).xid(3);
        return made.file();
    }
    void add_two_files()
    {
        add_file("bin.1000000001", first_file());
        add_file("bin.1000000002", second_file(), *protocol::parse_gtid_set(uuid + ":1-2"));
        log.set_executed(*protocol::parse_gtid_set(uuid + ":1-3"));
    }

    proxy::dump_surroundings surroundings()
    {
        auto facts = std::make_shared<proxy::source_facts>();
        facts->server_id = source_server_id;
        facts->gtid_mode = gtid_mode;
        facts->gtid_purged = gtid_purged;
        return {
            .log = log,
            .thread = *thread,
            .control = control,
            .place = place,
            .pool = pool,
            .clean_of = clean_of,
            .border_of = border_of,
            .source_executed = source_executed,
            .facts = facts,
            .capabilities = 0,
            .block_bytes = block_bytes,
            .large_event_bytes = large_event_bytes,
            .start_limit = std::chrono::milliseconds(30),
            .look_interval = std::chrono::milliseconds(10),
        };
    }
    void run()
    {
        peer.set_next_sequence(1);
        tests::run(thread->loop(), proxy::serve_dump(peer, asked, surroundings()));
    }

    // The events that were sent; the end is checked apart.
    std::vector<protocol::byte_buffer> events(std::size_t prefix = 1) const
    {
        std::vector<protocol::byte_buffer> found;
        for (const protocol::byte_buffer& packet : peer.written)
            if (packet.at(0) == 0)
                found.emplace_back(packet.begin() + static_cast<int>(prefix), packet.end());
        return found;
    }
    static protocol::event_header header(const protocol::byte_buffer& event)
    {
        return protocol::load_event_header(event);
    }
    std::vector<protocol::event_type> types() const
    {
        std::vector<protocol::event_type> found;
        for (const protocol::byte_buffer& event : events())
            found.push_back(header(event).type);
        return found;
    }
    protocol::server_error error() const
    {
        const auto found = protocol::parse_error(peer.written.back());
        return found ? *found : protocol::server_error{};
    }
    static std::vector<protocol::byte_buffer> events_in(const protocol::byte_buffer& file)
    {
        std::vector<protocol::byte_buffer> found;
        for (const protocol::event_view& event : events_of(file))
            found.emplace_back(event.whole.begin(), event.whole.end());
        return found;
    }
    static std::uint64_t position_of(const protocol::byte_buffer& file, std::size_t event)
    {
        std::uint64_t position = 4;
        const auto all = events_in(file);
        for (std::size_t i = 0; i < event; ++i)
            position += all[i].size();
        return position;
    }
    struct heartbeat
    {
        std::string file;
        std::uint64_t position;
    };
    static std::vector<heartbeat> heartbeats(const std::vector<protocol::byte_buffer>& from)
    {
        std::vector<heartbeat> found;
        for (const protocol::byte_buffer& event : from)
            if (header(event).type == protocol::event_type::heartbeat_v2) {
                const auto view = *protocol::parse_heartbeat(
                    *protocol::parse_event(event, protocol::checksum::crc32)
                );
                found.push_back({std::string(view.file), view.position});
            }
        return found;
    }

    const std::string uuid = protocol::to_text(event_builder().source);
    temp_folder folder;
    proxy::publication log;
    proxy::file_list list;
    std::uint64_t end = 0;
    std::shared_ptr<proxy::session_thread> thread = proxy::session_thread::make(log);
    proxy::session_control control;
    std::atomic<std::uint64_t> place{0};
    asio::thread_pool pool{1};
    proxy::translator clean_of;
    proxy::border_question border_of;
    proxy::executed_question source_executed;
    std::string gtid_mode = "ON";
    protocol::gtid_set gtid_purged;  // of the source
    std::string first_upstream;      // name of the source's file; the second one's is bin.000008
    std::size_t block_bytes = 256U << 10;
    std::size_t large_event_bytes = 64U << 10;
    proxy::dump_parameters asked;
    scripted_stream peer;
};

}  // namespace tests
