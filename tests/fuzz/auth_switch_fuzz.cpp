#include "protocol/auth.hpp"
#include "protocol/handshake.hpp"

#include <cstdlib>

// A switch that is read is written and read again as the same; no bytes at all are a proof of a
// password that is none.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const protocol::byte_view packet(data, size);
    if (const auto request = protocol::parse_auth_switch(packet)) {
        protocol::byte_buffer out;
        protocol::append_auth_switch(out, *request);
        if (protocol::parse_auth_switch(out) != request)
            std::abort();
    }

    const protocol::stored_password unset;
    if (protocol::proves_native(packet, {}, unset) || protocol::proves_sha2(packet, {}, unset) ||
        protocol::is_password(packet, unset))
        std::abort();
    static const protocol::rsa_key key = protocol::rsa_key::make();
    (void)key.decrypt_password(packet, {});
    if (protocol::as_text(packet).starts_with("-----"))  // OpenSSL takes milliseconds for each
        (void)protocol::encrypt_password("secret", {}, protocol::as_text(packet));
    return 0;
}
