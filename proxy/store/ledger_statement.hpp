#pragma once

#include "proxy/store/disk.hpp"
#include "rewrite/upstream.hpp"

#include <sqlite3.h>
#include <string_view>

// What the ledger needs of SQLite.
namespace proxy {

// Throws what SQLite could not do: a disk_refusal if it is the disk's and may be gone the next
// time, else a std::runtime_error.
[[noreturn]] void throw_ledger_error(sqlite3* db);

// One prepared statement, its parameters bound in order, its columns read in order.
class ledger_statement
{
public:
    ledger_statement(sqlite3* db, std::string_view sql);
    ~ledger_statement() { sqlite3_finalize(at_); }
    ledger_statement(const ledger_statement&) = delete;
    ledger_statement& operator=(const ledger_statement&) = delete;

    ledger_statement& text(std::string_view value);
    ledger_statement& number(std::uint64_t value);
    ledger_statement& blob(protocol::byte_view value);
    ledger_statement& at(const rewrite::coordinate& value);

    bool row();  // false: there is none left
    void run();
    std::string text();
    std::uint64_t number();
    protocol::byte_view blob();  // until the next row
    rewrite::coordinate at();

private:
    void check(int result) const;

    sqlite3* db_;
    sqlite3_stmt* at_ = nullptr;
    int bound_ = 0;
    int column_ = 0;
};

}  // namespace proxy
