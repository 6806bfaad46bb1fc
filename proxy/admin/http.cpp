#include "proxy/admin/http.hpp"

#include "proxy/admin/http_server.hpp"
#include "proxy/admin/metrics_text.hpp"
#include "proxy/admin/page.hpp"
#include "proxy/admin/status_json.hpp"
#include "proxy/config_reader.hpp"

#include <asio/ip/address.hpp>
#include <charconv>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace proxy {

namespace {

using nlohmann::json;

constexpr const char* json_type = "application/json";
constexpr const char* address_name = "admin.address";

std::string to_body(const json& value)
{
    return value.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
}

http_answer answer_json(const json& value, int status = 200)
{
    return {status, to_body(value), json_type};
}

http_answer answer_error(int status, const std::string& text)
{
    return answer_json({{"error", text}}, status);
}

http_answer answer_health(const health& is)
{
    return {is.code, is.text + "\n"};
}

bool is_loopback(const std::string& host)
{
    std::error_code none;
    return host == "localhost" || asio::ip::make_address(host, none).is_loopback();
}

}  // namespace

struct admin_server::state
{
    admin_calls calls;
    std::filesystem::path folder;
    std::unique_ptr<http_server> http;
    bool has_control = false;

    http_answer answer(const http_request& request, const http_caller& caller) const;
    bool is_for_us(const http_request& request) const;
    http_answer get(const http_request& request) const;
    http_answer position(const http_request& request) const;
    http_answer take_word(const http_request& request, const std::string& user) const;
    http_answer look_at(const resume_request& asked) const;
    http_answer reload_now() const;
    http_answer take_source(const http_request& request, const std::string& user) const;
};

http_answer
admin_server::state::answer(const http_request& request, const http_caller& caller) const
{
    const bool by_network = !caller.user;
    if (by_network && !is_for_us(request))
        return {403, "this is not the host of that name\n"};
    if (request.method == "GET" || request.method == "HEAD")
        return get(request);
    const bool is_reload = request.path == "/reload";
    const bool is_follow = request.path == "/follow";
    const bool is_word = is_reload || is_follow || request.path == "/resume";
    if (request.method != "POST" || !is_word)
        return {404, "not found\n"};
    if (by_network)
        return answer_error(
            403,
            fmt::format(
                "an operator's word is taken at {} alone: unghost {} --data {}",
                (folder / control_name).string(),
                is_reload   ? "reload"
                : is_follow ? "follow HOST:PORT"
                            : "resume ID",
                folder.string()
            )
        );
    // A page in a browser cannot send this type to us without being asked for leave first.
    if (request.header("content-type") != json_type)
        return answer_error(415, "send application/json");
    if (is_reload)
        return reload_now();
    return is_follow ? take_source(request, *caller.user) : take_word(request, *caller.user);
}

bool admin_server::state::is_for_us(const http_request& request) const
{
    const std::string& own = http->where().host;
    if (!is_loopback(own))
        return true;
    std::string host = request.header("host");
    if (const std::size_t end = host.find_last_of(":]"); end != host.npos && host[end] == ':')
        host.resize(end);
    if (host.starts_with('[') && host.ends_with(']'))
        host = host.substr(1, host.size() - 2);
    return host.empty() || host == own || is_loopback(host);
}

http_answer admin_server::state::get(const http_request& request) const
{
    if (request.path == "/")
        return {
            200,
            to_page(to_json(calls.status()), calls.history()),
            "text/html; charset=utf-8",
            page_policy()
        };
    if (request.path == "/history.json")
        return answer_json(to_json(calls.history()));
    if (request.path == "/metrics")
        return {200, to_prometheus(calls.metrics()), "text/plain; version=0.0.4; charset=utf-8"};
    if (request.path == "/status.json")
        return answer_json(to_json(calls.status()));
    if (request.path == "/healthz")
        return answer_health(health_of(calls.status()));
    if (request.path == "/readyz")
        return answer_health(readiness_of(calls.status()));
    if (request.path == "/livez")
        return answer_health(liveness_of(calls.status()));
    if (request.path == "/position.json")
        return position(request);
    return {404, "not found\n"};
}

http_answer admin_server::state::position(const http_request& request) const
{
    position_question asked{.file = request.parameter("file")};
    const std::string text = request.parameter("position");
    const auto [end, wrong] =
        std::from_chars(text.data(), text.data() + text.size(), asked.position);
    if (asked.file.empty() || wrong != std::errc() || end != text.data() + text.size())
        return answer_error(400, "give file=NAME and position=NUMBER");
    return answer_json(to_json(calls.translate(asked)));
}

http_answer
admin_server::state::take_word(const http_request& request, const std::string& user) const
{
    const json given = json::parse(request.body, nullptr, false);
    const bool only_look = given.is_object() && given.value("dry_run", json()) == true;
    if (only_look && !given.contains("word"))
        return look_at({});
    auto asked = resume_request_of(given);
    if (!asked)
        return answer_error(
            400,
            "send {\"id\": …, \"word\": \"pass\" | \"empty\" | \"sql\"} and with \"sql\" the "
            "statement as \"sql\"; with \"dry_run\": true nothing is done"
        );
    asked->given_by = user;
    if (only_look)
        return look_at(*asked);
    if (const auto refused = calls.resume(*asked))
        return answer_error(409, *refused);
    return answer_json({{"result", "ok"}});
}

http_answer
admin_server::state::take_source(const http_request& request, const std::string& user) const
{
    const json given = json::parse(request.body, nullptr, false);
    const json where = given.is_object() ? given.value("address", json()) : json();
    const json pass = given.is_object() ? given.value("pass", json(false)) : json();
    if (!where.is_string() || !pass.is_boolean())
        return answer_error(
            400, "send {\"address\": \"HOST:PORT\"}, and \"pass\": true to put up with a loss"
        );
    const follow_request asked{
        .address = where.get<std::string>(), .despite_loss = pass.get<bool>(), .given_by = user
    };
    if (const auto refused = calls.follow(asked))
        return answer_error(409, *refused);
    return answer_json({{"result", "ok"}});
}

http_answer admin_server::state::look_at(const resume_request& asked) const
{
    const auto seen = calls.look(asked);
    return seen ? answer_json(to_json(*seen)) : answer_error(409, "publishing is not stopped");
}

http_answer admin_server::state::reload_now() const
{
    const reload_report done = calls.reload();
    if (!done.problem.empty())
        return answer_error(409, done.problem);
    return answer_json({{"taken", done.taken}, {"restart", done.restarts}});
}

admin_server::admin_server(
    const address& where,
    const std::filesystem::path& folder,
    admin_calls calls,
    spdlog::logger& lines
)
    : state_(std::make_unique<state>(std::move(calls), folder))
{
    try {
        state_->http = std::make_unique<http_server>(
            where,
            [self = state_.get()](const http_request& request, const http_caller& caller) {
                return self->answer(request, caller);
            },
            lines
        );
    } catch (const std::system_error&) {
        throw std::runtime_error(fmt::format(
            "cannot listen on {} for admin requests: is the address ours, and the port free? "
            "Choose "
            "another with --admin or admin.address",
            to_text(where)
        ));
    }
    if (!is_loopback(where.host))
        lines.warn(
            "admin.address {} is not of the loopback: whoever reaches it reads the status and the "
            "metrics",
            to_text(where)
        );
}

admin_server::~admin_server()
{
    stop();
}

void admin_server::stop()
{
    state_->http->stop();
    std::error_code ignored;
    for (const char* name : {address_name, control_name})
        std::filesystem::remove(state_->folder / name, ignored);
}

void admin_server::start()
{
    state_->http->start();
}

disk_result<> admin_server::announce()
{
    if (!state_->has_control) {
        try {
            state_->http->open_control(state_->folder / control_name);
        } catch (const std::system_error& error) {
            return tl::unexpected(
                problem_of(error.code().value(), "listen at", state_->folder / control_name)
            );
        }
        state_->has_control = true;
    }
    const std::string line = to_text(where()) + "\n";
    return replace_file(
        real_disk(), state_->folder / address_name, protocol::as_bytes(line), open_as::shared
    );
}

const address& admin_server::where() const
{
    return state_->http->where();
}

std::vector<task_snapshot> admin_server::tasks() const
{
    return state_->http->tasks();
}

}  // namespace proxy
