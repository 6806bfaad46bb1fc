#pragma once

#include "proxy/store/ledger.hpp"
#include "proxy/store/ledger_statement.hpp"

#include <fmt/format.h>
#include <map>
#include <stdexcept>

// The ledger's inside, for the files that make it up.
namespace proxy {

inline const char* kind_text(rewrite::question_kind kind)
{
    switch (kind) {
        case rewrite::question_kind::verdict: return "verdict";
        case rewrite::question_kind::second_half: return "second half";
        case rewrite::question_kind::stop: return "go on";
        case rewrite::question_kind::count: return "count";
        case rewrite::question_kind::free_name: return "free name";
    }
    return "unknown";
}

// For people; empty for no table.
inline std::string name_text(const rewrite::table_name& name)
{
    return name.empty() ? std::string() : name.schema + '.' + name.table;
}

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

}  // namespace proxy
