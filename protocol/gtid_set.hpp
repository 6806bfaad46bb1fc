#pragma once

#include "protocol/bytes.hpp"
#include "protocol/error.hpp"

#include <array>
#include <map>
#include <string>

// GTIDs and sets of them: text as servers print it, the binary form of PREVIOUS_GTIDS and
// COM_BINLOG_DUMP_GTID (with tags since 8.3), and set algebra.
// Source: sql/rpl_gtid_set.cc, Gtid_set::encode / add_gtid_encoding / encode_nsids_format.
namespace protocol {

using uuid = std::array<std::uint8_t, 16>;

result<uuid> parse_uuid(std::string_view text);  // with or without dashes, any case
std::string to_text(const uuid& id);             // lower case, with dashes

struct gtid
{
    uuid source{};
    std::string tag;           // empty without one; at most 32 bytes, lower case
    std::uint64_t number = 0;  // 1 .. 2^63 - 2; 0 in an anonymous GTID event
    auto operator<=>(const gtid&) const = default;
};
std::string to_text(const gtid& id);  // uuid:number or uuid:tag:number

constexpr std::uint64_t max_gtid_number = 0x7ffffffffffffffe;
bool is_tag(std::string_view text);  // as in events: lower case, not empty

class gtid_set
{
public:
    // Half open: numbers from `begin` up to but not `end`.
    struct interval
    {
        std::uint64_t begin;
        std::uint64_t end;
        auto operator<=>(const interval&) const = default;
    };
    struct stream  // one UUID with one tag
    {
        uuid source{};
        std::string tag;
        auto operator<=>(const stream&) const = default;
    };

    bool empty() const { return intervals_.empty(); }
    bool contains(const gtid& id) const;
    bool contains(const gtid_set& other) const;
    void add(const gtid& id);  // amortised O(log n); at the end of an interval the usual case
    void add(const gtid_set& other);
    void subtract(const gtid_set& other);
    // GTIDs of one UUID only, whatever their tag.
    gtid_set of(const uuid& source) const;
    std::uint64_t count() const;

    // Sorted, disjoint, never adjacent.
    const std::map<stream, std::vector<interval>>& streams() const { return intervals_; }

    bool operator==(const gtid_set&) const = default;

private:
    friend result<gtid_set> parse_gtid_set(std::string_view);
    friend result<gtid_set> parse_gtid_set_binary(byte_view);
    result<void> add_part(std::string_view part);
    void add(const stream& where, interval numbers);
    std::map<stream, std::vector<interval>> intervals_;
};

// As SHOW and SET take it: "uuid:1-5:7,uuid:tag:1-3", blanks and newlines allowed, "" is empty.
result<gtid_set> parse_gtid_set(std::string_view text);
// As @@gtid_executed prints it, without newlines.
std::string to_text(const gtid_set& set);
result<gtid_set> parse_gtid_set_binary(byte_view bytes);
// Tags decide the format: without any tag the old one, which every version reads.
void append_gtid_set_binary(byte_buffer& out, const gtid_set& set);

}  // namespace protocol
