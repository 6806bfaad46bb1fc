#include "protocol/server_version.hpp"

#include <gtest/gtest.h>

namespace protocol {

TEST(ServerVersion, IsANumberAsInExecutableComments)
{
    EXPECT_EQ(version_number("8.0.41-32"), 80041U);
    EXPECT_EQ(version_number("9.7.4"), 90704U);
    EXPECT_EQ(version_number("10.11.6-MariaDB-log"), 101106U);
    EXPECT_EQ(version_number("5.7.44"), 50744U);
}

TEST(ServerVersion, IsZeroForWhatIsNone)
{
    for (const char* text :
         {"", "8", "8.", "8.0", "8.0.", "8.0.x", "8.100.1", "-1.0.0", "x8.0.1", "8,0,1"})
        EXPECT_EQ(version_number(text), 0U) << text;
    EXPECT_EQ(version_number("99999999999.0.1"), 0U);
}

}  // namespace protocol
