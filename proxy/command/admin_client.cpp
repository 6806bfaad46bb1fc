#include "proxy/command/admin_client.hpp"

#include "proxy/admin/http.hpp"
#include "proxy/admin/http_client.hpp"
#include "proxy/admin/http_request.hpp"
#include "proxy/command/commands.hpp"
#include "proxy/command/config_flags.hpp"
#include "proxy/config_reader.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <fstream>
#include <nlohmann/json.hpp>

namespace proxy {

namespace {

using nlohmann::json;

http_reply ask(const address& where, const http_question& question)
{
    // Who listens everywhere is asked here.
    const bool any = where.host == "0.0.0.0" || where.host == "::";
    try {
        return ask_http({any ? "127.0.0.1" : where.host, where.port}, question);
    } catch (const std::system_error& error) {
        throw command_error(
            exit_unreachable,
            fmt::format(
                "no unghost answers at {} ({}). Does `unghost serve` run, and with this --admin or "
                "--data?",
                to_text(where),
                error.code().message()
            )
        );
    }
}

json parse_answer(const address& where, const std::string& body)
{
    json answer = json::parse(body, nullptr, false);
    if (!answer.is_object())
        throw command_error(
            exit_unreachable,
            fmt::format("who answers at {} is no unghost: check --admin", to_text(where))
        );
    return answer;
}

}  // namespace

void admin_flags::add_to(CLI::App& command)
{
    add_folder_to(command);
    command.add_option("--admin", admin, "Or its admin address")->type_name("HOST:PORT");
}

void admin_flags::add_folder_to(CLI::App& command)
{
    command.add_option("--data", data, "The running unghost's data folder")->type_name("DIR");
    command.add_option("--config", config, "Or its configuration file")->type_name("FILE");
}

std::filesystem::path admin_flags::folder() const
{
    // In a container the environment may be all that says it.
    if (data.empty() && (!config.empty() || read_environment().contains("UNGHOST_STORE_FOLDER")))
        return config_flags{.file = config}.read().store.folder;
    return data;
}

address admin_flags::where() const
{
    if (!admin.empty()) {
        try {
            return parse_address(admin);
        } catch (const std::runtime_error& error) {
            throw command_error(exit_usage, fmt::format("--admin: {}", error.what()));
        }
    }
    const std::filesystem::path in = folder();
    if (in.empty())
        throw command_error(
            exit_usage, "which unghost? Give --data DIR, --admin HOST:PORT or --config FILE"
        );
    std::error_code refused;
    (void)std::filesystem::status(in / "admin.address", refused);
    if (refused == std::errc::permission_denied)
        throw command_error(
            exit_unreachable,
            fmt::format(
                "the data folder {} is not for this user to look into: ask as unghost's user or "
                "root, or give --admin HOST:PORT",
                in.string()
            )
        );
    std::ifstream file(in / "admin.address");
    std::string line;
    if (!std::getline(file, line))
        throw command_error(
            exit_unreachable,
            fmt::format(
                "no unghost runs on {}: there is no file admin.address in it. Start it with "
                "`unghost "
                "serve`, or give another --data",
                in.string()
            )
        );
    try {
        return parse_address(line);
    } catch (const std::runtime_error& error) {
        throw command_error(
            exit_unreachable, fmt::format("{}: {}", (in / "admin.address").string(), error.what())
        );
    }
}

json ask_status(const address& where)
{
    return parse_answer(where, ask(where, {.target = "/status.json"}).body);
}

json ask_position(const address& where, const position_question& asked)
{
    const http_question question{
        .target = fmt::format(
            "/position.json?file={}&position={}", encode_url(asked.file), asked.position
        )
    };
    return parse_answer(where, ask(where, question).body);
}

namespace {

http_reply post(const std::filesystem::path& folder, const std::string& target, const json& asked)
{
    const std::filesystem::path control = folder / control_name;
    try {
        return ask_http(
            control,
            {.method = "POST",
             .target = target,
             .body = asked.dump(-1, ' ', false, json::error_handler_t::replace)}
        );
    } catch (const std::system_error& error) {
        const bool forbidden = error.code() == std::errc::permission_denied;
        throw command_error(
            exit_unreachable,
            fmt::format(
                "no unghost takes a word at {} ({}). {}",
                control.string(),
                error.code().message(),
                forbidden ? "Run this as the user that unghost runs as, or as root"
                          : "Does `unghost serve` run on this data folder?"
            )
        );
    }
}

http_reply post_word(const std::filesystem::path& folder, const json& asked)
{
    return post(folder, "/resume", asked);
}

json body_of(const spoken_word& said)
{
    if (said.id.empty())
        return json::object();
    json asked = {{"id", said.id}, {"word", said.word}};
    if (!said.sql.empty())
        asked["sql"] = said.sql;
    return asked;
}

std::string refusal_in(const http_reply& answer)
{
    const json refusal = json::parse(answer.body, nullptr, false);
    return refusal.is_object() ? refusal.value("error", answer.body) : answer.body;
}

}  // namespace

std::optional<std::string> ask_resume(const std::filesystem::path& folder, const spoken_word& said)
{
    const http_reply answer = post_word(folder, body_of(said));
    return answer.status == 200 ? std::nullopt : std::optional(refusal_in(answer));
}

std::optional<std::string>
ask_follow(const std::filesystem::path& folder, const std::string& address, bool despite_loss)
{
    const http_reply answer =
        post(folder, "/follow", {{"address", address}, {"pass", despite_loss}});
    return answer.status == 200 ? std::nullopt : std::optional(refusal_in(answer));
}

json ask_stop(const std::filesystem::path& folder, const spoken_word& said)
{
    json asked = body_of(said);
    asked["dry_run"] = true;
    const http_reply answer = post_word(folder, asked);
    json seen = json::parse(answer.body, nullptr, false);
    if (answer.status != 200 || !seen.is_object())
        throw command_error(exit_finding, refusal_in(answer));
    return seen;
}

json ask_reload(const std::filesystem::path& folder)
{
    const http_reply answer = post(folder, "/reload", json::object());
    json done = json::parse(answer.body, nullptr, false);
    if (answer.status != 200 || !done.is_object())
        throw command_error(exit_usage, refusal_in(answer));
    return done;
}

}  // namespace proxy
