#include "proxy/command/serve_status.hpp"

#include "proxy/store/index.hpp"
#include "rewrite/upstream.hpp"

namespace proxy {
namespace {

std::optional<position_status> status_of(const std::optional<rewrite::coordinate>& at)
{
    return at ? std::optional(position_status{at->file, at->position}) : std::nullopt;
}

}  // namespace

std::vector<consumer_status>
describe_sessions(const session_registry& sessions, const publication& log)
{
    const std::uint64_t end = log.end();
    const auto files = log.files();
    const auto now = std::chrono::system_clock::now();
    std::vector<consumer_status> all;
    for (const session_info& one : sessions.list()) {
        consumer_status made{
            .id = one.id,
            .user = one.user,
            .peer = one.peer,
            .program = one.program,
            .doing = one.doing,
            .seconds = std::chrono::duration_cast<std::chrono::seconds>(now - one.since).count(),
            .dumping = one.dumping,
            .server_id = one.server_id,
            .replica_uuid = one.replica_uuid,
        };
        if (const clean_file* file = one.dumping ? files->at(one.place) : nullptr) {
            made.reads = {.file = file->name, .position = one.place - file->base};
            made.behind_bytes = end > one.place ? end - one.place : 0;
        }
        all.push_back(std::move(made));
    }
    return all;
}

position_answer translate_position(const store& log, const position_question& asked)
{
    position_answer answer{.is_ours = rewrite::file_number(asked.file) >= clean_number_base};
    if (answer.is_ours) {
        answer.there = status_of(log.upstream_of({asked.file, asked.position}));
        return answer;
    }
    if (const auto found = log.clean_of(asked.file, asked.position)) {
        answer.there = position_status{found->file, found->position};
    } else if (const auto border = log.border_of(asked.file, asked.position)) {
        answer.there = position_status{border->file, border->position};
    } else {
        answer.before = status_of(found.error().before);
        answer.after = status_of(found.error().after);
    }
    return answer;
}

}  // namespace proxy
