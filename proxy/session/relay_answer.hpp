#pragma once

#include "protocol/result_set.hpp"
#include "proxy/net/packet_stream.hpp"

// Answers of the source that are read here instead of being passed on.
namespace proxy {

using answer_packets = std::vector<protocol::byte_buffer>;

// What the source sends is none of what a server answers.
[[noreturn]] void refuse_answer(protocol::errc what);

// One whole answer to a command that has been sent, at most 16 MiB of it. `capabilities`: of the
// connection. Throws what the stream throws; an answer that is none, or too large, by
// refuse_answer.
asio::awaitable<answer_packets>
read_answer(packet_stream& source, std::uint8_t command, std::uint32_t capabilities);

// Sends a statement, and reads its rows. Nothing: the source refuses it.
asio::awaitable<std::optional<protocol::result_set>>
ask_rows(packet_stream& source, std::string text, std::uint32_t capabilities);

}  // namespace proxy
