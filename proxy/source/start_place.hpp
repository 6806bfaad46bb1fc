#pragma once

#include "proxy/source/event_sink.hpp"
#include "proxy/source/source_variables.hpp"

// What we remember of a source against what it has now: whether its log can be followed on.
namespace proxy {

// The end of most texts about a source that is not what it was.
constexpr std::string_view begin_again =
    "point unghost back at the log it followed, or start over with an empty data folder";

// `source` is its name in texts. Throws source_error if it is another server than was followed.
void require_same_server(
    const std::string& source, const source_log& followed, const std::string& server_uuid
);

// Throws source_error if the source's log, which ends at `end`, does not reach up to `followed`.
void require_longer_log(
    const std::string& source, const binary_log& followed, const binary_log& end
);

// `remembered` with file and position filled in where nothing was taken yet: `start` is "latest",
// "earliest" or a file. Throws source_error if `logs` do not have that place.
resume_place start_place(
    const std::string& source,
    resume_place remembered,
    const std::string& start,
    const std::vector<binary_log>& logs
);

// A file of the same name with another creation time: the source was reset or restored.
source_error another_file(
    const std::string& source,
    const std::string& file,
    std::uint32_t created,
    std::uint32_t expected
);

// What an ERR packet in place of an event means; `file` is the one being pulled.
source_error dump_trouble(source_error answer, const std::string& file);

}  // namespace proxy
