#include "tests/support/dump_session_fixture.hpp"

namespace {

class DumpSessionPosition : public tests::dump_session_fixture
{};

TEST_F(DumpSessionPosition, RefusesAnUnknownFileAndPositionsThatAreNone)
{
    add_two_files();
    asked.file = "nothing.000001";
    run();
    EXPECT_EQ(error().message, "Could not find first log file name in binary log index file");

    asked.file = "bin.1000000001";
    asked.position = 3;
    run();
    EXPECT_EQ(error().message, "Client requested source to start replication from position < 4");

    asked.position = first_file().size() + 1;
    run();
    EXPECT_EQ(
        error().message, "Client requested source to start replication from position > file size"
    );

    asked.position = position_of(first_file(), 7) + 1;
    run();
    EXPECT_EQ(error().code, 1236);
    EXPECT_TRUE(
        error().message.starts_with("bogus data in log event") ||
        error().message.starts_with("log event entry exceeded max_allowed_packet")
    );
}

TEST_F(DumpSessionPosition, AnswersAStartBeyondItsEndWithAnErrorThatIsTriedAgain)
{
    add_two_files();
    asked.file = "bin.1000000002";
    asked.position = second_file().size() + 100;
    run();
    EXPECT_EQ(error().code, 1053);
}

TEST_F(DumpSessionPosition, CarriesAConsumerFromTheSourcesPositionsToItsOwn)
{
    add_two_files();
    const std::uint64_t position = position_of(first_file(), 7);
    clean_of = [&](const std::string& file, std::uint64_t at
               ) -> tl::expected<proxy::store::clean_coordinate, proxy::store::untranslatable> {
        EXPECT_EQ(file, "bin.000001");
        EXPECT_EQ(at, 1234U);
        return proxy::store::clean_coordinate{"bin.1000000001", position};
    };
    asked.file = "bin.000001";
    asked.position = 1234;
    const auto told_name = [&] {
        peer = {};
        run();
        const auto sent = events();
        const auto body = protocol::parse_rotate(
            protocol::parse_event(sent.at(0), protocol::checksum::crc32)->body
        );
        EXPECT_EQ(body->position, position);
        return std::string(body->file);
    };
    EXPECT_EQ(told_name(), "bin.1000000001") << "it keeps the name with our positions";
    // mysqlbinlog would take another name for the end of its file, and end without an event.
    asked.is_mysqlbinlog = true;
    EXPECT_EQ(told_name(), "bin.000001");
    // The next file, whose name it learns from the log, has ours.
    const auto sent = events();
    for (const std::size_t rotate : {7U, 8U})
        EXPECT_EQ(
            protocol::parse_rotate(
                protocol::parse_event(sent.at(rotate), protocol::checksum::crc32)->body
            )
                ->file,
            "bin.1000000002"
        );
}

TEST_F(DumpSessionPosition, WaitsForWhatTheSourceHasAlreadyAndRefusesWhatNobodyHas)
{
    first_upstream = "bin.000007";
    add_two_files();
    clean_of = [&](const std::string&, std::uint64_t
               ) -> tl::expected<proxy::store::clean_coordinate, proxy::store::untranslatable> {
        return tl::unexpected(proxy::store::untranslatable{});
    };
    const auto code_for = [&](const std::string& file) {
        peer = {};
        asked.file = file;
        asked.position = 1'000'000;
        run();
        return error().code;
    };
    EXPECT_EQ(code_for("bin.000008"), 1053);  // the newest we have; the position will come
    EXPECT_EQ(code_for("bin.000009"), 1053);
    EXPECT_EQ(code_for("bin.1000000003"), 1053);
    EXPECT_EQ(code_for("bin.000007"), 1236);
    EXPECT_EQ(code_for("bin.000006"), 1236);
    EXPECT_EQ(code_for("bin.1000000000"), 1236);  // retention has taken it
    EXPECT_EQ(code_for("other.000009"), 1236);
}

TEST_F(DumpSessionPosition, RefusesAtOnceWhereTheSourcesLogWasReadAndNoEventBegins)
{
    add_two_files();
    clean_of = [&](const std::string&, std::uint64_t
               ) -> tl::expected<proxy::store::clean_coordinate, proxy::store::untranslatable> {
        return tl::unexpected(proxy::store::untranslatable{.read_past = true});
    };
    asked.file = log.files()->files.back().source.file;
    asked.position = 1234;
    run();
    EXPECT_EQ(error().code, 1236);
}

tl::expected<proxy::store::clean_coordinate, proxy::store::untranslatable>
inside_a_transaction(const std::string&, std::uint64_t)
{
    return tl::unexpected(proxy::store::untranslatable{
        .read_past = true,
        .before = rewrite::coordinate{1, "bin.000001", 1000},
        .after = rewrite::coordinate{1, "bin.000001", 2000},
    });
}

// In front of a transaction that is hidden whole: the heartbeat of gh-ost, say.
TEST_F(DumpSessionPosition, AReplicaGoesOnInFrontOfAHiddenTransaction)
{
    add_two_files();
    const std::uint64_t position = position_of(first_file(), 7);
    clean_of = inside_a_transaction;
    border_of = [&](const std::string&, std::uint64_t at) {
        return at == 1500
                   ? std::optional(proxy::store::clean_coordinate{"bin.1000000001", position})
                   : std::nullopt;
    };
    asked.file = "bin.000001";
    asked.position = 1500;
    run();
    EXPECT_EQ(error().code, 1236) << "who does not register may have counted events of it";
    EXPECT_NE(
        error().message.find("who has all before it starts at bin.000001:2000"), std::string::npos
    );
    peer = {};
    asked.registered = true;
    run();
    const auto sent = events();
    const auto body =
        protocol::parse_rotate(protocol::parse_event(sent.at(0), protocol::checksum::crc32)->body);
    EXPECT_EQ(body->position, position);
    peer = {};
    asked.position = 1501;
    run();
    EXPECT_EQ(error().code, 1236) << "no border";
}

TEST_F(DumpSessionPosition, NamesBothNeighboursOfATransactionItHasRewritten)
{
    add_two_files();
    clean_of = inside_a_transaction;
    asked.file = "bin.000001";
    asked.position = 1234;
    run();
    EXPECT_EQ(error().code, 1236);
    EXPECT_NE(error().message.find("bin.000001:1000"), std::string::npos);
    EXPECT_NE(error().message.find("bin.000001:2000"), std::string::npos);
}

}  // namespace
