#pragma once

#include "proxy/session/session.hpp"
#include "proxy/task_group.hpp"

#include <asio/ip/tcp.hpp>
#include <thread>

namespace proxy {

// What is served; all of it outlives the server.
struct served_log
{
    publication& log;
    const facts_board& facts;
    translator clean_of;        // store::clean_of
    border_question border_of;  // store::border_of
    dial_source dial;           // for clients with accounts of the source; may be empty
    std::string source_name;    // for their messages
    tls_mode source_tls = tls_mode::required;  // of their logins there
    std::string source_key;                    // PEM, for passwords without it; empty: any
    executed_question source_executed;         // may be empty: then nobody is asked
};

// Accepts clients and serves each on one of its threads. Everything starts in the constructor and
// has ended when the destructor returns:
//
//   server serving(config.listen, config.store.folder, {...}, log);
//   ... until SIGTERM ...
//   serving.stop();
class server
{
public:
    // Throws std::system_error where it cannot listen, std::runtime_error for accounts and TLS
    // files; the text says which setting.
    server(
        const listen_config& listen,
        const std::filesystem::path& folder,
        served_log what,
        spdlog::logger& log_lines
    );
    ~server();

    // Accepts nobody any more and ends every session: dumps get the end a server's shutdown
    // gives them, after which consumers try again. Waits until all have ended; a question to the
    // source that is on its way is waited for. Not from a session's thread.
    void stop();

    // The TLS files of the configuration are read again, for clients that come from now on. Throws
    // std::runtime_error naming the file that is of no use; nothing changes then.
    void reload_tls();

    // Accounts, limits and the rules of logins, for clients that come from now on; where it listens
    // and its threads stay. Throws std::runtime_error naming what is of no use; nothing changes
    // then.
    void set_listen(const listen_config& fresh);

    // From any thread.
    std::vector<task_snapshot> tasks() const { return tasks_->snapshot(); }
    // For how long the slowest of its threads has not come round; see loop_pulse.
    std::chrono::steady_clock::duration silent() const;

    std::uint16_t port() const { return port_; }  // the real one where the configuration says 0
    session_registry& sessions() { return sessions_; }

private:
    void start();
    asio::awaitable<void> accept();
    void admit(asio::ip::tcp::socket socket);

    // A thread that serves, with what runs on it.
    struct worker
    {
        std::shared_ptr<session_thread> thread;
        std::unique_ptr<task_group> sessions;
    };

    live<listen_config> listen_;
    spdlog::logger& log_lines_;
    stranger_log strangers_;
    login_slots slots_;
    wrong_passwords wrong_;
    session_registry sessions_;
    account_book accounts_;
    protocol::rsa_key key_;
    std::optional<tls_settings> tls_;
    asio::thread_pool pool_{2};
    session_services services_;
    std::vector<worker> workers_;
    std::unique_ptr<task_group> tasks_;  // on the first thread
    std::unique_ptr<asio::ip::tcp::acceptor> acceptor_;
    std::uint16_t port_ = 0;
    std::size_t next_worker_ = 0;
    bool stopped_ = false;
    std::vector<asio::executor_work_guard<asio::io_context::executor_type>> work_;
    std::vector<std::thread> running_;
};

}  // namespace proxy
