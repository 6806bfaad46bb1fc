#pragma once

#include <system_error>
#include <tl/expected.hpp>

namespace protocol {

// What can be wrong with bytes from a peer or a disk. Whoever has the context (file, position,
// peer) adds it, once: throw std::system_error(errc, "event at file:pos") in proxy.
enum class errc : std::uint8_t {
    truncated = 1,  // ends before what it promises
    bad_value,      // a field holds what it must not
    unsupported,    // valid, but not something we speak
    bad_checksum,
    too_large,     // over the limit the caller gave
    out_of_order,  // packet numbers do not follow
    lost,          // it came, and what keeps it did not give it back
};

const std::error_category& protocol_category() noexcept;
std::error_code make_error_code(errc code) noexcept;

// A value or what was wrong with the input. Never use .value(): it throws.
template <class T>
using result = tl::expected<T, errc>;

}  // namespace protocol

template <>
struct std::is_error_code_enum<protocol::errc> : std::true_type
{};
