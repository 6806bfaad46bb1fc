#pragma once

#include "protocol/large_bytes.hpp"

// Large bytes that lie in memory after all, and count what is done with them.
namespace tests {

class large_memory final : public protocol::gathered_bytes
{
public:
    explicit large_memory(protocol::byte_buffer content = {}) : bytes(std::move(content)) {}

    bool add(protocol::byte_view more) override
    {
        bytes.insert(bytes.end(), more.begin(), more.end());
        return !fails_to_add;
    }
    bool finish() override
    {
        finished = true;
        return !fails_to_finish;
    }
    protocol::byte_view view() const override { return bytes; }
    void let_go() const override { ++pieces; }

    protocol::byte_buffer bytes;
    bool finished = false;
    bool fails_to_add = false;
    bool fails_to_finish = false;
    mutable int pieces = 0;
};

}  // namespace tests
