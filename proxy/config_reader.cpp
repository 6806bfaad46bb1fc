#include "proxy/config_reader.hpp"

#include "protocol/enum_names.hpp"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>
#include <numeric>
#include <stdexcept>
#include <utility>

namespace proxy {

namespace {

struct unit
{
    std::string_view name;
    std::uint64_t times;
};
constexpr unit times_of_milliseconds[] = {
    {"ms", 1},
    {"s", 1000},
    {"sec", 1000},
    {"second", 1000},
    {"seconds", 1000},
    {"m", 60'000},
    {"min", 60'000},
    {"minute", 60'000},
    {"minutes", 60'000},
    {"h", 3'600'000},
    {"hour", 3'600'000},
    {"hours", 3'600'000},
    {"d", 86'400'000},
    {"day", 86'400'000},
    {"days", 86'400'000},
};
constexpr unit times_of_bytes[] = {
    {"", 1},
    {"B", 1},
    {"KiB", 1ULL << 10},
    {"K", 1ULL << 10},
    {"KB", 1'000},
    {"MiB", 1ULL << 20},
    {"M", 1ULL << 20},
    {"MB", 1'000'000},
    {"GiB", 1ULL << 30},
    {"G", 1ULL << 30},
    {"GB", 1'000'000'000},
    {"TiB", 1ULL << 40},
    {"T", 1ULL << 40},
    {"TB", 1'000'000'000'000},
};
// A hundred years of milliseconds: nothing that is counted from it overflows.
constexpr std::uint64_t longest_duration = 100ULL * 365 * 86'400'000;
constexpr std::uint64_t largest_size = 1ULL << 60;

// A whole number and one of the units, with a space between them or none.
std::uint64_t parse_with_unit(
    std::string_view text,
    std::span<const unit> units,
    std::uint64_t limit,
    std::string_view examples
)
{
    std::uint64_t count = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
    auto rest = text.substr(static_cast<std::size_t>(end - text.data()));
    if (rest.size() > 1 && rest.front() == ' ')
        rest.remove_prefix(1);
    const auto found = std::ranges::find(units, rest, &unit::name);
    if (error != std::errc() || found == units.end())
        throw std::runtime_error(fmt::format("\"{}\" should look like {}", text, examples));
    if (count > limit / found->times)
        throw std::runtime_error(fmt::format("\"{}\" is too large", text));
    return count * found->times;
}

std::size_t edit_distance(std::string_view a, std::string_view b)
{
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 0; i < a.size(); ++i) {
        std::size_t diagonal = std::exchange(row[0], i + 1);
        for (std::size_t j = 0; j < b.size(); ++j) {
            const std::size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
            diagonal = row[j + 1];
            row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
        }
    }
    return row.back();
}

// One part of a table's name, with backticks or up to the dot.
std::string take_name(std::string_view& text)
{
    std::string name;
    if (!text.starts_with('`')) {
        const std::size_t end = std::min(text.find('.'), text.size());
        name = text.substr(0, end);
        text.remove_prefix(end);
        return name;
    }
    text.remove_prefix(1);
    while (!text.empty()) {
        if (text.starts_with("``")) {
            name += '`';
            text.remove_prefix(2);
        } else if (text.front() == '`') {
            text.remove_prefix(1);
            return name;
        } else {
            name += text.front();
            text.remove_prefix(1);
        }
    }
    return {};
}

}  // namespace

std::chrono::milliseconds parse_duration(std::string_view text)
{
    return std::chrono::milliseconds(parse_with_unit(
        text,
        times_of_milliseconds,
        longest_duration,
        "\"500ms\", \"2s\", \"10m\", \"12h\" or \"7d\""
    ));
}

std::chrono::seconds whole_seconds(std::chrono::milliseconds time)
{
    const auto whole = std::chrono::duration_cast<std::chrono::seconds>(time);
    if (whole != time)
        throw std::runtime_error("should be whole seconds, such as \"2s\"");
    return whole;
}

std::uint64_t parse_size(std::string_view text)
{
    return parse_with_unit(
        text, times_of_bytes, largest_size, "\"512KiB\", \"8MiB\", \"20GiB\" or \"4096\""
    );
}

address parse_address(std::string_view text, std::uint16_t default_port)
{
    const auto wrong = [&] {
        return std::runtime_error(fmt::format(
            "\"{}\" should be HOST:PORT, as in \"db1.example:3306\" or \"[::1]:3306\"", text
        ));
    };
    std::size_t colon = text.rfind(':');
    const bool has_port = colon != std::string_view::npos && !text.ends_with(']');
    if (!has_port && default_port == 0)
        throw wrong();
    if (!has_port)
        colon = text.size();
    std::string_view host = text.substr(0, colon);
    if (host.starts_with('[') && host.ends_with(']'))
        host = host.substr(1, host.size() - 2);
    else if (host.find(':') != std::string_view::npos)
        throw wrong();
    address where{.host = std::string(host), .port = default_port};
    if (!has_port && !host.empty())
        return where;
    const std::string_view port = text.substr(std::min(colon + 1, text.size()));
    const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), where.port);
    if (host.empty() || error != std::errc() || end != port.data() + port.size())
        throw wrong();
    return where;
}

std::string to_text(const address& where)
{
    if (where.host.find(':') != std::string::npos)
        return fmt::format("[{}]:{}", where.host, where.port);
    return fmt::format("{}:{}", where.host, where.port);
}

std::vector<address> parse_addresses(std::string_view text, std::uint16_t default_port)
{
    std::vector<address> all;
    for (std::size_t begin = 0; begin <= text.size();) {
        const std::size_t end = std::min(text.find(',', begin), text.size());
        all.push_back(parse_address(text.substr(begin, end - begin), default_port));
        if (std::ranges::count(all, all.back()) > 1)
            throw std::runtime_error(fmt::format("{} stands there twice", to_text(all.back())));
        begin = end + 1;
    }
    return all;
}

std::string parse_start(std::string_view text)
{
    const std::size_t dot = text.rfind('.');
    const bool is_log = dot != std::string_view::npos && dot != 0 && dot + 1 != text.size() &&
                        text.find_first_not_of("0123456789", dot + 1) == std::string_view::npos;
    if (text != "latest" && text != "earliest" && !is_log)
        throw std::runtime_error(fmt::format(
            "\"{}\" should be latest, earliest, or a binary log's name, such as mysql-bin.000042",
            text
        ));
    return std::string(text);
}

std::string parse_log_level(std::string_view text)
{
    constexpr std::string_view known[] = {"trace", "debug", "info", "warning", "error"};
    if (text == "warn")
        text = "warning";
    if (std::ranges::find(known, text) == std::end(known))
        throw std::runtime_error(
            fmt::format("\"{}\" should be trace, debug, info, warning or error", text)
        );
    return std::string(text);
}

failover_mode parse_failover(std::string_view text)
{
    if (text == "manual")
        return failover_mode::manual;
    if (text == "auto")
        return failover_mode::automatic;
    throw std::runtime_error(fmt::format("\"{}\" should be manual or auto", text));
}

tls_mode parse_tls_mode(std::string_view text)
{
    if (text == "disabled")
        return tls_mode::disabled;
    if (text == "preferred")
        return tls_mode::preferred;
    if (text == "required")
        return tls_mode::required;
    if (text == "verify_ca")
        return tls_mode::verify_ca;
    if (text == "verify_identity")
        return tls_mode::verify_identity;
    throw std::runtime_error(fmt::format(
        "\"{}\" should be disabled, preferred, required, verify_ca or verify_identity", text
    ));
}

tls_version parse_tls_version(std::string_view text)
{
    if (text == "1.0")
        return tls_version::v1_0;
    if (text == "1.1")
        return tls_version::v1_1;
    if (text == "1.2")
        return tls_version::v1_2;
    if (text == "1.3")
        return tls_version::v1_3;
    throw std::runtime_error(fmt::format("\"{}\" should be 1.0, 1.1, 1.2 or 1.3", text));
}

relay_mode parse_relay_mode(std::string_view text)
{
    constexpr protocol::enum_names<relay_mode, 3> names{{"all", "replication", "none"}};
    if (const auto mode = names.find(text))
        return *mode;
    throw std::runtime_error(fmt::format("\"{}\" should be all, replication or none", text));
}

rewrite::block_bound parse_block(std::string_view text)
{
    rewrite::block_bound bound{.setting = fmt::format("block = \"{}\"", text)};
    if (text == "fold")
        return bound;
    if (text == "pass") {
        bound.largest = 0;
        return bound;
    }
    try {
        bound.largest = parse_size(text);
    } catch (const std::runtime_error&) {
        bound.largest = 0;
    }
    if (*bound.largest == 0)
        throw std::runtime_error(fmt::format(
            "\"{}\" should be fold, pass, or the size up to which a table folds, such as \"10GiB\"",
            text
        ));
    return bound;
}

rewrite::block_bound parse_rebuild(std::string_view text)
{
    if (text != "fold" && text != "pass")
        throw std::runtime_error(fmt::format("\"{}\" should be \"pass\" or \"fold\"", text));
    rewrite::block_bound bound = parse_block(text);
    bound.setting = fmt::format("rebuild = \"{}\"", text);
    bound.only_rebuilds = true;
    return bound;
}

rewrite::table_name parse_table(std::string_view text)
{
    std::string_view rest = text;
    rewrite::table_name name;
    name.schema = take_name(rest);
    if (rest.starts_with('.')) {
        rest.remove_prefix(1);
        name.table = take_name(rest);
    }
    if (name.schema.empty() || name.table.empty() || !rest.empty())
        throw std::runtime_error(fmt::format(
            "\"{}\" should be DATABASE.TABLE; a name that holds a dot goes in backticks: `a.b`.t",
            text
        ));
    return name;
}

std::string nearest(std::string_view word, const std::vector<std::string>& known)
{
    const auto distance = [&](const std::string& one) { return edit_distance(word, one); };
    const auto best = std::ranges::min_element(known, {}, distance);
    // Of a short word most letters must be right, or anything would be near.
    if (best == known.end() || distance(*best) > 1 + word.size() / 4)
        return {};
    return *best;
}

}  // namespace proxy
