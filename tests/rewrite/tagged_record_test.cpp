#include "rewrite/tagged_record.hpp"

#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace {

using namespace rewrite;
using protocol::byte_buffer;
using protocol::byte_view;

struct pair
{
    std::uint64_t number = 0;
    std::vector<std::string> texts;
};

byte_buffer written(std::uint8_t extra_tag)
{
    byte_buffer bytes;
    protocol::writer to(bytes);
    tagged_writer record(to);
    record.number(1, 7).text(2, "a").text(extra_tag, "of a newer version").text(2, "b").end();
    return bytes;
}

bool read(byte_view bytes, pair& made)
{
    protocol::reader from(bytes);
    for (tagged_reader record(from); record.next();) {
        switch (record.tag()) {
            case 1: made.number = record.content().u64(); break;
            case 2: made.texts.emplace_back(protocol::as_text(record.content().rest())); break;
            default: record.skip_unknown();
        }
    }
    return from.ok() && from.remaining() == 0;
}

TEST(TaggedRecord, SkipsAFieldThatNeedNotBeKnown)
{
    pair made;
    EXPECT_TRUE(read(written(first_needed_tag - 1), made));
    EXPECT_EQ(made.number, 7U);
    EXPECT_EQ(made.texts, (std::vector<std::string>{"a", "b"}));
}

TEST(TaggedRecord, RefusesAFieldThatMustBeKnown)
{
    pair made;
    EXPECT_FALSE(read(written(first_needed_tag), made));
}

TEST(TaggedRecord, IsNotReadFromFewerBytes)
{
    const byte_buffer bytes = written(3);
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        pair made;
        EXPECT_FALSE(read(byte_view(bytes).first(size), made)) << size;
    }
}

TEST(TaggedRecord, RefusesAValueThatIsLongerThanWhatIsReadOfIt)
{
    byte_buffer bytes;
    protocol::writer to(bytes);
    tagged_writer record(to);
    record.text(1, "nine byte").end();
    pair made;
    EXPECT_FALSE(read(bytes, made));
}

}  // namespace
