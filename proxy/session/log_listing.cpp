#include "proxy/session/log_listing.hpp"

#include <algorithm>

namespace proxy {

listed_names names_for(const std::vector<std::pair<std::string, std::string>>& client_attributes)
{
    for (const auto& [name, value] : client_attributes)
        if (name == "_client_name" && value.starts_with("MySQL Connector"))
            return listed_names::the_sources_as_well;
    return listed_names::ours;
}

std::vector<protocol::text_row> log_file_rows(const publication& log, listed_names names)
{
    const std::uint64_t end = log.end();
    const std::shared_ptr<const file_list> files = log.files();
    const auto size_of = [&](const clean_file& file) {
        const clean_file* next = files->next(file);
        const std::uint64_t to = next == nullptr ? std::max(end, file.base) : next->base;
        return to - file.base;
    };
    std::vector<std::pair<std::string, std::uint64_t>> upstream;
    for (const clean_file& file : files->files) {
        if (names == listed_names::ours)
            break;
        if (upstream.empty() || upstream.back().first != file.source.file)
            upstream.emplace_back(file.source.file, 0);
        upstream.back().second += size_of(file);
    }
    std::vector<protocol::text_row> rows;
    for (const auto& [name, size] : upstream)
        if (!name.empty())
            rows.push_back({name, std::to_string(size)});
    for (const clean_file& file : files->files)
        rows.push_back({file.name, std::to_string(size_of(file))});
    return rows;
}

std::vector<protocol::text_row>
replica_rows(const session_registry& sessions, std::uint32_t source_server_id)
{
    std::vector<protocol::text_row> rows;
    for (const session_info& one : sessions.list())
        if (one.registered)
            rows.push_back(
                {std::to_string(one.server_id),
                 one.replica_host,
                 std::to_string(one.replica_port),
                 std::to_string(source_server_id),
                 one.replica_uuid}
            );
    return rows;
}

protocol::gtid_set executed_set(const publication& log, const protocol::gtid_set& at_source)
{
    protocol::gtid_set all = log.executed();
    all.add(at_source);
    return all;
}

protocol::gtid_set purged_set(const publication& log, const protocol::gtid_set& at_source)
{
    // The source purges what we still have, too.
    protocol::gtid_set purged = at_source;
    purged.subtract(log.executed());
    if (const auto files = log.files(); !files->files.empty())
        purged.add(files->before);
    return purged;
}

}  // namespace proxy
