#pragma once

#include "proxy/metric.hpp"

#include <atomic>

namespace proxy {

// The numbers of a schema_memory, which alone writes them. Any thread may read.
class memory_numbers
{
public:
    void set_tables(std::uint64_t tables) { tables_ = tables; }
    void on_answer() { ++answers_; }
    void on_question() { ++questions_; }
    void on_asked(std::uint64_t tables) { asked_ += tables; }
    void on_dropped() { ++dropped_; }

    std::uint64_t tables() const { return tables_; }
    std::uint64_t answers() const { return answers_; }
    std::uint64_t questions() const { return questions_; }
    std::uint64_t asked() const { return asked_; }
    std::uint64_t dropped() const { return dropped_; }

private:
    std::atomic<std::uint64_t> tables_{0};
    std::atomic<std::uint64_t> answers_{0};    // to verdicts
    std::atomic<std::uint64_t> questions_{0};  // of verdicts, to the source
    std::atomic<std::uint64_t> asked_{0};      // tables, in the background
    std::atomic<std::uint64_t> dropped_{0};    // changes of the log that were taken out
};

inline void list_metrics(const memory_numbers& of, metric_list& into)
{
    into.begin("schema memory");
    into.gauge(
        "remembered_tables",
        static_cast<double>(of.tables()),
        "Tables of the source whose definition is remembered."
    );
    into.counter(
        "remembered_answers_total", of.answers(), "Verdicts made with a remembered definition."
    );
    into.counter(
        "facts_questions_total",
        of.questions(),
        "Questions to the source for the definition of a table that a verdict waited for."
    );
    into.counter("remembered_asked_total", of.asked(), "Definitions asked for in the background.");
    into.counter(
        "remembered_changes_total",
        of.dropped(),
        "Changes of tables in the source's log, each of which took out what it concerned."
    );
}

}  // namespace proxy
