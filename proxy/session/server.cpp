#include "proxy/session/server.hpp"

#include "protocol/server_errors.hpp"
#include "proxy/net/no_throw.hpp"
#include "proxy/net/tls.hpp"

#include <asio/bind_cancellation_slot.hpp>
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/post.hpp>
#include <asio/steady_timer.hpp>
#include <fmt/format.h>
#include <future>

namespace proxy {
namespace {

// ER_CON_COUNT_ERROR, in place of a greeting.
asio::awaitable<void> refuse(asio::ip::tcp::socket socket)
{
    socket_stream peer(std::move(socket));
    protocol::byte_buffer packet;
    protocol::append_error(packet, make_error(protocol::server_errno::too_many_connections));
    try {
        co_await peer.write(packet);
    } catch (const std::system_error&) {
        co_return;  // it has gone already
    }
}

void tell(session_control& control, session_thread& thread, stop_reason reason)
{
    if (control.stop == stop_reason::none)
        control.stop = reason;
    if (control.sleeping)
        thread.wake_all();
    else
        control.cancel.emit(asio::cancellation_type::terminal);
}

asio::ip::tcp::endpoint endpoint_of(asio::io_context& loop, const address& where)
{
    asio::ip::tcp::resolver resolver(loop);
    std::error_code error;
    const auto found = resolver.resolve(
        where.host, std::to_string(where.port), asio::ip::tcp::resolver::passive, error
    );
    if (error || found.empty())
        throw std::system_error(error, fmt::format("listen: address '{}'", where.host));
    return found.begin()->endpoint();
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
          .source_executed = std::move(what.source_executed),
          .log_lines = log_lines
      }
{
    if (listen.tls) {
        tls_.emplace([&listen = listen_, folder] { return make_server_tls(listen, folder); });
        services_.tls = &*tls_;
    }
    for (unsigned i = 0; i < std::max(1U, listen.threads); ++i)
        threads_.push_back(session_thread::make(what.log));
    asio::io_context& first = threads_.front()->loop();
    const asio::ip::tcp::endpoint endpoint = endpoint_of(first, listen.where);
    try {
        acceptor_ = std::make_unique<asio::ip::tcp::acceptor>(first, endpoint, true);
    } catch (const std::system_error& error) {
        throw std::system_error(
            error.code(),
            fmt::format(
                "cannot listen on {}:{} (give another address with --listen, or end what listens "
                "there)",
                listen.where.host,
                listen.where.port
            )
        );
    }
    port_ = acceptor_->local_endpoint().port();
    asio::co_spawn(first, accept(), asio::detached);
    for (const auto& thread : threads_) {
        work_.push_back(asio::make_work_guard(thread->loop()));
        running_.emplace_back([thread] { thread->loop().run(); });
    }
    log_lines_.info("listening on {}:{}", listen.where.host, port_);
}

asio::awaitable<void> server::accept()
{
    while (acceptor_->is_open()) {
        const std::shared_ptr<session_thread> thread = threads_[next_thread_ % threads_.size()];
        auto [error, socket] = co_await acceptor_->async_accept(thread->loop(), no_throw);
        if (!acceptor_->is_open())
            break;
        if (error) {
            // Out of descriptors, most likely: let some sessions end first.
            log_lines_.warn("accept: {}", error.message());
            asio::steady_timer pause(threads_.front()->loop(), std::chrono::milliseconds(100));
            co_await pause.async_wait(no_throw);
            continue;
        }
        admit(std::move(socket));
    }
}

void server::admit(asio::ip::tcp::socket socket)
{
    const std::shared_ptr<session_thread> thread = threads_[next_thread_++ % threads_.size()];
    asio::io_context& loop = thread->loop();
    const auto control = std::make_shared<session_control>();
    std::error_code ignored;
    const auto peer = socket.remote_endpoint(ignored);
    const auto id = sessions_.add(
        fmt::format("{}:{}", peer.address().to_string(), peer.port()),
        [thread, control](stop_reason reason) {
            asio::post(thread->loop(), [thread = thread.get(), control, reason] {
                tell(*control, *thread, reason);
            });
        },
        listen_.max_connections
    );
    if (!id) {
        asio::co_spawn(loop, refuse(std::move(socket)), asio::detached);
        return;
    }
    auto stream = std::make_unique<socket_stream>(std::move(socket));
    // The cancellation slot belongs to the session's thread, so it is bound there.
    asio::post(loop, [this, stream = std::move(stream), id = *id, control, thread]() mutable {
        asio::co_spawn(
            thread->loop(),
            serve_client(std::move(stream), id, control, thread, services_),
            asio::bind_cancellation_slot(
                control->cancel.slot(), [control](const std::exception_ptr&) {}
            )
        );
    });
}

void server::reload_tls()
{
    if (tls_)
        tls_->reload();
}

void server::stop()
{
    if (std::exchange(stopped_, true))
        return;
    std::promise<void> closed;
    asio::post(threads_.front()->loop(), [&] {
        std::error_code ignored;
        acceptor_->close(ignored);
        closed.set_value();
    });
    closed.get_future().wait();
    // Told again and again: a session may be in its last words to a peer that does not read.
    while (sessions_.size() > 0) {
        sessions_.stop_all(stop_reason::shutdown);
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
