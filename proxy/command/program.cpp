#include "proxy/command/program.hpp"

#include "proxy/command/commands.hpp"
#include "proxy/command/housekeeping.hpp"
#include "proxy/command/serve_status.hpp"
#include "proxy/command/source_session.hpp"
#include "proxy/config_reader.hpp"
#include "proxy/source/dial.hpp"
#include "proxy/source/executed_query.hpp"
#include "proxy/source/facts_file.hpp"
#include "proxy/store/gathered_file.hpp"

#include <asio/post.hpp>
#include <csignal>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <utility>

namespace proxy {
namespace {

// What the source says to a client is passed on in pieces of this size.
constexpr std::size_t relay_read_bytes = 64U << 10;
constexpr std::chrono::seconds disk_pause{2};
constexpr std::chrono::seconds refused_pause{30};

source_options options_of(const config& chosen, const client_login& login, const std::string& name)
{
    return {
        .name = name,
        .login = login,
        .start = chosen.source.start,
        .heartbeat = chosen.source.heartbeat,
        .self = load_replica_identity(chosen.store.folder, chosen.source.server_id),
    };
}

// In messages of whoever asks the address that is followed at the time.
std::string name_of(const source_config& source)
{
    std::string name = to_text(source.where);
    for (const address& other : source.others)
        name += " or " + to_text(other);
    return name;
}

store_options options_of(const store_config& chosen)
{
    return {
        .folder = chosen.folder,
        .retention_age = chosen.retention_age,
        .retention_bytes = chosen.retention_bytes,
        .sync_interval = chosen.sync_interval,
        .spool = {.bytes = chosen.spool_bytes},
    };
}

}  // namespace

program::program(
    const config& chosen,
    spdlog::logger& lines,
    log_queue& written,
    std::chrono::milliseconds patience,
    program_surroundings around
)
    : chosen_(chosen)
    , around_(std::move(around))
    , running_(chosen)
    , lines_(lines)
    , written_(written)
    , patience_(patience)
    , hooks_(chosen.hook, lines)
    , login_(login_of(chosen.source))
    , source_name_(name_of(chosen.source))
    , role_(addresses_of(chosen.source), chosen.store.folder)
    , tls_([&source = chosen.source] {
        return make_client_tls(source, client_certificate::configured);
    })
    // For a client that has shown no certificate we show none either: the source may ask for one
    // (REQUIRE X509).
    , tls_for_clients_([&chosen] {
        return make_client_tls(
            chosen.source,
            chosen.listen.tls_client_ca.empty() ? client_certificate::none
                                                : client_certificate::configured
        );
    })
    , dial_(dial_followed(chosen.source, role_, tls_))
    , dial_for_dump_(dial_followed(
          chosen.source,
          role_,
          tls_,
          dump_read_bytes,
          [file = chosen.store.folder / "large-event"] {
              return std::make_shared<gathered_file>(real_disk(), file);
          }
      ))
    , dial_for_clients_(dial_followed(chosen.source, role_, tls_for_clients_, relay_read_bytes))
    , log_(options_of(chosen.store), lines)
    , retention_({.age = chosen.store.retention_age, .bytes = chosen.store.retention_bytes})
    , hangups_(loop_, SIGHUP)
    , tasks_(loop_, lines, [this] { watch_->begin(""); })
    , facts_(source_name_, login_, dial_)
    , tables_(source_name_, login_, dial_)
    , pulling_(
          {.loop = loop_,
           .fold = chosen.fold,
           .log = log_,
           .facts = [this](
                        rewrite::table_name table, source_log followed
                    ) { return facts_.ask(std::move(table), std::move(followed)); },
           .counts =
               [this] {
                   return std::make_unique<row_count_query>(
                       source_name_, login_, dial_, pulling_.fold().count_time
                   );
               },
           .tables = chosen.fold.remember ? &tables_ : nullptr,
           .board = board_,
           .lines = lines,
           .tasks = tasks_,
           .on_hook = [this](hook_call call) { call_hook(std::move(call)); }}
      )
    , source_(
          options_of(chosen, login_, to_text(role_.followed())), dial_for_dump_, pulling_, lines
      )
    , source_watch_({
          .name = source_name_,
          .facts = facts_,
          .board = board_,
          .published =
              [this] {
                  const rewrite::coordinate end = pulling_.progress().published;
                  if (end.epoch != pulling_.where().log.epoch)
                      return binary_log{};  // another server's
                  return binary_log{.file = end.file, .size = end.position};
              },
          .is_published = [this](const binary_log& end
                          ) { return log_.border_of(end.file, end.size).has_value(); },
          .on_log_end =
              [this](const binary_log& end, auto when) { pulling_.on_log_end(end, when); },
      })
{
    warn_of_open_passwords();
    warn_of_old_keys();
    // Until the source is reached, clients are greeted with what it was when last seen.
    if (auto known = load_facts(chosen.store.folder))
        board_.set(std::make_shared<source_facts>(std::move(*known)));
    watch_ = std::make_unique<end_watch>(end_watch::parts{
        .patience = patience_,
        .on_end = [this](const std::string& why) { on_end(why); },
        .out_of_time = [this] { say_what_is_left(); },
        .leave = [](int code) { std::_Exit(code); },
    });
}

program::~program()
{
    stage_ = stage::files;
    watch_->begin("");  // no signal is told to what is being taken apart
}

void program::warn_of_old_keys()
{
    for (const std::string& warning : chosen_.fold.warnings)
        lines_.warn("{}", warning);
}

// As ssh and mysql do it. A mode is no reason not to start.
void program::warn_of_open_passwords()
{
    std::vector<std::filesystem::path> files{chosen_.source.password_file};
    for (const account_config& account : chosen_.listen.accounts)
        if (!account.password_file.empty())
            files.push_back(account.password_file);
    for (const std::filesystem::path& file : files)
        if (const std::string objection = objection_to_mode(file); !objection.empty())
            lines_.warn("{}", objection);
}

int program::run()
{
    if (!wait_for_disk("store", [this] { return pulling_.open(); }))
        return 0;
    as_configured([this] { serve_clients(); });
    as_configured([this] { make_admin(); });
    if (serve_admin()) {
        start_tasks();
        run_tasks();
    }
    return close();
}

// Where the disk takes nothing it is asked again. False: the program ends before it took
// something.
bool program::wait_for_disk(std::string_view whose, const std::function<disk_result<>()>& work)
{
    std::string said;
    for (;;) {
        const auto done = work();
        if (done)
            return true;
        if (std::exchange(said, done.error().text) != done.error().text)
            lines_.error(
                "{}: {}; it is tried again every {} s", whose, done.error().text, disk_pause.count()
            );
        if (ends_within(disk_pause))
            return false;
    }
}

bool program::ends_within(std::chrono::milliseconds time)
{
    const auto until = std::chrono::steady_clock::now() + time;
    const lock_guard hold(ending_lock_);
    while (!ending_ && ending_changed_.wait_until(ending_lock_, until) == std::cv_status::no_timeout
    ) {
    }
    return ending_;
}

void program::serve_clients()
{
    consumers_ = std::make_unique<server>(
        chosen_.listen,
        chosen_.store.folder,
        served_log{
            .log = log_.published(),
            .facts = board_,
            .clean_of = [this](
                            const std::string& file, std::uint64_t at
                        ) { return log_.clean_of(file, at); },
            .border_of = [this](
                             const std::string& file, std::uint64_t at
                         ) { return log_.border_of(file, at); },
            .dial = dial_for_clients_,
            .source_name = source_name_,
            .source_tls = chosen_.source.tls,
            .source_key = login_.public_key,
            .source_executed = [this] { return ask_executed(dial_, login_, source_name_); }
        },
        lines_
    );
}

void program::make_admin()
{
    admin_ = std::make_unique<admin_server>(
        chosen_.admin,
        chosen_.store.folder,
        admin_calls{
            .metrics = [this] { return measure(); },
            .status = [this] { return describe(); },
            .history = [this] { return history_.samples(); },
            .translate = [this](const position_question& asked
                         ) { return translate_position(log_, asked); },
            .resume = [this](const resume_request& word) { return pulling_.resume(word); },
            .look = [this](const resume_request& word) { return pulling_.look_at_stop(word); },
            .reload = [this] { return reload(); },
            .follow = [this](const follow_request& asked) { return follow(asked); },
        },
        lines_
    );
}

// Clients are served by now, and pulling needs room, too.
bool program::serve_admin()
{
    admin_->start();
    lines_.info("admin at http://{}/status.json", to_text(admin_->where()));
    return wait_for_disk("admin", [this] { return admin_->announce(); });
}

void program::start_tasks()
{
    const on_failure again = on_failure::restart_after(refused_pause);
    tasks_.start("source", [this] { return follow_source(); }, again);
    tasks_.start("source watch", [this] { return watch_source(); }, again);
    if (chosen_.source.failover == failover_mode::automatic)
        tasks_.start("failover", [this] { return watch_for_failover(); }, again);
    start_housekeeping(tasks_, {log_, consumers_->sessions(), board_, chosen_.store.folder});
    tasks_.start("lag history", [this] { return keep_history(); }, again);
    tls_files_ = {
        {"to the source", [this] { tls_.reload(); }},
        {"to the source for clients", [this] { tls_for_clients_.reload(); }},
        {"towards clients", [this] { consumers_->reload_tls(); }},
    };
    tasks_.start(
        "reload",
        [this] { return reload_at(hangups_, [this] { (void)reload_here(); }); },
        on_failure::restart_after(std::chrono::seconds(1))
    );
    around_.manager.on_ready();
    if (around_.manager.interval())
        tasks_.start("sign of life", [this] { return show_life(); }, on_failure::end());
}

asio::awaitable<void> program::keep_history()
{
    return every(lag_history::interval, [this] {
        history_.add(sample_of(describe(), std::time(nullptr)));
    });
}

// What only a person can mend (another server, a log that was reset or purged, an account that is
// locked) does not end the program while there is something to serve: consumers read on, and the
// source is asked again.
asio::awaitable<void> program::follow_source()
{
    try {
        co_await source_.run();
    } catch (const source_error& error) {
        if (log_.published().files()->files.empty())
            tasks_.end_program(std::current_exception());
        else
            pulling_.on_refused(error.what());
        throw;
    } catch (const std::exception&) {
        if (!is_cancellation(std::current_exception()))
            tasks_.end_program(std::current_exception());
        throw;
    }
}

// Going on without it could let a consumer in that lacks rows.
asio::awaitable<void> program::watch_source()
{
    try {
        co_await source_watch_.run();
    } catch (const source_error&) {
        pulling_.break_off(std::current_exception());
        throw;
    } catch (const std::exception&) {
        if (!is_cancellation(std::current_exception()))
            tasks_.end_program(std::current_exception());
        throw;
    }
}

void program::run_tasks()
{
    for (;;) {
        try {
            loop_.run();
            return;
        } catch (...) {
            tasks_.end_program(std::current_exception());
        }
    }
}

// Saves before it waits for anybody.
int program::close()
{
    watch_->begin("");
    pulling_.close();
    const int code = tasks_.failure() ? 1 : 0;
    watch_->set_exit_code(code);
    stage_ = stage::sessions;
    consumers_->stop();
    stage_ = stage::admin;
    admin_->stop();
    return code;
}

program_status program::describe()
{
    const publish_state progress = pulling_.progress();
    const watched_source watched = source_watch_.state();
    program_status status;
    pulling_.describe(status);
    status.source_address = to_text(role_.followed());
    status.source_connected = source_.numbers().connected();
    const clock_reading now;
    status.lag =
        lag_of(progress, contact_of(source_.numbers(), watched, chosen_.source.heartbeat), now);
    status.published_source = progress.published;
    status.unpublished_bytes = progress.unpublished_bytes;
    status.listen_address = to_text(address{chosen_.listen.where.host, consumers_->port()});
    status.data_folder = chosen_.store.folder.string();
    if (const disk_room room = real_disk().room(chosen_.store.folder); room.total != 0)
        status.disk_free_bytes = room.free;
    const auto keeps = retention_.current();
    status.retention_age = keeps->age;
    status.retention_bytes = keeps->bytes;
    status.facts_age_seconds = facts_.numbers().age_seconds();
    describe_log(status, log_.published(), *board_.current());
    describe_start(status);
    describe_numbers(status, pulling_.numbers());
    status.consumers = describe_sessions(
        consumers_->sessions(), log_.published(), watched.clock.seconds(now), status.lag.seconds
    );
    status.sessions_silent = std::chrono::duration_cast<std::chrono::seconds>(consumers_->silent());
    status.hook_calls = hooks_.calls();
    status.hook_failures = hooks_.failures();
    status.tasks = tasks_.snapshot();
    for (auto& others : {consumers_->tasks(), admin_->tasks()})
        status.tasks.insert(status.tasks.end(), others.begin(), others.end());
    return status;
}

metric_list program::measure()
{
    return list_metrics(
        {describe(),
         source_.numbers(),
         facts_.numbers(),
         pulling_.memory(),
         pulling_.numbers(),
         read_process_numbers(chosen_.store.folder)}
    );
}

void program::on_end(const std::string& why)
{
    around_.manager.on_ending();
    if (!why.empty())
        lines_.info("{}: ending", why);
    {
        const lock_guard hold(ending_lock_);
        ending_ = true;
    }
    ending_changed_.notify_all();
    asio::post(loop_, [this] { tasks_.cancel(); });
}

void program::say_what_is_left()
{
    const std::chrono::duration<double> seconds = patience_;
    lines_.error("ending: after {} s this has not ended: {}", seconds.count(), what_is_left());
    written_.drain();
}

std::string program::what_is_left()
{
    std::vector<std::string> names;
    switch (stage_.load()) {
        case stage::tasks:
            for (const task_snapshot& one : tasks_.snapshot())
                if (one.state == task_state::running)
                    names.push_back(one.name);
            return fmt::format(
                "{}; the state of the last checkpoint is kept", fmt::join(names, ", ")
            );
        case stage::sessions:
            for (const session_info& one : consumers_->sessions().list())
                names.push_back(fmt::format("{} ({}@{}, {})", one.id, one.user, one.peer, one.doing)
                );
            return fmt::format("sessions {}; all state is saved", fmt::join(names, ", "));
        case stage::admin: return "requests to the admin address; all state is saved";
        case stage::files: break;
    }
    return "closing files of the data folder";
}

}  // namespace proxy
