#include "proxy/store/ledger.hpp"

#include "proxy/store/file_io.hpp"
#include "proxy/store/ledger_schema.hpp"
#include "proxy/store/ledger_statement.hpp"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <fmt/format.h>
#include <map>
#include <stdexcept>
#include <sys/stat.h>

namespace proxy {

namespace {

const char* kind_text(rewrite::question_kind kind)
{
    switch (kind) {
        case rewrite::question_kind::verdict: return "verdict";
        case rewrite::question_kind::second_half: return "second half";
        case rewrite::question_kind::stop: return "go on";
        case rewrite::question_kind::count: return "count";
    }
    return "unknown";
}

std::string_view answer_text(const rewrite::decision& made)
{
    switch (made.kind) {
        case rewrite::question_kind::verdict:
            if (made.later)
                return "later";
            return made.ruling.what == rewrite::outcome::fold ? "fold" : "pass";
        case rewrite::question_kind::second_half: return made.found ? "found" : "not found";
        case rewrite::question_kind::count: return made.counted ? "counted" : "not counted";
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

// For people; empty for no table.
std::string name_text(const rewrite::table_name& name)
{
    return name.empty() ? std::string() : name.schema + '.' + name.table;
}

}  // namespace

struct ledger::state
{
    std::filesystem::path file;
    bool read_only;
    sqlite3* db = nullptr;

    // Not written yet.
    std::map<std::uint64_t, rewrite::migration_summary> changed;
    std::vector<rewrite::remark> remarks;
    std::vector<given_word> words;
    std::optional<std::optional<rewrite::question>> stop;

    state(std::filesystem::path path, bool for_reading)
        : file(std::move(path))
        , read_only(for_reading)
    {}
    ~state() { sqlite3_close(db); }
    state(const state&) = delete;
    state& operator=(const state&) = delete;

    void run(const char* sql) const
    {
        if (sqlite3_exec(db, sql, nullptr, nullptr, nullptr) != SQLITE_OK)
            fail();
    }
    [[noreturn]] void fail() const
    {
        try {
            throw_ledger_error(db);
        } catch (const disk_refusal&) {
            throw;
        } catch (const std::runtime_error&) {
            unusable(sqlite3_errmsg(db));
        }
    }
    // Of a transaction that the failure has not ended already.
    void roll_back() const
    {
        if (sqlite3_get_autocommit(db) == 0)
            sqlite3_exec(db, "rollback", nullptr, nullptr, nullptr);
    }
    void record(const rewrite::decision& made) const;
    void write(const rewrite::migration_summary& changed_one) const;
    void write(const rewrite::remark& said) const;
    void write(const std::optional<rewrite::question>& stopped) const;
    void write(const given_word& said) const;
    void write_times(const rewrite::migration_summary& of) const;
    void read_times(std::vector<rewrite::migration_summary>& into) const;
    bool has_table(const char* name) const;
    std::uint64_t ask(const char* sql) const
    {
        ledger_statement asked(db, sql);
        return asked.row() ? asked.number() : 0;
    }
    [[noreturn]] void unusable(const std::string& why) const
    {
        throw std::runtime_error(fmt::format(
            "ledger {}: {}. It holds decisions that cannot be made again: restore it from a "
            "backup, or move the whole data folder away, start again and seed the consumers again",
            file.string(),
            why
        ));
    }
    [[noreturn]] void newer(const std::string& what) const
    {
        throw std::runtime_error(fmt::format(
            "ledger {}: {} was written by a newer unghost; go on with that one", file.string(), what
        ));
    }
    // What is recorded for this key.
    std::optional<protocol::byte_buffer>
    bytes_of(const rewrite::coordinate& at, rewrite::question_kind kind) const
    {
        ledger_statement asked(
            db,
            "select bytes from decisions where epoch = ? and file_number = ? and position = ? and "
            "kind = ?"
        );
        asked.number(at.epoch).number(rewrite::file_number(at.file)).number(at.position);
        asked.text(kind_text(kind));
        if (!asked.row())
            return std::nullopt;
        const protocol::byte_view bytes = asked.blob();
        return protocol::byte_buffer(bytes.begin(), bytes.end());
    }
    protocol::gtid_set gtids(const std::string& text) const;
    void record_gtid(const rewrite::decision& made) const;
    std::optional<rewrite::coordinate> place_in_transaction(const rewrite::question& asked) const;
    std::optional<rewrite::coordinate> place_before(const rewrite::coordinate& at) const;
    void record_place(const rewrite::coordinate& at, const rewrite::coordinate& of) const;
    rewrite::decision parse(protocol::byte_view bytes) const
    {
        auto made = rewrite::parse_decision(bytes);
        if (!made && made.error() == protocol::errc::unsupported)
            newer("a decision in it");
        if (!made)
            unusable("a decision in it cannot be read, " + make_error_code(made.error()).message());
        return *std::move(made);
    }
    void keep_from_others() const;
    void connect();
    void prepare() const;
    // After a refusal the connection is made again: SQLite may have fallen back to a file that it
    // can only read, and would stay there.
    template <class Work>
    auto attempt(const Work& work)
    {
        return or_problem([this, &work] {
            if (db == nullptr)
                connect();
            try {
                return work();
            } catch (const disk_refusal&) {
                roll_back();
                sqlite3_close(db);
                db = nullptr;
                throw;
            }
        });
    }
};

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

void ledger::update(const rewrite::migration_summary& changed)
{
    state_->changed.insert_or_assign(changed.id, changed);
}

void ledger::add_remark(const rewrite::remark& said)
{
    state_->remarks.push_back(said);
}

void ledger::set_stop(const std::optional<rewrite::question>& stopped)
{
    state_->stop = stopped;
}

void ledger::add_word(const given_word& said)
{
    state_->words.push_back(said);
}

disk_result<> ledger::write_notes()
{
    state& my = *state_;
    if (my.changed.empty() && my.remarks.empty() && my.words.empty() && !my.stop)
        return {};
    return my.attempt([&my] {
        my.run("begin immediate");
        for (const auto& [id, summary] : my.changed)
            my.write(summary);
        for (const rewrite::remark& said : my.remarks)
            my.write(said);
        for (const given_word& said : my.words)
            my.write(said);
        if (my.stop)
            my.write(*my.stop);
        my.run("commit");
        my.changed.clear();
        my.remarks.clear();
        my.words.clear();
        my.stop.reset();
    });
}

void ledger::state::write(const rewrite::migration_summary& changed_one) const
{
    ledger_statement add(
        db,
        "insert or replace into migrations values "
        "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
    );
    const rewrite::migration_summary& of = changed_one;
    add.number(of.id).number(static_cast<std::uint64_t>(of.which));
    add.text(of.original.schema).text(of.original.table);
    add.text(of.ghost.schema).text(of.ghost.table);
    add.number(static_cast<std::uint64_t>(of.state));
    add.number(static_cast<std::uint64_t>(of.ruling.what)).text(of.ruling.reason);
    add.number(static_cast<std::uint64_t>(of.ruling.price)).number(of.ruling.unproven ? 1 : 0);
    add.at(of.created).at(of.judged).at(of.cut_over_at);
    add.text(of.alter_text).text(of.disturbed_by);
    add.number(of.hidden_transactions).number(of.hidden_events).number(of.hidden_bytes);
    add.run();
    write_times(of);
}

void ledger::state::write_times(const rewrite::migration_summary& of) const
{
    ledger_statement add(db, "insert or replace into migration_times values (?, ?, ?, ?, ?, ?)");
    add.number(of.id).number(of.times.began).number(of.times.judged);
    add.number(of.times.cut_over).number(of.times.ended);
    add.text(of.served_text).run();
}

bool ledger::state::has_table(const char* name) const
{
    ledger_statement asked(db, "select count(*) from sqlite_master where name = ?");
    asked.text(name);
    return asked.row() && asked.number() != 0;
}

void ledger::state::read_times(std::vector<rewrite::migration_summary>& into) const
{
    if (!has_table("migration_times"))
        return;
    ledger_statement asked(
        db,
        "select migration, began, judged, cut_over, ended, served_text from migration_times "
        "order by migration desc"
    );
    auto next = into.begin();  // in the same order
    while (asked.row()) {
        const std::uint64_t id = asked.number();
        next = std::find_if(next, into.end(), [id](const auto& one) { return one.id <= id; });
        if (next == into.end())
            return;
        if (next->id != id)
            continue;
        const auto seconds = [&asked] { return static_cast<std::uint32_t>(asked.number()); };
        next->times.began = seconds();
        next->times.judged = seconds();
        next->times.cut_over = seconds();
        next->times.ended = seconds();
        next->served_text = asked.text();
    }
}

void ledger::state::write(const rewrite::remark& said) const
{
    ledger_statement add(
        db,
        "insert or ignore into remarks (kind, migration, name, epoch, file, position, text) "
        "values (?, ?, ?, ?, ?, ?, ?)"
    );
    add.number(static_cast<std::uint64_t>(said.kind)).number(said.migration);
    add.text(name_text(said.table)).at(said.at).text(said.text);
    add.run();
}

void ledger::state::write(const std::optional<rewrite::question>& stopped) const
{
    if (!stopped) {
        run("delete from stop");
        return;
    }
    ledger_statement add(db, "insert or replace into stop values (1, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    add.at(stopped->at).number(static_cast<std::uint64_t>(stopped->kind));
    add.number(static_cast<std::uint64_t>(stopped->reason)).number(stopped->migration);
    add.text(name_text(stopped->original)).text(name_text(stopped->ghost));
    add.text(stopped->text).run();
}

void ledger::state::write(const given_word& said) const
{
    ledger_statement add(
        db,
        "insert into words (epoch, file, position, migration, word, sql, given_by) "
        "values (?, ?, ?, ?, ?, ?, ?)"
    );
    add.at(said.at).number(said.migration).number(static_cast<std::uint64_t>(said.word));
    add.text(said.sql).text(said.given_by).run();
}

std::vector<given_word> ledger::words() const
{
    std::vector<given_word> all;
    if (!state_->has_table("words"))
        return all;
    ledger_statement asked(
        state_->db,
        "select epoch, file, position, migration, word, sql, given_by, given_at from words "
        "order by rowid"
    );
    while (asked.row()) {
        given_word& one = all.emplace_back();
        one.at = asked.at();
        one.migration = asked.number();
        one.word = static_cast<rewrite::operator_word>(asked.number());
        one.sql = asked.text();
        one.given_by = asked.text();
        one.given_at = asked.text();
    }
    return all;
}

std::vector<rewrite::migration_summary> ledger::migrations() const
{
    std::vector<rewrite::migration_summary> all;
    ledger_statement asked(state_->db, "select * from migrations order by id desc");
    while (asked.row()) {
        rewrite::migration_summary& one = all.emplace_back();
        one.id = asked.number();
        one.which = static_cast<rewrite::tool>(asked.number());
        one.original.schema = asked.text();
        one.original.table = asked.text();
        one.ghost.schema = asked.text();
        one.ghost.table = asked.text();
        one.state = static_cast<rewrite::migration_state>(asked.number());
        one.ruling.what = static_cast<rewrite::outcome>(asked.number());
        one.ruling.reason = asked.text();
        one.ruling.price = static_cast<rewrite::cost>(asked.number());
        one.ruling.unproven = asked.number() != 0;
        one.created = asked.at();
        one.judged = asked.at();
        one.cut_over_at = asked.at();
        one.alter_text = asked.text();
        one.disturbed_by = asked.text();
        one.hidden_transactions = asked.number();
        one.hidden_events = asked.number();
        one.hidden_bytes = asked.number();
    }
    state_->read_times(all);
    return all;
}

}  // namespace proxy
