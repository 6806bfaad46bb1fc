#include "protocol/sha_crypt.hpp"

#include <gtest/gtest.h>

namespace protocol {
namespace {

// What crypt(3) of glibc gives.
TEST(ShaCrypt, IsThatOfCrypt)
{
    const auto crypted = [](std::string_view password, std::string_view salt) {
        return sha256_crypt(password, as_bytes(salt), 5000);
    };
    EXPECT_EQ(crypted("Hello world!", "saltstring"), "5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc5");
    EXPECT_EQ(crypted("", "saltstring"), "FdNfA4gXqvCeO6iZs7G/.wwwoywYZqo0l1pwmfWaBA7");
    EXPECT_EQ(
        crypted(std::string(40, 'a'), "0123456789abcdef"),
        "EMA4/G2RRv3DOWxAXvJKBkQm1ALOpFEBeTEouheDOdC"
    );
    EXPECT_EQ(crypted(std::string(200, 'b'), "x"), "b.sh1P46DNxt23QVM3KY3MOMYooZ6/HJpgzOAHmpwK8");
}

}  // namespace
}  // namespace protocol
