#pragma once

#include "rewrite/verdict/verdict.hpp"

#include <string>
#include <vector>

// A verdict on an ALTER whose table is not known.
namespace rewrite {

struct clause_ruling
{
    // Of the plainest table that the ALTER could be run on. Where it passes, it does so for every
    // table; its cost is the least.
    verdict ruling;
    // What the table must not have for it to fold: "foreign keys". Each was judged.
    std::vector<std::string> lacks;
    // What its definition must be like, where that is not about something to lack.
    std::vector<std::string> needs;
};

clause_ruling judge_without_table(const migration_plan& plan, const policy& rules);

}  // namespace rewrite
