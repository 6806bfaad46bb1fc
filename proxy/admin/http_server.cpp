#include "proxy/admin/http_server.hpp"

#include "proxy/net/listen.hpp"
#include "proxy/net/no_throw.hpp"
#include "proxy/net/unix_socket.hpp"

#include <array>
#include <asio/co_spawn.hpp>
#include <asio/generic/stream_protocol.hpp>
#include <asio/post.hpp>
#include <asio/steady_timer.hpp>
#include <asio/thread_pool.hpp>
#include <asio/write.hpp>
#include <fmt/format.h>
#include <thread>

namespace proxy {
namespace {

std::string_view reason_of(int status)
{
    switch (status) {
        case 200: return "OK";
        case 400: return "Bad Request";
        case 403: return "Forbidden";
        case 404: return "Not Found";
        case 409: return "Conflict";
        case 413: return "Content Too Large";
        case 415: return "Unsupported Media Type";
        case 431: return "Request Header Fields Too Large";
        case 501: return "Not Implemented";
        case 503: return "Service Unavailable";
        case 505: return "HTTP Version Not Supported";
        default: return "Error";
    }
}

std::string bytes_of(const http_answer& answer, const std::string& method)
{
    std::string bytes = fmt::format(
        "HTTP/1.1 {} {}\r\nContent-Type: {}\r\nContent-Length: {}\r\nConnection: close\r\n",
        answer.status,
        reason_of(answer.status),
        answer.type,
        answer.body.size()
    );
    if (!answer.policy.empty())
        bytes += "Content-Security-Policy: " + answer.policy +
                 "\r\nX-Content-Type-Options: nosniff\r\nCache-Control: no-store\r\n";
    bytes += "\r\n";
    if (method != "HEAD")
        bytes += answer.body;
    return bytes;
}

enum class entrance_kind : std::uint8_t { network, control };

}  // namespace

struct http_server::state
{
    struct connection
    {
        connection(asio::generic::stream_protocol::socket from, http_caller by)
            : socket(std::move(from))
            , clock(socket.get_executor())
            , caller(std::move(by))
        {}
        bool is_idle() const { return !at_work && socket.is_open(); }
        void close()
        {
            std::error_code ignored;
            socket.close(ignored);
            clock.cancel();
        }
        asio::generic::stream_protocol::socket socket;
        asio::steady_timer clock;
        http_caller caller;
        bool at_work = false;  // in the handler: not to be closed
    };
    using connection_place = std::list<std::shared_ptr<connection>>::iterator;

    state(handler to_answer, spdlog::logger& lines, http_server_limits bounds)
        : answer(std::move(to_answer))
        , limits(bounds)
        , tasks(loop, lines)
    {}

    template <class Acceptor>
    asio::awaitable<void> accept(Acceptor& from, entrance_kind entrance);
    bool make_room();
    void admit(asio::generic::stream_protocol::socket socket, http_caller caller);
    static asio::awaitable<void> serve(state* self, connection_place place);
    static void close_after(const std::shared_ptr<connection>& one, std::chrono::milliseconds time);
    asio::awaitable<void> talk(std::shared_ptr<connection> one);
    asio::awaitable<bool> read_request(connection& from, http_reader& reader);
    asio::awaitable<http_answer> answer_to(const http_request& request, const http_caller& caller);
    static asio::awaitable<http_answer>
    answer_there(const state* self, const http_request& request, const http_caller& caller);
    http_answer answer_now(const http_request& request, const http_caller& caller) const;

    handler answer;
    http_server_limits limits;
    address where;
    asio::io_context loop{1};
    task_group tasks;
    std::optional<asio::ip::tcp::acceptor> acceptor;
    std::optional<asio::local::stream_protocol::acceptor> control;
    std::list<std::shared_ptr<connection>> connections;  // the oldest first
    asio::thread_pool slow{1};
    std::thread thread;
};

template <class Acceptor>
asio::awaitable<void> http_server::state::accept(Acceptor& from, entrance_kind entrance)
{
    while (from.is_open()) {
        auto [error, socket] = co_await from.async_accept(loop, no_throw);
        if (!from.is_open())
            co_return;
        if (error) {
            // Out of descriptors, most likely.
            asio::steady_timer pause(loop, std::chrono::milliseconds(100));
            co_await pause.async_wait(no_throw);
            continue;
        }
        http_caller caller;
        if (entrance == entrance_kind::control) {
            caller.user = owner_of(socket.native_handle());
            if (!caller.user)
                continue;
        }
        if (make_room())
            admit(std::move(socket), std::move(caller));
    }
}

void http_server::state::admit(asio::generic::stream_protocol::socket socket, http_caller caller)
{
    const auto place = connections.insert(
        connections.end(), std::make_shared<connection>(std::move(socket), std::move(caller))
    );
    // Not cancelled: a handler on the other thread must come back. A closed socket ends it.
    tasks.run_once("admin request", serve(this, place), asio::cancellation_slot());
}

// False: all are at work.
bool http_server::state::make_room()
{
    const auto open =
        std::ranges::count_if(connections, [](const auto& one) { return one->socket.is_open(); });
    if (static_cast<std::size_t>(open) < limits.connections)
        return true;
    const auto oldest =
        std::ranges::find_if(connections, [](const auto& one) { return one->is_idle(); });
    if (oldest == connections.end())
        return false;
    (*oldest)->close();
    return true;
}

asio::awaitable<void> http_server::state::serve(state* self, connection_place place)
{
    const std::shared_ptr<connection>& one = *place;
    try {
        co_await self->talk(one);
    } catch (const std::exception&) {
        one->close();  // the client has gone, or took too long
    }
    one->close();
    self->connections.erase(place);
}

void http_server::state::close_after(
    const std::shared_ptr<connection>& one, std::chrono::milliseconds time
)
{
    one->clock.expires_after(time);
    one->clock.async_wait([weak = std::weak_ptr(one)](const std::error_code& error) {
        if (const auto late = weak.lock(); late && !error)
            late->close();
    });
}

asio::awaitable<void> http_server::state::talk(std::shared_ptr<connection> one)
{
    http_reader reader(limits.request);
    close_after(one, limits.patience);
    const bool whole = co_await read_request(*one, reader);
    one->clock.cancel();
    one->at_work = true;
    const http_answer answered =
        whole ? co_await answer_to(reader.request(), one->caller)
              : http_answer{reader.status(), std::string(reason_of(reader.status())) + "\n"};
    one->at_work = false;
    const std::string bytes = bytes_of(answered, reader.request().method);
    close_after(one, limits.patience);
    co_await asio::async_write(one->socket, asio::buffer(bytes), asio::use_awaitable);
    std::error_code ignored;
    one->socket.shutdown(asio::socket_base::shutdown_send, ignored);
    // What a refused client still sends is read and dropped: closing now would throw our answer
    // away before it has read it.
    std::array<char, 4096> rest{};
    while (!std::get<0>(co_await one->socket.async_read_some(asio::buffer(rest), no_throw))) {
    }
}

// False: the request is refused.
asio::awaitable<bool> http_server::state::read_request(connection& from, http_reader& reader)
{
    std::array<char, 4096> bytes{};
    for (;;) {
        const std::size_t size =
            co_await from.socket.async_read_some(asio::buffer(bytes), asio::use_awaitable);
        switch (reader.feed({bytes.data(), size})) {
            case http_reader::progress::done: co_return true;
            case http_reader::progress::refused: co_return false;
            case http_reader::progress::more: break;
        }
        static constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";
        if (reader.wants_continue())
            co_await asio::async_write(from.socket, asio::buffer(go_on), asio::use_awaitable);
    }
}

asio::awaitable<http_answer>
http_server::state::answer_to(const http_request& request, const http_caller& caller)
{
    if (request.method != "POST")
        co_return answer_now(request, caller);
    co_return co_await asio::co_spawn(
        slow.get_executor(), answer_there(this, request, caller), asio::use_awaitable
    );
}

asio::awaitable<http_answer> http_server::state::answer_there(
    const state* self, const http_request& request, const http_caller& caller
)
{
    co_return self->answer_now(request, caller);
}

http_answer
http_server::state::answer_now(const http_request& request, const http_caller& caller) const
{
    try {
        return answer(request, caller);
    } catch (const std::exception& error) {
        return {500, std::string(error.what()) + "\n"};
    }
}

http_server::http_server(
    const address& where, handler answer, spdlog::logger& lines, http_server_limits limits
)
    : state_(std::make_unique<state>(std::move(answer), lines, limits))
{
    auto& acceptor = state_->acceptor.emplace(listen_on(state_->loop, where));
    state_->where = {where.host, acceptor.local_endpoint().port()};
    state_->tasks.start(
        "admin server",
        [self = state_.get(), &acceptor] { return self->accept(acceptor, entrance_kind::network); },
        on_failure::restart_after(std::chrono::seconds(1))
    );
}

void http_server::start()
{
    state_->thread = std::thread([self = state_.get()] { self->loop.run(); });
}

void http_server::open_control(const std::filesystem::path& file)
{
    auto opened =
        std::make_shared<asio::local::stream_protocol::acceptor>(listen_at(state_->loop, file));
    asio::post(state_->loop, [self = state_.get(), opened] {
        self->control.emplace(std::move(*opened));
        self->tasks.start(
            "control socket",
            [self] { return self->accept(*self->control, entrance_kind::control); },
            on_failure::restart_after(std::chrono::seconds(1))
        );
    });
}

http_server::~http_server()
{
    stop();
}

void http_server::stop()
{
    if (!state_->thread.joinable())
        return;
    asio::post(state_->loop, [self = state_.get()] {
        std::error_code ignored;
        self->acceptor->close(ignored);
        if (self->control)
            self->control->close(ignored);
        self->tasks.cancel();
        for (const auto& one : self->connections)
            one->close();
    });
    state_->thread.join();
    state_->slow.join();
}

const address& http_server::where() const
{
    return state_->where;
}

std::vector<task_snapshot> http_server::tasks() const
{
    return state_->tasks.snapshot();
}

}  // namespace proxy
