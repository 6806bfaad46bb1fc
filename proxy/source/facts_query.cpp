#include "proxy/source/facts_query.hpp"

#include "protocol/server_version.hpp"
#include "proxy/source/facts_connection.hpp"
#include "proxy/source/source_variables.hpp"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace proxy {

namespace {

// The source's clock was read at some moment between the two of ours.
std::optional<source_clock> read_clock(
    const std::string& seconds,
    const std::string& microseconds,
    std::chrono::steady_clock::time_point sent,
    std::chrono::steady_clock::time_point came
)
{
    std::int64_t whole = 0;
    std::int64_t part = 0;
    const auto read = [](const std::string& text, std::int64_t& number) {
        const char* const end = text.data() + text.size();
        return !text.empty() && std::from_chars(text.data(), end, number).ptr == end;
    };
    if (!read(seconds, whole) || !read(microseconds, part))
        return std::nullopt;
    return source_clock(
        static_cast<double>(whole) + static_cast<double>(part) / 1e6, sent + (came - sent) / 2
    );
}

}  // namespace

facts_query::facts_query(std::string name, client_login login, const dial_source& dial)
    : name_(std::move(name))
    , login_(std::move(login))
    , dial_(dial)
{}

facts_query::~facts_query() = default;

asio::awaitable<source_account> read_account(client_conversation& source)
{
    if (protocol::version_number(source.hello().server_version) >= first_with_roles)
        co_await source.execute("SET ROLE ALL");
    source_account account;
    account.name = first_value(co_await source.query("SELECT CURRENT_USER()"));
    account.rights = parse_grants(co_await source.query("SHOW GRANTS"));
    co_return account;
}

void facts_query::forget_connection()
{
    kept_.reset();
}

asio::awaitable<std::unique_ptr<facts_connection>> facts_query::kept_or_new()
{
    // Taken out of its place: whoever abandons a question takes the connection with it.
    std::unique_ptr<facts_connection> taken = std::move(kept_);
    if (taken) {
        bool alive = false;
        try {
            co_await taken->source.execute("DO 0");
            alive = true;
        } catch (const std::exception&) {
            alive = false;  // closed while idle (wait_timeout, a restart): open a new one
        }
        if (alive)
            co_return taken;
    }
    co_return co_await facts_connection::open(dial_, name_, login_);
}

asio::awaitable<source_look> facts_query::look(std::string listed_from)
{
    std::unique_ptr<facts_connection> to = co_await kept_or_new();
    source_look seen;
    seen.asked_at = std::chrono::steady_clock::now();
    const protocol::text_result answer = co_await to->source.query(
        "SELECT @@server_uuid, @@GLOBAL.gtid_purged, UNIX_TIMESTAMP(), MICROSECOND(NOW(6)), "
        "@@GLOBAL.gtid_mode"
    );
    const auto came = std::chrono::steady_clock::now();
    seen.end = co_await read_log_end(to->source, to->version);
    if (seen.end.file != listed_from)
        seen.files = co_await list_binary_logs(to->source);
    kept_ = std::move(to);
    const protocol::text_row row = answer.rows.empty() ? protocol::text_row() : answer.rows[0];
    seen.server_uuid = text_at(row, 0);
    seen.gtid_purged = read_gtid_set("source " + name_, "gtid_purged", text_at(row, 1));
    seen.gtid_mode = text_at(row, 4);
    seen.clock = read_clock(text_at(row, 2), text_at(row, 3), seen.asked_at, came);
    co_return seen;
}

asio::awaitable<rewrite::facts> facts_query::ask(rewrite::table_name table, source_log followed)
{
    std::unique_ptr<facts_connection> to = co_await kept_or_new();
    client_conversation& source = to->source;
    rewrite::facts known;
    known.table = table;

    const protocol::text_result asked =
        co_await source.query("SELECT @@server_uuid, @@GLOBAL.gtid_mode");
    const protocol::text_row server = asked.rows.empty() ? protocol::text_row() : asked.rows[0];
    const std::string uuid = text_at(server, 0);
    const source_account account = co_await read_account(source);
    const auto missing = missing_for_facts(account.rights);
    const auto& revoked = account.rights.revoked_schemas;
    if (protocol::parse_uuid(uuid) != followed.uuid) {
        known.missing = fmt::format(
            "{} is now server {}, and the log comes from {}",
            name_,
            uuid,
            protocol::to_text(followed.uuid)
        );
    } else if (!missing.empty()) {
        known.missing = fmt::format(
            "the account {} lacks {}: {}",
            account.name,
            fmt::join(missing, ", "),
            grant_line(account.name)
        );
    } else if (std::ranges::find(revoked, table.schema) != revoked.end()) {
        known.missing = fmt::format(
            "a partial revoke takes {}'s rights on schema {} back: {}",
            account.name,
            table.schema,
            grant_line(account.name)
        );
    } else {
        known.create_table = co_await to->definition(table);
        if (!known.create_table.empty())
            co_await to->add_table_status(known);
        if (text_at(server, 1) != "ON")
            known.uncountable = "the source has no GTIDs (gtid_mode)";
        co_await to->add_session(known);
        known.triggers = co_await to->triggers(table);
        auto children = co_await to->children(table);
        if (children)
            known.children = std::move(*children);
        else
            known.missing = "MySQL 5.7 cannot be asked for foreign keys to a name beyond ASCII";
    }
    const binary_log end = co_await read_log_end(source, to->version);
    followed.file = end.file;
    known.fence = followed.at(end.size);
    kept_ = std::move(to);
    if (known.missing.empty())
        numbers_.on_facts(std::chrono::steady_clock::now());
    co_return known;
}

}  // namespace proxy
