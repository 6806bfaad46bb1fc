#include "protocol/bytes.hpp"
#include "rewrite/sql/alter_emit.hpp"
#include "rewrite/sql/table_definition.hpp"

#include <algorithm>
#include <cstdlib>

// Whatever an ALTER or CREATE TABLE holds, its clauses lie in order in the text; and an ALTER that
// could be read is emitted in a form that has the same clauses, less the one cut out. The first
// byte chooses it.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace rewrite;
    if (size == 0)
        return 0;
    const std::string text =
        "ALTER TABLE t " + std::string(protocol::as_text({data + 1, size - 1}));
    const auto read = [](std::string_view sql) {
        return read_alter(sql, read_statement(sql, "d", {}, name_case::sensitive), {});
    };
    const alter_text alter = read(text);
    std::size_t end = 0;
    for (const alter_clause& clause : alter.clauses) {
        if (clause.size == 0 || clause.offset < end || clause.offset + clause.size > text.size())
            std::abort();
        end = clause.offset + clause.size;
    }
    const std::size_t drop = data[0] % 8;
    const auto emitted = emit_alter(alter, {"d", "o"}, {drop});
    if (!emitted)
        std::abort();
    const auto is_known = [](const alter_clause& clause) {
        return clause.kind != clause_kind::unknown;
    };
    if (alter.readable && std::ranges::all_of(alter.clauses, is_known)) {
        const std::size_t left = alter.clauses.size() - (drop < alter.clauses.size() ? 1 : 0);
        if (read(*emitted).clauses.size() != left)
            std::abort();
    }

    parse_create_table("CREATE TABLE t (" + text.substr(14));
    return 0;
}
