#include "proxy/source/facts_connection.hpp"

#include "protocol/ascii.hpp"
#include "protocol/server_errors.hpp"
#include "protocol/server_version.hpp"
#include "proxy/source/source_variables.hpp"
#include "proxy/source/sql_text.hpp"

#include <algorithm>
#include <charconv>
#include <fmt/format.h>

namespace proxy {

namespace {

constexpr std::uint32_t first_with_stats_expiry = 80003;

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

}  // namespace

asio::awaitable<std::unique_ptr<facts_connection>>
facts_connection::open(const dial_source& dial, std::string name, client_login login)
{
    auto made = std::make_unique<facts_connection>(
        facts_connection{.source = client_conversation(co_await dial(), name)}
    );
    client_conversation& source = made->source;
    co_await source.login(login);
    require_known_server(name, source.hello());
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

asio::awaitable<std::string> facts_connection::definition(const rewrite::table_name& table)
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

asio::awaitable<void> facts_connection::add_table_status(rewrite::facts& known)
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
    co_await add_row_format(known, {engine, text_at(row, 1), text_at(row, 2), text_at(row, 3)});
}

asio::awaitable<void> facts_connection::add_row_format(rewrite::facts& known, shown_format shown)
{
    if (!protocol::equal_without_case(shown.engine, "InnoDB"))
        co_return;
    std::optional<std::vector<std::string>> formats{{shown.row_format}};
    const std::string options = protocol::lower(shown.options);
    if (options.find("partitioned") != std::string::npos)
        formats = co_await row_formats_of_partitions(known.table);
    if (!formats) {
        known.missing = "InnoDB's list of tables does not show the row format of each partition";
        co_return;
    }
    const std::string of_copy = row_format_of_copy(options, shown.default_format);
    for (const std::string& format : *formats) {
        if (!protocol::equal_without_case(format, of_copy))
            known.row_format = format;
    }
}

// information_schema.TABLES has one for all; a partition may have another: it was added under
// another default, or exchanged.
asio::awaitable<std::optional<std::vector<std::string>>>
facts_connection::row_formats_of_partitions(const rewrite::table_name& table)
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
asio::awaitable<void> facts_connection::add_session(rewrite::facts& known)
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
facts_connection::triggers(const rewrite::table_name& table)
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
facts_connection::children(const rewrite::table_name& table)
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

asio::awaitable<std::optional<std::vector<facts_connection::foreign_key>>>
facts_connection::foreign_keys_to(std::string schema)
{
    const bool by_file_name = version < first_with_roles;
    std::string begin = schema;
    if (by_file_name) {
        const auto schema_file = file_name_of(schema);
        if (!schema_file)
            co_return std::nullopt;
        begin = *schema_file;
    }
    const std::string path = begin + "/";
    const protocol::text_result answer = co_await source.query(fmt::format(
        "SELECT FOR_NAME, REF_NAME FROM information_schema.{0} "
        "WHERE LOWER(LEFT(REF_NAME, CHAR_LENGTH({1}))) = LOWER({1})",
        by_file_name ? "INNODB_SYS_FOREIGN" : "INNODB_FOREIGN",
        quoted_text(path)
    ));
    const auto name_of = [&](const std::string& text) {
        rewrite::table_name name = split_name(text, begin);
        if (by_file_name)
            name = {.schema = name_of_file(name.schema), .table = name_of_file(name.table)};
        if (folds_case)
            name = {.schema = protocol::lower(name.schema), .table = protocol::lower(name.table)};
        return name;
    };
    std::vector<foreign_key> keys;
    for (const protocol::text_row& row : answer.rows)
        keys.push_back({.parent = name_of(text_at(row, 1)), .child = name_of(text_at(row, 0))});
    co_return keys;
}

}  // namespace proxy
