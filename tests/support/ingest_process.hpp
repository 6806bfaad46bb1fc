#pragma once

#include "proxy/ingest.hpp"
#include "proxy/net/no_throw.hpp"
#include "tests/support/files.hpp"
#include "tests/support/folded_log.hpp"
#include "tests/support/temp_folder.hpp"

#include <asio/bind_cancellation_slot.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/co_spawn.hpp>
#include <asio/use_awaitable.hpp>
#include <future>
#include <gtest/gtest.h>
#include <map>
#include <spdlog/sinks/ostream_sink.h>
#include <sstream>

// The ingest of one process after the other over a data folder, and logs of a source to give it.
namespace tests {

inline constexpr const char* source_uuid = "3e11fa47-71ca-11e1-9e33-c80aa9429562";
inline constexpr std::chrono::milliseconds never = std::chrono::hours(24);

struct source_event
{
    std::string file;
    std::uint64_t position = 0;
    byte_buffer bytes;
};

// The source's files, one event after the other. Each was begun at another time.
inline std::vector<source_event> events_of(const std::vector<tool_log>& files)
{
    std::vector<source_event> all;
    std::uint32_t number = 0;
    for (const tool_log& file : files) {
        const std::string name = "b.00000" + std::to_string(++number);
        std::uint64_t position = 4;
        for (byte_buffer event : file.events()) {
            if (position == 4) {
                const std::uint32_t begun = protocol::load_event_header(event).timestamp + number;
                protocol::store(event.data(), begun);
                protocol::seal(event, protocol::checksum::crc32);
            }
            const std::size_t size = event.size();
            all.push_back({name, position, std::move(event)});
            position += size;
        }
    }
    return all;
}

inline tool_log begin_of_file()
{
    tool_log log;
    log.format().previous_gtids({});
    return log;
}

// A fold whose verdict is still open when the file ends.
inline std::vector<source_event> fold_over_a_rotation()
{
    tool_log first = begin_of_file();
    first.change("t").gh_ost_begins().change("t").rotate("b.000002");
    tool_log second = begin_of_file();
    second.last = first.last;
    second.change("_t_gho").change("t").gh_ost_sentry().gh_ost_rename().change("t");
    return events_of({first, second});
}

// Up to here a verdict can stay open: what follows names the original, which decides it.
inline std::size_t begin_of_cut_over(const std::vector<source_event>& log)
{
    for (std::size_t i = 0; i < log.size(); ++i)
        if (protocol::as_text(log[i].bytes).find("cut-over-sentry") != std::string_view::npos)
            return i - 1;  // its GTID
    return log.size();
}

// How the source answers a question for facts.
enum class telling : std::uint8_t { at_once, later, fails };

// One process: the ingest over a data folder, a source that tells facts as the test says, and a
// loop that has no network.
class process
{
public:
    explicit process(
        const std::filesystem::path& folder,
        std::chrono::milliseconds wait = never,
        proxy::disk& on = proxy::real_disk(),
        proxy::spool::limits spooled = {}
    )
        : lines_("test", std::make_shared<spdlog::sinks::ostream_sink_mt>(said_))
        , log_(
              {.folder = folder, .sync_interval = std::chrono::milliseconds(0), .spool = spooled},
              lines_,
              on
          )
        , tasks(loop, lines_)
        , told_(loop, std::chrono::steady_clock::time_point::max())
    {
        fold_.verdict_wait = wait;
        tested = std::make_unique<proxy::ingest>(proxy::ingest::parts{
            .loop = loop,
            .fold = fold_,
            .log = log_,
            .facts = [this](
                         const rewrite::table_name& table, proxy::source_log followed
                     ) { return tell(this, table, std::move(followed)); },
            .board = board_,
            .lines = lines_,
            .tasks = tasks,
            .full_disk_pause = std::chrono::milliseconds(1),
        });
        while (!tested->open()) {
        }
    }
    ~process() { close(); }
    process(const process&) = delete;
    process& operator=(const process&) = delete;

    telling tells = telling::at_once;

    void connect()
    {
        proxy::source_facts facts;
        facts.server_uuid = source_uuid;
        tested->on_connected(facts);
    }
    // One batch of one event.
    void give(const source_event& event)
    {
        give_without_end(event);
        end_batch();
    }
    void give_without_end(const source_event& event)
    {
        const auto parsed = protocol::parse_event(event.bytes, protocol::checksum::crc32);
        ASSERT_TRUE(parsed);
        const proxy::source_log from{.file = event.file};
        tested->on_event(
            {proxy::upstream_event_kind::ordinary,
             from,
             event.position,
             protocol::checksum::crc32,
             *parsed}
        );
    }
    // Waits for nothing: what cannot be done now is left for turn().
    void end_batch()
    {
        batch_ended_ = false;
        asio::co_spawn(
            loop,
            tested->end_of_batch(),
            asio::bind_cancellation_slot(
                stop_.slot(),
                [this](const std::exception_ptr& failure, proxy::after_batch next) {
                    batch_ended_ = true;
                    batch_failure_ = failure;
                    asked_again_ = asked_again_ || next == proxy::after_batch::ask_again;
                }
            )
        );
        turn();
        if (batch_failure_)
            std::rethrow_exception(std::exchange(batch_failure_, nullptr));
    }
    // All that can be done now.
    void turn()
    {
        loop.restart();
        loop.poll();
    }
    // The source answers what it was asked.
    void tell_now()
    {
        tells = telling::at_once;
        told_.cancel();
        turn();
    }
    bool pulling_waits() const { return !batch_ended_; }
    // From where it asks for, as after a connect; again if it asks again. No more if it waits.
    void give_rest(const std::vector<source_event>& log, std::size_t up_to = SIZE_MAX)
    {
        for (std::size_t i = place_in(log); i < std::min(log.size(), up_to) && batch_ended_; ++i) {
            give(log[i]);
            if (!std::exchange(asked_again_, false))
                continue;
            connect();
            give_format(log);
            i = place_in(log) - 1;
        }
    }
    proxy::resume_place where(const std::vector<source_event>& log) const
    {
        const proxy::resume_place place = tested->where();
        const auto file = std::ranges::find(log, place.log.file, &source_event::file);
        if (place.format_timestamp != 0 && file != log.end())
            EXPECT_EQ(place.format_timestamp, protocol::load_event_header(file->bytes).timestamp)
                << "another file: " << place.log.file;
        return place;
    }
    // A dump that begins in mid-file.
    void give_format(const std::vector<source_event>& log)
    {
        const proxy::resume_place place = where(log);
        const auto file = std::ranges::find(log, place.log.file, &source_event::file);
        if (place.position == protocol::first_position || file == log.end())
            return;
        byte_buffer copy = file->bytes;
        protocol::store(copy.data() + protocol::event_end_log_pos_offset, std::uint32_t{0});
        protocol::seal(copy, protocol::checksum::crc32);
        const auto parsed = protocol::parse_event(copy, protocol::checksum::crc32);
        ASSERT_TRUE(parsed);
        tested->on_event(
            {proxy::upstream_event_kind::format_copy,
             place.log,
             place.position,
             protocol::checksum::crc32,
             *parsed}
        );
    }
    std::size_t place_in(const std::vector<source_event>& log) const
    {
        const proxy::resume_place place = where(log);
        if (place.fresh)
            return 0;
        for (std::size_t i = 0; i < log.size(); ++i)
            if (log[i].file == place.log.file && log[i].position == place.position)
                return i;
        // A place behind a file's last event is in front of the next file.
        for (std::size_t i = log.size(); i-- > 0;)
            if (log[i].file == place.log.file) {
                EXPECT_EQ(log[i].position + log[i].bytes.size(), place.position);
                return i + 1;
            }
        ADD_FAILURE() << "no such place: " << place.log.file << ":" << place.position;
        return log.size();
    }
    proxy::program_status status() const
    {
        proxy::program_status all;
        tested->describe(all);
        return all;
    }
    std::optional<std::string> say(const proxy::resume_request& word)
    {
        auto answer = std::async(std::launch::async, [&] { return tested->resume(word); });
        while (answer.wait_for(std::chrono::seconds(0)) != std::future_status::ready)
            turn();
        return answer.get();
    }
    // As at the end of the program.
    void close()
    {
        if (!tested)
            return;
        stop_.emit(asio::cancellation_type::all);
        tasks.cancel();
        turn();
        tested->close();
        tested.reset();
        turn();
    }
    std::string lines() const { return said_.str(); }
    std::vector<rewrite::decision> decisions() { return log_.decisions().decisions(); }

private:
    static asio::awaitable<rewrite::facts>
    tell(process* of, rewrite::table_name table, proxy::source_log followed)
    {
        if (of->tells == telling::later)
            co_await of->told_.async_wait(proxy::no_throw);
        if (of->tells == telling::fails)
            throw std::runtime_error("connection refused");
        rewrite::facts answer{.table = table};
        answer.create_table = "CREATE TABLE `t` (\n  `id` int NOT NULL,\n  PRIMARY KEY (`id`)\n) "
                              "ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_0900_ai_ci";
        EXPECT_EQ(protocol::to_text(followed.uuid), source_uuid);
        followed.file = "b.000001";
        answer.fence = followed.at(4);
        co_return answer;
    }

    std::ostringstream said_;
    spdlog::logger lines_;
    proxy::fold_config fold_;
    proxy::store log_;
    proxy::facts_board board_;

public:
    asio::io_context loop{1};
    proxy::task_group tasks;
    std::unique_ptr<proxy::ingest> tested;

private:
    asio::steady_timer told_;
    asio::cancellation_signal stop_;
    bool batch_ended_ = true;
    bool asked_again_ = false;  // since give_rest() looked
    std::exception_ptr batch_failure_;
};

// What consumers can have been given: size and checksum of each clean file.
using clean_sums = std::map<std::string, std::pair<std::size_t, std::uint32_t>>;

inline clean_sums clean_files(const std::filesystem::path& folder)
{
    clean_sums files;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        const std::string name = entry.path().filename().string();
        if (!name.starts_with("b.") || name.ends_with(".map"))
            continue;
        const byte_buffer bytes = read_file(entry.path());
        files[name] = {bytes.size(), protocol::crc32(bytes)};
    }
    return files;
}

inline clean_sums undisturbed(const std::vector<source_event>& log)
{
    const temp_folder folder;
    {
        process one(folder.path());
        one.connect();
        one.give_rest(log);
    }
    return clean_files(folder.path());
}

}  // namespace tests
