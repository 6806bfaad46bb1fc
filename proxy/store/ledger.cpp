#include "proxy/store/ledger.hpp"

#include "proxy/store/file_io.hpp"
#include "proxy/store/ledger_schema.hpp"
#include "proxy/store/ledger_state.hpp"

#include <cerrno>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

namespace proxy {

namespace {

std::string_view answer_text(const rewrite::decision& made)
{
    switch (made.kind) {
        case rewrite::question_kind::verdict:
            if (made.later)
                return "later";
            return made.ruling.what == rewrite::outcome::fold ? "fold" : "pass";
        case rewrite::question_kind::second_half: return made.found ? "found" : "not found";
        case rewrite::question_kind::count: return made.counted ? "counted" : "not counted";
        case rewrite::question_kind::free_name: return made.found ? "free" : "not known to be free";
        case rewrite::question_kind::stop: break;
    }
    return rewrite::operator_word_names[made.word];
}

std::string count_text(const rewrite::row_count& counted)
{
    return counted.uncounted.empty() ? fmt::format("{} rows", counted.rows) : counted.uncounted;
}

std::string reason_text(const rewrite::decision& made)
{
    if (made.expired)
        return "the wait ran out";
    switch (made.kind) {
        case rewrite::question_kind::stop: return made.sql;
        case rewrite::question_kind::count:
            return made.counted ? count_text(*made.counted) : std::string();
        default: return made.ruling.reason;
    }
}

}  // namespace

// SQLite would let everybody read what it makes; beside the ledger it makes files of the ledger's
// own mode. No file that is there is opened for that: to close it would drop SQLite's locks. Where
// a file is another user's, or the file system keeps no modes, they stay as they are.
void ledger::state::keep_from_others() const
{
    const file_descriptor made(
        ::open(file.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, S_IRUSR | S_IWUSR | S_IRGRP)
    );
    if (!made && errno != EEXIST)
        throw disk_refusal(problem_of(errno, "open", file));
    for (const char* beside : {"", "-wal", "-shm"}) {
        std::error_code ignored;
        std::filesystem::permissions(
            file.string() + beside,
            std::filesystem::perms::others_all,
            std::filesystem::perm_options::remove,
            ignored
        );
    }
}

void ledger::state::connect()
{
    const int flags = read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
    try {
        if (!read_only)
            keep_from_others();
        if (sqlite3_open_v2(file.c_str(), &db, flags, nullptr) != SQLITE_OK)
            fail();
        sqlite3_busy_timeout(db, 5000);
        prepare();
    } catch (const disk_refusal& refused) {
        if (read_only)
            unusable(refused.what());
        sqlite3_close(db);
        db = nullptr;
        throw;
    }
}

void ledger::state::prepare() const
{
    run("pragma schema_version");  // reads the file for the first time
    const std::uint64_t version = ask("pragma user_version");
    if (version > ledger_version)
        newer(fmt::format("its version, {},", version));
    if (read_only) {
        if (version == 0)
            unusable("is not a ledger");
        return;
    }
    // Write-ahead: `sqlite3 ledger` next to a running unghost neither waits nor makes it wait.
    run("pragma journal_mode = wal");
    if (version == 0) {
        const std::string all = fmt::format(
            "begin immediate; {} pragma user_version = {}; commit", schema, ledger_version
        );
        run("pragma synchronous = full");
        run(all.c_str());
    }
    run(later_schema);
    run("pragma synchronous = normal");
}

ledger::ledger(const std::filesystem::path& file, ledger_access access)
    : state_(std::make_unique<state>(file, access == ledger_access::read_only))
{
    state_->connect();
}
ledger::~ledger() = default;
ledger::ledger(ledger&&) noexcept = default;

disk_result<std::unique_ptr<ledger>> ledger::open(const std::filesystem::path& file)
{
    return or_problem([&file] { return std::make_unique<ledger>(file); });
}

disk_result<> ledger::record(const rewrite::decision& made)
{
    return state_->attempt([&] { state_->record(made); });
}

void ledger::state::record(const rewrite::decision& made) const
{
    const protocol::byte_buffer bytes = rewrite::to_bytes(made);
    if (const auto recorded = bytes_of(made.at, made.kind)) {
        if (rewrite::to_bytes(parse(*recorded)) == bytes)
            return;
        throw std::logic_error(fmt::format(
            "a {} for {} is recorded already and differs",
            kind_text(made.kind),
            rewrite::to_text(made.at)
        ));
    }
    // Everything else may get lost with the power and comes again with a replay; this must not.
    run("pragma synchronous = full");
    run("begin immediate");
    if (ask("pragma user_version") < ledger_version)
        run(fmt::format("pragma user_version = {}", ledger_version).c_str());
    record_gtid(made);
    {
        ledger_statement add(
            db,
            "insert into decisions (epoch, file, file_number, position, kind, answer, reason, "
            "original, bytes) values (?, ?, ?, ?, ?, ?, ?, ?, ?)"
        );
        add.number(made.at.epoch).text(made.at.file).number(rewrite::file_number(made.at.file));
        add.number(made.at.position).text(kind_text(made.kind)).text(answer_text(made));
        add.text(reason_text(made));
        add.text(name_text(made.original));
        add.blob(bytes);
        add.run();
    }
    run("commit");
    run("pragma synchronous = normal");
}

void ledger::state::record_gtid(const rewrite::decision& made) const
{
    if (made.in.transaction.number == 0)
        return;
    ledger_statement add(db, "insert or ignore into decision_gtids values (?, ?, ?, ?, ?, ?)");
    add.text(protocol::to_text(made.in.transaction)).number(made.in.number);
    add.text(kind_text(made.kind)).at(made.at);
    add.run();
}

// Of the decision that was made first.
std::optional<rewrite::coordinate>
ledger::state::place_in_transaction(const rewrite::question& asked) const
{
    if (asked.in.transaction.number == 0 || !has_table("decision_gtids"))
        return std::nullopt;
    ledger_statement found(
        db,
        "select epoch, file, position from decision_gtids where gtid = ? and number = ? and kind = "
        "?"
    );
    found.text(protocol::to_text(asked.in.transaction)).number(asked.in.number);
    found.text(kind_text(asked.kind));
    if (!found.row())
        return std::nullopt;
    return found.at();
}

// A count is of a verdict: where that was found by its GTID, the count is where it was made.
std::optional<rewrite::coordinate> ledger::state::place_before(const rewrite::coordinate& at) const
{
    if (!has_table("decision_places"))
        return std::nullopt;
    ledger_statement found(
        db,
        "select of_epoch, of_file, of_position from decision_places where epoch = ? and file = ? "
        "and position = ?"
    );
    found.at(at);
    if (found.row())
        return found.at();
    // Or the count was made where the verdict was found, and is sought where it was made: offline.
    ledger_statement later(
        db,
        "select epoch, file, position from decision_places where of_epoch = ? and of_file = ? and "
        "of_position = ?"
    );
    later.at(at);
    if (!later.row())
        return std::nullopt;
    return later.at();
}

void ledger::state::record_place(const rewrite::coordinate& at, const rewrite::coordinate& of) const
{
    if (read_only)
        return;
    run("pragma synchronous = full");
    {
        ledger_statement add(db, "insert or ignore into decision_places values (?, ?, ?, ?, ?, ?)");
        add.at(at).at(of).run();
    }
    run("pragma synchronous = normal");
}

disk_result<std::optional<rewrite::decision>> ledger::find_by_gtid(const rewrite::question& asked)
{
    return state_->attempt([&]() -> std::optional<rewrite::decision> {
        const state& my = *state_;
        const bool is_count = asked.kind == rewrite::question_kind::count;
        const auto place = is_count ? my.place_before(asked.at) : my.place_in_transaction(asked);
        if (!place || *place == asked.at)
            return std::nullopt;
        const auto bytes = my.bytes_of(*place, asked.kind);
        if (!bytes)
            return std::nullopt;
        rewrite::decision made = my.parse(*bytes);
        if (!is_count)
            my.record_place(asked.at, *place);
        made.at = asked.at;
        return made;
    });
}

disk_result<std::optional<rewrite::decision>>
ledger::find(const rewrite::coordinate& at, rewrite::question_kind asked) const
{
    return state_->attempt([&]() -> std::optional<rewrite::decision> {
        const auto bytes = state_->bytes_of(at, asked);
        if (!bytes)
            return std::nullopt;
        return state_->parse(*bytes);
    });
}

std::vector<rewrite::decision> ledger::decisions() const
{
    std::vector<rewrite::decision> all;
    ledger_statement asked(
        state_->db, "select bytes from decisions order by epoch, file_number, position, kind"
    );
    while (asked.row())
        all.push_back(state_->parse(asked.blob()));
    return all;
}

disk_result<> ledger::record(const recorded_epoch& begun)
{
    return state_->attempt([&] {
        state_->run("pragma synchronous = full");
        {
            ledger_statement add(
                state_->db,
                "insert or replace into epochs values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
            );
            add.at(begun.end).text(protocol::to_text(begun.log.uuid)).text(begun.log.file);
            add.number(begun.server_id).text(protocol::to_text(begun.stored));
            add.text(protocol::to_text(begun.known)).text(protocol::to_text(begun.lost));
            add.at(begun.before);
            add.text(begun.before.file.empty() ? "by GTID" : "at a place").run();
        }
        state_->run("pragma synchronous = normal");
    });
}

protocol::gtid_set ledger::state::gtids(const std::string& text) const
{
    auto set = protocol::parse_gtid_set(text);
    if (!set)
        unusable("a set of GTIDs in it cannot be read");
    return *std::move(set);
}

std::vector<recorded_epoch> ledger::epochs() const
{
    std::vector<recorded_epoch> all;
    const state& my = *state_;
    if (!my.has_table("epochs"))
        return all;
    ledger_statement asked(my.db, "select * from epochs order by epoch");
    while (asked.row()) {
        recorded_epoch& one = all.emplace_back();
        one.end = asked.at();
        one.log.epoch = one.end.epoch;
        if (const auto uuid = protocol::parse_uuid(asked.text()))
            one.log.uuid = *uuid;
        one.log.file = asked.text();
        one.server_id = static_cast<std::uint32_t>(asked.number());
        one.stored = my.gtids(asked.text());
        one.known = my.gtids(asked.text());
        one.lost = my.gtids(asked.text());
        one.before = asked.at();
    }
    return all;
}

}  // namespace proxy
