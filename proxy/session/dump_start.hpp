#pragma once

#include "proxy/session/dump_session.hpp"

// Where a dump starts, or why it does not. Source: Binlog_sender::check_start_file.
namespace proxy {

struct dump_start
{
    clean_file file;
    std::uint64_t position = 4;
};

// A start by file and position that lies beyond our end is waited for. Throws dump_refusal.
asio::awaitable<dump_start>
find_start(const dump_parameters& request, const dump_surroundings& with);

// How many bytes of this file may be read, as of `end`, which was loaded before `files` was.
std::uint64_t readable_size(const file_list& files, const clean_file& file, std::uint64_t end);

}  // namespace proxy
