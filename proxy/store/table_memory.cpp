#include "proxy/store/table_memory.hpp"

#include "protocol/reader.hpp"
#include "protocol/writer.hpp"
#include "proxy/store/ledger_schema.hpp"
#include "proxy/store/ledger_statement.hpp"

#include <algorithm>
#include <sqlite3.h>

namespace proxy {

namespace {

// Of the bytes of facts: what another version wrote is not read.
constexpr std::uint8_t facts_version = 1;
constexpr int patience_milliseconds = 1000;  // with somebody else who writes into the ledger

protocol::byte_buffer to_bytes(const rewrite::facts& known)
{
    protocol::byte_buffer bytes;
    protocol::writer to(bytes);
    to.u8(facts_version);
    append_facts(to, known);
    append_later_facts(to, known);
    return bytes;
}

std::optional<rewrite::facts> parse(protocol::byte_view bytes)
{
    protocol::reader from(bytes);
    if (from.u8() != facts_version)
        return std::nullopt;
    rewrite::facts known = rewrite::read_facts(from);
    read_later_facts(from, known);
    if (!from.ok() || from.remaining() != 0)
        return std::nullopt;
    return known;
}

void run(sqlite3* db, const char* sql)
{
    if (sqlite3_exec(db, sql, nullptr, nullptr, nullptr) != SQLITE_OK)
        throw_ledger_error(db);
}

ledger_statement& name(ledger_statement& to, const rewrite::table_name& table)
{
    return to.text(table.schema).text(table.table);
}

rewrite::table_name read_name(ledger_statement& from)
{
    rewrite::table_name table;
    table.schema = from.text();
    table.table = from.text();
    return table;
}

}  // namespace

struct table_memory::names_taken
{
    std::vector<rewrite::table_name> tables;
    bool all = false;  // too many to name them
};

table_memory::table_memory(std::filesystem::path ledger) : file_(std::move(ledger)) {}

table_memory::~table_memory()
{
    close();
}

std::unique_ptr<table_memory> table_memory::open_to_read(std::filesystem::path ledger)
{
    auto made = std::make_unique<table_memory>(std::move(ledger));
    made->read_only_ = true;
    return made;
}

void table_memory::close()
{
    sqlite3_close(db_);
    db_ = nullptr;
}

sqlite3* table_memory::db()
{
    if (db_ != nullptr)
        return db_;
    const int flags = read_only_ ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
    if (sqlite3_open_v2(file_.c_str(), &db_, flags, nullptr) != SQLITE_OK)
        throw_ledger_error(db_);
    sqlite3_busy_timeout(db_, patience_milliseconds);
    if (!read_only_) {
        run(db_, memory_schema);
        run(db_, "pragma synchronous = normal");
    }
    ledger_statement made(
        db_, "select count(*) from sqlite_master where name = 'remembered_tables'"
    );
    if (made.row() && made.number() == 0)  // by an unghost that remembered nothing
        throw std::runtime_error("ledger " + file_.string() + ": no tables were ever remembered");
    ledger_statement counted(db_, "select count(*) from remembered_tables");
    count_ = counted.row() ? counted.number() : 0;
    return db_;
}

// After a failure the connection is made again, as the ledger does it.
template <class Work>
auto table_memory::attempt(const Work& work)
{
    try {
        return work(db());
    } catch (...) {
        if (db_ != nullptr && sqlite3_get_autocommit(db_) == 0)
            sqlite3_exec(db_, "rollback", nullptr, nullptr, nullptr);
        close();
        throw;
    }
}

std::optional<table_memory::origin> table_memory::whose()
{
    return attempt([](sqlite3* in) -> std::optional<origin> {
        ledger_statement asked(in, "select server_uuid, settings, changes from remembered_source");
        if (!asked.row())
            return std::nullopt;
        origin of;
        of.server_uuid = asked.text();
        of.settings = asked.text();
        of.changes = asked.number();
        return of;
    });
}

void table_memory::forget_all(const origin& of)
{
    attempt([this, &of](sqlite3* in) {
        run(in, "begin immediate");
        run(in, "delete from remembered_tables");
        run(in, "delete from remembered_keys");
        ledger_statement set(in, "insert or replace into remembered_source values (1, ?, ?, ?)");
        set.text(of.server_uuid).text(of.settings).number(of.changes).run();
        run(in, "commit");
        count_ = 0;
    });
}

std::optional<std::vector<rewrite::table_name>>
table_memory::take_out(std::span<const rewrite::schema_change> changed, std::uint64_t heard)
{
    names_taken taken;
    attempt([&](sqlite3* in) {
        run(in, "begin immediate");
        for (const rewrite::schema_change& one : changed)
            take_out_one(one, taken);
        ledger_statement note(in, "update remembered_source set changes = max(changes, ?)");
        note.number(heard).run();
        run(in, "commit");
    });
    if (taken.all)
        return std::nullopt;
    return std::move(taken.tables);
}

void table_memory::take_out_one(const rewrite::schema_change& one, names_taken& into)
{
    switch (one.what) {
        case rewrite::change_scope::table: {
            ledger_statement tied(
                db_,
                "select distinct schema_name, table_name from remembered_keys "
                "where other_schema = ? and other_table = ?"
            );
            name(tied, one.name);
            std::vector<rewrite::table_name> gone{one.name};
            while (tied.row())
                gone.push_back(read_name(tied));
            for (const rewrite::table_name& table : gone)
                remove(table);
            into.tables.insert(into.tables.end(), gone.begin(), gone.end());
            return;
        }
        // Tables of other schemas that a foreign key ties to one of these go as well.
        case rewrite::change_scope::schema: {
            ledger_statement tied(
                db_,
                "delete from remembered_tables where exists (select 1 from remembered_keys as k "
                "where k.schema_name = remembered_tables.schema_name "
                "and k.table_name = remembered_tables.table_name and k.other_schema = ?)"
            );
            tied.text(one.name.schema).run();
            note_removed();
            ledger_statement own(db_, "delete from remembered_tables where schema_name = ?");
            own.text(one.name.schema).run();
            note_removed();
            into.all = true;
            return;
        }
        case rewrite::change_scope::triggers: {
            ledger_statement with(
                db_,
                "delete from remembered_tables where schema_name = ? and triggers > 0 "
                "returning schema_name, table_name"
            );
            with.text(one.name.schema);
            while (with.row())
                into.tables.push_back(read_name(with));
            note_removed();
            return;
        }
        case rewrite::change_scope::everything:
            run(db_, "delete from remembered_tables");
            run(db_, "delete from remembered_keys");
            count_ = 0;
            into.all = true;
            return;
    }
}

void table_memory::note_removed()
{
    count_ -= std::min<std::uint64_t>(count_, static_cast<std::uint64_t>(sqlite3_changes(db_)));
}

void table_memory::remove(const rewrite::table_name& table)
{
    ledger_statement entry(
        db_, "delete from remembered_tables where schema_name = ? and table_name = ?"
    );
    name(entry, table).run();
    note_removed();
    ledger_statement keys(
        db_, "delete from remembered_keys where schema_name = ? and table_name = ?"
    );
    name(keys, table).run();
}

void table_memory::forget(const rewrite::table_name& table)
{
    attempt([&](sqlite3*) { remove(table); });
}

// A commit waits for all before it.
void table_memory::sync()
{
    attempt([](sqlite3* in) {
        run(in, "pragma synchronous = full");
        run(in, "update remembered_source set changes = changes");
        run(in, "pragma synchronous = normal");
    });
}

void table_memory::add(std::span<const entry> entries)
{
    attempt([&](sqlite3* in) {
        run(in, "begin immediate");
        for (const entry& one : entries) {
            const rewrite::facts& known = *one.known;
            remove(known.table);
            ledger_statement add(
                in,
                "insert into remembered_tables (schema_name, table_name, epoch, file, position, "
                "triggers, facts) values (?, ?, ?, ?, ?, ?, ?)"
            );
            name(add, known.table).at(known.fence);
            add.number(known.triggers.size()).blob(to_bytes(known)).run();
            ++count_;
            for (const rewrite::table_name& other : one.tied) {
                ledger_statement key(
                    in, "insert or ignore into remembered_keys values (?, ?, ?, ?)"
                );
                name(key, known.table);
                name(key, other).run();
            }
        }
        run(in, "commit");
    });
}

std::optional<rewrite::facts> table_memory::find(const rewrite::table_name& table)
{
    return attempt([&](sqlite3* in) -> std::optional<rewrite::facts> {
        ledger_statement asked(
            in, "select facts from remembered_tables where schema_name = ? and table_name = ?"
        );
        name(asked, table);
        if (!asked.row())
            return std::nullopt;
        auto known = parse(asked.blob());
        if (known && known->table != table)
            return std::nullopt;
        return known;
    });
}

std::vector<std::string> table_memory::names(const std::string& in_schema)
{
    return attempt([&](sqlite3* in) {
        std::vector<std::string> names;
        ledger_statement asked(
            in, "select table_name from remembered_tables where schema_name = ? order by 1"
        );
        asked.text(in_schema);
        while (asked.row())
            names.push_back(asked.text());
        return names;
    });
}

std::vector<table_memory::listed> table_memory::list()
{
    return attempt([](sqlite3* in) {
        std::vector<listed> all;
        ledger_statement asked(
            in,
            "select schema_name, table_name, epoch, file, position, asked_at from "
            "remembered_tables order by 1, 2"
        );
        while (asked.row()) {
            listed& one = all.emplace_back();
            one.table = read_name(asked);
            one.from = asked.at();
            one.asked_at = asked.text();
        }
        return all;
    });
}

std::vector<std::string> table_memory::schemas()
{
    return attempt([](sqlite3* in) {
        std::vector<std::string> names;
        ledger_statement asked(in, "select distinct schema_name from remembered_tables order by 1");
        while (asked.row())
            names.push_back(asked.text());
        return names;
    });
}

}  // namespace proxy
