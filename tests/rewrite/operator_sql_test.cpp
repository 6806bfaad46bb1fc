#include "rewrite/operator_sql.hpp"

#include <gtest/gtest.h>

namespace {

using rewrite::stop_reason;

class OperatorSql : public testing::Test
{
protected:
    OperatorSql()
    {
        stop.kind = rewrite::question_kind::stop;
        stop.reason = stop_reason::disturbed_cut_over;
        stop.original = {"shop", "orders"};
        stop.ghost = {"shop", "_orders_gho"};
        hidden.hide({"shop", "_orders_gho"}, {});
    }
    std::string objection(std::string_view sql) const
    {
        return objection_to(sql, stop, hidden, {}, rewrite::name_case::sensitive);
    }

    rewrite::question stop;
    rewrite::hidden_objects hidden;
};

TEST_F(OperatorSql, TakesOneStatementOfTheTable)
{
    for (const char* good : {
             "ALTER TABLE shop.orders ADD COLUMN c int",
             "ALTER TABLE `shop`.`orders` ADD COLUMN c int, DROP KEY k;",
             "/* by hand */ alter table shop.orders engine=InnoDB ; ",
             "CREATE INDEX i ON shop.orders (a)",
             "DROP INDEX i ON shop.orders",
             "RENAME TABLE shop.orders TO shop.kept",
             "DROP TABLE shop.orders",
             "TRUNCATE TABLE shop.orders",
         })
        EXPECT_EQ(objection(good), "") << good;
}

TEST_F(OperatorSql, RefusesWhatWouldBreakConsumers)
{
    for (const char* bad : {
             "",
             "x",
             "ALTER TABEL shop.orders ADD COLUMN c int",
             "ALTER TABLE shop.orders FROBNICATE",
             "ALTER TABLE shop.orders ADD COLUMN c varchar(9) DEFAULT 'x",
             "ALTER TABLE shop.orders ADD COLUMN c int; DROP TABLE shop.orders",
             "ALTER TABLE orders ADD COLUMN c int",
             "ALTER TABLE shop.items ADD COLUMN c int",
             "RENAME TABLE shop._orders_gho TO shop.orders",
             "INSERT INTO shop.orders VALUES (1)",
             "BEGIN",
             "CREATE USER evil",
             "SET GLOBAL read_only = 0",
         })
        EXPECT_NE(objection(bad), "") << bad;
}

TEST_F(OperatorSql, TakesAnotherTableWhereOnlyAHiddenOneWasNamed)
{
    stop.reason = stop_reason::hidden_named;
    EXPECT_EQ(objection("CREATE TABLE shop.copy LIKE shop.orders"), "");
    EXPECT_EQ(objection("INSERT INTO shop.copy SELECT * FROM shop.orders"), "");
    EXPECT_NE(objection("CREATE TABLE shop.copy LIKE shop._orders_gho"), "");
    stop.reason = stop_reason::two_ghosts;
    EXPECT_EQ(objection("ALTER TABLE shop.items ADD COLUMN c int"), "");
}

}  // namespace
