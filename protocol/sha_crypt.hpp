#pragma once

#include "protocol/bytes.hpp"

#include <string>
#include <string_view>

namespace protocol {

// SHA-crypt with SHA-256, as caching_sha2_password stores passwords: the 43 letters after the
// salt. `salt` of any bytes, whole (crypt(3) takes 16 of them, MySQL 20). Takes milliseconds for
// 5000 rounds. Source: mysys/crypt_genhash_impl.cc my_crypt_genhash; Drepper's "Unix crypt using
// SHA-256 and SHA-512".
std::string sha256_crypt(std::string_view password, byte_view salt, unsigned rounds);

}  // namespace protocol
