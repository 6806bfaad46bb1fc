#pragma once

#include "rewrite/verdict/verdict.hpp"

#include <string>
#include <vector>

// What folds in place of an ALTER that is passed.
namespace rewrite {

struct way
{
    std::vector<std::string> steps;  // the clauses of each migration, in this order
    std::string difference;          // to what the ALTER itself would do, for people
};

// Of an ALTER that is passed. Each step was judged against the table as the step before leaves it,
// and is proven to fold.
std::vector<way> ways_that_fold(const migration_plan& plan, const facts& told, const policy& rules);

}  // namespace rewrite
