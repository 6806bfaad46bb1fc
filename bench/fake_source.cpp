// A source that costs almost nothing: serves binlog files from memory, over the MySQL protocol, to
// whoever asks, with any password. What our source client and mysqlbinlog ask is answered; the
// frames are made before the first one asks.
//
//   fake_source --port 4000 mysql-bin.000001 [mysql-bin.000002 ...]
//
// Says "ready" when it listens. Runs until it is ended.

#include "bench/blocking_wire.hpp"
#include "protocol/auth.hpp"
#include "protocol/binlog_file.hpp"
#include "protocol/command.hpp"
#include "protocol/control_event.hpp"
#include "protocol/event.hpp"
#include "protocol/handshake.hpp"
#include "protocol/response.hpp"

#include <CLI/CLI.hpp>
#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <thread>

namespace {

using bench::blocking_wire;
using protocol::byte_buffer;
using protocol::byte_view;

constexpr std::string_view version = "9.7.4-fake";
constexpr std::uint32_t server_id = 4242;

struct binlog
{
    std::string name;
    byte_buffer bytes;
};

void append_event(byte_buffer& frames, byte_view event, std::uint8_t& sequence)
{
    // In place of append_packet, which wants the leading zero and the event in one piece.
    if (event.size() + 1 >= protocol::max_frame_payload)
        throw std::runtime_error("events over 16 MiB are not served");
    const auto size = static_cast<std::uint32_t>(event.size() + 1);
    const std::size_t at = frames.size();
    frames.resize(at + protocol::packet_header_size);
    protocol::store(&frames[at], size | std::uint32_t{sequence++} << 24);
    frames.push_back(0);
    frames.insert(frames.end(), event.begin(), event.end());
}

struct frames
{
    byte_buffer bytes;
    std::uint8_t next_sequence = 0;
};

// All packets of a dump that begins at this place.
frames
frames_from(std::span<const binlog> logs, std::size_t position, protocol::checksum rotate_sum)
{
    std::size_t total = 0;
    for (const binlog& log : logs)
        total += log.bytes.size();
    byte_buffer made;
    made.reserve(total + total / 8 + 4096);
    std::uint8_t sequence = 1;
    for (const binlog& log : logs) {
        byte_buffer rotate;
        protocol::append_rotate(
            rotate,
            {.type = protocol::event_type::rotate,
             .server_id = server_id,
             .flags = protocol::event_artificial},
            {position, log.name},
            rotate_sum
        );
        append_event(made, rotate, sequence);
        std::size_t at = protocol::binlog_magic.size();
        while (log.bytes.size() - at >= protocol::event_header_size) {
            const byte_view rest = byte_view(log.bytes).subspan(at);
            const protocol::event_header header = protocol::load_event_header(rest);
            if (header.size < protocol::event_header_size || header.size > rest.size())
                break;
            if (header.type == protocol::event_type::format_description) {
                byte_buffer format(rest.begin(), rest.begin() + header.size);
                format[protocol::event_flags_offset] &=
                    static_cast<std::uint8_t>(~protocol::event_in_use);
                if (position > at) {
                    protocol::store(&format[protocol::event_end_log_pos_offset], std::uint32_t{0});
                    protocol::store(&format[protocol::format_created_offset], std::uint32_t{0});
                    protocol::seal(format, protocol::checksum::crc32);
                }
                append_event(made, format, sequence);
            } else if (at >= position) {
                append_event(made, rest.first(header.size), sequence);
            }
            at += header.size;
        }
        position = protocol::binlog_magic.size();
    }
    return {std::move(made), sequence};
}

class fake_source
{
public:
    explicit fake_source(std::vector<binlog> logs)
        : logs_(std::move(logs))
        , whole_(frames_from(logs_, 4, protocol::checksum::crc32))
    {}

    void serve(int socket) const
    {
        try {
            blocking_wire wire(socket);
            log_in(wire);
            std::string checksum = "NONE";
            for (;;) {
                wire.begin_command();
                const byte_view packet = wire.read();
                const auto command = static_cast<protocol::command_type>(packet.front());
                if (command == protocol::command_type::quit)
                    return;
                if (command == protocol::command_type::binlog_dump)
                    return dump(wire, packet, checksum);
                if (command == protocol::command_type::query) {
                    const std::string text(packet.begin() + 1, packet.end());
                    if (text.starts_with("SET") && text.find("checksum") != std::string::npos)
                        checksum = text.find("'NONE'") != std::string::npos ? "NONE" : "CRC32";
                    answer(wire, text, checksum);
                } else {
                    say_ok(wire);
                }
            }
        } catch (const std::exception&) {
            // Whoever has enough closes, in the middle of a packet too.
        }
    }

private:
    static constexpr std::uint32_t capabilities =
        protocol::capability::protocol_41 | protocol::capability::secure_connection |
        protocol::capability::plugin_auth | protocol::capability::long_password |
        protocol::capability::transactions | protocol::capability::connect_with_db;

    static void say_ok(blocking_wire& wire)
    {
        byte_buffer packet;
        protocol::append_ok(packet, {});
        wire.write(packet);
    }
    static void log_in(blocking_wire& wire)
    {
        byte_buffer packet;
        protocol::append_greeting(
            packet,
            {.server_version = std::string(version),
             .connection_id = 1,
             .scramble = protocol::make_challenge(),
             .capabilities = capabilities,
             .plugin = std::string(protocol::sha2_plugin)}
        );
        wire.write(packet);
        wire.read();
        packet.clear();
        const std::array<std::uint8_t, 1> yes{protocol::sha2_fast_ok};
        protocol::append_auth_more_data(packet, yes);
        wire.write(packet);
        say_ok(wire);
    }
    void answer(blocking_wire& wire, const std::string& text, const std::string& checksum) const
    {
        protocol::text_result result;
        if (text.starts_with("SHOW GLOBAL VARIABLES")) {
            result.columns = {"Variable_name", "Value"};
            result.rows = {
                {"server_id", std::to_string(server_id)},
                {"server_uuid", "7a6b7a6b-0000-4000-8000-00000000000f"},
                {"log_bin", "ON"},
                {"gtid_mode", "ON"},
                {"enforce_gtid_consistency", "ON"},
                {"binlog_checksum", "CRC32"},
                {"binlog_format", "ROW"},
                {"lower_case_table_names", "0"},
            };
        } else if (text.starts_with("SHOW BINARY LOGS")) {
            result.columns = {"Log_name", "File_size"};
            for (const binlog& log : logs_)
                result.rows.push_back({log.name, std::to_string(log.bytes.size())});
        } else if (text.starts_with("SELECT")) {
            result.columns = {"value"};
            const auto asks = [&](std::string_view word) {
                return text.find(word) != std::string::npos;
            };
            std::string value = "0";
            if (asks("checksum"))
                value = checksum;
            else if (asks("ersion") || asks("ERSION"))
                value = version;
            else if (asks("gtid_"))
                value.clear();
            result.rows = {{value}};
        } else {
            return say_ok(wire);
        }
        for (const byte_buffer& packet : protocol::text_result_packets(result, capabilities))
            wire.write(packet);
    }
    void dump(blocking_wire& wire, byte_view packet, const std::string& checksum) const
    {
        const auto asked = protocol::parse_binlog_dump(packet);
        if (!asked)
            throw std::runtime_error("dump command not understood");
        auto first = std::ranges::find(logs_, asked->file, &binlog::name);
        if (first == logs_.end())
            first = logs_.begin();
        std::uint8_t sequence = 0;
        if (first == logs_.begin() && asked->position == 4 && checksum == "CRC32") {
            wire.write_frames(whole_.bytes);
            sequence = whole_.next_sequence;
        } else {
            const auto sum =
                checksum == "CRC32" ? protocol::checksum::crc32 : protocol::checksum::none;
            const frames made = frames_from({first, logs_.end()}, asked->position, sum);
            wire.write_frames(made.bytes);
            sequence = made.next_sequence;
        }
        if ((asked->flags & protocol::dump_non_block) == 0) {
            // Nothing more ever comes; whoever has enough closes.
            std::array<std::uint8_t, 64> ignored{};
            wire.read_some(ignored);
            return;
        }
        byte_buffer end;
        protocol::append_eof(end, capabilities);
        byte_buffer last;
        protocol::append_packet(last, end, sequence);
        wire.write_frames(last);
    }

    std::vector<binlog> logs_;
    frames whole_;
};

binlog load(const std::filesystem::path& file)
{
    binlog log{.name = file.filename().string(), .bytes = {}};
    log.bytes.resize(std::filesystem::file_size(file));
    std::ifstream in(file, std::ios::binary);
    in.read(
        reinterpret_cast<char*>(log.bytes.data()), static_cast<std::streamsize>(log.bytes.size())
    );
    if (!in)
        throw std::runtime_error("cannot read " + file.string());
    return log;
}

}  // namespace

int main(int argc, char** argv)
{
    std::uint16_t port = 0;
    std::vector<std::string> files;
    CLI::App app{"serves binlog files from memory"};
    app.add_option("--port", port)->required();
    app.add_option("files", files)->required();
    CLI11_PARSE(app, argc, argv);
    try {
        std::vector<binlog> logs;
        for (const std::string& file : files)
            logs.push_back(load(file));
        const fake_source source(std::move(logs));
        const int listening = blocking_wire::listen_on(port);
        fmt::print("ready\n");
        std::fflush(stdout);
        for (;;) {
            const int socket = ::accept(listening, nullptr, nullptr);
            if (socket >= 0)
                std::thread([&source, socket] { source.serve(socket); }).detach();
        }
    } catch (const std::exception& error) {
        fmt::print(stderr, "fake_source: {}\n", error.what());
        return 1;
    }
}
