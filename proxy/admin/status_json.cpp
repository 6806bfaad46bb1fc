#include "proxy/admin/status_json.hpp"

#include "proxy/admin/or_null.hpp"
#include "proxy/admin/summary_text.hpp"
#include "proxy/version.hpp"

#include <fmt/format.h>

namespace proxy {

namespace {

using nlohmann::json;

json stop_json(const stop_status& stop)
{
    return {
        {"id", stop.id},
        {"migration", stop.asked.migration},
        {"reason", rewrite::to_text(stop.asked.reason)},
        {"at", to_json(stop.asked.at)},
        {"original", to_json(stop.asked.original)},
        {"ghost", to_json(stop.asked.ghost)},
        {"text", stop.asked.text},
        {"words", {"pass", "empty", "sql"}},
    };
}

json position_json(const std::optional<position_status>& at)
{
    if (!at || at->empty())
        return {};
    json place = {{"file", at->file}, {"position", at->position}};
    if (at->epoch != 0)
        place["epoch"] = at->epoch;
    return place;
}

json consumer_json(const consumer_status& one)
{
    return {
        {"id", one.id},
        {"user", one.user},
        {"peer", one.peer},
        {"program", one.program},
        {"doing", one.doing},
        {"seconds", one.seconds},
        {"dumping", one.dumping},
        {"reads", position_json(one.reads)},
        {"behind_bytes", one.lag_bytes},
        {"lag_seconds", or_null(one.lag_seconds)},
        {"server_id", one.server_id},
        {"replica_uuid", one.replica_uuid},
    };
}

json task_json(const task_snapshot& one)
{
    json is = {
        {"name", one.name},
        {"state", to_text(one.state)},
        {"failures", one.failures},
        {"restarts", one.restarts},
        {"last_problem", one.last_problem},
        {"problem_at", nullptr},
    };
    if (one.failures != 0)
        is["problem_at"] = std::chrono::system_clock::to_time_t(one.problem_at);
    return is;
}

json source_json(const program_status& status)
{
    return {
        {"address", status.source_address},
        {"version", status.source_version},
        {"server_uuid", status.followed.is_known() ? protocol::to_text(status.followed.uuid) : ""},
        {"epoch", status.followed.epoch},
        {"connected", status.source_connected},
        {"error", status.source_error},
        {"refused", status.follow_refused},
        {"refused_gtids", status.follow_gtids},
        {"lag_seconds", or_null(status.lag.seconds)},
        {"lag_bytes", or_null(status.lag.bytes)},
        {"unpulled_bytes", or_null(status.lag.unpulled_bytes)},
        {"last_contact_seconds", or_null(status.lag.contact_seconds)},
    };
}

}  // namespace

json to_json(const position_answer& answer)
{
    return {
        {"is_ours", answer.is_ours},
        {"there", position_json(answer.there)},
        {"before", position_json(answer.before)},
        {"after", position_json(answer.after)},
    };
}

json to_json(const stop_look& seen)
{
    return {
        {"stop", stop_json(seen.stop)},
        {"alter", seen.alter},
        {"disturbed_by", seen.disturbed_by},
        {"definition_then", seen.definition_then},
        {"definition_now", seen.definition_now},
        {"definition_trouble", seen.definition_trouble},
        {"objection", seen.objection},
    };
}

json to_json(const program_status& status)
{
    json tasks = json::array();
    for (const task_snapshot& one : status.tasks)
        tasks.push_back(task_json(one));
    json sessions = json::array();
    for (const consumer_status& one : status.consumers)
        sessions.push_back(consumer_json(one));
    json migrations = json::array();
    for (const auto& one : status.migrations)
        migrations.push_back(to_json(one, alter_clauses::left_out));
    json published = position_json(status.published);
    return {
        {"version", version()},
        {"phase", to_text(status.phase)},
        {"phase_text", status.phase_text},
        {"source", source_json(status)},
        {"listen", status.listen_address},
        {"data_folder", status.data_folder},
        {"pulled", to_json(status.pulled)},
        {"published", std::move(published)},
        {"published_source", to_json(status.published_source)},
        {"gtid_executed", status.gtid_executed},
        {"gtid_purged", status.gtid_purged},
        {"oldest_file", status.oldest_file},
        {"stored_bytes", status.stored_bytes},
        {"unpublished_bytes", status.unpublished_bytes},
        {"spooled_bytes", status.spooled_bytes},
        {"disk_free_bytes", or_null(status.disk_free_bytes)},
        {"retention",
         {{"age_seconds", status.retention_age.count()}, {"bytes", status.retention_bytes}}},
        {"consumers", dumps(status)},
        {"transactions", status.transactions},
        {"transactions_emptied", status.transactions_emptied},
        {"facts_age_seconds", or_null(status.facts_age_seconds)},
        {"safe_to_move", status.safe_to_move ? json(*status.safe_to_move) : json()},
        {"hidden", status.hidden},
        {"migrations_total",
         {{"folded", status.folded}, {"passed", status.passed}, {"stopped", status.stopped}}},
        {"migrations", std::move(migrations)},
        {"stop", status.stop ? stop_json(*status.stop) : json()},
        {"sessions", std::move(sessions)},
        {"tasks", std::move(tasks)},
    };
}

std::optional<resume_request> resume_request_of(const json& given)
{
    if (!given.is_object())
        return std::nullopt;
    const auto text = [&](const char* key) {
        const auto found = given.find(key);
        return found != given.end() && found->is_string() ? found->get<std::string>()
                                                          : std::string();
    };
    resume_request asked{.id = text("id"), .sql = text("sql")};
    const auto word = rewrite::operator_word_names.find(text("word"));
    if (!word)
        return std::nullopt;
    asked.word = *word;
    const bool has_sql = !asked.sql.empty();
    if (asked.id.empty() || has_sql != (asked.word == rewrite::operator_word::sql))
        return std::nullopt;
    return asked;
}

}  // namespace proxy
