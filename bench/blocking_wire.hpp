#pragma once

#include "protocol/packet.hpp"

#include <arpa/inet.h>
#include <cerrno>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdexcept>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>

// Packets over a blocking socket, for the programs that only measure.
namespace bench {

class blocking_wire
{
public:
    explicit blocking_wire(int socket) : socket_(socket)
    {
        const int on = 1;
        ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    }
    ~blocking_wire() { ::close(socket_); }
    blocking_wire(const blocking_wire&) = delete;
    blocking_wire& operator=(const blocking_wire&) = delete;

    static int connect_to(std::uint16_t port)
    {
        const sockaddr_in where = loopback(port);
        const int made = ::socket(AF_INET, SOCK_STREAM, 0);
        if (made < 0 || ::connect(made, generic(where), sizeof where) != 0)
            fail("connect");
        return made;
    }
    static int listen_on(std::uint16_t port)
    {
        const sockaddr_in where = loopback(port);
        const int made = ::socket(AF_INET, SOCK_STREAM, 0);
        const int on = 1;
        ::setsockopt(made, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
        if (made < 0 || ::bind(made, generic(where), sizeof where) != 0 || ::listen(made, 64) != 0)
            fail("listen");
        return made;
    }

    // Valid until the next read().
    protocol::byte_view read()
    {
        for (;;) {
            const auto packet = splitter_.next();
            if (!packet)
                throw std::system_error(protocol::make_error_code(packet.error()), "packet");
            if (*packet)
                return **packet;
            splitter_.commit(read_some(splitter_.prepare(16384)));
        }
    }
    std::size_t read_some(std::span<std::uint8_t> room) const
    {
        const ssize_t size = ::recv(socket_, room.data(), room.size(), 0);
        if (size < 0)
            fail("read");
        if (size == 0)
            throw std::runtime_error("the other end closed the connection");
        return static_cast<std::size_t>(size);
    }
    void write(protocol::byte_view payload)
    {
        protocol::byte_buffer frames;
        splitter_.sequence = protocol::append_packet(frames, payload, splitter_.sequence);
        write_frames(frames);
    }
    void write_frames(protocol::byte_view frames) const
    {
        while (!frames.empty()) {
            const ssize_t size = ::send(socket_, frames.data(), frames.size(), MSG_NOSIGNAL);
            if (size < 0)
                fail("write");
            frames = frames.subspan(static_cast<std::size_t>(size));
        }
    }
    void begin_command() { splitter_.sequence = 0; }
    std::uint8_t next_sequence() const { return splitter_.sequence; }
    // What was received and not given out yet.
    protocol::byte_buffer take_rest() { return splitter_.take_rest(); }

private:
    [[noreturn]] static void fail(const char* what)
    {
        throw std::system_error(errno, std::generic_category(), what);
    }
    static sockaddr_in loopback(std::uint16_t port)
    {
        sockaddr_in where{};
        where.sin_family = AF_INET;
        where.sin_port = htons(port);
        where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        return where;
    }
    static const sockaddr* generic(const sockaddr_in& where)
    {
        return reinterpret_cast<const sockaddr*>(&where);
    }

    int socket_;
    protocol::packet_splitter splitter_{std::size_t{1} << 30};
};

}  // namespace bench
