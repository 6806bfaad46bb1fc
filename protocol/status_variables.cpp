#include "protocol/status_variables.hpp"

#include "protocol/reader.hpp"

namespace protocol {
namespace {

// A list of this many databases means "too many to name": nothing follows.
constexpr std::uint8_t too_many_databases = 254;

// Takes the value of a variable whose code was just read; false if the code is not known.
bool skip_value(reader& in, status_code code)
{
    switch (code) {
        case status_code::flags2:
        case status_code::auto_increment:
        case status_code::master_data_written: in.skip(4); return true;
        case status_code::sql_mode:
        case status_code::table_map_for_update:
        case status_code::ddl_logged_with_xid: in.skip(8); return true;
        case status_code::catalog: in.skip(in.u8() + std::uint64_t{1}); return true;
        case status_code::charset: in.skip(6); return true;
        case status_code::time_zone:
        case status_code::catalog_nz: in.skip(in.u8()); return true;
        case status_code::lc_time_names:
        case status_code::charset_database:
        case status_code::default_collation_for_utf8mb4: in.skip(2); return true;
        case status_code::invoker:
            in.skip(in.u8());  // user
            in.skip(in.u8());  // host
            return true;
        case status_code::updated_db_names: {
            const std::uint8_t count = in.u8();
            for (std::uint8_t i = 0; count != too_many_databases && i < count; ++i)
                in.text_nul();
            return true;
        }
        case status_code::microseconds: in.skip(3); return true;
        case status_code::explicit_defaults_for_timestamp:
        case status_code::sql_require_primary_key:
        case status_code::default_table_encryption:
        case status_code::enable_cascade_triggers: in.skip(1); return true;
        case status_code::commit_ts:  // reserved, never written
        case status_code::commit_ts2:
        default: return false;
    }
}

// Calls `visit` for every variable in its order.
template <class Visit>
result<void> each_variable(byte_view block, Visit visit)
{
    reader in(block);
    while (in.remaining() != 0) {
        const byte_view from = block.last(in.remaining());
        const auto code = static_cast<status_code>(in.u8());
        if (!skip_value(in, code))
            in.rest();
        if (!in.ok())
            return tl::unexpected(errc::truncated);
        visit(status_variable{.code = code, .bytes = from.first(from.size() - in.remaining())});
    }
    return {};
}

}  // namespace

result<std::vector<status_variable>> parse_status_variables(byte_view block)
{
    std::vector<status_variable> variables;
    const auto walked = each_variable(block, [&](const status_variable& variable) {
        variables.push_back(variable);
    });
    if (!walked)
        return tl::unexpected(walked.error());
    return variables;
}

result<session_state> read_session_state(byte_view block)
{
    session_state state;
    const auto walked = each_variable(block, [&](const status_variable& variable) {
        reader value(variable.bytes.subspan(1));
        switch (variable.code) {
            case status_code::flags2: state.flags2 = value.u32(); break;
            case status_code::sql_mode: state.sql_mode = value.u64(); break;
            case status_code::charset: state.client_charset = value.u16(); break;
            case status_code::time_zone: state.time_zone = value.text(value.u8()); break;
            case status_code::ddl_logged_with_xid: state.ddl_xid = value.u64(); break;
            case status_code::microseconds: state.microseconds = value.u24(); break;
            default: break;
        }
    });
    if (!walked)
        return tl::unexpected(walked.error());
    return state;
}

}  // namespace protocol
