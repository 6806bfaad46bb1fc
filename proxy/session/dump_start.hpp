#pragma once

#include "proxy/session/dump_session.hpp"

// Where a dump starts, or why it does not. Source: Binlog_sender::check_start_file.
namespace proxy {

// A dump ends with this error, sent to the consumer.
struct dump_refusal
{
    protocol::server_error error;
};
// A dump that was told to end, as a server's ends then (Binlog_sender::run, when its thread is
// killed): by an EOF packet, or by the connection's end without a word. Consumers take both for a
// lost connection and come again; after an error many do not.
struct dump_end
{
    bool silent = false;
};
// The error of nearly every failed dump: ER_SOURCE_FATAL_ERROR_READING_BINLOG. To a MySQL replica
// it is final.
constexpr std::uint16_t fatal_dump_error = 1236;
dump_refusal fatal_refusal(std::string message);
// ER_SERVER_SHUTDOWN: a MySQL replica tries again after it.
dump_refusal retry_refusal(std::string message);

struct dump_start
{
    clean_file file;
    std::uint64_t position = 4;
};

// A start by file and position that lies beyond our end is waited for. Throws dump_refusal.
asio::awaitable<dump_start> find_start(const dump_parameters& asked, const dump_surroundings& with);

// How many bytes of this file may be read, as of `end`, which was loaded before `files` was.
std::uint64_t readable_size(const file_list& files, const clean_file& file, std::uint64_t end);

// Ends the dump if it was told to: throws dump_end or dump_refusal.
void check_stop(const session_control& control);

}  // namespace proxy
