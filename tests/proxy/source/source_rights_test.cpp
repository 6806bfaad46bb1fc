#include "proxy/source/source_rights.hpp"

#include <gtest/gtest.h>

namespace {

using namespace proxy;

source_rights rights_of(const std::vector<std::string>& lines)
{
    protocol::text_result rows;
    for (const std::string& line : lines)
        rows.rows.push_back({line});
    return parse_grants(rows);
}

TEST(SourceRights, CountsGlobalRightsOfAnyLine)
{
    const auto rights = rights_of({
        "GRANT SELECT, PROCESS, REPLICATION SLAVE ON *.* TO `repl`@`%`",
        "GRANT TRIGGER, REPLICATION CLIENT ON *.* TO 'repl'@'%' WITH GRANT OPTION",
        "GRANT BACKUP_ADMIN,XA_RECOVER_ADMIN ON *.* TO `repl`@`%`",
    });
    EXPECT_TRUE(missing_for_pulling(rights).empty());
    EXPECT_TRUE(missing_for_facts(rights).empty());
    EXPECT_TRUE(rights.has("BACKUP_ADMIN"));
    EXPECT_FALSE(rights.has("SUPER"));
}

TEST(SourceRights, TakesAllPrivilegesAsEveryRight)
{
    const auto rights = rights_of({"GRANT ALL PRIVILEGES ON *.* TO 'root'@'localhost'"});
    EXPECT_TRUE(missing_for_facts(rights).empty());
    EXPECT_TRUE(missing_for_pulling(rights).empty());
}

TEST(SourceRights, DoesNotCountRightsOnASchemaATableOrOfARole)
{
    const auto rights = rights_of({
        "GRANT USAGE ON *.* TO `repl`@`%`",
        "GRANT SELECT, TRIGGER ON `d1`.* TO `repl`@`%`",
        "GRANT SELECT ON `d1`.`*.* TO ` TO `repl`@`%`",
        "GRANT `SELECT ON *.* TO `@`%` TO `repl`@`%`",
        "GRANT PROXY ON ``@`` TO `repl`@`%`",
        "GRANT SELECT (`a`), TRIGGER ON *.* TO `repl`@`%`",
    });
    EXPECT_EQ(
        missing_for_facts(rights), (std::vector<std::string>{"SELECT", "TRIGGER", "PROCESS"})
    );
    EXPECT_EQ(
        missing_for_pulling(rights),
        (std::vector<std::string>{"REPLICATION SLAVE", "REPLICATION CLIENT"})
    );
}

TEST(SourceRights, NamesTheSchemasThatAPartialRevokeHides)
{
    const auto rights = rights_of({
        "GRANT SELECT, TRIGGER, PROCESS ON *.* TO `repl`@`%`",
        "REVOKE SELECT ON `d``1`.* FROM `repl`@`%`",
        "REVOKE INSERT ON `d2`.* FROM `repl`@`%`",
    });
    EXPECT_TRUE(missing_for_facts(rights).empty());
    EXPECT_EQ(rights.revoked_schemas, std::vector<std::string>{"d`1"});
}

TEST(SourceRights, GivesTheLineThatGrantsAllThatIsNeeded)
{
    EXPECT_EQ(
        grant_line("repl@%"),
        "GRANT REPLICATION SLAVE, REPLICATION CLIENT, SELECT, TRIGGER, PROCESS ON *.* TO "
        "'repl'@'%';"
    );
    EXPECT_EQ(
        grant_line("o'b@x@10.0.%"),
        "GRANT REPLICATION SLAVE, REPLICATION CLIENT, SELECT, TRIGGER, PROCESS ON *.* TO "
        "'o''b@x'@'10.0.%';"
    );
}

}  // namespace
