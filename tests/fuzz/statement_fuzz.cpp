#include "protocol/bytes.hpp"
#include "rewrite/sql/statement.hpp"

#include <cstdlib>

// Whatever a statement holds, it is read, and every name lies in it. The first byte chooses the
// session's rules.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    if (size == 0)
        return 0;
    constexpr std::uint16_t charsets[]{255, 8, 28, 13, 1, 95, 248, 51};
    const rewrite::lexical_rules rules{
        .ansi_quotes = (data[0] & 1) != 0,
        .no_backslash_escapes = (data[0] & 2) != 0,
        .charset = charsets[(data[0] >> 2) & 7],
        .server_version = (data[0] & 32) != 0 ? 101106U : 80033U,
    };
    const std::string_view text = protocol::as_text({data + 1, size - 1});
    const auto read = rewrite::read_statement(text, "d", rules, rewrite::name_case::lower);
    for (const auto& table : read.tables) {
        if (table.size == 0 || table.offset > text.size() ||
            table.size > text.size() - table.offset)
            std::abort();
    }
    if (read.clauses_offset > text.size() || read.trigger.body_offset > text.size())
        std::abort();
    return 0;
}
