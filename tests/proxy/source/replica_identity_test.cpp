#include "proxy/source/replica_identity.hpp"
#include "tests/support/temp_folder.hpp"

#include <fstream>
#include <gtest/gtest.h>

namespace proxy {
namespace {

class ReplicaIdentity : public testing::Test
{
protected:
    replica_identity load(std::uint32_t configured = 0) const
    {
        return load_replica_identity(folder.path(), configured);
    }

    tests::temp_folder folder;
    std::filesystem::path file = folder / "replica.identity";
};

TEST_F(ReplicaIdentity, IsMadeOnceAndKept)
{
    const replica_identity made = load();
    EXPECT_NE(made.server_id, 0U);
    EXPECT_EQ(made.uuid.size(), 36U);
    const replica_identity again = load();
    EXPECT_EQ(again.server_id, made.server_id);
    EXPECT_EQ(again.uuid, made.uuid);
    EXPECT_EQ(load(77).server_id, 77U);
    EXPECT_EQ(load(77).uuid, made.uuid);
}

// As a crash may have left it that was written in place. A part of a UUID is no other UUID.
TEST_F(ReplicaIdentity, OfATornFileIsRefusedSayingWhatToDo)
{
    load();
    std::string whole;
    std::getline(std::ifstream(file), whole);
    std::vector<std::string> torn{
        "0 " + whole, whole.substr(whole.find(' ') + 1), "4711 " + std::string(36, '\0')
    };
    for (std::size_t size = 0; size < whole.size(); ++size)
        torn.push_back(whole.substr(0, size));
    for (const std::string& content : torn) {
        std::ofstream(file, std::ios::binary | std::ios::trunc) << content;
        try {
            load();
            FAIL() << "taken: " << content;
        } catch (const std::runtime_error& error) {
            EXPECT_EQ(
                std::string(error.what()),
                file.string() + ": not a server id and a UUID; remove the file to get new ones"
            );
        }
    }
    std::filesystem::remove(file);
    EXPECT_NO_THROW(load());
}

}  // namespace
}  // namespace proxy
