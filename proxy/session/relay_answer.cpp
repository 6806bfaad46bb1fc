#include "proxy/session/relay_answer.hpp"

#include "protocol/command.hpp"
#include "protocol/response_tracker.hpp"

namespace proxy {
namespace {

using protocol::answer_place;
using protocol::byte_buffer;
using protocol::byte_view;

// Lists of files, of variables.
constexpr std::size_t max_answer = 16U << 20;

}  // namespace

void refuse_answer(protocol::errc what)
{
    throw std::system_error(make_error_code(what), "the source's answer");
}

asio::awaitable<answer_packets>
read_answer(packet_stream& source, std::uint8_t command, std::uint32_t capabilities)
{
    answer_packets answer;
    std::size_t size = 0;
    source.set_next_sequence(1);
    protocol::response_tracker tracker;
    tracker.begin(command, capabilities);
    while (tracker.where() == answer_place::inside) {
        const byte_view packet = co_await source.read();
        const auto head = packet.first(std::min(packet.size(), protocol::packet_walk::head_size));
        if (const auto step = tracker.on_packet(head, packet.size()); !step)
            refuse_answer(step.error());
        size += packet.size();
        if (size > max_answer)
            refuse_answer(protocol::errc::too_large);
        answer.emplace_back(packet.begin(), packet.end());
    }
    if (tracker.where() != answer_place::done || answer.empty())
        refuse_answer(protocol::errc::bad_value);
    co_return answer;
}

asio::awaitable<std::optional<protocol::result_set>>
ask_rows(packet_stream& source, std::string text, std::uint32_t capabilities)
{
    byte_buffer command;
    protocol::append_query_command(command, text, capabilities);
    source.set_next_sequence(0);
    co_await source.write(command);
    const answer_packets answer = co_await read_answer(
        source, static_cast<std::uint8_t>(protocol::command_type::query), capabilities
    );
    if (protocol::is_error(answer.back()))
        co_return std::nullopt;
    auto rows = protocol::parse_result_set(answer, protocol::row_format::text, capabilities);
    if (!rows)
        refuse_answer(rows.error());
    co_return std::move(*rows);
}

}  // namespace proxy
