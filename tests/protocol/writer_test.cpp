#include "protocol/reader.hpp"
#include "protocol/writer.hpp"
#include "tests/support/hex.hpp"
#include "tests/support/prefixes.hpp"

namespace {

using namespace protocol;
using namespace tests::literals;

TEST(Varint, IsWrittenAsMysqlSerializationWritesIt)
{
    // The examples of mysql/serialization/readme.md, and what MySQL 9.7.4 wrote.
    const std::vector<std::pair<std::uint64_t, std::string>> examples = {
        {0, "00"},
        {57, "72"},
        {0xab, "ad02"},
        {296, "a104"},
        {65535, "fbff07"},
        {90704, "83120b"},
        {1795612280725233U, "7ff19e2590196106"},
        {~std::uint64_t{0}, "ffffffffffffffffff"},
    };
    for (const auto& [value, hex] : examples) {
        byte_buffer out;
        writer(out).varint(value);
        EXPECT_EQ(tests::to_hex(out), hex);
    }
}

TEST(Varint, IsReadBackAtEveryWidthThatHoldsIt)
{
    for (int bits = 0; bits <= 64; ++bits) {
        for (const int less : {0, 1}) {
            const std::uint64_t value =
                (bits == 64 ? 0 : std::uint64_t{1} << bits) - static_cast<std::uint64_t>(less);
            for (std::size_t size = varint_size(value); size <= 9; ++size) {
                byte_buffer out;
                writer(out).varint(value, size);
                ASSERT_EQ(out.size(), size);
                reader in(out);
                EXPECT_EQ(in.varint(), value) << size;
                EXPECT_EQ(in.remaining(), 0U);
                EXPECT_TRUE(in.ok());
                tests::expect_every_shorter_prefix_refused(out, [](byte_view prefix) {
                    reader cut(prefix);
                    cut.varint();
                    return cut.ok();
                });
            }
        }
    }
}

TEST(Lenenc, IsAsLongAsItsSizeSays)
{
    for (const std::uint64_t value :
         {0ULL, 250ULL, 251ULL, 0xffffULL, 0x10000ULL, 0xffffffULL, 0x1000000ULL, ~0ULL}) {
        byte_buffer out;
        writer(out).lenenc(value);
        EXPECT_EQ(out.size(), lenenc_size(value));
        EXPECT_EQ(reader(out).lenenc(), value);
    }
}

}  // namespace
