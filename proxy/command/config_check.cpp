#include "proxy/command/config_check.hpp"

#include "proxy/command/commands.hpp"
#include "proxy/command/config_flags.hpp"
#include "proxy/net/tls.hpp"
#include "proxy/session/client_login.hpp"

#include <fmt/format.h>
#include <functional>
#include <unistd.h>

namespace proxy {

namespace {

class findings
{
public:
    explicit findings(std::string topic) : topic_(std::move(topic)) {}

    // What it throws is a problem.
    void look(const std::function<void()>& at)
    {
        try {
            at();
        } catch (const std::runtime_error& error) {
            add(finding_level::problem, error.what());
        }
    }
    void warn(const std::string& text)
    {
        if (!text.empty())
            add(finding_level::warning, text);
    }
    std::vector<finding> all(const std::string& good) &&
    {
        if (all_.empty())
            add(finding_level::good, good);
        return std::move(all_);
    }

private:
    void add(finding_level level, const std::string& text)
    {
        all_.push_back({level, topic_, text});
    }

    std::string topic_;
    std::vector<finding> all_;
};

void look_at_hook(const hook_config& hook)
{
    if (hook.on.empty() != hook.command.empty())
        throw std::runtime_error("[hook] on and command: give both or none");
    if (hook.command.empty() || hook.command.front().find('/') == std::string::npos)
        return;
    if (::access(hook.command.front().c_str(), X_OK) != 0)
        throw std::runtime_error(fmt::format(
            "[hook] command: {} cannot be run by this user; is the path right, and is it "
            "executable?",
            hook.command.front()
        ));
}

}  // namespace

std::vector<finding> check_config(const config& chosen)
{
    findings seen("configuration");
    seen.look([&] { require_serve(chosen); });
    if (!chosen.source.password_file.empty()) {
        seen.look([&] { (void)read_password(chosen.source.password_file); });
        seen.warn(objection_to_mode(chosen.source.password_file));
    }
    seen.look([&] { (void)read_public_key(chosen.source.public_key); });
    seen.look([&] { (void)make_client_tls(chosen.source, client_certificate::configured); });
    if (chosen.listen.tls && !chosen.listen.tls_cert.empty())
        seen.look([&] { (void)make_server_tls(chosen.listen, chosen.store.folder); });
    for (const account_config& account : chosen.listen.accounts) {
        seen.look([&] { (void)account_book({account}); });
        if (!account.password_file.empty())
            seen.warn(objection_to_mode(account.password_file));
    }
    seen.look([&] { look_at_hook(chosen.hook); });
    for (const std::string& warning : chosen.fold.warnings)
        seen.warn(warning);
    return std::move(seen).all("nothing is missing, and all files that it names can be read");
}

}  // namespace proxy
