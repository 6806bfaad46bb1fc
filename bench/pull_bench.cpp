// Pulls a source's log as `unghost serve` does, without rewriting or storing it, and says how long
// it took. With a folder, writes the files as they are: `cmp` them with the source's own (whose
// last file has another byte in its header while it is in use).
//
//   pull_bench --host 127.0.0.1 --port 3306 --user repl --password-file FILE [--tls required]
//              [--start earliest] [--raw FOLDER]
//
// Ends at the source's end (its first heartbeat). For comparison:
//   mysqlbinlog --read-from-remote-server --raw --to-last-log FIRST_FILE

#include "proxy/config_reader.hpp"
#include "proxy/net/tls.hpp"
#include "proxy/source/dial.hpp"
#include "proxy/source/source_client.hpp"

#include <CLI/CLI.hpp>
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/io_context.hpp>
#include <chrono>
#include <fcntl.h>
#include <fmt/format.h>
#include <fstream>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <unistd.h>

namespace {

using clock = std::chrono::steady_clock;

struct at_end
{};

class raw_sink final : public proxy::event_sink
{
public:
    explicit raw_sink(std::string folder) : folder_(std::move(folder)) {}
    ~raw_sink() override
    {
        if (file_ >= 0)
            ::close(file_);
    }
    raw_sink(const raw_sink&) = delete;
    raw_sink& operator=(const raw_sink&) = delete;

    proxy::resume_place where() override { return place_; }
    void on_connected(const proxy::source_facts& facts) override
    {
        fmt::print("source: {}, gtid_mode {}\n", facts.version, facts.gtid_mode);
    }
    proxy::taken_gtids taken() override { return {}; }
    void on_other_server(const proxy::next_source& /*followed*/) override {}
    void on_event(const proxy::upstream_event& event) override
    {
        if (events_ == 0)
            begin_ = clock::now();
        switch (event.kind) {
            case proxy::upstream_event_kind::file_begins:
                open(event.log.file, event.position);
                place_.fresh = false;
                place_.log = event.log;
                place_.position = event.position;
                break;
            case proxy::upstream_event_kind::ordinary:
                ++events_;
                bytes_ += event.event.whole.size();
                place_.position = event.position + event.event.whole.size();
                if (file_ >= 0)
                    pending_.insert(
                        pending_.end(), event.event.whole.begin(), event.event.whole.end()
                    );
                break;
            case proxy::upstream_event_kind::format_copy: break;
            case proxy::upstream_event_kind::heartbeat: write(); throw at_end{};
        }
    }
    asio::awaitable<proxy::after_batch> end_of_batch() override
    {
        ++batches_;
        write();
        last_ = clock::now();
        co_return proxy::after_batch::go_on;
    }
    void report() const
    {
        const double seconds = std::chrono::duration<double>(last_ - begin_).count();
        const double mib = static_cast<double>(bytes_) / (1 << 20);
        fmt::print(
            "{} events, {:.1f} MiB in {:.3f} s: {:.0f} MiB/s, {} batches\n",
            events_,
            mib,
            seconds,
            mib / seconds,
            batches_
        );
    }

private:
    void open(const std::string& name, std::uint64_t position)
    {
        write();
        if (folder_.empty())
            return;
        if (file_ >= 0)
            ::close(file_);
        const int mode = position == 4 ? O_TRUNC : O_APPEND;
        file_ = ::open((folder_ + "/" + name).c_str(), O_CREAT | O_WRONLY | mode, 0644);
        if (file_ < 0)
            throw std::system_error(errno, std::system_category(), name);
        if (position == 4)
            pending_.assign(protocol::binlog_magic.begin(), protocol::binlog_magic.end());
    }
    void write()
    {
        std::size_t done = 0;
        while (done < pending_.size()) {
            const ssize_t size = ::write(file_, pending_.data() + done, pending_.size() - done);
            if (size < 0)
                throw std::system_error(errno, std::system_category(), "write");
            done += static_cast<std::size_t>(size);
        }
        pending_.clear();
    }

    std::string folder_;
    int file_ = -1;
    protocol::byte_buffer pending_;
    proxy::resume_place place_;
    std::uint64_t events_ = 0;
    std::uint64_t bytes_ = 0;
    std::uint64_t batches_ = 0;
    clock::time_point begin_;
    clock::time_point last_;
};

std::string first_line(const std::string& file)
{
    std::string line;
    std::ifstream in(file);
    std::getline(in, line);
    return line;
}

int pull(const proxy::source_config& config, const std::string& password, const std::string& raw)
{
    auto log = spdlog::logger("pull", std::make_shared<spdlog::sinks::stderr_color_sink_mt>());
    asio::io_context loop{1};
    const proxy::tls_settings tls([&] {
        return proxy::make_client_tls(config, proxy::client_certificate::none);
    });
    raw_sink sink(raw);
    const auto dial = proxy::dial_with(config, tls);
    proxy::source_client client(
        {
            .name = proxy::to_text(config.where),
            .login = {.user = config.user, .password = password, .tls = config.tls},
            .start = config.start,
            .heartbeat = config.heartbeat,
            .self = {.server_id = 4'000'000'001, .uuid = "7a6b7a6b-0000-4000-8000-000000000001"},
        },
        dial,
        sink,
        log
    );
    std::exception_ptr end;
    asio::co_spawn(loop, client.run(), [&](std::exception_ptr error) { end = std::move(error); });
    loop.run();
    try {
        std::rethrow_exception(end);
    } catch (const at_end&) {
        sink.report();
        return 0;
    } catch (const std::exception& error) {
        fmt::print(stderr, "{}\n", error.what());
        return 1;
    }
}

}  // namespace

int main(int argc, char** argv)
try {
    proxy::source_config config;
    config.start = "earliest";
    config.heartbeat = std::chrono::milliseconds(100);
    std::string password_file;
    std::string tls = "disabled";
    std::string raw;
    CLI::App app{"pulls a source's log and says how long it took"};
    app.add_option("--host", config.where.host);
    app.add_option("--port", config.where.port)->required();
    app.add_option("--user", config.user)->required();
    app.add_option("--password-file", password_file);
    app.add_option("--tls", tls)->check(CLI::IsMember({"disabled", "preferred", "required"}));
    app.add_option("--start", config.start);
    app.add_option("--raw", raw);
    CLI11_PARSE(app, argc, argv);
    config.tls = tls == "disabled"    ? proxy::tls_mode::disabled
                 : tls == "preferred" ? proxy::tls_mode::preferred
                                      : proxy::tls_mode::required;
    return pull(config, password_file.empty() ? std::string() : first_line(password_file), raw);
} catch (const std::exception& error) {
    fmt::print(stderr, "{}\n", error.what());
    return 1;
}
