#include "rewrite/rewriter.hpp"
#include "tests/support/files.hpp"
#include "tests/support/folded_log.hpp"

#include <filesystem>

// Real runs of the tools: whatever becomes of them, the rules of the outputs hold, and the bytes do
// not depend on restarts.
namespace {

using namespace tests;

struct capture
{
    std::vector<logged> events;
    protocol::checksum sum = protocol::checksum::none;
};

capture read_capture(const std::filesystem::path& path)
{
    capture read;
    const byte_buffer bytes = read_file(path);
    protocol::binlog_file file(bytes);
    for (;;) {
        const std::uint64_t at = file.position() == 0 ? 4 : file.position();
        const auto event = file.next();
        if (!event || !*event)
            break;
        read.sum = file.sum();
        read.events.push_back(
            {.at = {1, "mysql-bin.000001", at},
             .bytes = {(*event)->whole.begin(), (*event)->whole.end()}}
        );
    }
    return read;
}

folded_log fold(const capture& from, std::vector<rewrite::decision> recorded, bool restarts)
{
    rewrite::settings chosen;
    chosen.facts_from_log = true;
    chosen.rules.fold_unproven = true;
    folded_log folded(chosen, from.sum);
    folded.facts_from_log = true;
    folded.recorded = std::move(recorded);
    folded.restart_at_borders = restarts;
    folded.restart_every = 7;
    for (int i = 0; i < 20; ++i)
        folded.words.emplace_back(rewrite::operator_word::empty, "");
    folded.run(from.events);
    return folded;
}

TEST(Captures, FoldToTheSameBytesWhateverTheRestarts)
{
    std::size_t captures = 0;
    for (const auto& entry : std::filesystem::directory_iterator(TESTS_DIR "/golden")) {
        if (!entry.path().string().ends_with(".in.binlog"))
            continue;
        SCOPED_TRACE(entry.path().filename().string());
        ++captures;
        const capture from = read_capture(entry.path());
        folded_log first = fold(from, {}, false);
        folded_log restarted = fold(from, first.decisions, true);
        EXPECT_EQ(first.bytes(), restarted.bytes());
        EXPECT_FALSE(first.stopped);
        EXPECT_FALSE(first.rewriter().in_transaction());
        if (std::getenv("SHOW_CAPTURES")) {
            std::printf(
                "== %s %zu %08x\n",
                entry.path().filename().c_str(),
                first.bytes().size(),
                protocol::crc32(first.bytes())
            );
            for (const auto& q : first.asked)
                std::printf(
                    "   asked %d %s: %s\n",
                    static_cast<int>(q.kind),
                    std::string(to_text(q.reason)).c_str(),
                    q.text.c_str()
                );
            for (const auto& m : first.remarks)
                std::printf(
                    "   remark %d %s: %s\n",
                    static_cast<int>(m.kind),
                    to_text(m.table).c_str(),
                    m.text.c_str()
                );
        }
    }
    EXPECT_GT(captures, 30U);
}

}  // namespace
