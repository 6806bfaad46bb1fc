#include "proxy/session/event_listing.hpp"

#include "protocol/control_event.hpp"
#include "protocol/gtid_event.hpp"
#include "protocol/payload_event.hpp"
#include "protocol/query_event.hpp"
#include "protocol/rows_event.hpp"
#include "protocol/server_errors.hpp"
#include "proxy/store/event_walk.hpp"

#include <array>
#include <fmt/format.h>

namespace proxy {
namespace {

using protocol::event_type;
using protocol::server_error;

// A list without LIMIT is a whole file's: what nobody reads is not made.
constexpr std::size_t max_list_bytes = 12U << 20;

server_error refusal(std::string_view what)
{
    return make_error(protocol::server_errno::error_when_executing, {"SHOW BINLOG EVENTS", what});
}

std::string_view name_of(event_type type)
{
    switch (type) {
        case event_type::query: return "Query";
        case event_type::stop: return "Stop";
        case event_type::rotate: return "Rotate";
        case event_type::intvar: return "Intvar";
        case event_type::rand: return "RAND";
        case event_type::user_var: return "User var";
        case event_type::format_description: return "Format_desc";
        case event_type::xid: return "Xid";
        case event_type::begin_load_query: return "Begin_load_query";
        case event_type::execute_load_query: return "Execute_load_query";
        case event_type::append_block: return "Append_block";
        case event_type::delete_file: return "Delete_file";
        case event_type::table_map: return "Table_map";
        case event_type::write_rows_v1: return "Write_rows_v1";
        case event_type::update_rows_v1: return "Update_rows_v1";
        case event_type::delete_rows_v1: return "Delete_rows_v1";
        case event_type::incident: return "Incident";
        case event_type::ignorable: return "Ignorable";
        case event_type::rows_query: return "Rows_query";
        case event_type::write_rows: return "Write_rows";
        case event_type::update_rows: return "Update_rows";
        case event_type::delete_rows: return "Delete_rows";
        case event_type::gtid: return "Gtid";
        case event_type::anonymous_gtid: return "Anonymous_Gtid";
        case event_type::previous_gtids: return "Previous_gtids";
        case event_type::transaction_context: return "Transaction_context";
        case event_type::view_change: return "View_change";
        case event_type::xa_prepare: return "XA_prepare";
        case event_type::partial_update_rows: return "Update_rows_partial";
        case event_type::transaction_payload: return "Transaction_payload";
        case event_type::gtid_tagged: return "Gtid_tagged";
        default: return "Unknown";
    }
}

std::string query_info(protocol::byte_view body)
{
    const auto query = protocol::parse_query(body);
    if (!query)
        return {};
    if (query->database.empty() || query->text == "BEGIN" || query->text == "COMMIT")
        return std::string(query->text);
    std::string database;
    for (const char c : query->database)
        database.append(c == '`' ? 2 : 1, c);
    return fmt::format("use `{}`; {}", database, query->text);
}

std::string rows_info(protocol::byte_view body)
{
    const auto head = protocol::parse_rows_head(body);
    if (!head)
        return {};
    // Older servers, which do not set the last one, name the first one only.
    static constexpr std::array<std::pair<std::uint16_t, std::string_view>, 4> names{{
        {protocol::rows_end_of_statement, "STMT_END_F"},
        {0x2, "NO_FOREIGN_KEY_CHECKS_F"},
        {0x4, "RELAXED_UNIQUE_CHECKS_F"},
        {0x10, "USE_SQL_FOREIGN_KEY_F"},
    }};
    const bool all = (head->flags & names.back().first) != 0;
    std::string flags;
    for (const auto& [bit, name] : names)
        if ((head->flags & bit) != 0 && (all || bit == protocol::rows_end_of_statement))
            flags += fmt::format(" {}", name);
    return fmt::format("table_id: {}{}{}", head->table_id, flags.empty() ? "" : " flags:", flags);
}

std::string info_of(const protocol::event_view& event)
{
    if (protocol::is_rows_event(event.header.type))
        return rows_info(event.body);
    switch (event.header.type) {
        case event_type::query: return query_info(event.body);
        case event_type::format_description: {
            const auto format = protocol::parse_format_description(event.whole);
            return format ? fmt::format(
                                "Server ver: {}, Binlog ver: {}",
                                format->server_version,
                                format->binlog_version
                            )
                          : std::string();
        }
        case event_type::previous_gtids: {
            const auto set = protocol::parse_gtid_set_binary(event.body);
            return set ? to_text(*set) : std::string();
        }
        case event_type::gtid:
        case event_type::gtid_tagged: {
            const auto gtid = protocol::parse_gtid_event(event);
            return gtid ? fmt::format("SET @@SESSION.GTID_NEXT= '{}'", to_text(gtid->id))
                        : std::string();
        }
        case event_type::anonymous_gtid: return "SET @@SESSION.GTID_NEXT= 'ANONYMOUS'";
        case event_type::xid: {
            const auto xid = protocol::parse_xid(event.body);
            return xid ? fmt::format("COMMIT /* xid={} */", *xid) : std::string();
        }
        case event_type::table_map: {
            const auto map = protocol::parse_table_map(event.body);
            return map ? fmt::format("table_id: {} ({}.{})", map->table_id, map->schema, map->table)
                       : std::string();
        }
        case event_type::rotate: {
            const auto next = protocol::parse_rotate(event.body);
            return next ? fmt::format("{};pos={}", next->file, next->position) : std::string();
        }
        case event_type::rows_query: {
            const auto text = protocol::parse_rows_query(event.body);
            return text ? fmt::format("# {}", *text) : std::string();
        }
        case event_type::transaction_payload: {
            const auto payload = protocol::parse_payload(event.body);
            return payload ? fmt::format(
                                 "compression='{}', decompressed_size={} bytes",
                                 payload->kind == protocol::compression::zstd ? "ZSTD" : "NONE",
                                 payload->uncompressed_size
                             )
                           : std::string();
        }
        default: return {};
    }
}

protocol::text_row row_of(const event_walk::event& one, const clean_file& file)
{
    const std::uint64_t end = one.at + one.header.size;
    // Of an event larger than a block only the beginning is there; its info is left out.
    const auto event = protocol::parse_event(one.bytes, file.sum);
    return {
        file.name,
        std::to_string(one.at),
        std::string(name_of(one.header.type)),
        std::to_string(one.header.server_id),
        std::to_string(end),
        event ? info_of(*event) : std::string(),
    };
}

std::size_t size_of(const protocol::text_row& row)
{
    std::size_t size = 0;
    for (const auto& value : row)
        size += value ? value->size() + 4 : 1;
    return size;
}

}  // namespace

tl::expected<std::vector<protocol::text_row>, server_error>
list_events(const position_statement& asked, const publication& log)
{
    const std::uint64_t published = log.end();
    const std::shared_ptr<const file_list> files = log.files();
    std::vector<protocol::text_row> rows;
    if (files->files.empty())
        return rows;
    const clean_file* file = asked.file ? files->find(*asked.file) : &files->files.front();
    if (file == nullptr && !asked.position)  // by its name at the source; positions are ours
        file = files->of_source(asked.file.value_or(""));
    if (file == nullptr)
        return tl::unexpected(refusal("Could not find target log"));
    const clean_file* const next = files->next(*file);
    const std::uint64_t end =
        (next == nullptr ? std::max(published, file->base) : next->base) - file->base;
    const std::uint64_t from =
        std::max(asked.position.value_or(protocol::first_position), protocol::first_position);
    const auto opened = value_of(real_disk().open(file->path, open_as::reading));
    event_walk walk(*opened, from, end, file->sum, walk_check::sizes);
    std::uint64_t skip = asked.skip;
    std::size_t size = 0;
    while (!asked.limit || rows.size() < *asked.limit) {
        const auto one = walk.next();
        if (!one)
            break;
        if (static_cast<std::uint32_t>(one->at + one->header.size) != one->header.end_log_pos)
            return tl::unexpected(refusal("Wrong offset or I/O error"));
        if (skip > 0) {
            --skip;
            continue;
        }
        rows.push_back(row_of(*one, *file));
        size += size_of(rows.back());
        if (size > max_list_bytes)
            return tl::unexpected(refusal("the list is too long for unghost; give a LIMIT"));
    }
    if (walk.position() < end && (!asked.limit || rows.size() < *asked.limit))
        return tl::unexpected(refusal("Wrong offset or I/O error"));
    return rows;
}

}  // namespace proxy
