#include "proxy/store/ledger.hpp"

#include <fmt/format.h>
#include <sqlite3.h>
#include <stdexcept>

namespace proxy {

namespace {

// Raised when a table changes its meaning; an older program must not write a newer ledger.
constexpr int ledger_version = 1;

constexpr const char* schema = R"(
create table decisions (          -- never taken twice, never changed
    epoch integer not null,
    file text not null,           -- of the source
    file_number integer not null,
    position integer not null,
    kind text not null,           -- verdict | second half | go on
    answer text not null,         -- fold | pass | found | not found | pass | empty | sql
    reason text not null,
    original text not null,       -- schema.table of a verdict's migration
    recorded_at text not null default (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    bytes blob not null,          -- all of it
    primary key (epoch, file_number, position, kind)
) without rowid;

create table migrations (
    id integer primary key,
    tool integer not null,        -- 1 gh-ost, 2 pt-online-schema-change
    original_schema text not null, original_table text not null,
    ghost_schema text not null, ghost_table text not null,
    state integer not null,       -- 0 candidate 1 folding 2 passing 3 cut over 4 ended 5 disturbed
    outcome integer not null,     -- 0 pass, 1 fold
    reason text not null, price integer not null, unproven integer not null,
    created_epoch integer not null, created_file text not null, created_position integer not null,
    judged_epoch integer not null, judged_file text not null, judged_position integer not null,
    cut_over_epoch integer not null, cut_over_file text not null, cut_over_position integer not null,
    alter_text text not null, disturbed_by text not null,
    hidden_transactions integer not null, hidden_events integer not null,
    hidden_bytes integer not null
);

create table remarks (
    kind integer not null,
    migration integer not null,
    name text not null,           -- schema.table
    epoch integer not null, file text not null, position integer not null,
    text text not null,
    said_at text not null default (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
    unique (epoch, file, position, kind, migration, name, text)  -- a replay says them again
);

create table stop (               -- what holds publishing now: one row or none
    id integer primary key check (id = 1),
    epoch integer not null, file text not null, position integer not null,
    kind integer not null, reason integer not null, migration integer not null,
    original text not null, ghost text not null, text text not null
);
)";

const char* kind_text(rewrite::decision_kind kind)
{
    switch (kind) {
        case rewrite::decision_kind::verdict: return "verdict";
        case rewrite::decision_kind::second_half: return "second half";
        case rewrite::decision_kind::go_on: return "go on";
    }
    return "unknown";
}

const char* answer_text(const rewrite::decision& made)
{
    switch (made.kind) {
        case rewrite::decision_kind::verdict:
            return made.ruling.what == rewrite::outcome::fold ? "fold" : "pass";
        case rewrite::decision_kind::second_half: return made.found ? "found" : "not found";
        case rewrite::decision_kind::go_on: break;
    }
    switch (made.word) {
        case rewrite::operator_word::pass: return "pass";
        case rewrite::operator_word::empty: return "empty";
        case rewrite::operator_word::sql: return "sql";
    }
    return "unknown";
}

std::string reason_text(const rewrite::decision& made)
{
    if (made.expired)
        return "the wait ran out";
    return made.kind == rewrite::decision_kind::go_on ? made.sql : made.ruling.reason;
}

// For people; empty for no table.
std::string name_text(const rewrite::table_name& name)
{
    return name.empty() ? std::string() : name.schema + '.' + name.table;
}

rewrite::decision_kind answer_to(rewrite::question_kind asked)
{
    switch (asked) {
        case rewrite::question_kind::verdict: return rewrite::decision_kind::verdict;
        case rewrite::question_kind::second_half: return rewrite::decision_kind::second_half;
        case rewrite::question_kind::stop: break;
    }
    return rewrite::decision_kind::go_on;
}

// One prepared statement, its parameters bound in order, its columns read in order.
class statement
{
public:
    statement(sqlite3* db, std::string_view sql) : db_(db)
    {
        if (sqlite3_prepare_v2(db, sql.data(), static_cast<int>(sql.size()), &at_, nullptr) !=
            SQLITE_OK)
            fail();
    }
    ~statement() { sqlite3_finalize(at_); }
    statement(const statement&) = delete;
    statement& operator=(const statement&) = delete;

    statement& text(std::string_view value)
    {
        // Not null even if empty: a null pointer would bind NULL.
        const char* from = value.data() == nullptr ? "" : value.data();
        check(sqlite3_bind_text64(at_, ++bound_, from, value.size(), SQLITE_TRANSIENT, SQLITE_UTF8)
        );
        return *this;
    }
    statement& number(std::uint64_t value)
    {
        // Two's complement keeps all 64 bits.
        check(sqlite3_bind_int64(at_, ++bound_, static_cast<sqlite3_int64>(value)));
        return *this;
    }
    statement& blob(protocol::byte_view value)
    {
        check(sqlite3_bind_blob64(at_, ++bound_, value.data(), value.size(), SQLITE_TRANSIENT));
        return *this;
    }
    statement& at(const rewrite::coordinate& value)
    {
        return number(value.epoch).text(value.file).number(value.position);
    }

    bool row()
    {
        column_ = 0;
        const int result = sqlite3_step(at_);
        if (result == SQLITE_ROW)
            return true;
        if (result != SQLITE_DONE)
            fail();
        return false;
    }
    void run()
    {
        while (row()) {
        }
    }
    std::string text()
    {
        const protocol::byte_view bytes = blob();
        return std::string(protocol::as_text(bytes));
    }
    std::uint64_t number()
    {
        return static_cast<std::uint64_t>(sqlite3_column_int64(at_, column_++));
    }
    protocol::byte_view blob()  // until the next row
    {
        const int column = column_++;
        const void* bytes = sqlite3_column_blob(at_, column);
        const auto size = static_cast<std::size_t>(sqlite3_column_bytes(at_, column));
        return {static_cast<const std::uint8_t*>(bytes), size};
    }
    rewrite::coordinate at()
    {
        rewrite::coordinate read;
        read.epoch = static_cast<std::uint32_t>(number());
        read.file = text();
        read.position = number();
        return read;
    }

private:
    void check(int result)
    {
        if (result != SQLITE_OK)
            fail();
    }
    [[noreturn]] void fail()
    {
        throw std::runtime_error(
            fmt::format("ledger {}: {}", sqlite3_db_filename(db_, "main"), sqlite3_errmsg(db_))
        );
    }

    sqlite3* db_;
    sqlite3_stmt* at_ = nullptr;
    int bound_ = 0;
    int column_ = 0;
};

}  // namespace

struct ledger::state
{
    std::filesystem::path file;
    sqlite3* db = nullptr;

    explicit state(std::filesystem::path path) : file(std::move(path)) {}
    ~state() { sqlite3_close(db); }
    state(const state&) = delete;
    state& operator=(const state&) = delete;

    void run(const char* sql) const
    {
        if (sqlite3_exec(db, sql, nullptr, nullptr, nullptr) != SQLITE_OK)
            unusable(sqlite3_errmsg(db));
    }
    std::uint64_t ask(const char* sql) const
    {
        statement asked(db, sql);
        return asked.row() ? asked.number() : 0;
    }
    [[noreturn]] void unusable(const std::string& why) const
    {
        throw std::runtime_error(fmt::format(
            "ledger {}: {}. It holds decisions that cannot be made again: restore it from a "
            "backup, or move the whole data folder away, start again and seed the consumers anew",
            file.string(),
            why
        ));
    }
    // What stands for this key, for record() to compare.
    std::optional<protocol::byte_buffer>
    bytes_of(const rewrite::coordinate& at, rewrite::decision_kind kind) const
    {
        statement asked(
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
    rewrite::decision parse(protocol::byte_view bytes) const
    {
        auto made = rewrite::parse_decision(bytes);
        if (!made)
            unusable("a decision in it cannot be read, " + make_error_code(made.error()).message());
        return *std::move(made);
    }
    void open(bool read_only)
    {
        const int flags =
            read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
        if (sqlite3_open_v2(file.c_str(), &db, flags, nullptr) != SQLITE_OK)
            unusable(sqlite3_errmsg(db));
        sqlite3_busy_timeout(db, 5000);
        run("pragma schema_version");  // reads the file for the first time
    }
};

ledger::ledger(const std::filesystem::path& file, bool read_only)
    : state_(std::make_unique<state>(file))
{
    const state& my = *state_;
    state_->open(read_only);
    const std::uint64_t version = my.ask("pragma user_version");
    if (version > ledger_version)
        my.unusable(fmt::format("was written by a newer unghost (version {})", version));
    if (read_only) {
        if (version == 0)
            my.unusable("is not a ledger");
        return;
    }
    // Write-ahead: `sqlite3 ledger` beside a running unghost neither waits nor makes it wait.
    my.run("pragma journal_mode = wal");
    if (version == 0) {
        const std::string all = fmt::format(
            "begin immediate; {} pragma user_version = {}; commit", schema, ledger_version
        );
        my.run("pragma synchronous = full");
        my.run(all.c_str());
    }
    my.run("pragma synchronous = normal");
}
ledger::~ledger() = default;
ledger::ledger(ledger&&) noexcept = default;

void ledger::record(const rewrite::decision& made)
{
    const state& my = *state_;
    const protocol::byte_buffer bytes = rewrite::to_bytes(made);
    if (const auto standing = my.bytes_of(made.at, made.kind)) {
        if (*standing == bytes)
            return;
        throw std::logic_error(fmt::format(
            "a {} for {} is recorded already and differs",
            kind_text(made.kind),
            rewrite::to_text(made.at)
        ));
    }
    // Everything else may get lost with the power and comes again with a replay; this must not.
    my.run("pragma synchronous = full");
    {
        statement add(
            my.db,
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
    my.run("pragma synchronous = normal");
}

std::optional<rewrite::decision>
ledger::find(const rewrite::coordinate& at, rewrite::question_kind asked) const
{
    const auto bytes = state_->bytes_of(at, answer_to(asked));
    if (!bytes)
        return std::nullopt;
    return state_->parse(*bytes);
}

std::vector<rewrite::decision> ledger::decisions() const
{
    std::vector<rewrite::decision> all;
    statement asked(
        state_->db, "select bytes from decisions order by epoch, file_number, position, kind"
    );
    while (asked.row())
        all.push_back(state_->parse(asked.blob()));
    return all;
}

void ledger::update(const rewrite::migration_summary& changed)
{
    statement add(
        state_->db,
        "insert or replace into migrations values "
        "(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
    );
    add.number(changed.id).number(static_cast<std::uint64_t>(changed.which));
    add.text(changed.original.schema).text(changed.original.table);
    add.text(changed.ghost.schema).text(changed.ghost.table);
    add.number(static_cast<std::uint64_t>(changed.state));
    add.number(static_cast<std::uint64_t>(changed.ruling.what)).text(changed.ruling.reason);
    add.number(static_cast<std::uint64_t>(changed.ruling.price));
    add.number(changed.ruling.unproven ? 1 : 0);
    add.at(changed.created).at(changed.judged).at(changed.cut_over_at);
    add.text(changed.alter_text).text(changed.disturbed_by);
    add.number(changed.hidden_transactions).number(changed.hidden_events);
    add.number(changed.hidden_bytes);
    add.run();
}

void ledger::add_remark(const rewrite::remark& said)
{
    statement add(
        state_->db,
        "insert or ignore into remarks (kind, migration, name, epoch, file, position, text) "
        "values (?, ?, ?, ?, ?, ?, ?)"
    );
    add.number(static_cast<std::uint64_t>(said.kind)).number(said.migration);
    add.text(name_text(said.table)).at(said.at).text(said.text);
    add.run();
}

std::vector<rewrite::migration_summary> ledger::migrations() const
{
    std::vector<rewrite::migration_summary> all;
    statement asked(state_->db, "select * from migrations order by id desc");
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
    return all;
}

void ledger::set_stop(const std::optional<rewrite::question>& stopped)
{
    if (!stopped) {
        state_->run("delete from stop");
        return;
    }
    statement add(state_->db, "insert or replace into stop values (1, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    add.at(stopped->at).number(static_cast<std::uint64_t>(stopped->kind));
    add.number(static_cast<std::uint64_t>(stopped->reason)).number(stopped->migration);
    add.text(name_text(stopped->original)).text(name_text(stopped->ghost));
    add.text(stopped->text).run();
}

}  // namespace proxy
