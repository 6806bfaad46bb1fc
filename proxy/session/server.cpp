#include "proxy/session/server.hpp"

#include "protocol/server_errors.hpp"
#include "proxy/config_reader.hpp"
#include "proxy/net/listen.hpp"
#include "proxy/net/no_throw.hpp"
#include "proxy/net/tls.hpp"
#include "proxy/session/write_error.hpp"

#include <asio/post.hpp>
#include <asio/steady_timer.hpp>
#include <fmt/format.h>
#include <future>

namespace proxy {
namespace {

constexpr std::chrono::seconds left_out_interval{10};

// ER_CON_COUNT_ERROR, in place of a greeting.
asio::awaitable<void> refuse(asio::ip::tcp::socket socket)
{
    socket_stream peer(std::move(socket));
    try {
        co_await write_refusal(peer, make_error(protocol::server_errno::too_many_connections));
    } catch (const std::system_error&) {
        co_return;  // it has gone already
    }
}

void tell(session_control& control, session_thread& thread, session_end reason)
{
    if (control.stop == session_end::none)
        control.stop = reason;
    if (control.sleeping)
        thread.wake_all();
    else
        control.cancel.emit(asio::cancellation_type::terminal);
}

}  // namespace

server::server(
    const listen_config& listen,
    const std::filesystem::path& folder,
    served_log what,
    spdlog::logger& log_lines
)
    : listen_(listen)
    , log_lines_(log_lines)
    , strangers_(log_lines)
    , slots_(listen.relay)
    , accounts_(listen.accounts)
    , key_(protocol::rsa_key::make())
    , services_{
          .listen = listen_,
          .log = what.log,
          .facts = what.facts,
          .accounts = accounts_,
          .key = key_,
          .tls = nullptr,
          .sessions = sessions_,
          .pool = pool_,
          .clean_of = std::move(what.clean_of),
          .border_of = std::move(what.border_of),
          .dial = std::move(what.dial),
          .source_name = std::move(what.source_name),
          .source_tls = what.source_tls,
          .source_key = std::move(what.source_key),
          .source_executed = std::move(what.source_executed),
          .log_lines = log_lines,
          .strangers = strangers_,
          .slots = slots_,
          .wrong = wrong_,
      }
{
    if (listen.tls) {
        tls_.emplace([this, folder] { return make_server_tls(*listen_.current(), folder); });
        services_.tls = &*tls_;
    }
    for (unsigned i = 0; i < std::max(1U, listen.threads); ++i) {
        const auto thread = session_thread::make(what.log);
        workers_.push_back({thread, std::make_unique<task_group>(thread->loop(), log_lines)});
    }
    asio::io_context& first = workers_.front().thread->loop();
    tasks_ = std::make_unique<task_group>(first, log_lines);
    try {
        acceptor_ = std::make_unique<asio::ip::tcp::acceptor>(listen_on(first, listen.where));
    } catch (const std::system_error& error) {
        throw std::system_error(
            error.code(),
            fmt::format(
                "cannot listen on {} (give another address with --listen, or end what listens "
                "there)",
                to_text(listen.where)
            )
        );
    }
    port_ = acceptor_->local_endpoint().port();
    start();
    log_lines_.info("listening on {}", to_text(address{listen.where.host, port_}));
}

void server::start()
{
    tasks_->start(
        "accept", [this] { return accept(); }, on_failure::restart_after(std::chrono::seconds(1))
    );
    tasks_->start(
        "log of strangers",
        [this] { return every(left_out_interval, [this] { strangers_.say_left_out(); }); },
        on_failure::restart_after(left_out_interval)
    );
    for (const worker& one : workers_) {
        work_.push_back(asio::make_work_guard(one.thread->loop()));
        running_.emplace_back([thread = one.thread] { thread->loop().run(); });
    }
}

asio::awaitable<void> server::accept()
{
    asio::io_context& first = workers_.front().thread->loop();
    while (acceptor_->is_open()) {
        const worker& next = workers_[next_worker_ % workers_.size()];
        auto [error, socket] = co_await acceptor_->async_accept(next.thread->loop(), no_throw);
        if (!acceptor_->is_open())
            break;
        if (error) {
            // Out of descriptors, most likely: let some sessions end first.
            strangers_.say(
                stranger_log::kind::accept, spdlog::level::warn, "accept: " + error.message()
            );
            asio::steady_timer pause(first, std::chrono::milliseconds(100));
            co_await pause.async_wait(no_throw);
            continue;
        }
        admit(std::move(socket));
    }
}

void server::admit(asio::ip::tcp::socket socket)
{
    const worker& on = workers_[next_worker_++ % workers_.size()];
    asio::io_context& loop = on.thread->loop();
    const auto control = std::make_shared<session_control>();
    std::error_code ignored;
    const auto peer = socket.remote_endpoint(ignored);
    const auto id = sessions_.add(
        to_text(address{peer.address().to_string(), peer.port()}),
        [thread = on.thread, control](session_end reason) {
            asio::post(thread->loop(), [thread = thread.get(), control, reason] {
                tell(*control, *thread, reason);
            });
        },
        listen_.current()->max_connections
    );
    if (!id) {
        asio::post(loop, [&tasks = *on.sessions, socket = std::move(socket)]() mutable {
            tasks.run_once("refusal", refuse(std::move(socket)));
        });
        return;
    }
    auto stream = std::make_unique<socket_stream>(std::move(socket));
    // The cancellation slot belongs to the session's thread, so it is bound there.
    asio::post(loop, [this, &on, stream = std::move(stream), id = *id, control]() mutable {
        on.sessions->run_once(
            "session",
            serve_client(std::move(stream), id, control, on.thread, services_),
            control->cancel.slot()
        );
    });
}

void server::reload_tls()
{
    if (tls_)
        tls_->reload();
}

void server::set_listen(const listen_config& fresh)
{
    accounts_.replace(fresh.accounts);
    slots_.set_limits(fresh.relay);
    listen_.replace(fresh);
}

std::chrono::steady_clock::duration server::silent() const
{
    const auto now = std::chrono::steady_clock::now();
    std::chrono::steady_clock::duration longest{0};
    for (const worker& one : workers_)
        longest = std::max(longest, one.thread->pulse().silent(now));
    return longest;
}

void server::stop()
{
    if (std::exchange(stopped_, true))
        return;
    std::promise<void> closed;
    asio::post(workers_.front().thread->loop(), [&] {
        std::error_code ignored;
        tasks_->cancel();
        acceptor_->close(ignored);
        closed.set_value();
    });
    closed.get_future().wait();
    // Told again and again: a session may be in its last words to a peer that does not read.
    while (sessions_.size() > 0) {
        sessions_.stop_all(session_end::shutdown);
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    work_.clear();
    for (std::thread& thread : running_)
        thread.join();
    pool_.join();
}

server::~server()
{
    stop();
}

}  // namespace proxy
