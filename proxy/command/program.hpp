#pragma once

#include "proxy/admin/http.hpp"
#include "proxy/command/end_watch.hpp"
#include "proxy/command/hook_calls.hpp"
#include "proxy/command/tls_reload.hpp"
#include "proxy/config.hpp"
#include "proxy/ingest.hpp"
#include "proxy/log_queue.hpp"
#include "proxy/mutex.hpp"
#include "proxy/net/tls.hpp"
#include "proxy/service_manager.hpp"
#include "proxy/session/server.hpp"
#include "proxy/source/facts_query.hpp"
#include "proxy/source/schema_query.hpp"
#include "proxy/source/source_client.hpp"
#include "proxy/source/source_role.hpp"
#include "proxy/source/source_watch.hpp"
#include "proxy/store/store.hpp"
#include "proxy/task_group.hpp"

#include <asio/signal_set.hpp>
#include <atomic>
#include <condition_variable>
#include <future>
#include <memory>

namespace proxy {

// What is around the program; a test may leave it out.
struct program_surroundings
{
    // The configuration, read again. Throws what is wrong with it. Empty: it is never.
    std::function<config()> read_again;
    service_manager manager{""};
};

// Everything that `unghost serve` runs: the source side on the thread that calls run(), the threads
// of sessions, the admin thread.
class program
{
public:
    // `written` is what `lines` go into. Throws std::runtime_error saying which setting is of no
    // use.
    program(
        const config& chosen,
        spdlog::logger& lines,
        log_queue& written,
        std::chrono::milliseconds patience = std::chrono::seconds(10),
        program_surroundings around = {}
    );
    ~program();

    // Until SIGTERM, SIGINT, end() or a failure. Returns the exit code; throws what keeps it from
    // starting.
    int run();
    // From any thread. Whatever has not ended `patience` later is named in the log, and the process
    // exits.
    void end(const std::string& why) { watch_->begin(why); }

    // Once it runs.
    server& consumers() { return *consumers_; }

    // The configuration is read again; from any thread but the source's.
    reload_report reload();

private:
    void warn_of_open_passwords();
    void warn_of_old_keys();
    bool wait_for_disk(std::string_view whose, const std::function<disk_result<>()>& work);
    bool ends_within(std::chrono::milliseconds time);
    void serve_clients();
    void make_admin();
    bool serve_admin();
    void start_tasks();
    asio::awaitable<void> keep_history();
    asio::awaitable<void> follow_source();
    asio::awaitable<void> watch_source();
    std::optional<std::string> follow(const follow_request& asked);
    using follow_promise = std::shared_ptr<std::promise<std::optional<std::string>>>;
    asio::awaitable<void> try_follow(follow_request asked, follow_promise done);
    asio::awaitable<std::string> look_and_follow(address at, bool despite_loss, std::string by);
    asio::awaitable<next_source> look_at(address at);
    void follow_now(const address& at, bool despite_loss);
    asio::awaitable<bool> is_followed(protocol::uuid server);
    asio::awaitable<void> watch_for_failover();
    asio::awaitable<void> fail_over(std::string why);
    void run_tasks();
    int close();

    reload_report reload_here();
    void take(const config& fresh);
    asio::awaitable<void> show_life();
    void call_hook(hook_call call);

    program_status describe();
    metric_list measure();
    void on_end(const std::string& why);
    void say_what_is_left();
    std::string what_is_left();

    // What the end of the program waits for.
    enum class stage : std::uint8_t { tasks, sessions, admin, files };

    const config& chosen_;  // of the start
    const program_surroundings around_;
    config running_;  // with what was taken since; of the source thread
    spdlog::logger& lines_;
    log_queue& written_;
    const std::chrono::milliseconds patience_;
    std::atomic<stage> stage_{stage::tasks};
    mutex ending_lock_;
    std::condition_variable_any ending_changed_;
    bool ending_ GUARDED_BY(ending_lock_) = false;
    hook_calls hooks_;
    std::unique_ptr<end_watch> watch_;  // from when all others are there until all are gone

    const client_login login_;
    const std::string source_name_;
    source_role role_;
    tls_settings tls_;
    tls_settings tls_for_clients_;
    const dial_source dial_;
    const dial_source dial_for_dump_;  // large events go to the disk
    const dial_source dial_for_clients_;

    facts_board board_;
    store log_;
    live<retention_limits> retention_;  // that count now
    asio::io_context loop_{1};
    asio::signal_set hangups_;  // a SIGHUP does not end us
    task_group tasks_;
    facts_query facts_;
    schema_query tables_;
    ingest pulling_;
    source_client source_;
    source_watch source_watch_;
    std::vector<reloadable> tls_files_;
    std::unique_ptr<server> consumers_;
    lag_history history_;
    std::unique_ptr<admin_server> admin_;
};

}  // namespace proxy
