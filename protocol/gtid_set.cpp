#include "protocol/gtid_set.hpp"

#include "protocol/ascii.hpp"
#include "protocol/reader.hpp"
#include "protocol/writer.hpp"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>
#include <optional>

namespace protocol {
namespace {

using intervals = std::vector<gtid_set::interval>;

constexpr std::size_t max_tag_size = 32;
constexpr std::uint64_t number_end = max_gtid_number + 1;

std::optional<std::uint8_t> hex_digit(char c)
{
    if (is_digit(c))
        return static_cast<std::uint8_t>(c - '0');
    const char letter = lower(c);
    if (letter >= 'a' && letter <= 'f')
        return static_cast<std::uint8_t>(letter - 'a' + 10);
    return std::nullopt;
}

bool is_blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

std::string_view trim(std::string_view text)
{
    while (!text.empty() && is_blank(text.front()))
        text.remove_prefix(1);
    while (!text.empty() && is_blank(text.back()))
        text.remove_suffix(1);
    return text;
}

std::optional<std::uint64_t> parse_number(std::string_view text)
{
    text = trim(text);
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size() || number > max_gtid_number)
        return std::nullopt;
    return number;
}

// "7" or "3-9"; "9-3" is nothing, as in the server.
result<gtid_set::interval> parse_interval(std::string_view text)
{
    const std::size_t dash = text.find('-');
    const auto begin = parse_number(text.substr(0, dash));
    const auto last = dash == text.npos ? begin : parse_number(text.substr(dash + 1));
    if (!begin || !last || *begin == 0)
        return tl::unexpected(errc::bad_value);
    return gtid_set::interval{.begin = *begin, .end = std::max(*begin, *last + 1)};
}

result<std::string> parse_tag(std::string_view text)
{
    std::string tag = lower(text);
    if (!is_tag(tag))
        return tl::unexpected(errc::bad_value);
    return tag;
}

// The interval that begins last at or before `number`, or the end.
intervals::const_iterator find_interval(const intervals& list, std::uint64_t number)
{
    const auto after = std::ranges::upper_bound(list, number, {}, &gtid_set::interval::begin);
    return after == list.begin() ? list.end() : std::prev(after);
}

bool covers(const intervals& list, const gtid_set::interval& wanted)
{
    const auto entry = find_interval(list, wanted.begin);
    return entry != list.end() && wanted.end <= entry->end;
}

void add_interval(intervals& list, const gtid_set::interval& more)
{
    if (more.begin >= more.end)
        return;
    // All it touches, neighbours without a gap included, become one.
    const auto first = std::ranges::lower_bound(list, more.begin, {}, &gtid_set::interval::end);
    const auto last = std::ranges::upper_bound(list, more.end, {}, &gtid_set::interval::begin);
    if (first == last) {
        list.insert(first, more);
        return;
    }
    first->begin = std::min(first->begin, more.begin);
    first->end = std::max(std::prev(last)->end, more.end);
    list.erase(std::next(first), last);
}

intervals merged(const intervals& left, const intervals& right)
{
    intervals all;
    all.reserve(left.size() + right.size());
    std::ranges::merge(
        left,
        right,
        std::back_inserter(all),
        {},
        &gtid_set::interval::begin,
        &gtid_set::interval::begin
    );
    intervals joined;
    for (const auto& next : all) {
        if (!joined.empty() && next.begin <= joined.back().end)
            joined.back().end = std::max(joined.back().end, next.end);
        else
            joined.push_back(next);
    }
    return joined;
}

intervals without(const intervals& list, const intervals& removed)
{
    intervals rest;
    auto hole = removed.begin();
    for (auto [begin, end] : list) {
        while (hole != removed.end() && hole->end <= begin)
            ++hole;
        for (auto next = hole; next != removed.end() && next->begin < end; ++next) {
            if (begin < next->begin)
                rest.push_back({.begin = begin, .end = next->begin});
            begin = std::min(next->end, end);
        }
        if (begin < end)
            rest.push_back({.begin = begin, .end = end});
    }
    return rest;
}

}  // namespace

result<uuid> parse_uuid(std::string_view text)
{
    const bool dashes = text.size() == 36;
    if (!dashes && text.size() != 32)
        return tl::unexpected(errc::bad_value);
    uuid id{};
    std::size_t at = 0;
    for (std::size_t i = 0; i < id.size(); ++i) {
        if (dashes && (i == 4 || i == 6 || i == 8 || i == 10) && text[at++] != '-')
            return tl::unexpected(errc::bad_value);
        const auto high = hex_digit(text[at++]);
        const auto low = hex_digit(text[at++]);
        if (!high || !low)
            return tl::unexpected(errc::bad_value);
        id[i] = static_cast<std::uint8_t>(*high << 4 | *low);
    }
    return id;
}

std::string to_text(const uuid& id)
{
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    text.reserve(36);
    for (std::size_t i = 0; i < id.size(); ++i) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            text += '-';
        text += digits[id[i] >> 4];
        text += digits[id[i] & 0xf];
    }
    return text;
}

std::string to_text(const gtid& id)
{
    if (id.tag.empty())
        return fmt::format("{}:{}", to_text(id.source), id.number);
    return fmt::format("{}:{}:{}", to_text(id.source), id.tag, id.number);
}

bool is_tag(std::string_view text)
{
    const auto begins = [](char c) { return is_lower(c) || c == '_'; };
    return !text.empty() && text.size() <= max_tag_size && begins(text.front()) &&
           std::ranges::all_of(text, [&](char c) { return begins(c) || is_digit(c); });
}

bool gtid_set::contains(const gtid& id) const
{
    const auto entry = intervals_.find(stream{.source = id.source, .tag = id.tag});
    if (entry == intervals_.end())
        return false;
    const intervals& list = entry->second;
    if (list.size() == 1)  // the usual case
        return list[0].begin <= id.number && id.number < list[0].end;
    return covers(list, {.begin = id.number, .end = id.number + 1});
}

bool gtid_set::contains(const gtid_set& other) const
{
    return std::ranges::all_of(other.intervals_, [&](const auto& wanted) {
        const auto entry = intervals_.find(wanted.first);
        return entry != intervals_.end() &&
               std::ranges::all_of(wanted.second, [&](const interval& numbers) {
                   return covers(entry->second, numbers);
               });
    });
}

void gtid_set::add(const gtid& id)
{
    if (id.number == 0 || id.number >= number_end)
        return;
    intervals& list = intervals_[stream{.source = id.source, .tag = id.tag}];
    if (!list.empty() && list.back().end == id.number)
        ++list.back().end;
    else
        add_interval(list, {.begin = id.number, .end = id.number + 1});
}

void gtid_set::add(const stream& where, interval numbers)
{
    if (numbers.begin < numbers.end)
        add_interval(intervals_[where], numbers);
}

void gtid_set::add(const gtid_set& other)
{
    for (const auto& [where, numbers] : other.intervals_) {
        intervals& list = intervals_[where];
        list = list.empty() ? numbers : merged(list, numbers);
    }
}

void gtid_set::subtract(const gtid_set& other)
{
    for (const auto& [where, numbers] : other.intervals_) {
        const auto entry = intervals_.find(where);
        if (entry == intervals_.end())
            continue;
        intervals rest = without(entry->second, numbers);
        if (rest.empty())
            intervals_.erase(entry);
        else
            entry->second = std::move(rest);
    }
}

gtid_set gtid_set::of(const uuid& source) const
{
    gtid_set result;
    for (const auto& [where, numbers] : intervals_)
        if (where.source == source)
            result.intervals_.emplace(where, numbers);
    return result;
}

std::uint64_t gtid_set::count() const
{
    std::uint64_t sum = 0;
    for (const auto& [where, numbers] : intervals_)
        for (const auto& [begin, end] : numbers)
            sum += end - begin;
    return sum;
}

// One UUID with all that follows it: numbers, and tags that hold for the numbers after them.
result<void> gtid_set::add_part(std::string_view part)
{
    std::size_t colon = part.find(':');
    const auto source = parse_uuid(trim(part.substr(0, colon)));
    if (!source)
        return tl::unexpected(source.error());
    stream where{.source = *source, .tag = {}};
    while (colon != part.npos) {
        part.remove_prefix(colon + 1);
        colon = part.find(':');
        const std::string_view item = trim(part.substr(0, colon));
        if (!item.empty() && is_digit(item[0])) {
            const auto numbers = parse_interval(item);
            if (!numbers)
                return tl::unexpected(numbers.error());
            add(where, *numbers);
            continue;
        }
        auto tag = parse_tag(item);
        if (!tag)
            return tl::unexpected(tag.error());
        where.tag = std::move(*tag);
    }
    return {};
}

result<gtid_set> parse_gtid_set(std::string_view text)
{
    gtid_set set;
    while (!text.empty()) {
        const std::size_t comma = std::min(text.find(','), text.size());
        const std::string_view part = trim(text.substr(0, comma));
        text.remove_prefix(std::min(comma + 1, text.size()));
        if (part.empty())
            continue;
        const auto added = set.add_part(part);
        if (!added)
            return tl::unexpected(added.error());
    }
    return set;
}

std::string to_text(const gtid_set& set)
{
    std::string text;
    const uuid* last = nullptr;
    for (const auto& [where, numbers] : set.streams()) {
        if (last == nullptr || *last != where.source) {
            if (last != nullptr)
                text += ',';
            text += to_text(where.source);
            last = &where.source;
        }
        if (!where.tag.empty())
            text.append(":").append(where.tag);
        for (const auto& [begin, end] : numbers) {
            fmt::format_to(std::back_inserter(text), ":{}", begin);
            if (end - begin > 1)
                fmt::format_to(std::back_inserter(text), "-{}", end - 1);
        }
    }
    return text;
}

// The first eight bytes: how many streams follow; with tags the outer two bytes are 1.
result<gtid_set> parse_gtid_set_binary(byte_view bytes)
{
    constexpr std::uint64_t tagged_mark = 1;
    gtid_set set;
    reader in(bytes);
    std::uint64_t streams = in.u64();
    const std::uint64_t format = streams >> 56;
    if (format > tagged_mark)
        return tl::unexpected(errc::unsupported);
    if (format == tagged_mark)
        streams = streams << 8 >> 16;
    for (std::uint64_t i = 0; i < streams && in.ok(); ++i) {
        gtid_set::stream where;
        const byte_view source = in.bytes(where.source.size());
        if (format == tagged_mark)
            where.tag = in.text(in.varint());
        const std::uint64_t count = in.u64();
        if (!in.ok() || count > in.remaining() / 16)
            return tl::unexpected(errc::truncated);
        if (!where.tag.empty() && !is_tag(where.tag))
            return tl::unexpected(errc::bad_value);
        std::ranges::copy(source, where.source.begin());

        intervals numbers;
        numbers.reserve(static_cast<std::size_t>(count));
        std::uint64_t last = 0;
        for (std::uint64_t n = 0; n < count; ++n) {
            const gtid_set::interval next{.begin = in.u64(), .end = in.u64()};
            // As the server asks: rising, never adjacent.
            if (next.begin <= last || next.end <= next.begin || next.end > number_end)
                return tl::unexpected(errc::bad_value);
            last = next.end;
            numbers.push_back(next);
        }
        if (!numbers.empty() && !set.intervals_.emplace(where, std::move(numbers)).second)
            return tl::unexpected(errc::bad_value);
    }
    if (!in.ok())
        return tl::unexpected(errc::truncated);
    if (in.remaining() != 0)
        return tl::unexpected(errc::bad_value);
    return set;
}

void append_gtid_set_binary(byte_buffer& out, const gtid_set& set)
{
    writer to(out);
    const bool tagged = std::ranges::any_of(set.streams(), [](const auto& entry) {
        return !entry.first.tag.empty();
    });
    if (tagged)
        to.u8(1).u48(set.streams().size()).u8(1);
    else
        to.u64(set.streams().size());
    for (const auto& [where, numbers] : set.streams()) {
        to.bytes(where.source);
        if (tagged)
            to.varint(where.tag.size()).text(where.tag);
        to.u64(numbers.size());
        for (const auto& [begin, end] : numbers)
            to.u64(begin).u64(end);
    }
}

}  // namespace protocol
