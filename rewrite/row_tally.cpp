#include "rewrite/row_tally.hpp"

namespace rewrite {

void append_tally(protocol::writer& to, const row_tally& value)
{
    to.u64(static_cast<std::uint64_t>(value.copied));
    to.u64(static_cast<std::uint64_t>(value.changed)).text_lenenc(value.uncounted);
}

row_tally read_tally(protocol::reader& from)
{
    row_tally value;
    value.copied = static_cast<std::int64_t>(from.u64());
    value.changed = static_cast<std::int64_t>(from.u64());
    value.uncounted = from.text_lenenc();
    return value;
}

void append_count(protocol::writer& to, const row_count& value)
{
    to.u64(value.rows).u64(static_cast<std::uint64_t>(value.changed_before));
    to.text_lenenc(value.uncounted);
}

row_count read_count(protocol::reader& from)
{
    row_count value;
    value.rows = from.u64();
    value.changed_before = static_cast<std::int64_t>(from.u64());
    value.uncounted = from.text_lenenc();
    return value;
}

}  // namespace rewrite
