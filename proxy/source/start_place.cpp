#include "proxy/source/start_place.hpp"

#include "protocol/server_errors.hpp"
#include "rewrite/upstream.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace proxy {

namespace {

// Our copy ends where the source's log no longer reaches back to, or never did.
source_error file_is_gone(
    const std::string& source, const resume_place& place, const std::vector<binary_log>& logs
)
{
    const bool purged =
        rewrite::file_number(place.log.file) < rewrite::file_number(logs.front().file);
    const std::string where = fmt::format("{}:{}", place.log.file, place.position);
    if (purged)
        return {
            trouble::changed,
            fmt::format(
                "source {}: it has purged {}, and we have its log only up to {}; its first file is "
                "now {}. The events between are lost to us: seed the consumers again, start over "
                "with an empty data folder, and keep logs longer (binlog_expire_logs_seconds)",
                source,
                place.log.file,
                where,
                logs.front().file
            )
        };
    return {
        trouble::changed,
        fmt::format(
            "source {}: it has no {}, which we have followed up to {}; its log ends with {}. It "
            "was reset or restored, or is another server: {}",
            source,
            place.log.file,
            where,
            logs.back().file,
            begin_again
        )
    };
}

// What an error text of the source's dump thread means. Texts: sql/rpl_binlog_sender.cc; 5.7 says
// master and slave for source and replica.
struct dump_text
{
    std::string_view part;
    trouble kind;
    std::string_view advice;
};
constexpr std::string_view purged_or_reset =
    "the source has purged that file or was reset: seed the consumers again and start over with an "
    "empty data folder";
constexpr std::string_view identity_in_use =
    "another process pulls with our identity: was the data folder copied? Remove replica.identity "
    "from the copy";
constexpr std::string_view no_log = "start the server with log_bin and a server_id";
constexpr std::array dump_texts{
    dump_text{"Could not find first log", trouble::changed, purged_or_reset},
    dump_text{"could not find next log", trouble::changed, purged_or_reset},
    dump_text{"same server_uuid", trouble::refused, identity_in_use},
    dump_text{"same server_id", trouble::refused, identity_in_use},
    dump_text{"bogus data", trouble::damaged, {}},
    dump_text{"exceeded max_allowed_packet", trouble::damaged, {}},
    dump_text{"truncated in the middle", trouble::damaged, {}},
    dump_text{"crc check", trouble::damaged, {}},
    dump_text{"server_id is 0", trouble::refused, no_log},
    dump_text{"log is not open", trouble::refused, no_log},
};

}  // namespace

void require_same_server(
    const std::string& source, const source_log& followed, const std::string& server_uuid
)
{
    // As numbers: a server says its UUID in the letters of its auto.cnf.
    if (followed.is_known() && protocol::parse_uuid(server_uuid) != followed.uuid)
        throw source_error(
            trouble::changed,
            fmt::format(
                "source {}: it is another server: its server_uuid is {}, and we have followed {}. "
                "{}",
                source,
                server_uuid,
                protocol::to_text(followed.uuid),
                begin_again
            )
        );
}

void require_longer_log(
    const std::string& source, const binary_log& followed, const binary_log& end
)
{
    const auto number = rewrite::file_number(followed.file);
    const auto last = rewrite::file_number(end.file);
    if (last > number || (last == number && end.size >= followed.size))
        return;
    throw source_error(
        trouble::changed,
        fmt::format(
            "source {}: its log ends at {}:{}, and we have followed it up to {}:{}. It was reset "
            "(RESET BINARY LOGS AND GTIDS), or restored: {}",
            source,
            end.file,
            end.size,
            followed.file,
            followed.size,
            begin_again
        )
    );
}

resume_place start_place(
    const std::string& source,
    resume_place remembered,
    const std::string& start,
    const std::vector<binary_log>& logs
)
{
    resume_place place = std::move(remembered);
    if (place.fresh) {
        place.log.file = start == "latest"     ? logs.back().file
                         : start == "earliest" ? logs.front().file
                                               : start;
        place.position = 4;
    }
    const auto log = std::ranges::find(logs, place.log.file, &binary_log::file);
    if (log == logs.end() && place.fresh)
        throw source_error(
            trouble::refused,
            fmt::format(
                "source {}: it has no file {} to start from; it has {} to {}: change source.start",
                source,
                place.log.file,
                logs.front().file,
                logs.back().file
            )
        );
    if (log == logs.end())
        throw file_is_gone(source, place, logs);
    if (place.position > log->size)
        throw source_error(
            trouble::changed,
            fmt::format(
                "source {}: its {} ends at {}, and we have followed it up to {}. It lost events in "
                "a crash (sync_binlog is not 1), or was restored: {}",
                source,
                place.log.file,
                log->size,
                place.position,
                begin_again
            )
        );
    return place;
}

source_error another_file(
    const std::string& source,
    const std::string& file,
    std::uint32_t created,
    std::uint32_t expected
)
{
    return {
        trouble::changed,
        fmt::format(
            "source {}: its {} is another file than the one of that name which we have followed "
            "(created {}, not {}): its log was reset or it was restored: {}",
            source,
            file,
            created,
            expected,
            begin_again
        )
    };
}

source_error dump_trouble(source_error answer, const std::string& file)
{
    if (answer.code != number_of(protocol::server_errno::source_fatal_error_reading_binlog))
        return answer;
    const std::string text = answer.what();
    const auto contains = [&](std::string_view part) {
        return text.find(part) != std::string::npos;
    };
    if (contains("> file size"))
        return {
            trouble::changed,
            fmt::format(
                "{}; its {} is shorter than what we have of it: it lost events in a crash, or was "
                "restored: {}",
                text,
                file,
                begin_again
            ),
            answer.code
        };
    for (const dump_text& one : dump_texts)
        if (contains(one.part))
            return {
                one.kind,
                one.advice.empty() ? text : fmt::format("{}; {}", text, one.advice),
                answer.code
            };
    return {trouble::passing, text, answer.code};
}

}  // namespace proxy
