#include "proxy/command/migration_filter.hpp"

#include "proxy/admin/summary_text.hpp"
#include "proxy/config_reader.hpp"
#include "proxy/time_text.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <stdexcept>

namespace proxy {

namespace {

using rewrite::migration_state;

constexpr std::array all_states{
    migration_state::folding,
    migration_state::passing,
    migration_state::cut_over,
    migration_state::ended,
    migration_state::disturbed
};

std::string state_word(migration_state state)
{
    std::string word(to_text(state));
    std::ranges::replace(word, ' ', '_');
    return word;
}

migration_state state_named(std::string word)
{
    std::ranges::replace(word, ' ', '_');
    const auto at = std::ranges::find(all_states, word, state_word);
    if (at == all_states.end())
        throw std::runtime_error(fmt::format(
            "--state: \"{}\" should be one of {}", word, fmt::join(migration_state_words(), ", ")
        ));
    return *at;
}

std::int64_t moment_of(const std::string& since, std::int64_t now)
{
    if (const auto time = parse_time(since))
        return *time;
    try {
        return now - std::chrono::floor<std::chrono::seconds>(parse_duration(since)).count();
    } catch (const std::runtime_error&) {
        throw std::runtime_error(fmt::format(
            "--since: \"{}\" should be a time in UTC, as in \"2026-11-30 17:45\", or how long ago, "
            "as in \"12h\" or \"7d\"",
            since
        ));
    }
}

bool is_called(const rewrite::table_name& table, const rewrite::table_name& wanted)
{
    return table.table == wanted.table && (wanted.schema.empty() || table.schema == wanted.schema);
}

bool is_running(migration_state state)
{
    return state != migration_state::cut_over && state != migration_state::ended;
}

std::uint32_t last_moment(const rewrite::migration_times& times)
{
    return std::max({times.began, times.judged, times.cut_over, times.ended});
}

}  // namespace

migration_filter::migration_filter(const options& given, std::int64_t now) : limit_(given.limit)
{
    if (given.table.find_first_of(".`") != std::string::npos) {
        try {
            table_ = parse_table(given.table);
        } catch (const std::runtime_error& error) {
            throw std::runtime_error(fmt::format("--table: {}", error.what()));
        }
    } else {
        table_.table = given.table;
    }
    if (!given.since.empty())
        since_ = moment_of(given.since, now);
    for (const std::string& word : given.states)
        states_.push_back(state_named(word));
}

bool migration_filter::takes(const rewrite::migration_summary& one) const
{
    if (!table_.table.empty() && !is_called(one.original, table_) && !is_called(one.ghost, table_))
        return false;
    if (!states_.empty() && std::ranges::find(states_, one.state) == states_.end())
        return false;
    return !since_ || is_running(one.state) || last_moment(one.times) >= *since_;
}

std::vector<rewrite::migration_summary>
migration_filter::of(std::vector<rewrite::migration_summary> all) const
{
    std::erase_if(all, [this](const auto& one) { return !takes(one); });
    if (limit_ && all.size() > *limit_)
        all.erase(all.begin() + static_cast<std::ptrdiff_t>(*limit_), all.end());
    return all;
}

std::vector<std::string> migration_state_words()
{
    std::vector<std::string> words;
    std::ranges::transform(all_states, std::back_inserter(words), state_word);
    return words;
}

}  // namespace proxy
