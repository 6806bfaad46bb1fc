#include "proxy/admin/status_json.hpp"
#include "rewrite/operator_sql.hpp"

#include <cstdlib>
#include <nlohmann/json.hpp>

// Whatever is sent as an operator's word: it is one, with the statement that its kind needs, or
// refused; and a statement that is served is read, and names nothing hidden.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string body(data, data + size);
    const auto asked = proxy::resume_request_of(nlohmann::json::parse(body, nullptr, false));
    if (asked &&
        (asked->id.empty() || asked->sql.empty() == (asked->word == rewrite::operator_word::sql)))
        std::abort();

    rewrite::question stop{.kind = rewrite::question_kind::stop};
    stop.original = {"d", "t"};
    stop.ghost = {"d", "_t_gho"};
    rewrite::hidden_objects hidden;
    hidden.hide({"d", "_t_gho"}, {});
    for (const std::string& sql : {body, asked ? asked->sql : std::string()}) {
        const auto names = rewrite::name_case::sensitive;
        if (!objection_to(sql, stop, hidden, {}, names).empty())
            continue;
        for (const auto& table : rewrite::read_statement(sql, "", {}, names).tables)
            if (hidden.find(table.name) != nullptr)
                std::abort();
    }
    return 0;
}
