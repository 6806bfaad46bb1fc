#include "proxy/admin/http.hpp"

#include "proxy/admin/http_library.hpp"
#include "proxy/admin/status_json.hpp"
#include "proxy/config_reader.hpp"

#include <charconv>
#include <cstdio>
#include <fmt/format.h>
#include <fstream>
#include <mutex>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <thread>

namespace proxy {

namespace {

using nlohmann::json;

constexpr const char* json_type = "application/json";
constexpr std::size_t largest_request = 1U << 20;
constexpr time_t patience_seconds = 5;

std::string to_body(const json& value)
{
    return value.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
}

// Nothing: the body is no request. Throws nothing for input.
std::optional<resume_request> parse_resume(const std::string& body)
{
    const json given = json::parse(body, nullptr, false);
    if (!given.is_object())
        return std::nullopt;
    const auto text = [&](const char* key) {
        const auto found = given.find(key);
        return found != given.end() && found->is_string() ? found->get<std::string>()
                                                          : std::string();
    };
    resume_request asked{.id = text("id"), .sql = text("sql")};
    const std::string word = text("word");
    if (word == "pass")
        asked.word = rewrite::operator_word::pass;
    else if (word == "empty")
        asked.word = rewrite::operator_word::empty;
    else if (word == "sql")
        asked.word = rewrite::operator_word::sql;
    else
        return std::nullopt;
    const bool has_sql = !asked.sql.empty();
    if (asked.id.empty() || has_sql != (asked.word == rewrite::operator_word::sql))
        return std::nullopt;
    return asked;
}

}  // namespace

struct admin_server::state
{
    address where;
    std::filesystem::path address_file;
    const program_metrics& numbers;
    status_provider status;
    position_handler translate;
    resume_handler resume;
    std::mutex asking;  // the providers are asked by one thread at a time
    httplib::Server http;
    std::thread thread;

    state(
        const program_metrics& from,
        status_provider asked,
        position_handler translated,
        resume_handler resumed
    )
        : numbers(from)
        , status(std::move(asked))
        , translate(std::move(translated))
        , resume(std::move(resumed))
    {}

    program_status ask()
    {
        const std::lock_guard guard(asking);
        return status();
    }
    void route();
    void on_health(httplib::Response& answer);
    void on_position(const httplib::Request& request, httplib::Response& answer);
    void on_resume(const httplib::Request& request, httplib::Response& answer);
    void listen();
    void write_address() const;
};

void admin_server::state::route()
{
    http.Get("/metrics", [this](const httplib::Request&, httplib::Response& answer) {
        answer.set_content(to_prometheus(numbers, {}), "text/plain; version=0.0.4; charset=utf-8");
    });
    http.Get("/status.json", [this](const httplib::Request&, httplib::Response& answer) {
        answer.set_content(to_body(to_json(ask(), numbers, {})), json_type);
    });
    http.Get("/healthz", [this](const httplib::Request&, httplib::Response& answer) {
        on_health(answer);
    });
    http.Get("/position.json", [this](const httplib::Request& request, httplib::Response& answer) {
        on_position(request, answer);
    });
    http.Post("/resume", [this](const httplib::Request& request, httplib::Response& answer) {
        on_resume(request, answer);
    });
    http.set_exception_handler(
        [](const httplib::Request&, httplib::Response& answer, const std::exception_ptr& failure) {
            answer.status = 500;
            try {
                std::rethrow_exception(failure);
            } catch (const std::exception& error) {
                answer.set_content(std::string(error.what()) + "\n", "text/plain");
            } catch (...) {
                answer.set_content("failed\n", "text/plain");
            }
        }
    );
    // One request a connection and few threads: nobody keeps a thread by keeping silent.
    http.set_keep_alive_max_count(1);
    http.set_read_timeout(patience_seconds);
    http.set_write_timeout(patience_seconds);
    http.set_payload_max_length(largest_request);
    http.new_task_queue = [] { return new httplib::ThreadPool(2); };
}

void admin_server::state::on_health(httplib::Response& answer)
{
    const program_status now = ask();
    if (now.phase == program_phase::serving)
        return answer.set_content("ok\n", "text/plain");
    answer.status = 503;
    std::string text(to_text(now.phase));
    if (!now.phase_text.empty())
        text += ": " + now.phase_text;
    answer.set_content(text + "\n", "text/plain");
}

void admin_server::state::on_position(const httplib::Request& request, httplib::Response& answer)
{
    position_question asked{.file = request.get_param_value("file")};
    const std::string text = request.get_param_value("position");
    const auto [end, wrong] =
        std::from_chars(text.data(), text.data() + text.size(), asked.position);
    if (asked.file.empty() || wrong != std::errc() || end != text.data() + text.size()) {
        answer.status = 400;
        return answer.set_content(
            to_body({{"error", "give file=NAME and position=NUMBER"}}), json_type
        );
    }
    const std::lock_guard guard(asking);
    answer.set_content(to_body(to_json(translate(asked))), json_type);
}

void admin_server::state::on_resume(const httplib::Request& request, httplib::Response& answer)
{
    // A page in a browser cannot send this type to us without being asked for leave first.
    if (request.get_header_value("Content-Type") != json_type) {
        answer.status = 415;
        return answer.set_content(to_body({{"error", "send application/json"}}), json_type);
    }
    const auto asked = parse_resume(request.body);
    if (!asked) {
        answer.status = 400;
        return answer.set_content(
            to_body(
                {{"error",
                  "send {\"id\": …, \"word\": \"pass\" | \"empty\" | \"sql\"} and with \"sql\" "
                  "the statement as \"sql\""}}
            ),
            json_type
        );
    }
    const std::lock_guard guard(asking);
    if (const auto refused = resume(*asked)) {
        answer.status = 409;
        return answer.set_content(to_body({{"error", *refused}}), json_type);
    }
    answer.set_content(to_body({{"result", "ok"}}), json_type);
}

void admin_server::state::listen()
{
    // The library would share the port with whoever has it already.
    http.set_socket_options([](int socket) {
        const int yes = 1;
        ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    });
    const bool bound = where.port == 0 ? (where.port = static_cast<std::uint16_t>(
                                              std::max(0, http.bind_to_any_port(where.host.c_str()))
                                          )) != 0
                                       : http.bind_to_port(where.host.c_str(), where.port);
    if (!bound)
        throw std::runtime_error(fmt::format(
            "cannot listen on {} for admin requests: is the address ours, and the port free? "
            "Choose "
            "another with --admin or admin.address",
            to_text(where)
        ));
    thread = std::thread([this] { http.listen_after_bind(); });
    // stop() before the thread has begun to listen would be lost.
    while (!http.is_running())
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
}

void admin_server::state::write_address() const
{
    const std::filesystem::path next = address_file.string() + ".new";
    std::ofstream(next) << to_text(where) << '\n';
    std::error_code error;
    std::filesystem::rename(next, address_file, error);
    if (error)
        throw std::runtime_error(
            fmt::format("cannot write {}: {}", address_file.string(), error.message())
        );
}

admin_server::admin_server(
    const address& where,
    const std::filesystem::path& folder,
    const program_metrics& numbers,
    status_provider status,
    position_handler translate,
    resume_handler resume
)
    : state_(std::make_unique<state>(
          numbers, std::move(status), std::move(translate), std::move(resume)
      ))
{
    state_->where = where;
    state_->address_file = folder / "admin.address";
    state_->route();
    state_->listen();
    try {
        state_->write_address();
    } catch (...) {
        state_->http.stop();
        state_->thread.join();
        throw;
    }
}

admin_server::~admin_server()
{
    state_->http.stop();
    state_->thread.join();
    std::error_code ignored;
    std::filesystem::remove(state_->address_file, ignored);
}

const address& admin_server::where() const
{
    return state_->where;
}

}  // namespace proxy
