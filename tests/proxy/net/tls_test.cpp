#include "proxy/net/tls.hpp"
#include "tests/support/files.hpp"
#include "tests/support/small_files.hpp"
#include "tests/support/temp_folder.hpp"

#include <fstream>
#include <gtest/gtest.h>

namespace proxy {
namespace {

class OwnPair : public testing::Test
{
protected:
    void make() const { (void)make_server_tls({}, folder.path()); }

    tests::temp_folder folder;
    std::filesystem::path certificate = folder / "tls-cert.pem";
    std::filesystem::path key = folder / "tls-key.pem";
};

TEST_F(OwnPair, IsMadeOnceAndItsKeyIsNobodyElses)
{
    make();
    const auto first = tests::read_file(certificate);
    using std::filesystem::perms;
    EXPECT_EQ(std::filesystem::status(key).permissions(), perms::owner_read | perms::owner_write);
    make();
    EXPECT_EQ(tests::read_file(certificate), first);
}

TEST_F(OwnPair, HasASecretKeyWhereACrashLeftAnOpenFile)
{
    const std::filesystem::path left = folder / "tls-key.pem.next";
    std::ofstream(left) << "half a key";
    using std::filesystem::perms;
    std::filesystem::permissions(left, perms::owner_all | perms::group_read | perms::others_read);
    make();
    EXPECT_EQ(std::filesystem::status(key).permissions(), perms::owner_read | perms::owner_write);
}

TEST_F(OwnPair, IsMadeAnewWhereHalfOfItIsMissing)
{
    for (const auto& half : {certificate, key}) {
        make();
        std::filesystem::remove(half);
        make();
        EXPECT_TRUE(std::filesystem::exists(half));
    }
}

// The key takes 1.7 KB, the certificate 1 KB.
TEST_F(OwnPair, IsWholeOrNotThereAfterADiskWithoutRoom)
{
    for (const rlim_t bytes : {rlim_t{0}, rlim_t{500}, rlim_t{1400}}) {
        {
            const tests::small_files now(bytes);
            try {
                make();
                FAIL() << "it was written";
            } catch (const std::runtime_error& error) {
                EXPECT_NE(std::string(error.what()).find("tls-"), std::string::npos);
                EXPECT_NE(std::string(error.what()).find("File too large"), std::string::npos);
            }
        }
        EXPECT_FALSE(std::filesystem::exists(certificate));
    }
    EXPECT_NO_THROW(make());
}

}  // namespace
}  // namespace proxy
