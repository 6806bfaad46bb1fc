#pragma once

#include "protocol/control_event.hpp"
#include "protocol/event_writer.hpp"
#include "protocol/gtid_event.hpp"
#include "protocol/query_event.hpp"
#include "protocol/rows_event.hpp"

#include <string>
#include <vector>

// Builds binlog events and transactions for tests, as a server would write them: positions, sizes,
// transaction lengths and checksums are right.
//
//   event_builder log;
//   log.format().previous_gtids({});
//   log.gtid(1).begin().table_map(7, "d1", "t").write_rows(7, rows_end_of_statement).xid(1);
//   const byte_buffer file = log.file();                    // with the magic
//   const std::vector<byte_buffer> events = log.events();   // one by one
//
// Row images are whatever bytes the test gives: nobody decodes them.
namespace tests {

using protocol::byte_buffer;
using protocol::byte_view;
using protocol::event_type;

// How much a GTID event holds.
enum class gtid_form : std::uint8_t {
    mysql_57,      // clocks only
    mysql_80,      // timestamps, transaction_length, version
    mysql_tagged,  // type 42
};

// A status block as MySQL 8.0 writes it: sql_mode and the collation id of character_set_client.
inline byte_buffer
status_block(std::uint64_t sql_mode = 0x45a00020, std::uint16_t client_charset = 255)
{
    byte_buffer block;
    protocol::writer to(block);
    to.u8(0).u32(0);                                 // flags2
    to.u8(1).u64(sql_mode).u8(6).u8(3).text("std");  // catalog
    to.u8(4).u16(client_charset).u16(255).u16(255);  // client, connection, server
    to.u8(18).u16(255);                              // default_collation_for_utf8mb4
    return block;
}

class event_builder
{
public:
    explicit event_builder(
        protocol::checksum sum = protocol::checksum::crc32, std::uint32_t server_id = 1
    )
        : sum_(sum)
        , server_id_(server_id)
    {}

    // Header fields of the events that follow.
    std::uint32_t timestamp = 1'700'000'000;
    std::uint32_t thread_id = 9;
    gtid_form form = gtid_form::mysql_80;
    protocol::uuid source = {
        0x3e,
        0x11,
        0xfa,
        0x47,
        0x71,
        0xca,
        0x11,
        0xe1,
        0x9e,
        0x33,
        0xc8,
        0x0a,
        0xa9,
        0x42,
        0x95,
        0x62
    };

    event_builder& format(std::string_view server_version = "8.0.36")
    {
        byte_buffer body;
        protocol::writer to(body);
        to.u16(4).text(server_version).zeros(50 - server_version.size());
        to.u32(timestamp).u8(protocol::event_header_size);
        to.zeros(43).u8(static_cast<std::uint8_t>(sum_));
        // Its checksum is there whatever the kind.
        return add(event_type::format_description, body, 0, protocol::checksum::crc32);
    }
    event_builder& previous_gtids(const protocol::gtid_set& set)
    {
        byte_buffer body;
        append_gtid_set_binary(body, set);
        return add(event_type::previous_gtids, body, protocol::event_ignorable);
    }

    // Begins a transaction; the last one's length is known then. last_committed is the transaction
    // before unless told.
    event_builder& gtid(
        std::uint64_t number,
        std::uint8_t flags = 0,
        std::string_view tag = {},
        std::int64_t last_committed = -1
    )
    {
        ++sequence_;
        if (last_committed < 0)
            last_committed = sequence_ - 1;
        if (form == gtid_form::mysql_tagged || !tag.empty())
            return add_tagged(number, flags, tag, last_committed);
        return add_gtid(event_type::gtid, source, number, flags, last_committed);
    }
    event_builder& anonymous(std::uint8_t flags = 0)
    {
        ++sequence_;
        return add_gtid(event_type::anonymous_gtid, {}, 0, flags, sequence_ - 1);
    }

    event_builder& query(
        std::string_view text,
        std::string_view database = {},
        byte_view status = usual_status(),
        std::uint16_t header_flags = 0
    )
    {
        byte_buffer event;
        protocol::append_query(
            event,
            header(event_type::query, header_flags),
            {
                .thread_id = thread_id,
                .exec_time = 0,
                .error_code = 0,
                .status = status,
                .database = database,
                .text = text,
            },
            sum_
        );
        return add_whole(std::move(event));
    }
    event_builder& begin(std::string_view database = {})
    {
        return query("BEGIN", database, usual_status(), protocol::event_suppress_use);
    }
    event_builder& commit()
    {
        return query("COMMIT", {}, usual_status(), protocol::event_suppress_use);
    }

    // Columns are INTs unless types are given; `optional_metadata` as with binlog_row_metadata.
    event_builder& table_map(
        std::uint64_t table_id,
        std::string_view schema,
        std::string_view table,
        byte_view column_types = default_types(),
        byte_view column_metadata = {},
        byte_view optional_metadata = {}
    )
    {
        byte_buffer body;
        protocol::writer to(body);
        to.u48(table_id).u16(1);
        to.u8(static_cast<std::uint8_t>(schema.size())).text_nul(schema);
        to.u8(static_cast<std::uint8_t>(table.size())).text_nul(table);
        to.lenenc(column_types.size()).bytes(column_types);
        to.lenenc(column_metadata.size()).bytes(column_metadata);
        to.zeros((column_types.size() + 7) / 8).bytes(optional_metadata);
        return add(event_type::table_map, body);
    }
    event_builder&
    rows(event_type type, std::uint64_t table_id, std::uint16_t flags = 0, byte_view images = {})
    {
        byte_buffer body;
        protocol::writer to(body);
        to.u48(table_id).u16(flags);
        if (type >= event_type::write_rows)  // version 2
            to.u16(2);
        to.lenenc(2).u8(0xff).bytes(images);
        return add(type, body);
    }
    event_builder&
    write_rows(std::uint64_t table_id, std::uint16_t flags = 0, byte_view images = {})
    {
        return rows(event_type::write_rows, table_id, flags, images);
    }
    event_builder&
    update_rows(std::uint64_t table_id, std::uint16_t flags = 0, byte_view images = {})
    {
        return rows(event_type::update_rows, table_id, flags, images);
    }
    event_builder&
    delete_rows(std::uint64_t table_id, std::uint16_t flags = 0, byte_view images = {})
    {
        return rows(event_type::delete_rows, table_id, flags, images);
    }
    event_builder& rows_query(std::string_view text)
    {
        byte_buffer body;
        protocol::writer(body).u8(static_cast<std::uint8_t>(text.size())).text(text);
        return add(event_type::rows_query, body, protocol::event_ignorable);
    }

    event_builder& xid(std::uint64_t number)
    {
        byte_buffer body;
        protocol::writer(body).u64(number);
        return add(event_type::xid, body);
    }
    event_builder& xa_prepare(std::string_view gtrid, std::string_view bqual = {})
    {
        byte_buffer body;
        protocol::writer to(body);
        to.u8(0).u32(1);
        to.u32(static_cast<std::uint32_t>(gtrid.size()));
        to.u32(static_cast<std::uint32_t>(bqual.size())).text(gtrid).text(bqual);
        return add(event_type::xa_prepare, body);
    }

    event_builder& rotate(std::string_view file, std::uint64_t position = 4)
    {
        byte_buffer body;
        protocol::writer(body).u64(position).text(file);
        return add(event_type::rotate, body);
    }
    event_builder& stop() { return add(event_type::stop, {}); }

    // Any event, by its body.
    event_builder& add(event_type type, byte_view body, std::uint16_t flags = 0)
    {
        return add(type, body, flags, sum_);
    }

    protocol::checksum sum() const { return sum_; }

    // The events so far, sealed, with positions as in a file that begins with them.
    std::vector<byte_buffer> events() const
    {
        std::vector<byte_buffer> sealed = events_;
        std::uint64_t position = protocol::binlog_magic.size();
        for (std::size_t i = 0; i < sealed.size(); ++i) {
            byte_buffer& event = sealed[i];
            if (is_gtid(i))
                event = with_length(i);
            position += event.size();
            protocol::store(
                event.data() + protocol::event_end_log_pos_offset,
                static_cast<std::uint32_t>(position)
            );
            const bool format = type_of(event) == event_type::format_description;
            protocol::seal(event, format ? protocol::checksum::crc32 : sum_);
        }
        return sealed;
    }
    byte_buffer file() const
    {
        byte_buffer bytes;
        protocol::writer to(bytes);
        to.text(protocol::binlog_magic);
        for (const byte_buffer& event : events())
            to.bytes(event);
        return bytes;
    }

private:
    static byte_view usual_status()
    {
        static const byte_buffer block = status_block();
        return block;
    }
    static byte_view default_types()
    {
        static constexpr std::uint8_t two_ints[] = {3, 3};
        return two_ints;
    }
    static event_type type_of(const byte_buffer& event)
    {
        return protocol::load_event_header(event).type;
    }

    protocol::event_header header(event_type type, std::uint16_t flags) const
    {
        return {
            .timestamp = timestamp,
            .type = type,
            .server_id = server_id_,
            .size = 0,
            .end_log_pos = 0,
            .flags = flags,
        };
    }
    event_builder& add(event_type type, byte_view body, std::uint16_t flags, protocol::checksum sum)
    {
        byte_buffer event;
        protocol::event_writer out(event, header(type, flags));
        out.body().bytes(body);
        out.finish(sum);
        return add_whole(std::move(event));
    }
    event_builder& add_whole(byte_buffer event)
    {
        events_.push_back(std::move(event));
        return *this;
    }

    event_builder& add_gtid(
        event_type type,
        const protocol::uuid& id,
        std::uint64_t number,
        std::uint8_t flags,
        std::int64_t last_committed
    )
    {
        byte_buffer body;
        protocol::writer to(body);
        to.u8(flags).bytes(id).u64(number).u8(2);
        to.u64(static_cast<std::uint64_t>(last_committed));
        to.u64(static_cast<std::uint64_t>(sequence_));
        if (form != gtid_form::mysql_57)
            to.u32(0x11223344).u24(0x060504).lenenc(0).u32(80036);
        return add(type, body);
    }
    event_builder& add_tagged(
        std::uint64_t number, std::uint8_t flags, std::string_view tag, std::int64_t last_committed
    )
    {
        byte_buffer fields;
        protocol::writer to(fields);
        to.varint(0);  // last field a reader must know
        to.varint(0).varint(flags).varint(1);
        for (const std::uint8_t byte : source)
            to.varint(byte);
        to.varint(2).varint(number << 1).varint(3).varint(tag.size()).text(tag);
        to.varint(4).varint(static_cast<std::uint64_t>(last_committed) << 1);
        to.varint(5).varint(static_cast<std::uint64_t>(sequence_) << 1);
        to.varint(6).varint(0x0605'0411'2233'44).varint(8).varint(0).varint(9).varint(90704);
        byte_buffer body;
        const std::size_t size = fields.size() + 2;
        protocol::writer(body).varint(1).varint(size < 127 ? size : size + 1).bytes(fields);
        return add(event_type::gtid_tagged, body);
    }

    bool is_gtid(std::size_t index) const
    {
        return protocol::is_gtid_event(type_of(events_[index]));
    }
    byte_buffer with_length(std::size_t index) const
    {
        std::uint64_t rest = 0;
        for (std::size_t i = index + 1;
             i < events_.size() && !ends_transaction(type_of(events_[i]));
             ++i)
            rest += events_[i].size();
        return *with_transaction_length(*protocol::parse_event(events_[index], sum_), sum_, rest);
    }
    static bool ends_transaction(event_type type)
    {
        return protocol::is_gtid_event(type) || type == event_type::rotate ||
               type == event_type::stop || type == event_type::format_description;
    }

    protocol::checksum sum_;
    std::uint32_t server_id_;
    std::int64_t sequence_ = 0;
    std::vector<byte_buffer> events_;
};

// For the events inside a compressed transaction.
inline event_builder inner()
{
    return event_builder(protocol::checksum::none);
}

// What a dump thread makes itself.
inline byte_buffer artificial_rotate(
    std::string_view file,
    std::uint64_t position,
    protocol::checksum sum = protocol::checksum::crc32
)
{
    byte_buffer event;
    protocol::event_writer out(
        event, {.timestamp = 0, .type = event_type::rotate, .flags = protocol::event_artificial}
    );
    out.body().u64(position).text(file);
    out.finish_artificial(sum);
    return event;
}

// FORMAT_DESCRIPTION as the dump thread sends it in mid-file.
inline byte_buffer format_copy(const byte_buffer& format)
{
    byte_buffer copy = format;
    protocol::store<std::uint32_t>(copy.data() + protocol::event_end_log_pos_offset, 0);
    protocol::store<std::uint32_t>(copy.data() + protocol::format_created_offset, 0);
    protocol::seal(copy, protocol::checksum::crc32);
    return copy;
}

}  // namespace tests
