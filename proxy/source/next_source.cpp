#include "proxy/source/next_source.hpp"

#include "protocol/command.hpp"
#include "protocol/control_event.hpp"
#include "proxy/source/source_variables.hpp"

#include <fmt/format.h>

namespace proxy {

namespace {

// Enough to act on; all of them are in the status.
constexpr std::size_t longest_list = 2000;

std::string listed(const protocol::gtid_set& gtids)
{
    std::string text = protocol::to_text(gtids);
    if (text.size() <= longest_list)
        return text;
    return text.substr(0, text.rfind(',', longest_list)) + " and more";
}

protocol::gtid_set without(protocol::gtid_set from, const protocol::gtid_set& what)
{
    from.subtract(what);
    return from;
}

protocol::gtid_set both(protocol::gtid_set one, const protocol::gtid_set& other)
{
    one.add(other);
    return one;
}

std::string lacks_text(const std::string& name, const next_source& of)
{
    return fmt::format(
        "source {}: it is another server (server_uuid {}) than the one that was followed, and "
        "lacks "
        "{} transactions that consumers may have (source_lacks): {}. A failover lost them, or it "
        "has not applied them yet. Wait for it, or follow it all the same: unghost follow {} "
        "--pass; then consumers keep what it does not have (docs/failover.md)",
        name,
        of.facts.server_uuid,
        of.gtids.count(),
        listed(of.gtids),
        name
    );
}

std::string purged_text(const std::string& name, const next_source& of)
{
    return fmt::format(
        "source {}: it is another server (server_uuid {}) than the one that was followed, and has "
        "purged {} transactions that consumers do not have yet (source_purged): {}. Follow another "
        "server that has them, or seed the consumers again and start over with an empty data "
        "folder",
        name,
        of.facts.server_uuid,
        of.gtids.count(),
        listed(of.gtids)
    );
}

std::string no_gtids_text(const std::string& name, const taken_gtids& taken, const next_source& of)
{
    if (of.facts.gtid_mode != "ON")
        return fmt::format(
            "source {}: it is another server than the one that was followed, and its gtid_mode is "
            "{}: without GTIDs nobody can tell what of its log consumers have",
            name,
            of.facts.gtid_mode
        );
    return fmt::format(
        "source {}: it is another server than the one that was followed, {}: nobody can tell what "
        "of its log consumers have",
        name,
        taken.anonymous ? "and what came from that one has transactions without a GTID"
                        : "whose gtid_mode was not ON"
    );
}

}  // namespace

std::string_view to_text(follow_refusal why)
{
    switch (why) {
        case follow_refusal::none: return "";
        case follow_refusal::no_gtids: return "no_gtids";
        case follow_refusal::names_differ: return "names_differ";
        case follow_refusal::source_lacks: return "source_lacks";
        case follow_refusal::source_purged: return "source_purged";
    }
    return "";
}

void judge_next_source(
    const std::string& name, const taken_gtids& taken, bool despite_loss, next_source& looked_at
)
{
    const auto refuse = [&looked_at](follow_refusal why) { looked_at.refused = why; };
    looked_at.refused = follow_refusal::none;
    looked_at.text.clear();
    looked_at.lost = {};
    if (looked_at.facts.gtid_mode != "ON" || taken.gtid_mode != "ON" || taken.anonymous) {
        refuse(follow_refusal::no_gtids);
        looked_at.text = no_gtids_text(name, taken, looked_at);
        return;
    }
    if (looked_at.facts.lower_case_table_names != taken.lower_case_table_names) {
        refuse(follow_refusal::names_differ);
        looked_at.text = fmt::format(
            "source {}: its lower_case_table_names is {}, and that of the server that was followed "
            "was {}: its log names tables otherwise. Follow another server",
            name,
            looked_at.facts.lower_case_table_names,
            taken.lower_case_table_names
        );
        return;
    }
    looked_at.gtids = without(looked_at.facts.gtid_purged, both(taken.applied, taken.past_the_log));
    if (!looked_at.gtids.empty()) {
        refuse(follow_refusal::source_purged);
        looked_at.text = purged_text(name, looked_at);
        return;
    }
    looked_at.gtids = without(taken.stored, looked_at.executed);
    if (looked_at.gtids.empty())
        return;
    // What consumers have of a migration is known only once its transactions were seen.
    const bool is_known = taken.applied.contains(looked_at.gtids);
    if (despite_loss && is_known) {
        looked_at.lost = std::exchange(looked_at.gtids, {});
        return;
    }
    refuse(follow_refusal::source_lacks);
    looked_at.text = lacks_text(name, looked_at);
    if (despite_loss)
        looked_at.text += ". That cannot be put up with now: unghost was killed, and has to see "
                          "them once more, at a server that has them";
}

asio::awaitable<next_source> look_at_next_source(client_conversation& source)
{
    require_known_server(source.name(), source.hello());
    const source_variables all = co_await read_source_variables(source);
    require_servable(source.name(), all);
    next_source seen;
    seen.facts = facts_of(source.name(), all, source.hello());
    const protocol::text_result answer = co_await source.query(
        "SELECT @@GLOBAL.gtid_executed, @@GLOBAL.read_only, @@GLOBAL.super_read_only"
    );
    if (answer.rows.size() != 1)
        throw source_error(
            trouble::passing, fmt::format("source {}: no gtid_executed", source.name())
        );
    const protocol::text_row& row = answer.rows[0];
    seen.executed = read_gtid_set("source " + source.name(), "gtid_executed", text_at(row, 0));
    seen.read_only = text_at(row, 1) != "0" || text_at(row, 2) != "0";
    const binary_log end = co_await read_log_end(source, seen.facts.version_number);
    seen.end = {.file = end.file, .position = end.size};
    if (const auto uuid = protocol::parse_uuid(seen.facts.server_uuid))
        seen.log.uuid = *uuid;
    co_return seen;
}

asio::awaitable<std::string>
find_file_by_gtid(client_conversation& source, std::uint32_t server_id, protocol::gtid_set seen)
{
    co_await source.execute("SET @master_binlog_checksum = @@global.binlog_checksum, "
                            "@source_binlog_checksum = @@global.binlog_checksum");
    const protocol::checksum sum = co_await negotiated_checksum(source);
    protocol::byte_buffer packet;
    protocol::append_binlog_dump_gtid(
        packet,
        {.server_id = server_id,
         .file = {},
         .position = protocol::first_position,
         .seen = std::move(seen)}
    );
    co_await source.send(std::move(packet));
    const protocol::byte_view answer = co_await source.stream().read();
    if (protocol::is_error(answer))
        throw source.refusal(answer, "looking for the file to go on from");
    constexpr std::size_t status_size = 1;
    const auto event = answer.size() <= status_size
                           ? tl::unexpected(protocol::errc::truncated)
                           : protocol::parse_event(answer.subspan(status_size), sum);
    const auto rotate = event && event->header.type == protocol::event_type::rotate
                            ? protocol::parse_rotate(event->body)
                            : tl::unexpected(protocol::errc::bad_value);
    if (!rotate)
        throw source_error(
            trouble::passing,
            fmt::format("source {}: it did not tell where its log goes on", source.name())
        );
    co_return std::string(rotate->file);
}

}  // namespace proxy
