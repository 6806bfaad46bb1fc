#include "protocol/auth.hpp"

#include "protocol/sha_crypt.hpp"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <initializer_list>
#include <memory>
#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <optional>
#include <utility>

namespace protocol {
namespace {

template <auto Free>
struct freed_by
{
    template <class Object>
    void operator()(Object* object) const
    {
        Free(object);
    }
};
using md_context = std::unique_ptr<EVP_MD_CTX, freed_by<EVP_MD_CTX_free>>;
using key_context = std::unique_ptr<EVP_PKEY_CTX, freed_by<EVP_PKEY_CTX_free>>;
using key_pointer = std::unique_ptr<EVP_PKEY, freed_by<EVP_PKEY_free>>;
using bio_pointer = std::unique_ptr<BIO, freed_by<BIO_free>>;

constexpr int key_bits = 2048;
// What a server takes (sql/auth/sha2_password_common.h, CACHING_SHA2_PASSWORD_MAX_PASSWORD_LENGTH).
constexpr std::size_t longest_crypted = 256;

// OpenSSL fails in digests, random and key making only without memory or without its providers:
// going on would mean a password check that does not check.
void must(bool done)
{
    if (!done)
        std::abort();
}

template <std::size_t Size>
using hash = std::array<std::uint8_t, Size>;

template <std::size_t Size>
hash<Size> digest(std::initializer_list<byte_view> parts)
{
    static_assert(Size == 20 || Size == 32);
    hash<Size> out{};
    const md_context context(EVP_MD_CTX_new());
    must(EVP_DigestInit_ex(context.get(), Size == 20 ? EVP_sha1() : EVP_sha256(), nullptr) == 1);
    for (const byte_view part : parts)
        must(EVP_DigestUpdate(context.get(), part.data(), part.size()) == 1);
    must(EVP_DigestFinal_ex(context.get(), out.data(), nullptr) == 1);
    return out;
}

template <std::size_t Size>
hash<Size> twice(std::string_view password)
{
    return digest<Size>({digest<Size>({as_bytes(password)})});
}

template <std::size_t Size>
hash<Size> exclusive_or(hash<Size> left, const hash<Size>& right)
{
    for (std::size_t i = 0; i < Size; ++i)
        left[i] ^= right[i];
    return left;
}

template <std::size_t Size>
bool same(const hash<Size>& left, const hash<Size>& right)
{
    return CRYPTO_memcmp(left.data(), right.data(), Size) == 0;
}

// The order in which each plugin hashes scramble and stored hash is the one difference of the two.
hash<20> mask(const challenge& scramble, const hash<20>& stored)
{
    return digest<20>({scramble, stored});
}
hash<32> mask(const challenge& scramble, const hash<32>& stored)
{
    return digest<32>({stored, scramble});
}

template <std::size_t Size>
byte_buffer make_proof(std::string_view password, const challenge& scramble)
{
    if (password.empty())
        return {};
    const hash<Size> once = digest<Size>({as_bytes(password)});
    const hash<Size> proof = exclusive_or(once, mask(scramble, twice<Size>(password)));
    return {proof.begin(), proof.end()};
}

template <std::size_t Size>
bool proves(byte_view proof, const challenge& scramble, const hash<Size>& stored)
{
    if (proof.empty())
        return same(stored, twice<Size>(""));
    if (proof.size() != Size)
        return false;
    hash<Size> sent{};
    std::ranges::copy(proof, sent.begin());
    const hash<Size> once = exclusive_or(sent, mask(scramble, stored));
    return same(digest<Size>({once}), stored);
}

void exclusive_or(byte_buffer& bytes, const challenge& scramble)
{
    for (std::size_t i = 0; i < bytes.size(); ++i)
        bytes[i] ^= scramble[i % scramble.size()];
}

std::optional<byte_buffer> from_hex(std::string_view digits)
{
    byte_buffer bytes(digits.size() / 2);
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        const char* const pair = digits.data() + 2 * i;
        if (std::from_chars(pair, pair + 2, bytes[i], 16).ptr != pair + 2)
            return std::nullopt;
    }
    if (digits.size() % 2 != 0)
        return std::nullopt;
    return bytes;
}

// OpenSSL keeps what failed in a queue of the thread, where the next TLS call would find it.
tl::unexpected<errc> refused(errc reason)
{
    ERR_clear_error();
    return tl::unexpected(reason);
}

using rsa_step =
    int(EVP_PKEY_CTX*, unsigned char*, std::size_t*, const unsigned char*, std::size_t);

// EVP_PKEY_encrypt and EVP_PKEY_decrypt are alike, with their init functions; OAEP with SHA-1, as
// every server and client does it.
result<byte_buffer>
rsa_oaep(EVP_PKEY* key, int (*init)(EVP_PKEY_CTX*), rsa_step* step, byte_view input)
{
    const key_context context(EVP_PKEY_CTX_new(key, nullptr));
    if (!context || init(context.get()) != 1 ||
        EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_PKCS1_OAEP_PADDING) != 1)
        return refused(errc::bad_value);
    byte_buffer out(static_cast<std::size_t>(EVP_PKEY_get_size(key)));
    std::size_t size = out.size();
    if (step(context.get(), out.data(), &size, input.data(), input.size()) != 1)
        return refused(errc::bad_value);
    out.resize(size);
    return out;
}

}  // namespace

challenge make_challenge()
{
    challenge scramble{};
    must(RAND_bytes(scramble.data(), static_cast<int>(scramble.size())) == 1);
    for (std::uint8_t& byte : scramble) {
        byte &= 0x7f;
        if (byte == 0 || byte == '$')  // clients take it for text; servers store it between '$'
            ++byte;
    }
    return scramble;
}

byte_buffer native_proof(std::string_view password, const challenge& scramble)
{
    return make_proof<20>(password, scramble);
}

byte_buffer sha2_proof(std::string_view password, const challenge& scramble)
{
    return make_proof<32>(password, scramble);
}

stored_password store_password(std::string_view password)
{
    stored_password stored;
    stored.native = twice<20>(password);
    stored.sha2 = twice<32>(password);
    return stored;
}

result<stored_password> parse_stored_password(std::string_view text)
{
    std::string unhexed;
    if (text.starts_with("0x")) {
        const auto bytes = from_hex(text.substr(2));
        if (!bytes)
            return tl::unexpected(errc::bad_value);
        unhexed.assign(bytes->begin(), bytes->end());
        text = unhexed;
    }
    stored_password stored;
    if (text.starts_with('*')) {
        const auto bytes = from_hex(text.substr(1));
        if (!bytes || bytes->size() != stored.native.size())
            return tl::unexpected(errc::bad_value);
        std::ranges::copy(*bytes, stored.native.begin());
        return stored;
    }
    // Thousands of rounds in three hex digits (sql/auth/sha2_password.cc, deserialize).
    constexpr std::string_view kind = "$A$";
    constexpr std::size_t salt_at = kind.size() + 4;
    constexpr std::size_t salt_size = 20;
    constexpr std::size_t crypt_size = 43;
    if (!text.starts_with(kind) || text.size() != salt_at + salt_size + crypt_size ||
        text[salt_at - 1] != '$')
        return tl::unexpected(errc::bad_value);
    const auto rounds = from_hex("0" + std::string(text.substr(kind.size(), 3)));
    if (!rounds)
        return tl::unexpected(errc::bad_value);
    stored.sha2_rounds = 1000U * ((*rounds)[0] * 256U + (*rounds)[1]);
    stored.sha2_salt = text.substr(salt_at, salt_size);
    stored.sha2_crypt = text.substr(salt_at + salt_size);
    if (stored.sha2_rounds == 0)
        return tl::unexpected(errc::bad_value);
    return stored;
}

bool proves_native(byte_view proof, const challenge& scramble, const stored_password& stored)
{
    return proves(proof, scramble, stored.native);
}

bool proves_sha2(byte_view proof, const challenge& scramble, const stored_password& stored)
{
    const bool lone_nul = proof.size() == 1 && proof.front() == 0;
    return proves(lone_nul ? byte_view{} : proof, scramble, stored.sha2);
}

bool is_password(byte_view clear, const stored_password& stored)
{
    if (!clear.empty() && clear.back() == 0)
        clear = clear.first(clear.size() - 1);
    // Either will do: an account may come from a server that kept only one of them.
    const stored_password given = store_password(as_text(clear));
    const bool native = same(given.native, stored.native);
    const bool sha2 = same(given.sha2, stored.sha2);
    if (native || sha2 || stored.has_fast_sha2() || stored.sha2_crypt.empty() ||
        clear.size() > longest_crypted)
        return native || sha2;
    const std::string crypted =
        sha256_crypt(as_text(clear), as_bytes(stored.sha2_salt), stored.sha2_rounds);
    return crypted.size() == stored.sha2_crypt.size() &&
           CRYPTO_memcmp(crypted.data(), stored.sha2_crypt.data(), crypted.size()) == 0;
}

namespace {

result<key_pointer> parse_public_key(std::string_view pem)
{
    constexpr std::size_t longest_pem = 64 << 10;
    if (pem.size() > longest_pem)
        return tl::unexpected(errc::too_large);
    const bio_pointer text(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    must(text != nullptr);
    key_pointer key(PEM_read_bio_PUBKEY(text.get(), nullptr, nullptr, nullptr));
    if (!key || EVP_PKEY_is_a(key.get(), "RSA") != 1)
        return refused(errc::bad_value);
    return key;
}

}  // namespace

bool is_public_key(std::string_view pem)
{
    return parse_public_key(pem).has_value();
}

bool is_same_key(std::string_view pem, std::string_view other_pem)
{
    const auto one = parse_public_key(pem);
    const auto other = parse_public_key(other_pem);
    return one && other && EVP_PKEY_eq(one->get(), other->get()) == 1;
}

result<byte_buffer> encrypt_password(
    std::string_view password, const challenge& scramble, std::string_view public_key_pem
)
{
    const auto parsed = parse_public_key(public_key_pem);
    if (!parsed)
        return tl::unexpected(parsed.error());
    const key_pointer& key = *parsed;
    const auto block = static_cast<std::size_t>(EVP_PKEY_get_size(key.get()));
    constexpr std::size_t oaep_overhead = 2 * 20 + 2;
    if (password.size() + 1 + oaep_overhead > block)
        return tl::unexpected(errc::too_large);

    byte_buffer clear(as_bytes(password).begin(), as_bytes(password).end());
    clear.push_back(0);
    exclusive_or(clear, scramble);
    auto encrypted = rsa_oaep(key.get(), EVP_PKEY_encrypt_init, EVP_PKEY_encrypt, clear);
    OPENSSL_cleanse(clear.data(), clear.size());
    return encrypted;
}

rsa_key::rsa_key(void* key) : key_(key)
{
    const bio_pointer out(BIO_new(BIO_s_mem()));
    must(out && PEM_write_bio_PUBKEY(out.get(), static_cast<EVP_PKEY*>(key)) == 1);
    char* text = nullptr;
    const long size = BIO_get_mem_data(out.get(), &text);
    pem_.assign(text, static_cast<std::size_t>(size));
}

rsa_key rsa_key::make()
{
    EVP_PKEY* const key = EVP_RSA_gen(key_bits);
    must(key != nullptr);
    return rsa_key(key);
}

rsa_key::~rsa_key()
{
    EVP_PKEY_free(static_cast<EVP_PKEY*>(key_));
}

rsa_key::rsa_key(rsa_key&& other) noexcept
    : key_(std::exchange(other.key_, nullptr))
    , pem_(std::move(other.pem_))
{}

rsa_key& rsa_key::operator=(rsa_key&& other) noexcept
{
    std::swap(key_, other.key_);
    std::swap(pem_, other.pem_);
    return *this;
}

result<byte_buffer> rsa_key::decrypt_password(byte_view encrypted, const challenge& scramble) const
{
    auto* const key = static_cast<EVP_PKEY*>(key_);
    if (encrypted.size() != static_cast<std::size_t>(EVP_PKEY_get_size(key)))
        return tl::unexpected(errc::bad_value);
    auto clear = rsa_oaep(key, EVP_PKEY_decrypt_init, EVP_PKEY_decrypt, encrypted);
    if (clear)
        exclusive_or(*clear, scramble);
    return clear;
}

}  // namespace protocol
