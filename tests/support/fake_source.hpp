#pragma once

#include "protocol/handshake.hpp"
#include "protocol/response.hpp"
#include "proxy/source/client_conversation.hpp"
#include "tests/support/scripted_stream.hpp"

#include <map>

// A source made of a list: one script for each connection, in order.
namespace tests {

// What one connection answers. It takes any login, and queries by the beginning of their text.
struct source_script
{
    std::string version = "8.0.41";
    std::map<std::string, protocol::text_result> answers;
    std::map<std::string, protocol::server_error> refusals;
    protocol::server_error login_refusal{.code = 0, .state = "HY000", .message = {}};
    std::vector<protocol::byte_buffer> dump;  // packets, status byte included; then the end
    bool cut_connection = true;  // behind the dump: end of stream; else it would wait for ever
};

// Thrown where the test has what it waits for.
struct enough
{};

inline const std::string server_uuid = "3e11fa47-71ca-11e1-9e33-c80aa9429562";

class fake_source
{
public:
    std::vector<source_script> scripts;
    std::vector<std::vector<std::string>> queries;     // of each connection
    std::vector<protocol::byte_buffer> dump_commands;  // in order
    std::size_t dialled = 0;

    proxy::dial_source dial()
    {
        return [this] { return connect(this); };
    }

private:
    static asio::awaitable<proxy::source_wire> connect(fake_source* self)
    {
        const std::size_t number = self->dialled++;
        if (number >= self->scripts.size())
            throw std::system_error(asio::error::connection_refused, "connect");
        auto stream = std::make_unique<scripted_stream>();
        scripted_stream* const raw = stream.get();
        protocol::greeting hello;
        hello.server_version = self->scripts[number].version;
        hello.capabilities = 0x00ffffffU & ~protocol::capability::ssl;
        hello.scramble.fill('x');
        hello.plugin = "caching_sha2_password";
        protocol::append_greeting(raw->to_read.emplace_back(), hello);
        self->queries.emplace_back();
        raw->after_write = [self, raw, number, seen = std::size_t{0}]() mutable {
            for (; seen < raw->written.size(); ++seen)
                self->answer(number, *raw, raw->written[seen], seen == 0);
        };
        co_return proxy::source_wire{
            .stream = std::move(stream), .can_tls = false, .set_read_limit = {}
        };
    }

    void answer(
        std::size_t number, scripted_stream& stream, const protocol::byte_buffer& packet, bool login
    )
    {
        const source_script& script = scripts[number];
        if (login) {
            if (script.login_refusal.code != 0)
                protocol::append_error(stream.to_read.emplace_back(), script.login_refusal);
            else
                protocol::append_ok(stream.to_read.emplace_back(), {});
            return;
        }
        switch (packet.front()) {
            case 0x03: answer_query(number, stream, protocol::as_text(packet).substr(1)); break;
            case 0x12:
            case 0x1e:
                dump_commands.push_back(packet);
                stream.to_read.insert(stream.to_read.end(), script.dump.begin(), script.dump.end());
                break;
            default: protocol::append_ok(stream.to_read.emplace_back(), {});
        }
    }

    void answer_query(std::size_t number, scripted_stream& stream, std::string_view text)
    {
        const source_script& script = scripts[number];
        queries[number].emplace_back(text);
        for (const auto& [begin, error] : script.refusals)
            if (text.starts_with(begin))
                return protocol::append_error(stream.to_read.emplace_back(), error);
        for (const auto& [begin, result] : script.answers)
            if (text.starts_with(begin)) {
                for (auto& part : protocol::text_result_packets(result, 0))
                    stream.to_read.push_back(std::move(part));
                return;
            }
        protocol::append_ok(stream.to_read.emplace_back(), {});
    }
};

}  // namespace tests
