#pragma once

#include "protocol/response.hpp"
#include "proxy/session/session_thread.hpp"

#include <string>

// How a dump ends before its consumer wants it to.
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
dump_refusal fatal_refusal(std::string message);
// ER_SERVER_SHUTDOWN: a MySQL replica tries again after it.
dump_refusal retry_refusal(std::string message);

// Ends the dump if it was told to: throws dump_end or dump_refusal.
void check_stop(const session_control& control);

}  // namespace proxy
