#include "protocol/auth.hpp"
#include "tests/support/hex.hpp"

#include <algorithm>
#include <gtest/gtest.h>

using namespace protocol;
using namespace tests::literals;

namespace {

challenge counting()
{
    challenge scramble{};
    for (std::size_t i = 0; i < scramble.size(); ++i)
        scramble[i] = static_cast<std::uint8_t>(i + 1);
    return scramble;
}

byte_buffer bytes_of(std::string_view text)
{
    const byte_view bytes = as_bytes(text);
    return {bytes.begin(), bytes.end()};
}

constexpr std::string_view elliptic_key =
    "-----BEGIN PUBLIC KEY-----\n"
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEOSsTvUcLaAZSnfJ9hbzFN1mIarAw\n"
    "GqFI12x5CJiBPoeJrq74pUpsCI6Dlzpc+B6pbSOlffGrKHuoHr96B/4JVg==\n"
    "-----END PUBLIC KEY-----\n";

}  // namespace

// Both proofs were computed by PyMySQL 1.0.2; the stored native hash is what
// SELECT PASSWORD('secret') gives on MySQL 5.7.
TEST(NativeProof, IsWhatOtherClientsSend)
{
    EXPECT_EQ(native_proof("secret", counting()), "b32bb3a583e1340c0a1108d58b1be49781ad8c2f"_hex);
    const auto stored = store_password("secret").native;
    EXPECT_EQ(
        byte_buffer(stored.begin(), stored.end()), "14e65567abdb5135d0cfd9a70b3032c179a49ee7"_hex
    );
}

TEST(Sha2Proof, IsWhatOtherClientsSend)
{
    EXPECT_EQ(
        sha2_proof("secret", counting()),
        "746ebe205d56a0707acb3e796e834e0d"
        "d7b1d61743b26bd5202c7a623230c7c9"_hex
    );
}

TEST(Proofs, ProveTheirPasswordOnly)
{
    const challenge scramble = make_challenge();
    const stored_password stored = store_password("secret");
    EXPECT_TRUE(proves_native(native_proof("secret", scramble), scramble, stored));
    EXPECT_TRUE(proves_sha2(sha2_proof("secret", scramble), scramble, stored));
    EXPECT_FALSE(proves_native(native_proof("secreT", scramble), scramble, stored));
    EXPECT_FALSE(proves_sha2(sha2_proof("secreT", scramble), scramble, stored));
    EXPECT_FALSE(proves_native(sha2_proof("secret", scramble), scramble, stored));
    EXPECT_FALSE(proves_sha2(native_proof("secret", scramble), scramble, stored));
}

TEST(Proofs, AreWorthNothingForAnotherScramble)
{
    const challenge scramble = counting();
    const challenge other = make_challenge();
    const stored_password stored = store_password("secret");
    EXPECT_FALSE(proves_native(native_proof("secret", scramble), other, stored));
    EXPECT_FALSE(proves_sha2(sha2_proof("secret", scramble), other, stored));
}

TEST(Proofs, AreEmptyForAnEmptyPasswordAndProveNoOther)
{
    const challenge scramble = counting();
    EXPECT_TRUE(native_proof("", scramble).empty());
    EXPECT_TRUE(sha2_proof("", scramble).empty());

    const stored_password none = store_password("");
    EXPECT_TRUE(proves_native({}, scramble, none));
    EXPECT_TRUE(proves_sha2({}, scramble, none));
    EXPECT_TRUE(proves_sha2("00"_hex, scramble, none));

    const stored_password secret = store_password("secret");
    EXPECT_FALSE(proves_native({}, scramble, secret));
    EXPECT_FALSE(proves_sha2({}, scramble, secret));
    EXPECT_FALSE(proves_sha2("00"_hex, scramble, secret));
    EXPECT_FALSE(proves_native(native_proof("secret", scramble), scramble, none));
}

TEST(Proofs, NeverProveAPasswordThatWasNotStored)
{
    const challenge scramble = counting();
    const stored_password unset;
    EXPECT_FALSE(proves_native({}, scramble, unset));
    EXPECT_FALSE(proves_sha2({}, scramble, unset));
    EXPECT_FALSE(proves_native(byte_buffer(20, 0), scramble, unset));
    EXPECT_FALSE(proves_sha2(byte_buffer(32, 0), scramble, unset));
    EXPECT_FALSE(is_password({}, unset));
}

TEST(Proofs, OfAnyOtherLengthAreRefused)
{
    const challenge scramble = counting();
    const stored_password stored = store_password("secret");
    for (std::size_t size = 0; size < 64; ++size) {
        EXPECT_FALSE(proves_native(byte_buffer(size, 0), scramble, stored));
        EXPECT_FALSE(proves_sha2(byte_buffer(size, 0), scramble, stored));
    }
}

TEST(ClearPassword, MayEndInANul)
{
    const stored_password stored = store_password("secret");
    EXPECT_TRUE(is_password(bytes_of("secret"), stored));
    EXPECT_TRUE(is_password("736563726574 00"_hex, stored));
    EXPECT_FALSE(is_password("736563726574 0000"_hex, stored));
    EXPECT_FALSE(is_password({}, stored));
    EXPECT_TRUE(is_password("00"_hex, store_password("")));
}

TEST(ClearPassword, IsKnownByEitherStoredHash)
{
    stored_password native_only = store_password("secret");
    native_only.sha2 = {};
    stored_password sha2_only = store_password("secret");
    sha2_only.native = {};
    EXPECT_TRUE(is_password(bytes_of("secret"), native_only));
    EXPECT_TRUE(is_password(bytes_of("secret"), sha2_only));
}

// As mysql.user of 9.7.4 holds it for the password "secret-pass".
constexpr std::string_view crypted_hex =
    "0x244124303041246C264E3F404D6A1A49720F1C3D221739016A2258485857547050494E5A544654584F4D73575359"
    "6A464434596C3554504F4867336A45346D62684577703931";

TEST(StoredPassword, IsReadFromAnAuthenticationString)
{
    const auto crypted = parse_stored_password(crypted_hex);
    ASSERT_TRUE(crypted);
    EXPECT_FALSE(crypted->has_native() || crypted->has_fast_sha2());
    EXPECT_EQ(crypted->sha2_rounds, 10000U);
    EXPECT_TRUE(is_password(bytes_of("secret-pass"), *crypted));
    EXPECT_FALSE(is_password(bytes_of("secret-pasS"), *crypted));
    EXPECT_FALSE(is_password({}, *crypted));
    EXPECT_FALSE(is_password(byte_buffer(257, 'x'), *crypted));

    const auto native = parse_stored_password("*14E65567ABDB5135D0CFD9A70B3032C179A49EE7");
    ASSERT_TRUE(native);
    EXPECT_EQ(native->native, store_password("secret").native);
    EXPECT_FALSE(native->has_fast_sha2());
}

TEST(StoredPassword, IsRefusedInAnyOtherForm)
{
    for (std::size_t size = 0; size < crypted_hex.size(); ++size)
        EXPECT_FALSE(parse_stored_password(crypted_hex.substr(0, size))) << size;
    const std::string tail(63, 'x');
    EXPECT_TRUE(parse_stored_password("$A$005$" + tail));
    for (const char* head : {"$B$005$", "$A$000$", "$A$0g5$", "$A$0050", "$A$05$x", "A$$005$"})
        EXPECT_FALSE(parse_stored_password(head + tail)) << head;
    EXPECT_FALSE(parse_stored_password("*14E65567ABDB5135D0CFD9A70B3032C179A49EE"));
    EXPECT_FALSE(parse_stored_password("*14E65567ABDB5135D0CFD9A70B3032C179A49EEg"));
    EXPECT_FALSE(parse_stored_password("secret"));
}

TEST(Challenge, HoldsNeitherNulNorDollarNorTheSameTwice)
{
    challenge last{};
    for (int i = 0; i < 2000; ++i) {
        const challenge scramble = make_challenge();
        EXPECT_NE(scramble, last);
        EXPECT_TRUE(std::ranges::none_of(scramble, [](std::uint8_t byte) {
            return byte == 0 || byte == '$' || byte > 0x7f;
        }));
        last = scramble;
    }
}

TEST(RsaKey, GivesBackThePasswordEncryptedForIt)
{
    const rsa_key key = rsa_key::make();
    const challenge scramble = make_challenge();
    for (const std::string& password :
         {std::string("secret"), std::string(), std::string(213, 'x')}) {
        const auto encrypted = encrypt_password(password, scramble, key.public_key_pem());
        ASSERT_TRUE(encrypted);
        EXPECT_EQ(encrypted->size(), 256U);
        const auto clear = key.decrypt_password(*encrypted, scramble);
        ASSERT_TRUE(clear);
        EXPECT_EQ(as_text(*clear), password + '\0');
        EXPECT_TRUE(is_password(*clear, store_password(password)));
    }
    EXPECT_EQ(
        encrypt_password(std::string(214, 'x'), scramble, key.public_key_pem()).error(),
        errc::too_large
    );
}

TEST(RsaKey, MovesWithItsText)
{
    rsa_key key = rsa_key::make();
    const std::string pem = key.public_key_pem();
    rsa_key moved = std::move(key);
    EXPECT_EQ(moved.public_key_pem(), pem);
    rsa_key assigned = rsa_key::make();
    assigned = std::move(moved);
    EXPECT_EQ(assigned.public_key_pem(), pem);
    const auto encrypted = encrypt_password("a", counting(), pem);
    EXPECT_TRUE(assigned.decrypt_password(*encrypted, counting()));
}

TEST(RsaKey, RefusesWhatWasNotEncryptedForIt)
{
    const rsa_key key = rsa_key::make();
    const rsa_key other = rsa_key::make();
    const auto encrypted = encrypt_password("secret", counting(), other.public_key_pem());
    ASSERT_TRUE(encrypted);
    EXPECT_EQ(key.decrypt_password(*encrypted, counting()).error(), errc::bad_value);
    EXPECT_EQ(key.decrypt_password({}, counting()).error(), errc::bad_value);
    EXPECT_EQ(key.decrypt_password(byte_buffer(255, 1), counting()).error(), errc::bad_value);
    EXPECT_EQ(key.decrypt_password(byte_buffer(257, 1), counting()).error(), errc::bad_value);
}

TEST(PublicKey, IsTheSameHoweverItIsWritten)
{
    const rsa_key key = rsa_key::make();
    EXPECT_TRUE(is_public_key(key.public_key_pem()));
    EXPECT_TRUE(is_same_key(key.public_key_pem(), key.public_key_pem() + "\n\n"));
    EXPECT_FALSE(is_same_key(key.public_key_pem(), rsa_key::make().public_key_pem()));
    EXPECT_FALSE(is_public_key(elliptic_key));
    EXPECT_FALSE(is_same_key("", ""));
    EXPECT_FALSE(is_same_key("-----", key.public_key_pem()));
}

TEST(EncryptPassword, RefusesWhatIsNoRsaKey)
{
    EXPECT_EQ(encrypt_password("a", counting(), "").error(), errc::bad_value);
    EXPECT_EQ(encrypt_password("a", counting(), "no key").error(), errc::bad_value);
    EXPECT_EQ(encrypt_password("a", counting(), elliptic_key).error(), errc::bad_value);
    EXPECT_EQ(
        encrypt_password("a", counting(), std::string(1 << 20, 'x')).error(), errc::too_large
    );
}
