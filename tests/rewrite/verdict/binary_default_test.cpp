#include "rewrite/verdict/binary_default.hpp"
#include "tests/support/judged.hpp"

#include <gtest/gtest.h>

namespace rewrite {
namespace {

using tests::judged;

std::string named_by(std::string_view clauses)
{
    const migration_plan plan = plan_for_alter(clauses, {"shop", "t"}, 80033);
    return binary_default_of(read_alter_of(plan), plan.rules);
}

TEST(BinaryDefault, IsToldIfItsBytesAreNoUtf8)
{
    for (const char* clauses :
         {"ADD c varbinary(10) DEFAULT x'00ff'",
          "ADD c varbinary(10) NOT NULL DEFAULT X'FF'",
          "ADD COLUMN c binary(2) DEFAULT 0xc3",
          "ADD c binary(2) DEFAULT 0xfff",
          "ADD c char(2) BYTE DEFAULT x'80'",
          "ADD c varbinary(9) DEFAULT x'eda4'",
          "ADD c varbinary(9) DEFAULT x'f8808080'",
          "ADD c varbinary(9) DEFAULT x'c080'",
          "ADD a1 int, ADD COLUMN (b1 int, c binary(1) DEFAULT 0xff)",
          "ADD c varbinary(10) DEFAULT '\xe9'"})
        EXPECT_EQ(named_by(clauses), "c") << clauses;
}

TEST(BinaryDefault, IsNotToldOfOthers)
{
    for (const char* clauses :
         {"ADD c varbinary(10) DEFAULT x'0041'",
          "ADD c varbinary(10) DEFAULT x'c3a9e282acf09f9880'",
          "ADD c varbinary(10) DEFAULT x''",
          "ADD c varbinary(10) DEFAULT 'a'",
          "ADD c varbinary(10) DEFAULT NULL",
          "ADD c varbinary(10)",
          "ADD c int DEFAULT 0xff",
          "ADD c blob",
          "MODIFY vb varbinary(20) DEFAULT x'ff'",
          "ALTER COLUMN vb SET DEFAULT x'ff'",
          "DROP COLUMN vb",
          ""})
        EXPECT_EQ(named_by(clauses), "") << clauses;
}

TEST(BinaryDefault, IsARemarkOfAFold)
{
    const verdict ruling = judged("ADD c varbinary(10) DEFAULT x'00ff', ADD k int");
    EXPECT_EQ(ruling.what, outcome::fold) << "MySQL has the same value everywhere";
    EXPECT_EQ(
        ruling.reason,
        "ADD COLUMN `c`, ADD COLUMN `k`; TiDB will have another value in old rows: the DEFAULT of "
        "`c` is not UTF-8"
    );
    const verdict told = judged(
        "ADD c varbinary(10) DEFAULT x'00ff', ADD d datetime DEFAULT NOW()",
        tests::original,
        {.fold_unproven = true}
    );
    EXPECT_EQ(told.what, outcome::fold);
    EXPECT_NE(told.reason.find("; TiDB will have"), std::string::npos) << told.reason;
    const verdict passed =
        judged("ADD c varbinary(10) DEFAULT x'00ff', ADD d datetime DEFAULT NOW()");
    EXPECT_EQ(passed.what, outcome::pass);
    EXPECT_EQ(passed.reason.find("TiDB"), std::string::npos) << "rows come with their values";
}

}  // namespace
}  // namespace rewrite
