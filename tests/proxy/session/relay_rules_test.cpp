#include "proxy/session/relay_rules.hpp"
#include "proxy/session/wrong_passwords.hpp"

#include <gtest/gtest.h>

namespace proxy {
namespace {

using namespace std::chrono_literals;

TEST(RelayRules, SayWhoIsPassedOn)
{
    const auto passes = [](const relay_config& rules, std::string_view user) {
        return !refusal_of(rules, user, "10.0.0.1");
    };
    EXPECT_TRUE(passes({}, "app"));
    EXPECT_FALSE(passes({}, "root"));
    EXPECT_TRUE(passes({.not_accounts = {}}, "root"));
    EXPECT_FALSE(passes({.mode = relay_mode::none}, "app"));
    EXPECT_TRUE(passes({.mode = relay_mode::replication}, "app"));
    const relay_config some{.accounts = {"repl%", "cdc"}, .not_accounts = {"%_old"}};
    EXPECT_TRUE(passes(some, "repl1"));
    EXPECT_TRUE(passes(some, "cdc"));
    EXPECT_FALSE(passes(some, "cdc2"));
    EXPECT_FALSE(passes(some, "repl_old"));
    EXPECT_FALSE(passes(some, ""));
    EXPECT_EQ(refusal_of({}, "root", "10.0.0.1")->code, 1045);
}

TEST(LoginSlots, AreFewAndFewerForOneAddress)
{
    login_slots slots({.logins = 3, .logins_per_address = 2});
    auto first = slots.try_take("a");
    auto second = slots.try_take("a");
    ASSERT_TRUE(first && second);
    EXPECT_FALSE(slots.try_take("a"));
    auto third = slots.try_take("b");
    ASSERT_TRUE(third);
    EXPECT_FALSE(slots.try_take("c"));
    first.reset();
    EXPECT_TRUE(slots.try_take("c"));  // and gives it back
    EXPECT_TRUE(slots.try_take("a"));
}

TEST(WrongPasswords, CostTimeFromTheFourthOn)
{
    wrong_passwords seen;
    const auto now = wrong_passwords::clock::now();
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(seen.delay_for("a", now), 0ms);
        seen.note("a", now);
    }
    EXPECT_EQ(seen.delay_for("a", now), 0ms);
    seen.note("a", now);
    EXPECT_EQ(seen.delay_for("a", now), 100ms);
    for (int i = 0; i < 100; ++i)
        seen.note("a", now);
    EXPECT_EQ(seen.delay_for("a", now), 2s);
    EXPECT_EQ(seen.delay_for("b", now), 0ms);
    EXPECT_EQ(seen.delay_for("a", now + 61s), 0ms);
    seen.forget("a");
    EXPECT_EQ(seen.delay_for("a", now), 0ms);
}

TEST(WrongPasswords, CountALoginThatIsBrokenOff)
{
    wrong_passwords book;
    for (int i = 0; i < 4; ++i)
        unproven_login login(book, "a");
    EXPECT_EQ(book.delay_for("a"), std::chrono::milliseconds(100));
    for (int i = 0; i < 9; ++i)
        unproven_login(book, "b").is_no_guess();
    EXPECT_EQ(book.delay_for("b"), std::chrono::milliseconds(0));
}

TEST(WrongPasswords, RememberNoMoreThanSoManyAddresses)
{
    wrong_passwords seen;
    const auto now = wrong_passwords::clock::now();
    for (int i = 0; i < 5000; ++i)
        for (int times = 0; times < 5; ++times)
            seen.note(std::to_string(i), now);
    int remembered = 0;
    for (int i = 0; i < 5000; ++i)
        remembered += seen.delay_for(std::to_string(i), now) > 0ms ? 1 : 0;
    EXPECT_EQ(remembered, 4096);
}

TEST(LoginSlots, AfterTenThatFailedInARowOneOfOurOwnIsDue)
{
    login_slots slots({.logins = 30, .logins_per_address = 30});
    const auto fail = [&](int times) {
        for (int i = 0; i < times; ++i)
            EXPECT_TRUE(slots.try_take("a"));
    };
    fail(9);
    EXPECT_FALSE(slots.is_own_login_due());
    slots.try_take("b")->on_success();
    fail(9);
    EXPECT_FALSE(slots.is_own_login_due());
    fail(1);
    EXPECT_TRUE(slots.is_own_login_due());
    EXPECT_FALSE(slots.is_own_login_due()) << "one of them sees to it";
}

}  // namespace
}  // namespace proxy
