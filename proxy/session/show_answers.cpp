#include "proxy/session/show_answers.hpp"

#include "proxy/session/log_listing.hpp"

#include <chrono>

namespace proxy {

protocol::text_result show_binary_logs(const answer_sources& from)
{
    protocol::text_result result{
        {"Log_name", "File_size"}, log_file_rows(from.log, from.names), {1}
    };
    if (from.facts.version_number >= 80014) {
        result.columns.emplace_back("Encrypted");
        for (protocol::text_row& row : result.rows)
            row.emplace_back("No");
    }
    return result;
}

protocol::text_result show_log_status(const answer_sources& from)
{
    protocol::text_result result{
        {"File", "Position", "Binlog_Do_DB", "Binlog_Ignore_DB", "Executed_Gtid_Set"}, {}, {1}
    };
    const std::uint64_t end = from.log.end();
    const std::shared_ptr<const file_list> files = from.log.files();
    if (const clean_file* file = files->at(end))
        result.rows.push_back(
            {file->name,
             std::to_string(end - file->base),
             "",
             "",
             to_text(executed_set(from.log, from.facts.gtid_purged))}
        );
    return result;
}

protocol::text_result show_replicas(const answer_sources& from)
{
    const bool new_words = from.facts.version_number >= 80022;
    protocol::text_result result;
    result.columns =
        new_words
            ? std::vector<std::string>{"Server_Id", "Host", "Port", "Source_Id", "Replica_UUID"}
            : std::vector<std::string>{"Server_id", "Host", "Port", "Master_id", "Slave_UUID"};
    result.rows = replica_rows(from.sessions, from.facts.server_id);
    return result;
}

protocol::text_result show_processlist(const answer_sources& from, const session_info& asker)
{
    protocol::text_result result{
        {"Id", "User", "Host", "db", "Command", "Time", "State", "Info"}, {}
    };
    const auto now = std::chrono::steady_clock::now();
    for (const session_info& one : from.sessions.list()) {
        if (!is_same_account(one, asker))
            continue;
        const auto time = std::chrono::duration_cast<std::chrono::seconds>(now - one.since);
        result.rows.push_back(
            {std::to_string(one.id),
             one.user,
             one.peer,
             std::nullopt,
             one.dumping ? "Binlog Dump" : "Sleep",
             std::to_string(time.count()),
             one.doing,
             std::nullopt}
        );
    }
    return result;
}

}  // namespace proxy
