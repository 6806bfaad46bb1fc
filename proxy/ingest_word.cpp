#include "proxy/ingest.hpp"

#include <asio/post.hpp>
#include <fmt/format.h>

// What an operator asks and says at a stop, from other threads.
namespace proxy {

std::optional<std::string> ingest::resume(const resume_request& word)
{
    // Shared with the source thread, which may be too busy to answer in time.
    const auto done = std::make_shared<std::promise<std::optional<std::string>>>();
    auto answer = done->get_future();
    asio::post(with_.loop, [self = self_, word, done] {
        done->set_value(*self ? (*self)->follow(word) : "unghost is ending");
    });
    if (answer.wait_for(std::chrono::seconds(10)) != std::future_status::ready)
        return "unghost is busy or ending; try again";
    return answer.get();
}

std::optional<std::string> ingest::refusal_of(const resume_request& word, std::string& id) const
{
    if (!is_stopped())
        return "publishing is not stopped";
    const rewrite::coordinate& at = gate_->asked()->at;
    id = to_text(at);
    // A person may leave the epoch out.
    const rewrite::coordinate plain{.file = at.file, .position = at.position};
    if (word.id != id && word.id != to_text(plain))
        return fmt::format("publishing is stopped at {}, not at {}", id, word.id);
    if (word.word == rewrite::operator_word::sql)
        if (std::string objection = gate_->objection_to(word.sql); !objection.empty())
            return "--sql: " + objection;
    return std::nullopt;
}

std::optional<std::string> ingest::follow(const resume_request& word)
{
    std::string id;
    if (auto refused = refusal_of(word, id))
        return refused;
    const std::uint64_t migration = gate_->asked()->migration;
    const rewrite::coordinate at = gate_->asked()->at;
    switch (gate_->on_word(id, word.word, word.sql)) {
        case rewrite::word_result::not_stopped:
        case rewrite::word_result::other_stop: return "publishing is not stopped any more";
        case rewrite::word_result::refused:
            return fmt::format(
                "the word cannot be recorded ({}): free some room on the disk, then say it again",
                log_.problem().text
            );
        case rewrite::word_result::taken: break;
    }
    spooled_.on_stop_ended();
    log_.on_resumed({
        .at = at,
        .migration = migration,
        .word = word.word,
        .sql = word.sql,
        .given_by = word.given_by,
    });
    try {
        go_on_between_events();
    } catch (...) {
        with_.tasks.end_program(std::current_exception());
    }
    resumed_.cancel();
    return std::nullopt;
}

std::optional<stop_look> ingest::look_at_stop(const resume_request& word)
{
    const auto done = std::make_shared<std::promise<std::optional<stop_look>>>();
    auto answer = done->get_future();
    asio::post(with_.loop, [self = self_, word, done] {
        if (*self && (*self)->is_stopped())
            (*self)->start("look at a stop", tell_of_stop(self, word, done));
        else
            done->set_value(std::nullopt);
    });
    if (answer.wait_for(std::chrono::seconds(30)) != std::future_status::ready)
        return std::nullopt;
    try {
        return answer.get();
    } catch (const std::future_error&) {  // the program ends
        return std::nullopt;
    }
}

stop_look ingest::look_at_stop_now(const resume_request& word) const
{
    const rewrite::question& asked = *gate_->asked();
    stop_look seen{.stop = {.id = to_text(asked.at), .asked = asked}};
    for (const rewrite::migration_summary& one : rewriter_->migrations())
        if (one.id == asked.migration) {
            seen.alter = one.alter_text;
            seen.disturbed_by = one.disturbed_by;
        }
    seen.definition_then = rewriter_->definition_at_verdict(asked.migration);
    std::string id;
    if (!word.id.empty())
        seen.objection = refusal_of(word, id).value_or(std::string());
    return seen;
}

asio::awaitable<void>
ingest::tell_of_stop(std::shared_ptr<ingest*> self, resume_request word, look_promise done)
{
    stop_look seen = (*self)->look_at_stop_now(word);
    const rewrite::table_name table = seen.stop.asked.original;
    try {
        if (!table.empty()) {
            const ingest& of = **self;
            const rewrite::facts now = co_await of.with_.facts(table, of.log_.identity().log);
            seen.definition_now = now.create_table;
            seen.definition_trouble = now.missing;
        }
    } catch (const std::exception& error) {
        seen.definition_trouble = error.what();
    }
    done->set_value(std::move(seen));
}

}  // namespace proxy
