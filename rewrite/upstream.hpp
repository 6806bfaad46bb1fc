#pragma once

#include "protocol/reader.hpp"
#include "protocol/writer.hpp"

#include <cstdint>
#include <string>

// Where something lies in the source's log.
namespace rewrite {

// An upstream coordinate. Epochs and files are ordered, so coordinates of one log are too.
struct coordinate
{
    std::uint32_t epoch = 0;
    std::string file;            // mysql-bin.000123; compared by its number, not its spelling
    std::uint64_t position = 0;  // of an event's first byte; 64 bit even where headers wrap
    bool operator==(const coordinate&) const = default;

    // An assignment for every event: a file's name is long, and seldom another one.
    void move_to(std::uint32_t to_epoch, const std::string& to_file, std::uint64_t to_position)
    {
        epoch = to_epoch;
        if (file != to_file)
            file = to_file;
        position = to_position;
    }
};
// Earlier in the same epoch's log, or in an earlier epoch.
bool operator<(const coordinate& a, const coordinate& b);
std::uint64_t file_number(const std::string& file);  // digits behind the last dot; 0 without
std::string to_text(const coordinate& at);           // mysql-bin.000123:456

void append_coordinate(protocol::writer& to, const coordinate& at);
coordinate read_coordinate(protocol::reader& from);

}  // namespace rewrite
