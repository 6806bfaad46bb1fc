#include "rewrite/rewriter_state.hpp"

// What statements and events share: stops and their answers.
namespace rewrite {

question rewriter::state::stop(
    const coordinate& at, stop_reason reason, std::uint64_t id, std::string text
) const
{
    question asked{
        .kind = question_kind::stop,
        .at = at,
        .migration = id,
        .reason = reason,
        .text = std::move(text)
    };
    if (const migration* m = book.by_id(id)) {
        asked.original = m->original;
        asked.ghost = m->ghost;
        asked.which = m->which;
    }
    return asked;
}

std::optional<decision> rewriter::state::take(question_kind kind, const coordinate& at)
{
    static constexpr auto answers = [](question_kind asked, decision_kind made) {
        switch (asked) {
            case question_kind::verdict: return made == decision_kind::verdict;
            case question_kind::second_half: return made == decision_kind::second_half;
            case question_kind::stop: return made == decision_kind::go_on;
        }
        return false;
    };
    if (!answer || answer->at != at || !answers(kind, answer->kind))
        return std::nullopt;
    return std::exchange(answer, std::nullopt);
}

}  // namespace rewrite
