#include "rewrite/transaction/status_block.hpp"

#include "protocol/status_variables.hpp"

#include <algorithm>

namespace rewrite {
namespace {

using protocol::byte_buffer;
using protocol::byte_view;
using protocol::status_code;
using protocol::status_variable;

bool belongs_to_begin(status_code code)
{
    switch (code) {
        case status_code::flags2:
        case status_code::sql_mode:
        case status_code::catalog_nz:
        case status_code::charset: return true;
        default: return false;
    }
}

bool belongs_to_cut_over(status_code code)
{
    switch (code) {
        case status_code::ddl_logged_with_xid:
        case status_code::microseconds:
        case status_code::updated_db_names: return true;
        default: return false;
    }
}

// The block's variables that `wanted` takes; all of them where the block cannot be read.
template <class Wanted>
byte_buffer copy_variables(byte_view block, Wanted wanted)
{
    byte_buffer copied;
    const auto variables = protocol::parse_status_variables(block);
    if (!variables)
        return {block.begin(), block.end()};
    copied.reserve(block.size());
    for (const status_variable& variable : *variables)
        if (wanted(variable.code))
            copied.insert(copied.end(), variable.bytes.begin(), variable.bytes.end());
    return copied;
}

}  // namespace

byte_buffer begin_status(byte_view recorded)
{
    return copy_variables(recorded, belongs_to_begin);
}

byte_buffer alter_status(byte_view recorded, byte_view cut_over, bool lenient)
{
    std::uint64_t cleared = protocol::mode_no_zero_date | protocol::mode_no_zero_in_date;
    if (lenient)
        cleared |= protocol::mode_strict_trans_tables | protocol::mode_strict_all_tables;
    byte_buffer status =
        copy_variables(recorded, [](status_code code) { return !belongs_to_cut_over(code); });
    // sql_mode follows flags2 in the server's order, but is looked for wherever it stands.
    if (const auto variables = protocol::parse_status_variables(status)) {
        for (const status_variable& variable : *variables) {
            if (variable.code != status_code::sql_mode || variable.bytes.size() != 9)
                continue;
            const auto at = static_cast<std::size_t>(variable.bytes.data() - status.data()) + 1;
            const std::uint64_t mode = protocol::load<std::uint64_t>(status.data() + at);
            protocol::store(status.data() + at, mode & ~cleared);
            break;
        }
    }
    const byte_buffer own = copy_variables(cut_over, belongs_to_cut_over);
    status.insert(status.end(), own.begin(), own.end());
    return status;
}

}  // namespace rewrite
