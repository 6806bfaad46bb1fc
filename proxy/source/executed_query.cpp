#include "proxy/source/executed_query.hpp"

namespace proxy {

asio::awaitable<std::optional<protocol::gtid_set>>
ask_executed(const dial_source& dial, const client_login& login, const std::string& name)
{
    try {
        client_conversation source(co_await dial(), name);
        co_await source.login(login);
        const auto answer = co_await source.query("SELECT @@GLOBAL.gtid_executed");
        if (answer.rows.size() != 1 || answer.rows[0].size() != 1)
            co_return std::nullopt;
        const std::optional<std::string>& text = answer.rows[0][0];
        auto set = protocol::parse_gtid_set(text.value_or(""));
        if (!text || !set)
            co_return std::nullopt;
        co_return std::move(*set);
    } catch (const std::exception&) {
        co_return std::nullopt;  // the source is down: nobody can be told that he is ahead of it
    }
}

}  // namespace proxy
