#include "protocol/error.hpp"

#include <gtest/gtest.h>
#include <set>
#include <string>

namespace protocol {
namespace {

TEST(Error, SaysInItsOwnWordsWhatIsWrong)
{
    std::set<std::string> messages;
    for (const errc code :
         {errc::truncated,
          errc::bad_value,
          errc::unsupported,
          errc::bad_checksum,
          errc::too_large,
          errc::out_of_order,
          errc::lost}) {
        const std::error_code error = make_error_code(code);
        EXPECT_EQ(error.category(), protocol_category());
        EXPECT_TRUE(messages.insert(error.message()).second) << error.message();
        EXPECT_NE(error.message(), "unknown error");
    }
    EXPECT_EQ(std::error_code(99, protocol_category()).message(), "unknown error");
    EXPECT_STREQ(protocol_category().name(), "mysql protocol");
}

}  // namespace
}  // namespace protocol
