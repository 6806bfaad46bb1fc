#pragma once

#include "rewrite/output.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

// Which migrations `unghost migrations` lists.
namespace proxy {

class migration_filter
{
public:
    // Options as they were given; empty: all. `now` is what a duration of `since` counts back from.
    // Throws std::runtime_error that says which option should look how.
    struct options
    {
        std::string table;  // of the original or of the tool's table; with its database or without
        std::string since;  // a time or a duration
        std::vector<std::string> states;
        std::optional<std::uint64_t> limit;
    };
    migration_filter(const options& given, std::int64_t now);

    // Takes those that match, in their order, up to the limit.
    std::vector<rewrite::migration_summary> of(std::vector<rewrite::migration_summary> all) const;

private:
    bool takes(const rewrite::migration_summary& one) const;

    rewrite::table_name table_;  // without a schema: of any
    std::optional<std::int64_t> since_;
    std::vector<rewrite::migration_state> states_;
    std::optional<std::uint64_t> limit_;
};

// "folding", "passing", "cut_over", "ended", "disturbed"
std::vector<std::string> migration_state_words();

}  // namespace proxy
