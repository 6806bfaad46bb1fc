#include "proxy/source/source_check.hpp"

#include "proxy/source/facts_query.hpp"
#include "proxy/source/source_variables.hpp"
#include "proxy/store/index.hpp"
#include "rewrite/upstream.hpp"

#include <charconv>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace proxy {

namespace {

using level = finding_level;

constexpr std::uint64_t day_seconds = 86'400;

std::uint64_t number(const std::string& text)
{
    std::uint64_t value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

std::string time_text(std::uint64_t seconds)
{
    const std::uint64_t days = seconds / day_seconds;
    if (seconds % day_seconds == 0)
        return fmt::format("{} day{}", days, days == 1 ? "" : "s");
    return fmt::format("{} hours", seconds / 3600);
}

// The findings of a check as they are made.
class findings
{
public:
    void add(level how, std::string topic, std::string text)
    {
        list_.push_back({how, std::move(topic), std::move(text)});
    }
    // Runs a check that throws what is wrong.
    template <class Check>
    void require(std::string topic, std::string good, Check check)
    {
        try {
            check();
            add(level::good, std::move(topic), std::move(good));
        } catch (const source_error& error) {
            add(level::problem, std::move(topic), error.what());
        }
    }
    std::vector<finding> take() { return std::move(list_); }

private:
    std::vector<finding> list_;
};

void check_rights(const source_account& account, findings& found)
{
    const auto for_pulling = missing_for_pulling(account.rights);
    const auto for_facts = missing_for_facts(account.rights);
    if (!for_pulling.empty())
        found.add(
            level::problem,
            "rights",
            fmt::format(
                "{} lacks {}, without which no log can be pulled: {}",
                account.name,
                fmt::join(for_pulling, ", "),
                grant_line(account.name)
            )
        );
    if (!for_facts.empty())
        found.add(
            level::warning,
            "rights",
            fmt::format(
                "{} lacks {}, without which nothing is known of a table and every migration passes "
                "unfolded: {}",
                account.name,
                fmt::join(for_facts, ", "),
                grant_line(account.name)
            )
        );
    if (for_pulling.empty() && for_facts.empty())
        found.add(level::good, "rights", fmt::format("{} holds all that is needed", account.name));
    if (!account.rights.revoked_schemas.empty())
        found.add(
            level::warning,
            "rights",
            fmt::format(
                "partial revokes take rights of {} back in {}: migrations there pass unfolded",
                account.name,
                fmt::join(account.rights.revoked_schemas, ", ")
            )
        );
}

void check_settings(const source_variables& all, findings& found)
{
    if (variable(all, "binlog_checksum") == "NONE")
        found.add(
            level::warning,
            "checksum",
            "binlog_checksum is NONE: damage on the way is not noticed. SET GLOBAL binlog_checksum "
            "= CRC32"
        );
    else
        found.add(level::good, "checksum", "binlog_checksum is CRC32");

    const std::string format = variable(all, "binlog_format");
    found.add(
        format == "ROW" || format.empty() ? level::good : level::note,
        "format",
        fmt::format(
            "binlog_format {}, row image {}",
            format.empty() ? "ROW" : format,
            variable(all, "binlog_row_image")
        )
    );

    const std::string seconds = variable(all, "binlog_expire_logs_seconds");
    const std::uint64_t days = number(variable(all, "expire_logs_days"));
    const std::uint64_t kept = number(seconds) != 0 ? number(seconds) : days * day_seconds;
    if (kept != 0 && kept < day_seconds)
        found.add(
            level::warning,
            "retention",
            fmt::format(
                "the source keeps its log for {} s only: if unghost is down for longer, it "
                "has to start again with an empty data folder. Raise binlog_expire_logs_seconds",
                kept
            )
        );
    else
        found.add(
            level::good,
            "retention",
            kept == 0 ? std::string("the source keeps its log until it is purged by hand")
                      : fmt::format("the source keeps its log for {}", time_text(kept))
        );

    const std::string gtid = variable(all, "gtid_mode");
    found.add(
        gtid == "ON" ? level::good : level::note,
        "gtid",
        gtid == "ON" ? std::string("gtid_mode is ON")
                     : fmt::format(
                           "gtid_mode is {}: consumers follow by file and position, and a failover "
                           "of the source cannot be followed",
                           gtid
                       )
    );
    found.add(
        level::good,
        "names",
        fmt::format("lower_case_table_names is {}", variable(all, "lower_case_table_names"))
    );
}

// A semi-sync replica that moves here acknowledges no more: the source may then wait.
void check_semi_sync(
    const source_variables& all, const protocol::text_result& status, findings& found
)
{
    const bool on = variable(all, "rpl_semi_sync_source_enabled") == "ON" ||
                    variable(all, "rpl_semi_sync_master_enabled") == "ON";
    if (!on) {
        found.add(level::good, "semi-sync", "off");
        return;
    }
    std::uint64_t clients = 0;
    for (const protocol::text_row& row : status.rows)
        clients = std::max(clients, number(text_at(row, 1)));
    const std::uint64_t wait = std::max(
        number(variable(all, "rpl_semi_sync_source_wait_for_replica_count")),
        number(variable(all, "rpl_semi_sync_master_wait_for_slave_count"))
    );
    found.add(
        clients > wait ? level::note : level::warning,
        "semi-sync",
        fmt::format(
            "the source waits for {} of {} semi-sync replicas. One that moves to unghost no "
            "longer acknowledges: {} would remain",
            wait,
            clients,
            clients == 0 ? 0 : clients - 1
        )
    );
}

void check_log_names(const std::vector<binary_log>& logs, findings& found)
{
    const std::uint64_t last = rewrite::file_number(logs.back().file);
    if (last >= clean_number_base)
        found.add(
            level::problem,
            "files",
            fmt::format(
                "{}: its number is in the range of unghost's own files; RESET BINARY LOGS AND "
                "GTIDS "
                "at a quiet moment begins at 1 again",
                logs.back().file
            )
        );
    std::uint64_t size = 0;
    for (const binary_log& log : logs)
        size += log.size;
    found.add(
        level::good,
        "files",
        logs.size() == 1 ? fmt::format("{}, {} MiB", logs.front().file, size >> 20)
                         : fmt::format(
                               "{} to {}, {} of them, {} MiB",
                               logs.front().file,
                               logs.back().file,
                               logs.size(),
                               size >> 20
                           )
    );
}

std::string listed(const std::vector<std::string>& names)
{
    constexpr std::size_t shown = 8;
    const auto first = std::span(names).first(std::min(shown, names.size()));
    return fmt::format(
        "{}{}",
        fmt::join(first, ", "),
        names.size() > shown ? fmt::format(" and {} more", names.size() - shown) : ""
    );
}

// Consumers log in with accounts of the source, which sees our address instead of theirs and no
// certificate of theirs.
void check_accounts(const protocol::text_result& users, findings& found)
{
    std::vector<std::string> bound;
    std::vector<std::string> certified;
    for (const protocol::text_row& row : users.rows) {
        const std::string name = fmt::format("{}@{}", text_at(row, 0), text_at(row, 1));
        const std::string host = text_at(row, 1);
        if (text_at(row, 2) == "X509" || text_at(row, 2) == "SPECIFIED")
            certified.push_back(name);
        else if (host != "%" && host != "localhost")
            bound.push_back(name);
    }
    if (!certified.empty())
        found.add(
            level::warning,
            "accounts",
            fmt::format(
                "cannot log in through unghost, which has no certificate of theirs: {}. Give such "
                "a consumer another account, or one of unghost's own (docs/consumers.md: how "
                "REQUIRE X509 can be met)",
                listed(certified)
            )
        );
    if (!bound.empty())
        found.add(
            level::note,
            "accounts",
            fmt::format(
                "the source sees unghost's address, so these log in through unghost only if their "
                "host covers it: {}",
                listed(bound)
            )
        );
    if (certified.empty() && bound.empty())
        found.add(level::good, "accounts", "every account can log in through unghost unchanged");
}

}  // namespace

asio::awaitable<std::vector<finding>> check_source(client_conversation& source)
{
    findings found;
    const protocol::greeting& hello = source.hello();
    found.require("version", hello.server_version, [&] {
        require_known_server(source.name(), hello);
    });
    found.add(
        source.stream().encrypted() ? level::good : level::note,
        "tls",
        source.stream().encrypted() ? "the connection is encrypted"
                                    : "the connection is not encrypted"
    );
    const source_variables all = co_await read_source_variables(source);
    found.require("log", "binary logging is on", [&] { require_servable(source.name(), all); });
    if (variable(all, "log_bin") == "OFF")
        co_return found.take();  // nothing else matters before that
    check_settings(all, found);
    check_rights(co_await read_account(source), found);
    check_semi_sync(
        all,
        co_await source.query("SHOW GLOBAL STATUS LIKE 'Rpl\\_semi\\_sync\\_%\\_clients'"),
        found
    );
    try {
        check_log_names(co_await list_binary_logs(source), found);
    } catch (const source_error& error) {
        if (!source.usable())
            throw;
        found.add(level::problem, "files", error.what());
    }
    try {
        check_accounts(
            co_await source.query(
                "SELECT user, host, ssl_type FROM mysql.user WHERE user <> '' AND user NOT LIKE "
                "'mysql.%'"
            ),
            found
        );
    } catch (const source_error&) {
        if (!source.usable())
            throw;
        found.add(
            level::note,
            "accounts",
            "mysql.user cannot be read, so it is not known which accounts work through unghost"
        );
    }
    co_return found.take();
}

}  // namespace proxy
