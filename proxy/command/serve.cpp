#include "proxy/command/serve.hpp"

#include "proxy/admin/http.hpp"
#include "proxy/command/serve_status.hpp"
#include "proxy/ingest.hpp"
#include "proxy/net/no_throw.hpp"
#include "proxy/net/tls.hpp"
#include "proxy/session/log_listing.hpp"
#include "proxy/session/server.hpp"
#include "proxy/source/dial.hpp"
#include "proxy/source/facts_file.hpp"
#include "proxy/source/facts_query.hpp"
#include "proxy/source/source_client.hpp"

#include <asio/bind_cancellation_slot.hpp>
#include <asio/co_spawn.hpp>
#include <asio/signal_set.hpp>
#include <csignal>
#include <fmt/format.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <thread>

namespace proxy {
namespace {

constexpr std::chrono::seconds housekeeping_interval{10};
// What the source says to a client is passed on in pieces of this size.
constexpr std::size_t relay_read_bytes = 64U << 10;

// What the source has executed, on a connection of its own: asked when a replica claims to have
// more than we do. Runs on the threads of sessions.
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

// What keep_house looks after; all of it outlives that.
struct household
{
    store& log;
    server& consumers;
    const facts_board& board;
    std::filesystem::path folder;
    program_metrics& metrics;
    spdlog::logger& lines;
};

// Retention, the numbers that nobody pushes, and what is known of the source on disk.
asio::awaitable<void> keep_house(household of)
{
    asio::steady_timer timer(co_await asio::this_coro::executor);
    std::shared_ptr<const source_facts> saved = of.board.current();
    for (;;) {
        if (const auto facts = of.board.current(); facts != saved) {
            saved = facts;
            if (const auto problem = save_facts(of.folder, *facts))
                of.lines.warn("what is known of the source is not kept: {}", *problem);
        }
        const auto sessions = of.consumers.sessions().list();
        of.metrics.consumers = static_cast<std::uint64_t>(
            std::ranges::count_if(sessions, [](const session_info& one) { return one.dumping; })
        );
        std::vector<log_place> readers;
        for (const session_info& one : sessions)
            if (one.dumping)
                readers.push_back(
                    {.session = one.id,
                     .name = fmt::format("{} at {}", one.user, one.peer),
                     .offset = one.place}
                );
        for (const log_place& reader : of.log.remove_old_files(readers).overtaken)
            of.consumers.sessions().kill(reader.session, false);
        timer.expires_after(housekeeping_interval);
        co_await timer.async_wait(asio::use_awaitable);
    }
}

struct reloadable
{
    tls_settings& source;
    tls_settings& source_for_clients;
    server& consumers;
    spdlog::logger& lines;
};

// SIGHUP: certificates and keys may have been renewed.
asio::awaitable<void> reload_at(asio::signal_set& hangups, reloadable what)
{
    for (;;) {
        co_await hangups.async_wait(asio::use_awaitable);
        const auto reload = [&](auto read_again, const char* leg) {
            try {
                read_again();
                what.lines.info("TLS {}: certificates and keys are read again", leg);
            } catch (const std::runtime_error& problem) {
                what.lines.error(
                    "TLS {}: {}; what was read before is still in use", leg, problem.what()
                );
            }
        };
        reload([&] { what.source.reload(); }, "to the source");
        reload([&] { what.source_for_clients.reload(); }, "to the source for clients");
        reload([&] { what.consumers.reload_tls(); }, "towards clients");
    }
}

// Until all that the source had logged by then is published here, or a while has passed.
asio::awaitable<bool> is_published(const store& log, rewrite::coordinate fence)
{
    asio::steady_timer pause(co_await asio::this_coro::executor);
    for (int looks = 0; looks < 40; ++looks) {
        if (log.border_of(fence.file, fence.position))
            co_return true;
        pause.expires_after(std::chrono::milliseconds(50));
        co_await pause.async_wait(asio::use_awaitable);
    }
    co_return false;
}

// What the source has past its own log can grow at any time, without an event. Asked on the
// connection that facts about tables are asked on, so that one is open when a migration begins.
asio::awaitable<void> watch_purged(facts_query& facts, facts_board& board, const store& log)
{
    asio::steady_timer timer(co_await asio::this_coro::executor);
    std::optional<facts_query::purged_gtids> found;
    for (;;) {
        try {
            const std::string uuid = board.current()->server_uuid;
            if (!found)
                found = co_await facts.gtid_purged(uuid);
            // Transactions may lie there that it has logged, purged, and we have not published:
            // they are no such thing.
            if (found && co_await is_published(log, found->fence)) {
                const auto known = board.current();
                if (known->server_uuid == found->server_uuid &&
                    known->gtid_purged != found->gtids) {
                    auto changed = std::make_shared<source_facts>(*known);
                    changed->gtid_purged = std::move(found->gtids);
                    board.set(std::move(changed));
                }
                found.reset();
            }
        } catch (const source_error&) {
            found.reset();  // the source client says what is wrong
        } catch (const std::system_error& error) {
            if (error.code() == asio::error::operation_aborted)
                throw;
            found.reset();
        }
        timer.expires_after(housekeeping_interval);
        co_await timer.async_wait(asio::use_awaitable);
    }
}

asio::awaitable<void> when_cancelled(std::function<void()> then)
{
    asio::steady_timer never(
        co_await asio::this_coro::executor, std::chrono::steady_clock::time_point::max()
    );
    co_await never.async_wait(no_throw);
    then();
}

struct running
{
    std::exception_ptr failure;
    asio::cancellation_signal stop_source;
    asio::cancellation_signal stop_house;
    asio::cancellation_signal stop_watch;
    asio::cancellation_signal stop_reload;
};

std::string text_of(const address& where)
{
    return fmt::format("{}:{}", where.host, where.port);
}

}  // namespace

int run_serve(const config& chosen)
{
    std::signal(SIGXFSZ, SIG_IGN);  // a limit on file sizes is met like a full disk
    auto sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
    spdlog::logger lines("unghost", sink);
    lines.set_pattern("%Y-%m-%dT%H:%M:%S.%e %l %v");
    lines.set_level(spdlog::level::from_str(chosen.log_level));
    lines.flush_on(spdlog::level::info);

    std::error_code no_folder;
    std::filesystem::create_directories(chosen.store.folder, no_folder);
    if (no_folder)
        throw std::runtime_error(fmt::format(
            "the data folder {} cannot be made: {}. Give another with --data, or make it and let "
            "this user write there",
            chosen.store.folder.string(),
            no_folder.message()
        ));
    const client_login login{
        .user = chosen.source.user,
        .password = read_password(chosen.source.password_file),
        .tls = chosen.source.tls,
    };
    tls_settings tls([&source = chosen.source] { return make_client_tls(source, true); });
    // For a client that has shown no certificate we show none either: the source may ask for one
    // (REQUIRE X509).
    tls_settings tls_for_client([&chosen] {
        return make_client_tls(chosen.source, !chosen.listen.tls_client_ca.empty());
    });
    const dial_source dial = dial_with(chosen.source, tls);
    const dial_source dial_for_client = dial_with(chosen.source, tls_for_client, relay_read_bytes);
    const std::string name = source_name(chosen.source);

    program_metrics metrics;
    facts_board board;
    // Until the source is reached, clients are greeted with what it was when last seen.
    if (auto known = load_facts(chosen.store.folder))
        board.set(std::make_shared<source_facts>(std::move(*known)));
    store log(
        {.folder = chosen.store.folder,
         .retention_age = chosen.store.retention_age,
         .retention_bytes = chosen.store.retention_bytes,
         .sync_interval = chosen.store.sync_interval},
        lines
    );
    asio::io_context loop{1};
    asio::signal_set hangups(loop, SIGHUP);  // from here on it does not end us
    facts_query facts(name, login, dial);
    task_group tasks(loop, lines);
    ingest pulling(
        {.loop = loop,
         .fold = chosen.fold,
         .log = log,
         .facts = [&facts](
                      rewrite::table_name table, std::string uuid, std::uint32_t epoch
                  ) { return facts.ask(std::move(table), std::move(uuid), epoch); },
         .board = board,
         .metrics = metrics,
         .lines = lines,
         .tasks = tasks}
    );
    for (auto opened = pulling.open(); !opened; opened = pulling.open()) {
        lines.error("store: {}; trying again", opened.error().text);
        std::this_thread::sleep_for(std::chrono::seconds(2));
    }

    server consumers(
        chosen.listen,
        chosen.store.folder,
        {.log = log.published(),
         .facts = board,
         .clean_of =
             [&log](const std::string& file, std::uint64_t at) { return log.clean_of(file, at); },
         .border_of =
             [&log](const std::string& file, std::uint64_t at) { return log.border_of(file, at); },
         .dial = dial_for_client,
         .source_name = name,
         .source_executed = [&] { return ask_executed(dial, login, name); }},
        lines
    );
    const address listening{chosen.listen.where.host, consumers.port()};

    const auto describe = [&] {
        program_status status;
        pulling.describe(status);
        status.source_address = name;
        status.listen_address = text_of(listening);
        status.data_folder = chosen.store.folder.string();
        const std::shared_ptr<const source_facts> source_is = board.current();
        status.gtid_executed = to_text(executed_set(log.published(), source_is->gtid_purged));
        status.gtid_purged = to_text(purged_set(log.published(), source_is->gtid_purged));
        const auto files = log.published().files();
        if (!files->files.empty()) {
            status.oldest_file = files->files.front().name;
            const std::uint64_t end = log.published().end();
            if (const clean_file* last = files->at(end))
                status.published = {.file = last->name, .position = end - last->base};
        }
        status.consumers = describe_sessions(consumers.sessions(), log.published());
        return status;
    };
    admin_server admin(
        chosen.admin,
        chosen.store.folder,
        metrics,
        describe,
        [&](const position_question& asked) { return translate_position(log, asked); },
        [&](const resume_request& word) { return pulling.resume(word); }
    );
    lines.info("admin at http://{}/status.json", text_of(admin.where()));

    source_options options{
        .name = name,
        .login = login,
        .start = chosen.source.start,
        .heartbeat = chosen.source.heartbeat,
        .self = load_replica_identity(chosen.store.folder, chosen.source.server_id),
    };
    source_client source(options, dial, pulling, lines);

    running now;
    asio::signal_set signals(loop, SIGTERM, SIGINT);
    const auto end = [&] {
        signals.cancel();
        tasks.cancel();
        now.stop_reload.emit(asio::cancellation_type::all);
        now.stop_source.emit(asio::cancellation_type::all);
        now.stop_house.emit(asio::cancellation_type::all);
        now.stop_watch.emit(asio::cancellation_type::all);
    };
    tasks.run_once("ending", when_cancelled(end));  // a job that fails ends the rest
    signals.async_wait([&](const std::error_code& error, int signal) {
        if (error)
            return;
        lines.info("signal {}: ending", signal);
        end();
    });
    asio::co_spawn(
        loop,
        reload_at(hangups, {tls, tls_for_client, consumers, lines}),
        asio::bind_cancellation_slot(now.stop_reload.slot(), [](const std::exception_ptr&) {})
    );
    const auto ended = [&](const std::exception_ptr& failure) {
        if (failure && !now.failure && !is_cancellation(failure))
            now.failure = failure;
        end();
    };
    asio::co_spawn(loop, source.run(), asio::bind_cancellation_slot(now.stop_source.slot(), ended));
    asio::co_spawn(
        loop,
        keep_house({log, consumers, board, chosen.store.folder, metrics, lines}),
        asio::bind_cancellation_slot(now.stop_house.slot(), [](const std::exception_ptr&) {})
    );
    asio::co_spawn(
        loop,
        watch_purged(facts, board, log),
        asio::bind_cancellation_slot(
            now.stop_watch.slot(),
            [&](const std::exception_ptr& failure) {
                if (failure && !is_cancellation(failure))
                    ended(failure);  // going on without it could let a consumer in that lacks rows
            }
        )
    );
    try {
        loop.run();
    } catch (...) {
        if (!now.failure)
            now.failure = std::current_exception();
    }
    if (!now.failure)
        now.failure = tasks.failure();
    consumers.stop();
    pulling.close();
    if (now.failure) {
        try {
            std::rethrow_exception(now.failure);
        } catch (const std::exception& error) {
            lines.error("ending: {}", error.what());
            return 1;
        }
    }
    return 0;
}

}  // namespace proxy
