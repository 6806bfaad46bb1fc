#pragma once

#include "protocol/reader.hpp"
#include "protocol/writer.hpp"

#include <string>

// A record of saved state: fields, each with a tag and its size, and an end mark. Fields come in
// any order; one that repeats is a list.
//
// A newer program may add fields. Its number says what an older one does with a field that it does
// not know: below first_needed_tag it is skipped, from there on the record is refused.
namespace rewrite {

constexpr std::uint8_t first_needed_tag = 128;

class tagged_writer
{
public:
    explicit tagged_writer(protocol::writer& to) : to_(to) {}

    // `fill` writes the field's value to a writer.
    template <class Fill>
    tagged_writer& field(std::uint8_t tag, Fill fill)
    {
        value_.clear();
        protocol::writer value(value_);
        fill(value);
        to_.u8(tag).lenenc(value_.size()).bytes(value_);
        return *this;
    }
    tagged_writer& number(std::uint8_t tag, std::uint64_t value)
    {
        return field(tag, [value](protocol::writer& to) { to.u64(value); });
    }
    tagged_writer& text(std::uint8_t tag, std::string_view value)
    {
        to_.u8(tag).text_lenenc(value);
        return *this;
    }
    void end() { to_.u8(0); }

private:
    protocol::writer& to_;
    protocol::byte_buffer value_;
};

//   for (tagged_reader record(from); record.next();)
//       if (!read_field(record.tag(), record.content()))
//           record.skip_unknown();
//
// Afterwards from.ok() says whether the record was whole and each of its values was read whole.
class tagged_reader
{
public:
    explicit tagged_reader(protocol::reader& from) : from_(from) {}

    bool next();
    std::uint8_t tag() const { return tag_; }
    protocol::reader& content() { return value_; }
    void skip_unknown();

private:
    protocol::reader& from_;
    protocol::reader value_{protocol::byte_view()};
    std::uint8_t tag_ = 0;
};

// What is left of a field: a text.
std::string text_of(protocol::reader& from);

}  // namespace rewrite
