#include "proxy/source/facts_query.hpp"

#include "protocol/ascii.hpp"
#include "protocol/server_errors.hpp"
#include "protocol/server_version.hpp"
#include "proxy/source/source_variables.hpp"
#include "proxy/source/sql_text.hpp"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace proxy {

namespace {

constexpr std::uint32_t first_with_default_row_format = 50709;
constexpr std::uint32_t first_with_roles = 80000;
constexpr std::uint32_t first_with_stats_expiry = 80003;
constexpr std::uint32_t first_with_gipk_switch = 80030;

bool is_plain(char letter)
{
    return protocol::is_letter(letter) || protocol::is_digit(letter) || letter == '_';
}

bool has_verbosity_switch(std::uint32_t version)
{
    return version >= 80011 || (version >= 50722 && version < first_with_roles);
}

// InnoDB's list of tables, and all its lists in 5.7, know tables by their file names: what is not
// plain is @ and four hex digits. Letters beyond ASCII have a table of their own in the server:
// nothing.
std::optional<std::string> file_name_of(std::string_view name)
{
    std::string encoded;
    for (const char letter : name) {
        if (static_cast<unsigned char>(letter) >= 0x80)
            return std::nullopt;
        if (is_plain(letter))
            encoded += letter;
        else
            encoded += fmt::format("@{:04x}", static_cast<unsigned char>(letter));
    }
    return encoded;
}

std::string name_of_file(std::string_view encoded)
{
    std::string name;
    for (std::size_t i = 0; i < encoded.size(); ++i) {
        unsigned code = 0;
        const char* const digits = encoded.data() + i + 1;
        if (encoded[i] == '@' && i + 4 < encoded.size() &&
            std::from_chars(digits, digits + 4, code, 16).ptr == digits + 4 && code < 0x80) {
            name += static_cast<char>(code);
            i += 4;
        } else {
            name += encoded[i];
        }
    }
    return name;
}

// The value of an option in CREATE_OPTIONS; empty without it.
std::string value_of(std::string_view options, std::string_view option)
{
    const std::size_t at = options.find(option);
    if (at == std::string_view::npos)
        return {};
    const std::string_view value = options.substr(at + option.size());
    return std::string(value.substr(0, value.find(' ')));
}

// What InnoDB makes of what is written (in lower case): it takes FIXED for DYNAMIC, and
// KEY_BLOCK_SIZE alone for COMPRESSED.
std::string row_format_of_copy(std::string_view options, std::string_view default_format)
{
    const std::string written = value_of(options, "row_format=");
    if (written == "fixed")
        return "dynamic";
    if (written.empty() && !value_of(options, "key_block_size=").empty())
        return "compressed";
    return written.empty() ? std::string(default_format) : written;
}

std::string first_value(const protocol::text_result& answer)
{
    return answer.rows.empty() ? std::string() : text_at(answer.rows[0], 0);
}

// Nothing where it is no number.
std::optional<std::uint64_t> number_at(const protocol::text_row& row, std::size_t column)
{
    const std::string text = text_at(row, column);
    std::uint64_t number = 0;
    const char* const end = text.data() + text.size();
    if (text.empty() || std::from_chars(text.data(), end, number).ptr != end)
        return std::nullopt;
    return number;
}

// "schema/table" as InnoDB lists it. A schema's name may hold a slash, so the parent's own is tried
// first.
rewrite::table_name split_name(const std::string& text, const std::string& parent_schema)
{
    std::size_t slash = text.find('/');
    if (text.starts_with(parent_schema + "/"))
        slash = parent_schema.size();
    if (slash == std::string::npos)
        return {.schema = {}, .table = text};
    return {.schema = text.substr(0, slash), .table = text.substr(slash + 1)};
}

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

struct facts_query::connection
{
    client_conversation source;
    std::uint32_t version = 0;
    bool folds_case = false;  // lower_case_table_names is not 0

    asio::awaitable<std::string> definition(const rewrite::table_name& table);
    // Its size and row_format, or why the facts do not count.
    asio::awaitable<void> add_table_status(rewrite::facts& known);
    // One a partition; nothing if they are not all shown.
    asio::awaitable<std::optional<std::vector<std::string>>>
    row_formats_of_partitions(const rewrite::table_name& table);
    asio::awaitable<void> add_session(rewrite::facts& known);
    asio::awaitable<std::vector<rewrite::trigger_fact>> triggers(const rewrite::table_name& table);
    // Nothing: cannot be asked for.
    asio::awaitable<std::optional<std::vector<rewrite::table_name>>>
    children(const rewrite::table_name& table);
};

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

asio::awaitable<std::unique_ptr<facts_query::connection>> facts_query::connect()
{
    auto made = std::make_unique<connection>(
        connection{.source = client_conversation(co_await dial_(), name_)}
    );
    client_conversation& source = made->source;
    co_await source.login(login_);
    require_known_server(name_, source.hello());
    made->version = protocol::version_number(source.hello().server_version);
    // So that SHOW CREATE TABLE says what it has and no more, in UTF-8 and in backticks, whatever
    // the source's defaults are.
    co_await source.execute("SET NAMES utf8mb4");
    co_await source.execute("SET sql_mode = '', sql_quote_show_create = 1, lock_wait_timeout = 2");
    if (has_verbosity_switch(made->version))
        co_await source.execute("SET show_create_table_verbosity = OFF");
    // A table's size as it is now, not as it was asked for within the last day.
    if (made->version >= first_with_stats_expiry)
        co_await source.execute("SET information_schema_stats_expiry = 0");
    if (made->version >= first_with_gipk_switch)
        co_await source.execute("SET show_gipk_in_create_table_and_information_schema = ON");
    made->folds_case = first_value(co_await source.query("SELECT @@lower_case_table_names")) != "0";
    co_return made;
}

asio::awaitable<std::unique_ptr<facts_query::connection>> facts_query::kept_or_new()
{
    // Taken out of its place: whoever abandons a question takes the connection with it.
    std::unique_ptr<connection> taken = std::move(kept_);
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
    co_return co_await connect();
}

asio::awaitable<source_look> facts_query::look(std::string listed_from)
{
    std::unique_ptr<connection> to = co_await kept_or_new();
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
    std::unique_ptr<connection> to = co_await kept_or_new();
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

asio::awaitable<std::string> facts_query::connection::definition(const rewrite::table_name& table)
{
    try {
        const protocol::text_result answer =
            co_await source.query("SHOW CREATE TABLE " + quoted(table));
        if (!answer.rows.empty())
            co_return text_at(answer.rows[0], 1);
    } catch (const source_error& error) {
        using enum protocol::server_errno;
        if (error.code != number_of(no_such_table) && error.code != number_of(unknown_database))
            throw;
    }
    co_return std::string();
}

asio::awaitable<void> facts_query::connection::add_table_status(rewrite::facts& known)
{
    if (version < first_with_default_row_format)
        co_return;
    const protocol::text_result answer = co_await source.query(fmt::format(
        "SELECT ENGINE, ROW_FORMAT, CREATE_OPTIONS, @@GLOBAL.innodb_default_row_format, "
        "DATA_LENGTH + INDEX_LENGTH, TABLE_ROWS FROM information_schema.TABLES WHERE TABLE_SCHEMA "
        "= {} AND TABLE_NAME = {}",
        quoted_text(known.table.schema),
        quoted_text(known.table.table)
    ));
    const protocol::text_row row = answer.rows.empty() ? protocol::text_row() : answer.rows[0];
    const std::string engine = text_at(row, 0);
    if (engine.empty()) {
        known.missing = "information_schema.TABLES does not show the original's row format";
        co_return;
    }
    known.bytes = number_at(row, 4);
    known.rows = number_at(row, 5);
    if (!protocol::equal_without_case(engine, "InnoDB"))
        co_return;
    std::optional<std::vector<std::string>> formats{{text_at(row, 1)}};
    const std::string options = protocol::lower(text_at(row, 2));
    if (options.find("partitioned") != std::string::npos)
        formats = co_await row_formats_of_partitions(known.table);
    if (!formats) {
        known.missing = "InnoDB's list of tables does not show the row format of each partition";
        co_return;
    }
    const std::string of_copy = row_format_of_copy(options, text_at(row, 3));
    for (const std::string& format : *formats) {
        if (!protocol::equal_without_case(format, of_copy))
            known.row_format = format;
    }
}

// information_schema.TABLES has one for all; a partition may have another: it was added under
// another default, or exchanged.
asio::awaitable<std::optional<std::vector<std::string>>>
facts_query::connection::row_formats_of_partitions(const rewrite::table_name& table)
{
    const auto schema_file = file_name_of(table.schema);
    const auto name_file = file_name_of(table.table);
    if (!schema_file || !name_file)
        co_return std::nullopt;
    const std::string path = *schema_file + "/" + *name_file;
    const std::string begin = path + "#p#";  // #P# in 5.7
    const protocol::text_result answer = co_await source.query(fmt::format(
        "SELECT NAME, ROW_FORMAT, (SELECT COUNT(*) FROM information_schema.PARTITIONS "
        "WHERE TABLE_SCHEMA = {} AND TABLE_NAME = {}) FROM information_schema.{} "
        "WHERE LOWER(LEFT(NAME, {})) = LOWER({})",
        quoted_text(table.schema),
        quoted_text(table.table),
        version < first_with_roles ? "INNODB_SYS_TABLES" : "INNODB_TABLES",
        begin.size(),
        quoted_text(begin)
    ));
    std::vector<std::string> formats;
    for (const protocol::text_row& row : answer.rows) {
        if (folds_case || text_at(row, 0).starts_with(path))
            formats.push_back(text_at(row, 1));
    }
    if (formats.empty() || std::to_string(formats.size()) != text_at(answer.rows[0], 2))
        co_return std::nullopt;
    co_return formats;
}

// What a tool's session starts with, and whether its zone ever changed its offset: one place each
// 25 days, from 1970 to 2038.
asio::awaitable<void> facts_query::connection::add_session(rewrite::facts& known)
{
    constexpr std::string_view digits =
        "(SELECT 0 AS n UNION SELECT 1 UNION SELECT 2 UNION SELECT 3 UNION SELECT 4 "
        "UNION SELECT 5 UNION SELECT 6 UNION SELECT 7 UNION SELECT 8 UNION SELECT 9)";
    const protocol::text_result answer = co_await source.query(fmt::format(
        "SELECT @@GLOBAL.time_zone, @@GLOBAL.sql_mode, {0}, COALESCE(MIN(shift) <> MAX(shift), 1) "
        "FROM (SELECT TIMESTAMPDIFF(SECOND, utc, CONVERT_TZ(utc, '+00:00', @@GLOBAL.time_zone)) "
        "AS shift FROM (SELECT '1970-01-02' + INTERVAL 25 * (a.n + 10 * b.n + 100 * c.n) DAY AS "
        "utc "
        "FROM {1} AS a, {1} AS b, {1} AS c) AS days WHERE utc < '2038-01-19') AS shifts",
        version < first_with_gipk_switch
            ? "1"
            : "@@GLOBAL.show_gipk_in_create_table_and_information_schema",
        digits
    ));
    const protocol::text_row row = answer.rows.empty() ? protocol::text_row() : answer.rows[0];
    known.time_zone = text_at(row, 0);
    known.sql_mode = text_at(row, 1);
    known.hides_generated_key = text_at(row, 2) == "0";
    known.zone_shifts = text_at(row, 3) != "0";
}

asio::awaitable<std::vector<rewrite::trigger_fact>>
facts_query::connection::triggers(const rewrite::table_name& table)
{
    const protocol::text_result answer = co_await source.query(fmt::format(
        "SELECT TRIGGER_NAME, ACTION_TIMING, EVENT_MANIPULATION, ACTION_STATEMENT "
        "FROM information_schema.TRIGGERS "
        "WHERE EVENT_OBJECT_SCHEMA = {} AND EVENT_OBJECT_TABLE = {}",
        quoted_text(table.schema),
        quoted_text(table.table)
    ));
    std::vector<rewrite::trigger_fact> triggers;
    triggers.reserve(answer.rows.size());
    for (const protocol::text_row& row : answer.rows)
        triggers.push_back(
            {.name = text_at(row, 0),
             .time = text_at(row, 1),
             .event = text_at(row, 2),
             .body = text_at(row, 3)}
        );
    co_return triggers;
}

asio::awaitable<std::optional<std::vector<rewrite::table_name>>>
facts_query::connection::children(const rewrite::table_name& table)
{
    const bool by_file_name = version < first_with_roles;
    std::string schema = table.schema;
    std::string name = table.table;
    if (by_file_name) {
        const auto schema_file = file_name_of(schema);
        const auto name_file = file_name_of(name);
        if (!schema_file || !name_file)
            co_return std::nullopt;
        schema = *schema_file;
        name = *name_file;
    }
    const std::string parent = schema + "/" + name;
    const protocol::text_result answer = co_await source.query(fmt::format(
        "SELECT FOR_NAME, REF_NAME FROM information_schema.{} WHERE LOWER(REF_NAME) = LOWER({})",
        by_file_name ? "INNODB_SYS_FOREIGN" : "INNODB_FOREIGN",
        quoted_text(parent)
    ));
    std::vector<rewrite::table_name> children;
    for (const protocol::text_row& row : answer.rows) {
        if (!folds_case && text_at(row, 1) != parent)
            continue;
        rewrite::table_name child = split_name(text_at(row, 0), schema);
        if (by_file_name)
            child = {.schema = name_of_file(child.schema), .table = name_of_file(child.table)};
        if (folds_case)
            child = {
                .schema = protocol::lower(child.schema), .table = protocol::lower(child.table)
            };
        children.push_back(std::move(child));
    }
    std::ranges::sort(children);
    const auto repeated = std::ranges::unique(children);
    children.erase(repeated.begin(), repeated.end());
    co_return children;
}

}  // namespace proxy
