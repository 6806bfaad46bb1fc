#pragma once

#include "proxy/source/client_conversation.hpp"
#include "rewrite/verdict/facts.hpp"

#include <memory>
#include <optional>
#include <vector>

namespace proxy {

// A connection to the source on which it is asked what its tables look like. Its session is set so
// that the answers do not depend on the source's defaults.
struct facts_connection
{
    client_conversation source;
    std::uint32_t version = 0;
    bool folds_case = false;  // lower_case_table_names is not 0

    // Throws source_error and std::system_error, as all of it.
    static asio::awaitable<std::unique_ptr<facts_connection>>
    open(const dial_source& dial, std::string name, client_login login);

    asio::awaitable<std::string> definition(const rewrite::table_name& table);
    // Its size and row_format, or why the facts do not count.
    asio::awaitable<void> add_table_status(rewrite::facts& known);
    // As information_schema.TABLES and @@GLOBAL.innodb_default_row_format have it.
    struct shown_format
    {
        std::string engine;
        std::string row_format;
        std::string options;
        std::string default_format;
    };
    asio::awaitable<void> add_row_format(rewrite::facts& known, shown_format shown);
    // One a partition; nothing if they are not all shown.
    asio::awaitable<std::optional<std::vector<std::string>>>
    row_formats_of_partitions(const rewrite::table_name& table);
    asio::awaitable<void> add_session(rewrite::facts& known);
    asio::awaitable<std::vector<rewrite::trigger_fact>> triggers(const rewrite::table_name& table);
    // Nothing: cannot be asked for.
    asio::awaitable<std::optional<std::vector<rewrite::table_name>>>
    children(const rewrite::table_name& table);
    // All foreign keys to tables of this schema, each with the table that has it. Names are as the
    // source keeps them. Nothing: cannot be asked for.
    struct foreign_key
    {
        rewrite::table_name parent;
        rewrite::table_name child;
    };
    asio::awaitable<std::optional<std::vector<foreign_key>>> foreign_keys_to(std::string schema);
};

// Of the version numbers from which on a server knows something.
constexpr std::uint32_t first_with_default_row_format = 50709;
constexpr std::uint32_t first_with_roles = 80000;
constexpr std::uint32_t first_with_gipk_switch = 80030;

// Empty without rows.
inline std::string first_value(const protocol::text_result& answer)
{
    return answer.rows.empty() ? std::string() : text_at(answer.rows[0], 0);
}

}  // namespace proxy
