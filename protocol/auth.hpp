#pragma once

#include "protocol/bytes.hpp"
#include "protocol/error.hpp"
#include "protocol/handshake.hpp"

#include <string_view>

// Password proofs of mysql_native_password and caching_sha2_password, both halves.
// Source: sql/auth/password.cc, sql/auth/sha2_password.cc, sha2_password_common.cc.
namespace protocol {

constexpr std::string_view native_plugin = "mysql_native_password";
constexpr std::string_view sha2_plugin = "caching_sha2_password";
constexpr std::string_view sha256_plugin = "sha256_password";
constexpr std::string_view clear_plugin = "mysql_clear_password";

// Bytes of caching_sha2's conversation (after the 0x01 of an auth-more-data packet).
constexpr std::uint8_t sha2_fast_ok = 3;
constexpr std::uint8_t sha2_full = 4;
constexpr std::uint8_t sha2_ask_key = 2;

challenge make_challenge();  // from OpenSSL's random; no NUL, no '$'

// What a client sends; empty for an empty password.
byte_buffer native_proof(std::string_view password, const challenge& scramble);
byte_buffer sha2_proof(std::string_view password, const challenge& scramble);

// What a server keeps; what it does not have is at zeros or empty.
struct stored_password
{
    std::array<std::uint8_t, 20> native{};  // SHA1(SHA1(password))
    std::array<std::uint8_t, 32> sha2{};    // SHA256(SHA256(password)), for the fast path
    std::string sha2_salt;                  // and SHA-crypt, what mysql.user holds
    std::string sha2_crypt;
    unsigned sha2_rounds = 0;
    bool operator==(const stored_password&) const = default;

    bool has_native() const { return native != decltype(native){}; }
    bool has_fast_sha2() const { return sha2 != decltype(sha2){}; }
};
stored_password store_password(std::string_view password);
// mysql.user's authentication_string, also in hex as SHOW CREATE USER prints it (0x...): of
// caching_sha2_password "$A$005$", 20 bytes of salt, 43 letters; of mysql_native_password "*" and
// 40 hex digits. bad_value: none of these.
result<stored_password> parse_stored_password(std::string_view text);
// Constant time. An empty proof (for sha2 also a single NUL) proves the empty password only;
// nothing proves a stored_password left at zeros.
bool proves_native(byte_view proof, const challenge& scramble, const stored_password& stored);
bool proves_sha2(byte_view proof, const challenge& scramble, const stored_password& stored);
// The full exchange: clear text, with or without its trailing NUL. Takes milliseconds where
// SHA-crypt is all there is.
bool is_password(byte_view clear, const stored_password& stored);

// Full exchange in clear TCP: the password with its NUL, XORed with the scramble, RSA OAEP.
// bad_value: not an RSA key; too_large: more password than the key can carry.
result<byte_buffer> encrypt_password(
    std::string_view password, const challenge& scramble, std::string_view public_key_pem
);
// Whether that can seal a password; and whether two texts hold the same key.
bool is_public_key(std::string_view pem);
bool is_same_key(std::string_view pem, std::string_view other_pem);
// A server's key pair: made at start, kept in memory. Any number of threads may decrypt with it.
class rsa_key
{
public:
    static rsa_key make();  // 2048 bits
    ~rsa_key();
    rsa_key(rsa_key&&) noexcept;
    rsa_key& operator=(rsa_key&&) noexcept;
    const std::string& public_key_pem() const { return pem_; }
    // Clear password (with NUL) out of what a client sent.
    result<byte_buffer> decrypt_password(byte_view encrypted, const challenge& scramble) const;

private:
    explicit rsa_key(void* key);
    void* key_;  // EVP_PKEY; owned
    std::string pem_;
};

}  // namespace protocol
