// The cheapest consumer there is: logs in, asks for a dump, counts what comes and throws it away.
//
//   drain --port 3307 --user repl --password-file FILE --from mysql-bin.000001 [--consumers 8]
//         [--limit-mib 128]
//
// Each consumer ends at the end of the log (it asks not to wait), or behind the limit. Prints the
// bytes and events of all, and the seconds it took.

#include "bench/blocking_wire.hpp"
#include "protocol/auth.hpp"
#include "protocol/capabilities.hpp"
#include "protocol/command.hpp"
#include "protocol/handshake.hpp"
#include "protocol/response.hpp"

#include <CLI/CLI.hpp>
#include <chrono>
#include <fmt/format.h>
#include <fstream>
#include <thread>

namespace {

using bench::blocking_wire;
using protocol::byte_view;

struct options
{
    std::uint16_t port = 0;
    std::string user;
    std::string password;
    std::string from;
    std::uint64_t limit = 0;  // bytes after which to go; 0: at the end
};
struct counts
{
    std::uint64_t bytes = 0;
    std::uint64_t packets = 0;
};

[[noreturn]] void refused(byte_view packet)
{
    const auto error = protocol::parse_error(packet);
    throw std::runtime_error(error ? error->message : "answer not understood");
}

void log_in(blocking_wire& wire, const options& how)
{
    const auto hello = protocol::parse_greeting(wire.read());
    if (!hello)
        throw std::runtime_error("greeting not understood");
    protocol::login request;
    request.capabilities = protocol::capability::protocol_41 |
                           protocol::capability::secure_connection |
                           protocol::capability::plugin_auth;
    request.user = how.user;
    request.plugin = protocol::sha2_plugin;
    request.proof = protocol::sha2_proof(how.password, hello->scramble);
    protocol::byte_buffer packet;
    protocol::append_login(packet, request);
    wire.write(packet);
    protocol::challenge scramble = hello->scramble;
    for (;;) {
        const byte_view answer = wire.read();
        if (protocol::is_ok(answer))
            return;
        if (const auto other = protocol::parse_auth_switch(answer);
            other && !answer.empty() && answer.front() == 0xfe) {
            std::ranges::copy_n(
                other->data.begin(),
                static_cast<std::ptrdiff_t>(std::min(other->data.size(), scramble.size())),
                scramble.begin()
            );
            wire.write(protocol::sha2_proof(how.password, scramble));
        } else if (answer.size() == 2 && answer[0] == 1 && answer[1] == protocol::sha2_fast_ok) {
            continue;
        } else if (answer.size() == 2 && answer[0] == 1 && answer[1] == protocol::sha2_full) {
            const std::array<std::uint8_t, 1> ask{protocol::sha2_ask_key};
            wire.write(ask);
        } else if (answer.size() > 2 && answer[0] == 1) {
            const std::string key(answer.begin() + 1, answer.end());
            const auto proof = protocol::encrypt_password(how.password, scramble, key);
            if (!proof)
                throw std::runtime_error("public key not understood");
            wire.write(*proof);
        } else {
            refused(answer);
        }
    }
}

void ask(blocking_wire& wire, byte_view packet)
{
    wire.begin_command();
    wire.write(packet);
}

// Only frame headers are looked at: the consumer must cost as little as possible.
counts drain(const options& how)
{
    blocking_wire wire(blocking_wire::connect_to(how.port));
    log_in(wire, how);
    protocol::byte_buffer packet;
    protocol::append_query_command(packet, "SET @source_binlog_checksum = 'CRC32'");
    ask(wire, packet);
    if (const byte_view answer = wire.read(); !protocol::is_ok(answer))
        refused(answer);
    packet.clear();
    protocol::append_binlog_dump(
        packet, {.position = 4, .flags = protocol::dump_non_block, .server_id = 0, .file = how.from}
    );
    ask(wire, packet);

    counts seen;
    protocol::byte_buffer room(std::size_t{1} << 20);
    std::size_t have = 0;
    std::size_t skip = 0;  // of a payload, still to come
    for (;;) {
        have += wire.read_some(std::span(room).subspan(have));
        std::size_t at = 0;
        for (;;) {
            const std::size_t rest = have - at;
            if (skip > 0) {
                const std::size_t part = std::min(rest, skip);
                at += part;
                skip -= part;
                if (skip > 0)
                    break;
                continue;
            }
            // Small packets are looked at: they may be the end.
            if (rest < protocol::packet_header_size + 1)
                break;
            const std::size_t size = protocol::load<std::uint32_t>(&room[at]) & 0xffffff;
            const byte_view head = byte_view(room).subspan(at + protocol::packet_header_size);
            if (head[0] != 0) {
                if (rest < protocol::packet_header_size + size && size < 1000)
                    break;
                if (const byte_view last = head.first(std::min(size, rest - 4));
                    !protocol::is_eof(last))
                    refused(last);
                return seen;
            }
            seen.bytes += size;
            ++seen.packets;
            if (how.limit != 0 && seen.bytes >= how.limit)
                return seen;
            at += protocol::packet_header_size;
            skip = size;
        }
        std::copy(
            room.begin() + static_cast<std::ptrdiff_t>(at),
            room.begin() + static_cast<std::ptrdiff_t>(have),
            room.begin()
        );
        have -= at;
    }
}

}  // namespace

int main(int argc, char** argv)
{
    options how;
    std::string password_file;
    unsigned consumers = 1;
    std::uint64_t limit_mib = 0;
    CLI::App app{"reads a dump and throws it away"};
    app.add_option("--port", how.port)->required();
    app.add_option("--user", how.user)->required();
    app.add_option("--password-file", password_file)->required();
    app.add_option("--from", how.from)->required();
    app.add_option("--consumers", consumers);
    app.add_option("--limit-mib", limit_mib);
    CLI11_PARSE(app, argc, argv);
    how.limit = limit_mib << 20;
    std::ifstream in(password_file);
    std::getline(in, how.password);

    std::vector<counts> all(consumers);
    std::vector<std::string> failures(consumers);
    std::vector<std::thread> threads;
    const auto begin = std::chrono::steady_clock::now();
    for (unsigned i = 0; i < consumers; ++i)
        threads.emplace_back([&, i] {
            try {
                all[i] = drain(how);
            } catch (const std::exception& error) {
                failures[i] = error.what();
            }
        });
    for (std::thread& one : threads)
        one.join();
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    counts total;
    for (unsigned i = 0; i < consumers; ++i) {
        if (!failures[i].empty()) {
            fmt::print(stderr, "drain: consumer {}: {}\n", i, failures[i]);
            return 1;
        }
        total.bytes += all[i].bytes;
        total.packets += all[i].packets;
    }
    fmt::print("{} {} {:.6f}\n", total.bytes, total.packets, took.count());
    return 0;
}
