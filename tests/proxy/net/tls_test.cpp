#include "proxy/net/tls.hpp"
#include "tests/support/files.hpp"
#include "tests/support/small_files.hpp"
#include "tests/support/temp_folder.hpp"

#include <array>
#include <fstream>
#include <gtest/gtest.h>
#include <memory>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <unistd.h>

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

// For VERIFY_IDENTITY, with the certificate itself as the CA.
TEST_F(OwnPair, HasTheNamesOfThisHostAndTenYears)
{
    make();
    const auto text = tests::read_file(certificate);
    const std::unique_ptr<BIO, decltype(&BIO_free)> in(
        BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), &BIO_free
    );
    const std::unique_ptr<X509, decltype(&X509_free)> made(
        PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr), &X509_free
    );
    ASSERT_TRUE(made);
    std::array<char, 256> host{};
    ASSERT_EQ(::gethostname(host.data(), host.size() - 1), 0);
    for (const char* name : {"localhost", static_cast<const char*>(host.data())})
        EXPECT_EQ(X509_check_host(made.get(), name, 0, 0, nullptr), 1) << name;
    for (const char* name : {"127.0.0.1", "::1"})
        EXPECT_EQ(X509_check_ip_asc(made.get(), name, 0), 1) << name;
    EXPECT_EQ(X509_check_host(made.get(), "elsewhere.example", 0, 0, nullptr), 0);
    EXPECT_EQ(X509_check_ip_asc(made.get(), "10.0.0.1", 0), 0);
    int days = 0;
    int seconds = 0;
    ASN1_TIME_diff(
        &days, &seconds, X509_get0_notBefore(made.get()), X509_get0_notAfter(made.get())
    );
    EXPECT_EQ(days, 10 * 365 + 1);
}

TEST_F(OwnPair, OfOthersMustBelongTogether)
{
    const tests::temp_folder other;
    make();
    (void)make_server_tls({}, other.path());
    listen_config listen;
    listen.tls_cert = certificate;
    listen.tls_key = other / "tls-key.pem";
    try {
        (void)make_server_tls(listen, folder.path());
        FAIL() << "taken";
    } catch (const std::runtime_error& error) {
        const std::string text = error.what();
        EXPECT_NE(text.find(listen.tls_key.string()), std::string::npos) << text;
        EXPECT_NE(text.find("key values mismatch"), std::string::npos) << text;
    }
    listen.tls_key = key;
    EXPECT_NO_THROW((void)make_server_tls(listen, folder.path()));
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
