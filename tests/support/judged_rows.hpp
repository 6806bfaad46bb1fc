#pragma once

#include "tests/support/judged.hpp"

#include <gtest/gtest.h>
#include <span>

// Rows of clauses with what is judged of them.
namespace tests {

struct folding
{
    std::string_view clauses;
    rewrite::cost price;
    rewrite::proof needs = {};
};
struct passing
{
    std::string_view clauses;
    std::string_view reason;  // how it begins
};

constexpr rewrite::cost instant = rewrite::cost::instant;
constexpr rewrite::cost in_place = rewrite::cost::in_place;
constexpr rewrite::cost rebuild = rewrite::cost::rebuild;
constexpr rewrite::proof lenient{.lenient = true};
constexpr rewrite::proof counted{.counted = true};
constexpr rewrite::proof lenient_and_counted{.lenient = true, .counted = true};

inline void expect_folds(
    std::span<const folding> rows, std::string_view create = original, std::uint32_t version = 80033
)
{
    for (const folding& row : rows) {
        const rewrite::verdict ruling = judged(row.clauses, create, {}, version);
        EXPECT_EQ(ruling.what, rewrite::outcome::fold) << row.clauses << ": " << ruling.reason;
        EXPECT_EQ(ruling.price, row.price) << row.clauses;
        EXPECT_EQ(ruling.rests_on, row.needs)
            << row.clauses << (ruling.rests_on.lenient ? ": lenient" : "")
            << (ruling.rests_on.counted ? ": counted" : "");
        EXPECT_FALSE(ruling.unproven) << row.clauses;
    }
}

inline void expect_passes(
    std::span<const passing> rows, std::string_view create = original, std::uint32_t version = 80033
)
{
    for (const passing& row : rows) {
        const rewrite::verdict ruling = judged(row.clauses, create, {}, version);
        EXPECT_EQ(ruling.what, rewrite::outcome::pass) << row.clauses << ": " << ruling.reason;
        EXPECT_TRUE(ruling.reason.starts_with(row.reason)) << row.clauses << ": " << ruling.reason;
        EXPECT_EQ(ruling.price, rewrite::cost::nothing) << row.clauses;
    }
}

}  // namespace tests
