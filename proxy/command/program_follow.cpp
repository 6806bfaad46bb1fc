#include "proxy/command/program.hpp"
#include "proxy/config_reader.hpp"
#include "proxy/source/dial.hpp"

#include <asio/post.hpp>
#include <asio/steady_timer.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>
#include <fmt/format.h>

// Which of the addresses is followed: an operator's word, and what unghost does by itself.
namespace proxy {

namespace {

constexpr std::chrono::seconds patience_of_operators{30};
constexpr std::chrono::milliseconds followed_within{10'000};
constexpr std::chrono::milliseconds look_interval{1000};
constexpr std::chrono::milliseconds short_pause{50};

asio::awaitable<void> pause(std::chrono::milliseconds time)
{
    asio::steady_timer timer(co_await asio::this_coro::executor, time);
    co_await timer.async_wait(asio::use_awaitable);
}

}  // namespace

std::optional<std::string> program::follow(const follow_request& asked)
{
    // Shared with the source thread, which may be too busy to answer in time.
    const auto done = std::make_shared<std::promise<std::optional<std::string>>>();
    auto answer = done->get_future();
    asio::post(loop_, [this, asked, done] { tasks_.run_once("follow", try_follow(asked, done)); });
    if (answer.wait_for(patience_of_operators) != std::future_status::ready)
        return "no answer in time: `unghost status` shows what is followed";
    try {
        return answer.get();
    } catch (const std::future_error&) {
        return "unghost is ending";
    }
}

asio::awaitable<void> program::try_follow(follow_request asked, follow_promise done)
{
    std::string refused;
    try {
        const address at = parse_address(asked.address, source_port);
        if (role_.lists(at))
            refused = co_await look_and_follow(at, asked.despite_loss, asked.given_by);
        else
            refused =
                fmt::format("{} is not one of source.address ({})", asked.address, source_name_);
    } catch (const std::exception& error) {
        refused = error.what();
    }
    done->set_value(refused.empty() ? std::nullopt : std::optional(std::move(refused)));
}

// Why not; empty: it is followed.
asio::awaitable<std::string> program::look_and_follow(address at, bool despite_loss, std::string by)
{
    next_source seen = co_await look_at(at);
    const resume_place here = pulling_.where();
    const bool same = !here.by_gtid && here.log.uuid == seen.log.uuid;
    if (!here.fresh && here.log.is_known() && !same)
        judge_next_source(to_text(at), pulling_.taken(), despite_loss, seen);
    if (seen.refused != follow_refusal::none)
        co_return seen.text;
    lines_.warn(
        "source: {} is followed by the word of {}{}",
        to_text(at),
        by,
        seen.lost.empty() ? std::string()
                          : fmt::format(
                                ", though it lacks {} transactions that consumers may have: {}",
                                seen.lost.count(),
                                protocol::to_text(seen.lost)
                            )
    );
    const protocol::uuid server = seen.log.uuid;
    follow_now(at, despite_loss);
    if (!co_await is_followed(server))
        co_return fmt::format(
            "{} is to be followed, and is not yet: `unghost status` says why", to_text(at)
        );
    co_return std::string();
}

asio::awaitable<next_source> program::look_at(address at)
{
    source_config there = chosen_.source;
    there.where = at;
    client_conversation source(co_await dial_with(there, tls_)(), to_text(at));
    co_await source.login(login_);
    co_return co_await look_at_next_source(source);
}

void program::follow_now(const address& at, bool despite_loss)
{
    if (const std::string trouble = role_.follow(at); !trouble.empty())
        lines_.warn("source: {}; a restart begins at the address before", trouble);
    source_.follow(to_text(at), despite_loss);
    facts_.forget_connection();
    tasks_.restart("source");
    tasks_.restart("source watch");
}

asio::awaitable<bool> program::is_followed(protocol::uuid server)
{
    const auto until = std::chrono::steady_clock::now() + followed_within;
    while (std::chrono::steady_clock::now() < until) {
        if (pulling_.where().log.uuid == server && source_.numbers().connected())
            co_return true;
        co_await pause(short_pause);
    }
    co_return false;
}

// Each second: does who is followed answer? A server that refuses us is there.
asio::awaitable<void> program::watch_for_failover()
{
    using clock = std::chrono::steady_clock;
    clock::time_point heard = clock::now();
    for (;;) {
        std::string why;
        try {
            (void)co_await look_at(role_.followed());
        } catch (const source_error& error) {
            if (error.kind == trouble::passing)
                why = error.what();
        } catch (const std::system_error& error) {
            if (error.code() == asio::error::operation_aborted)
                throw;
            why = error.what();
        }
        if (why.empty() || source_.numbers().connected())
            heard = clock::now();
        else if (clock::now() - heard >= chosen_.source.failover_after && !pulling_.where().fresh)
            co_await fail_over(why);
        co_await pause(look_interval);
    }
}

// Exactly one other server may take writes, and it has all that consumers may have.
asio::awaitable<void> program::fail_over(std::string why)
{
    const address followed = role_.followed();
    std::vector<std::pair<address, next_source>> writable;
    for (const address& at : role_.listed()) {
        if (at == followed)
            continue;
        try {
            next_source seen = co_await look_at(at);
            if (!seen.read_only)
                writable.emplace_back(at, std::move(seen));
        } catch (const source_error&) {
            continue;  // whoever cannot be asked is not followed
        } catch (const std::system_error& error) {
            if (error.code() == asio::error::operation_aborted)
                throw;
        }
    }
    if (writable.size() != 1) {
        pulling_.on_problem(fmt::format(
            "source {}: out of reach ({}); of the other addresses {} can be written to, and "
            "exactly "
            "one must: unghost follow HOST:PORT says which it is",
            to_text(followed),
            why,
            writable.empty() ? "none" : "several"
        ));
        co_return;
    }
    auto& [at, seen] = writable.front();
    judge_next_source(to_text(at), pulling_.taken(), false, seen);
    if (seen.refused != follow_refusal::none) {
        pulling_.on_follow_refused(seen);
        pulling_.on_problem(seen.text);
        co_return;
    }
    const protocol::uuid server = seen.log.uuid;
    lines_.warn(
        "source: {} was out of reach for {} s ({}); {} is followed (failover = \"auto\")",
        to_text(followed),
        std::chrono::duration<double>(chosen_.source.failover_after).count(),
        why,
        to_text(at)
    );
    follow_now(at, false);
    (void)co_await is_followed(server);
}

}  // namespace proxy
