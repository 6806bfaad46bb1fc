#include "protocol/response_tracker.hpp"

#include "protocol/capabilities.hpp"
#include "protocol/command.hpp"
#include "protocol/reader.hpp"
#include "protocol/response.hpp"

namespace protocol {
namespace {

constexpr std::uint8_t file_mark = 0xfb;

// Status flags (include/mysql_com.h).
constexpr std::uint16_t more_results = 0x0008;
constexpr std::uint16_t cursor_exists = 0x0040;

// A row can begin with 0xfe too, but only for a value of 16 MiB or more.
bool ends_rows(byte_view head, std::uint64_t size)
{
    return head[0] == eof_mark && size < max_frame_payload;
}

}  // namespace

void response_tracker::begin(std::uint8_t command, std::uint32_t capabilities)
{
    deprecate_eof_ = (capabilities & capability::deprecate_eof) != 0;
    walk_ = {};
    switch (static_cast<command_type>(command)) {
        case command_type::quit:
        case command_type::stmt_close:
        case command_type::stmt_send_long_data: step_ = step::done; break;
        case command_type::query:
        case command_type::stmt_execute:
        case command_type::process_info: step_ = step::first; break;
        case command_type::stmt_prepare: step_ = step::prepared; break;
        case command_type::stmt_fetch:
        case command_type::field_list: step_ = step::fetched; break;
        default: step_ = step::single; break;
    }
}

answer_place response_tracker::where() const
{
    return step_ == step::done   ? answer_place::done
           : step_ == step::file ? answer_place::wants_file
                                 : answer_place::inside;
}

void response_tracker::file_sent()
{
    step_ = step::first;
}

result<std::size_t> response_tracker::feed(byte_view bytes)
{
    std::size_t taken = 0;
    while (taken < bytes.size() && where() == answer_place::inside) {
        taken += walk_.take(bytes.subspan(taken));
        if (!walk_.ended())
            continue;
        if (const auto step = on_packet(walk_.head(), walk_.size()); !step)
            return tl::unexpected(step.error());
    }
    return taken;
}

result<void> response_tracker::on_packet(byte_view head, std::uint64_t size)
{
    if (step_ == step::single) {
        step_ = step::done;
        return {};
    }
    if (head.empty())
        return tl::unexpected(errc::bad_value);
    if (head[0] == error_mark) {
        step_ = step::done;
        return {};
    }
    switch (step_) {
        case step::first: return on_first(head);
        case step::prepared: return on_prepared(head);
        case step::counted:
            if (--left_ == 0)
                step_ = step::done;
            return {};
        case step::definitions:
            if (--left_ == 0)
                step_ = deprecate_eof_ ? step::rows : step::definitions_end;
            return {};
        case step::definitions_end: {
            const auto end = parse_ok(head);
            if (!end)
                return tl::unexpected(end.error());
            // The rows come by COM_STMT_FETCH.
            step_ = (end->status & cursor_exists) != 0 ? step::done : step::rows;
            return {};
        }
        case step::rows:
        case step::fetched:
            if (ends_rows(head, size))
                return on_rows_end(head, size);
            return {};
        case step::done:
        case step::single:
        case step::file: break;
    }
    return tl::unexpected(errc::bad_value);
}

result<void> response_tracker::on_first(byte_view head)
{
    if (head[0] == ok_mark) {
        const auto answer = parse_ok(head);
        if (!answer)
            return tl::unexpected(answer.error());
        step_ = (answer->status & more_results) != 0 ? step::first : step::done;
        return {};
    }
    if (head[0] == file_mark) {
        step_ = step::file;
        return {};
    }
    reader in(head);
    left_ = in.lenenc();
    if (!in.ok() || left_ == 0)
        return tl::unexpected(errc::bad_value);
    step_ = step::definitions;
    return {};
}

// 0x00, id, columns, parameters, a filler, warnings; parameters come first.
result<void> response_tracker::on_prepared(byte_view head)
{
    reader in(head);
    in.skip(1 + 4);
    const std::uint64_t columns = in.u16();
    const std::uint64_t parameters = in.u16();
    if (!in.ok() || head[0] != ok_mark)
        return tl::unexpected(errc::bad_value);
    const std::uint64_t ends = deprecate_eof_ ? 0 : 1;
    left_ = (columns > 0 ? columns + ends : 0) + (parameters > 0 ? parameters + ends : 0);
    step_ = left_ > 0 ? step::counted : step::done;
    return {};
}

result<void> response_tracker::on_rows_end(byte_view head, std::uint64_t size)
{
    // The head may be cut off in what session tracking adds; status lies in front of it.
    const auto end = parse_ok(head.first(std::min<std::uint64_t>(head.size(), size)));
    if (!end)
        return tl::unexpected(end.error());
    const bool more = (end->status & more_results) != 0 && step_ == step::rows;
    step_ = more ? step::first : step::done;
    return {};
}

}  // namespace protocol
