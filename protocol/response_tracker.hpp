#pragma once

#include "protocol/error.hpp"
#include "protocol/packet_walk.hpp"

// Finds the end of a server's answer to a command in the bytes it sends, without keeping them: what
// a relay must know before it may say something itself. Source: sql/protocol_classic.cc,
// sql-common/client.cc (read_query_result, cli_read_rows, cli_read_prepare_result).
//
//   tracker.begin(command_type::query, capabilities);
//   while (tracker.where() == answer_place::inside)
//       pass on the first tracker.feed(bytes) bytes
//   answer_place::wants_file: LOCAL INFILE; pass the client's packets on up to an empty one, then
//       file_sent()
namespace protocol {

enum class answer_place : std::uint8_t {
    done,  // no answer is on its way
    inside,
    wants_file,
};

class response_tracker
{
public:
    // `command`: first byte of the command. `capabilities`: what both sides agreed on, without
    // optional_resultset_metadata. Commands that are not answered are done
    // at once.
    void begin(std::uint8_t command, std::uint32_t capabilities);
    // How many of these bytes belong to the answer; stops early at its end or where a file is
    // wanted. bad_value, truncated: this is no answer to such a command.
    result<std::size_t> feed(byte_view bytes);
    // The same for whoever has whole packets: how one begins (head_size bytes are enough) and how
    // long it is.
    result<void> on_packet(byte_view head, std::uint64_t size);
    void file_sent();

    answer_place where() const;

private:
    enum class step : std::uint8_t {
        done,
        single,       // one packet, whatever it is
        first,        // of a result: OK, ERR, LOCAL INFILE, number of columns
        file,         // goes from the client to the server
        prepared,     // OK of a COM_STMT_PREPARE
        counted,      // left_ packets more, then nothing
        definitions,  // left_ columns, then rows
        definitions_end,
        rows,
        fetched,  // rows, with nothing after their end
    };
    result<void> on_first(byte_view head);
    result<void> on_prepared(byte_view head);
    result<void> on_rows_end(byte_view head, std::uint64_t size);

    packet_walk walk_;
    step step_ = step::done;
    std::uint64_t left_ = 0;
    bool deprecate_eof_ = false;
};

}  // namespace protocol
