#pragma once

#include <asio/io_context.hpp>
#include <asio/local/stream_protocol.hpp>
#include <filesystem>
#include <optional>
#include <string>

// Sockets that are files, for programs of this machine. A path may be longer than an address holds
// (107 bytes): then it is taken from its folder, open under /proc/self/fd (Linux).
namespace proxy {

// Listens at a file that its user alone may open (0600). One that an earlier process left is
// replaced. Throws std::system_error.
asio::local::stream_protocol::acceptor
listen_at(asio::io_context& loop, const std::filesystem::path& file);

// Throws std::system_error.
asio::local::stream_protocol::socket
connect_at(asio::io_context& loop, const std::filesystem::path& file);

// The user whose process is at the other end of this connected socket, if that is our own or root
// (SO_PEERCRED): the name, or the number where there is none. Nothing: another user's.
std::optional<std::string> owner_of(int socket);

}  // namespace proxy
