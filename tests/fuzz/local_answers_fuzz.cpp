#include "proxy/session/local_answers.hpp"

#include <cstdlib>

// Whatever a client of one of our own accounts sends, line by line in one session: it is answered
// or not known, and what the session keeps of it stays small.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    static const proxy::source_facts facts = [] {
        proxy::source_facts made;
        made.version = "9.7.4";
        made.version_number = 90704;
        made.server_uuid = "f72eb1f4-e8bc-11f1-8145-02fc00000001";
        made.gtid_mode = "ON";
        made.variables = {{"binlog_format", "ROW"}, {"max_connections", "151"}};
        return made;
    }();
    static proxy::publication log;
    static proxy::session_registry sessions;
    proxy::session_state session;
    session.id = proxy::first_session_id;

    std::string_view rest(reinterpret_cast<const char*>(data), size);
    while (!rest.empty()) {
        const std::string_view statement = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(std::min(rest.size(), statement.size() + 1));
        const auto answered = proxy::answer_locally(statement, session, {facts, log, sessions});
        if (!answered)
            continue;
        if (const auto* rows = std::get_if<protocol::text_result>(&*answered))
            for (const auto& row : rows->rows)
                if (row.size() != rows->columns.size())
                    std::abort();
        std::size_t kept = 0;
        for (const auto& [name, value] : session.system_variables)
            kept += name.size() + value.size();
        if (kept > (256U << 10))
            std::abort();
    }
    return 0;
}
