#include "proxy/ingest.hpp"

#include <asio/use_awaitable.hpp>
#include <ctime>
#include <fmt/format.h>

// The facts that a verdict wants: remembered ones, or the source is asked.
namespace proxy {

namespace {

constexpr int memory_looks = 50;
constexpr std::chrono::milliseconds memory_pause{10};
constexpr std::time_t late_after = 10;  // seconds; the tool may be done, and the table another

rewrite::facts not_remembered(const rewrite::table_name& table)
{
    return {.table = table, .missing = "it is not remembered"};
}

}  // namespace

void ingest::begin_to_remember(const source_facts& facts)
{
    if (with_.tables == nullptr)
        return;
    const bool first = !memory_;
    if (first) {
        memory_ = std::make_unique<schema_memory>(
            with_.log.folder() / "ledger", memory_numbers_, with_.lines
        );
        log_.tell(*memory_);
    }
    const rewrite::coordinate& done = log_.progress().done();
    memory_->begin(
        log_.identity().log,
        done.file.empty() ? pull_from_ : done,
        rewriter_->schema_changes(),
        static_cast<rewrite::name_case>(facts.lower_case_table_names)
    );
    if (!first)
        return;
    filling_ = std::make_unique<schema_filling>(schema_filling::parts{
        .memory = *memory_, .source = *with_.tables, .published_now = published_where_listed()
    });
    with_.tasks.start(
        "remembered tables",
        [this] { return filling_->run(); },
        on_failure::restart_after(std::chrono::seconds(5))
    );
}

// Lists of names are wanted for the DROPs of helpers alone.
std::function<schema_filling::parts::published()> ingest::published_where_listed()
{
    if (!with_.fold.rules.hide_helper_drops || !with_.fold.remember)
        return {};
    memory_->keep_lists();
    return [this] {
        return schema_filling::parts::published{
            .at = log_.progress().published(), .executed = with_.log.published().executed()
        };
    };
}

std::optional<rewrite::facts> ingest::facts_of(
    std::uint64_t number, const rewrite::question& asked, const rewrite::table_name& table
)
{
    auto known = remembered(table, asked.at);
    if (!known && asked.looks_ahead && (!memory_ || !memory_->may_know(table, asked.at)))
        return not_remembered(table);
    if (with_.fold.rules.count != rewrite::count_rows::never)
        counting_.prepare(table, log_.identity().log.epoch);
    if (!known)
        start("table definition", fetch_facts(self_, table, number, asked));
    return known;
}

// A table's size is not remembered: where it counts, the source is asked.
std::optional<rewrite::facts>
ingest::remembered(const rewrite::table_name& table, const rewrite::coordinate& at)
{
    if (!memory_ || !with_.fold.remember ||
        with_.fold.rules.block_of(table).largest.value_or(0) != 0)
        return std::nullopt;
    auto known = memory_->find(table, at);
    if (!known)
        return known;
    memory_numbers_.on_answer();
    const std::time_t logged = gate_->waiting_since();
    if (logged != 0 && std::time(nullptr) - logged > late_after)
        known->may_be_gone = "they cannot be counted so long after the migration began";
    return known;
}

// What sessions begin with comes with the first connection of the memory, which may be under way.
asio::awaitable<rewrite::facts> ingest::recall_or_ask(
    std::shared_ptr<ingest*> self, rewrite::table_name table, rewrite::question asked
)
{
    asio::steady_timer pause(co_await asio::this_coro::executor);
    for (int looks = 0; looks < memory_looks && *self != nullptr; ++looks) {
        ingest& of = **self;
        if (!of.memory_ || !of.memory_->may_know(table, asked.at))
            break;
        if (auto known = of.remembered(table, asked.at))
            co_return *std::move(known);
        pause.expires_after(memory_pause);
        co_await pause.async_wait(asio::use_awaitable);
    }
    if (*self == nullptr)
        co_return rewrite::facts{.table = table};
    if (asked.looks_ahead)
        co_return not_remembered(table);
    ingest& of = **self;
    of.memory_numbers_.on_question();
    co_return co_await of.with_.facts(table, of.log_.identity().log);
}

asio::awaitable<void> ingest::fetch_facts(
    std::shared_ptr<ingest*> self,
    rewrite::table_name table,
    std::uint64_t number,
    rewrite::question asked
)
{
    rewrite::facts answer{.table = table};
    const std::uint32_t epoch = (*self)->log_.identity().log.epoch;
    try {
        answer = co_await recall_or_ask(self, table, asked);
    } catch (const std::exception& error) {
        answer.missing =
            fmt::format("the source did not tell the table's definition: {}", error.what());
    }
    const auto cancellation = co_await asio::this_coro::cancellation_state;
    if (*self == nullptr || cancellation.cancelled() != asio::cancellation_type::none)
        co_return;  // the program ends: that is no answer
    ingest& of = **self;
    if (of.log_.identity().log.epoch != epoch || !of.gate_)
        co_return;  // another server is followed now, and was asked again
    of.gate_->on_facts(number, std::move(answer));
    of.go_on_between_events();
}

}  // namespace proxy
