#include "protocol/sha_crypt.hpp"

#include <array>
#include <cstdlib>
#include <memory>
#include <openssl/crypto.h>
#include <openssl/evp.h>

namespace protocol {
namespace {

using sha256 = std::array<std::uint8_t, 32>;

class hasher
{
public:
    hasher() : context_(EVP_MD_CTX_new(), &EVP_MD_CTX_free)
    {
        must(EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr));
    }

    void add(byte_view bytes)
    {
        must(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()));
    }
    sha256 end()  // and begins the next
    {
        sha256 out{};
        must(EVP_DigestFinal_ex(context_.get(), out.data(), nullptr));
        must(EVP_DigestInit_ex(context_.get(), nullptr, nullptr));
        return out;
    }

private:
    static void must(int done)  // fails without memory or without OpenSSL's providers only
    {
        if (done != 1)
            std::abort();
    }

    std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context_;
};

// The digest again and again, `size` bytes of it.
byte_buffer stretched(const sha256& digest, std::size_t size)
{
    byte_buffer out(size);
    for (std::size_t i = 0; i < size; ++i)
        out[i] = digest[i % digest.size()];
    return out;
}

// Three bytes are four letters, the lowest six bits first.
void append_letters(std::string& out, unsigned high, unsigned middle, unsigned low, int letters)
{
    constexpr std::string_view alphabet =
        "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    unsigned bits = high << 16 | middle << 8 | low;
    for (; letters > 0; --letters, bits >>= 6)
        out += alphabet[bits & 0x3f];
}

std::string letters_of(const sha256& digest)
{
    std::string out;
    // Each group's bytes are 10 apart and the next group begins with its predecessor's neighbour.
    unsigned first = 0;
    unsigned second = 10;
    unsigned third = 20;
    for (int group = 0; group < 10; ++group) {
        append_letters(out, digest[first], digest[second], digest[third], 4);
        const unsigned next = third + 1;
        third = second + 1;
        second = first + 1;
        first = next;
    }
    append_letters(out, 0, digest[31], digest[30], 3);
    return out;
}

}  // namespace

std::string sha256_crypt(std::string_view password, byte_view salt, unsigned rounds)
{
    const byte_view key = as_bytes(password);
    hasher digest;
    digest.add(key);
    digest.add(salt);
    digest.add(key);
    const sha256 other = digest.end();

    digest.add(key);
    digest.add(salt);
    digest.add(stretched(other, key.size()));
    // Of the length's bits each adds the other digest or the password.
    for (std::size_t bits = key.size(); bits > 0; bits >>= 1)
        digest.add((bits & 1) != 0 ? byte_view(other) : key);
    sha256 running = digest.end();

    for (std::size_t i = 0; i < key.size(); ++i)
        digest.add(key);
    byte_buffer password_bytes = stretched(digest.end(), key.size());
    for (int i = 0; i < 16 + running[0]; ++i)
        digest.add(salt);
    const byte_buffer salt_bytes = stretched(digest.end(), salt.size());

    for (unsigned round = 0; round < rounds; ++round) {
        const bool odd = (round & 1) != 0;
        digest.add(odd ? byte_view(password_bytes) : byte_view(running));
        if (round % 3 != 0)
            digest.add(salt_bytes);
        if (round % 7 != 0)
            digest.add(password_bytes);
        digest.add(odd ? byte_view(running) : byte_view(password_bytes));
        running = digest.end();
    }
    OPENSSL_cleanse(password_bytes.data(), password_bytes.size());
    return letters_of(running);
}

}  // namespace protocol
