#pragma once

#include "rewrite/schema_change.hpp"
#include "rewrite/verdict/facts.hpp"

#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

struct sqlite3;

namespace proxy {

// The facts of the source's tables, in the ledger's file, on a connection of its own. Each holds
// from its fence on until the log changes the table, and is taken out then. Nothing here is needed:
// what is lost is asked for again. What is there must be right, so all of it is forgotten where the
// log may have changed a table unheard (memory_origin::changes).
//
// All of it throws std::runtime_error, or a disk_refusal; the same may be called again.
class table_memory
{
public:
    // Whose tables they are, and how much of that log was heard.
    struct origin
    {
        std::string server_uuid;
        std::string settings;       // source_session::settings they were asked under
        std::uint64_t changes = 0;  // rewriter::schema_changes() that were taken out
        bool operator==(const origin&) const = default;
    };

    // A ledger that is there already. Nothing is opened before it is needed.
    explicit table_memory(std::filesystem::path ledger);
    ~table_memory();
    table_memory(const table_memory&) = delete;
    table_memory& operator=(const table_memory&) = delete;

    // For looking alone: never makes anything.
    static std::unique_ptr<table_memory> open_to_read(std::filesystem::path ledger);

    std::optional<origin> whose();
    void forget_all(const origin& of);

    // What is changed goes; `heard` changes have come since the log began. Gives the tables that
    // may be asked for again; nothing: all may.
    std::optional<std::vector<rewrite::table_name>>
    take_out(std::span<const rewrite::schema_change> changed, std::uint64_t heard);
    // On the disk when it returns.
    void sync();

    // Each with the tables that a foreign key ties it to.
    struct entry
    {
        const rewrite::facts* known = nullptr;
        std::vector<rewrite::table_name> tied;
    };
    void add(std::span<const entry> entries);
    std::optional<rewrite::facts> find(const rewrite::table_name& table);
    std::vector<std::string> names(const std::string& in_schema);
    std::vector<std::string> schemas();
    struct listed
    {
        rewrite::table_name table;
        rewrite::coordinate from;  // its facts hold from here on
        std::string asked_at;      // 2026-11-30T12:00:00.000Z
    };
    std::vector<listed> list();
    void forget(const rewrite::table_name& table);  // the source has it no more
    // As of the last call; 0 while nothing was done.
    std::uint64_t count() const { return count_; }

private:
    struct names_taken;

    sqlite3* db();
    void close();
    template <class Work>
    auto attempt(const Work& work);
    void note_removed();
    void take_out_one(const rewrite::schema_change& one, names_taken& into);
    void remove(const rewrite::table_name& table);

    std::filesystem::path file_;
    bool read_only_ = false;
    sqlite3* db_ = nullptr;
    std::uint64_t count_ = 0;
};

}  // namespace proxy
