#include "proxy/store/ledger_statement.hpp"

#include <cerrno>
#include <fmt/format.h>

namespace proxy {

namespace {

// Whether waiting may help.
bool is_the_disks(int code)
{
    switch (code & 0xff) {
        case SQLITE_FULL:
        case SQLITE_IOERR:
        case SQLITE_CANTOPEN:
        case SQLITE_NOMEM:
        case SQLITE_READONLY:
        case SQLITE_BUSY:  // somebody holds a lock on it with the sqlite3 program
        case SQLITE_LOCKED: return true;
        default: return false;
    }
}

// The errno that says the same.
int errno_of(sqlite3* db)
{
    switch (sqlite3_errcode(db) & 0xff) {
        case SQLITE_FULL: return ENOSPC;
        case SQLITE_BUSY:
        case SQLITE_LOCKED: return EBUSY;
        default: break;
    }
    const int error = sqlite3_system_errno(db);
    return error == 0 ? EIO : error;
}

}  // namespace

void throw_ledger_error(sqlite3* db)
{
    const char* name = sqlite3_db_filename(db, "main");
    const std::string file = name == nullptr ? "" : name;
    const std::string why = sqlite3_errmsg(db);
    if (!is_the_disks(sqlite3_errcode(db)))
        throw std::runtime_error(fmt::format("ledger {}: {}", file, why));
    disk_problem problem = problem_of(errno_of(db), "write ledger", file);
    problem.text += fmt::format(" ({})", why);
    throw disk_refusal(std::move(problem));
}

ledger_statement::ledger_statement(sqlite3* db, std::string_view sql) : db_(db)
{
    check(sqlite3_prepare_v2(db, sql.data(), static_cast<int>(sql.size()), &at_, nullptr));
}

ledger_statement& ledger_statement::text(std::string_view value)
{
    // Not null even if empty: a null pointer would bind NULL.
    const char* from = value.data() == nullptr ? "" : value.data();
    check(sqlite3_bind_text64(at_, ++bound_, from, value.size(), SQLITE_TRANSIENT, SQLITE_UTF8));
    return *this;
}

ledger_statement& ledger_statement::number(std::uint64_t value)
{
    // Two's complement keeps all 64 bits.
    check(sqlite3_bind_int64(at_, ++bound_, static_cast<sqlite3_int64>(value)));
    return *this;
}

ledger_statement& ledger_statement::blob(protocol::byte_view value)
{
    check(sqlite3_bind_blob64(at_, ++bound_, value.data(), value.size(), SQLITE_TRANSIENT));
    return *this;
}

ledger_statement& ledger_statement::at(const rewrite::coordinate& value)
{
    return number(value.epoch).text(value.file).number(value.position);
}

bool ledger_statement::row()
{
    column_ = 0;
    const int result = sqlite3_step(at_);
    if (result == SQLITE_ROW)
        return true;
    check(result == SQLITE_DONE ? SQLITE_OK : result);
    return false;
}

void ledger_statement::run()
{
    while (row()) {
    }
}

std::string ledger_statement::text()
{
    const protocol::byte_view bytes = blob();
    return std::string(protocol::as_text(bytes));
}

std::uint64_t ledger_statement::number()
{
    return static_cast<std::uint64_t>(sqlite3_column_int64(at_, column_++));
}

protocol::byte_view ledger_statement::blob()
{
    const int column = column_++;
    const void* bytes = sqlite3_column_blob(at_, column);
    const auto size = static_cast<std::size_t>(sqlite3_column_bytes(at_, column));
    return {static_cast<const std::uint8_t*>(bytes), size};
}

rewrite::coordinate ledger_statement::at()
{
    rewrite::coordinate read;
    read.epoch = static_cast<std::uint32_t>(number());
    read.file = text();
    read.position = number();
    return read;
}

void ledger_statement::check(int result) const
{
    if (result != SQLITE_OK)
        throw_ledger_error(db_);
}

}  // namespace proxy
