#include "rewrite/sql/table_definition.hpp"
#include "rewrite/verdict/verdict.hpp"

#include <cstdlib>

// Whatever an ALTER and a CREATE TABLE say, there is a verdict with a reason, and a definition is
// the same as itself. Input: the ALTER's clauses, a NUL, the CREATE TABLE; the first byte chooses
// the lexical rules.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    if (size == 0)
        return 0;
    const std::string_view input = protocol::as_text({data + 1, size - 1});
    const std::size_t border = std::min(input.find('\0'), input.size());

    rewrite::migration_plan plan = rewrite::plan_for_alter(input.substr(0, border), {"shop", "t"});
    plan.rules.ansi_quotes = (data[0] & 1) != 0;
    plan.rules.no_backslash_escapes = (data[0] & 2) != 0;
    plan.rules.charset = (data[0] & 4) != 0 ? 28 : 255;
    plan.which = (data[0] & 8) != 0 ? rewrite::tool::pt_osc : rewrite::tool::gh_ost;

    rewrite::facts known;
    known.table = {"shop", "t"};
    known.create_table = input.substr(std::min(border + 1, input.size()));
    if ((data[0] & 32) != 0)
        plan.time_zone = "SYSTEM";
    if ((data[0] & 64) != 0)
        known.row_format = "Compact";
    rewrite::policy rules;
    rules.fold_unproven = (data[0] & 16) != 0;
    const rewrite::verdict ruling = rewrite::judge(plan, &known, rules);
    if (ruling.reason.empty())
        std::abort();
    if (rewrite::parse_create_table(known.create_table) &&
        !rewrite::same_definition(known.create_table, known.create_table))
        std::abort();
    return 0;
}
