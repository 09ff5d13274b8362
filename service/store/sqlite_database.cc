// Thin: SQLite's C calls, with failures as sentences for operators.
#include "service/store/sqlite_database.h"

#include <sqlite3.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace flux::service {
namespace {

// How long another program, such as an operator's shell, may hold the file.
constexpr int kBusyMs = 4'000;

// Failures of the disk have a word of the operating system that says more than SQLite's.
std::string Describe(const std::string& path, int code, const char* text, int system_error) {
  const std::string file = "the store's file " + path;
  switch (code & 0xFF) {
    case SQLITE_FULL:
      return file + " cannot grow: the disk is full";
    case SQLITE_READONLY:
      return file + " is read-only";
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return file + " is locked by another program";
    case SQLITE_CORRUPT:
      return file + " is damaged";
    case SQLITE_NOTADB:
      return file + " is no SQLite file";
    case SQLITE_CANTOPEN:
    case SQLITE_IOERR: {
      if (system_error == ENOSPC || system_error == EDQUOT || system_error == EFBIG) {
        return file + " cannot grow: " + std::generic_category().message(system_error);
      }
      std::string why = system_error == 0 ? text : std::generic_category().message(system_error);
      return file + " cannot be " + ((code & 0xFF) == SQLITE_IOERR ? "read or written: " : "opened: ") + why;
    }
    default:
      return file + ": " + text;
  }
}

}  // namespace

bool SqliteFailure::corrupted() const {
  return (code & 0xFF) == SQLITE_CORRUPT;
}

bool SqliteFailure::foreign() const {
  return (code & 0xFF) == SQLITE_NOTADB;
}

SqliteQuery::~SqliteQuery() {
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);  // results are large
}

void SqliteQuery::Check(int code) const {
  if (code != SQLITE_OK) database_.Fail(code);
}

void SqliteQuery::BindNext(std::int64_t value) {
  Check(sqlite3_bind_int64(statement_, ++bound_, value));
}

void SqliteQuery::BindNext(std::optional<std::int64_t> value) {
  if (value) return BindNext(*value);
  Check(sqlite3_bind_null(statement_, ++bound_));
}

void SqliteQuery::BindNext(std::string_view text) {
  const char* data = text.data() == nullptr ? "" : text.data();  // null would be NULL
  Check(sqlite3_bind_text64(statement_, ++bound_, data, text.size(), SQLITE_TRANSIENT, SQLITE_UTF8));
}

void SqliteQuery::BindNext(SqliteBlob blob) {
  const char* data = blob.bytes.data() == nullptr ? "" : blob.bytes.data();
  Check(sqlite3_bind_blob64(statement_, ++bound_, data, blob.bytes.size(), SQLITE_TRANSIENT));
}

bool SqliteQuery::Next() {
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code != SQLITE_DONE) database_.Fail(code);
  return false;
}

std::int64_t SqliteQuery::Run() {
  while (Next()) {
  }
  return sqlite3_changes64(database_.handle_);
}

std::int64_t SqliteQuery::Int(int column) const {
  return sqlite3_column_int64(statement_, column);
}

std::optional<std::int64_t> SqliteQuery::MaybeInt(int column) const {
  if (sqlite3_column_type(statement_, column) == SQLITE_NULL) return std::nullopt;
  return Int(column);
}

std::string SqliteQuery::Text(int column) const {
  const void* bytes = sqlite3_column_blob(statement_, column);
  if (bytes == nullptr) return {};
  return {static_cast<const char*>(bytes),
          static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

SqliteDatabase::SqliteDatabase(const std::string& path) : path_(path) {
  const int code = sqlite3_open_v2(path.c_str(), &handle_,
                                   SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nullptr);
  if (code != SQLITE_OK) {
    SqliteFailure failure(code, "out of memory");
    if (handle_ != nullptr) {
      failure.message = Describe(path_, code, sqlite3_errmsg(handle_), sqlite3_system_errno(handle_));
    }
    sqlite3_close_v2(std::exchange(handle_, nullptr));
    throw failure;
  }
  sqlite3_extended_result_codes(handle_, 1);
  sqlite3_busy_timeout(handle_, kBusyMs);
}

SqliteDatabase::~SqliteDatabase() {
  for (const auto& [sql, statement] : statements_) sqlite3_finalize(statement);
  sqlite3_close_v2(handle_);
}

void SqliteDatabase::Fail(int code) const {
  throw SqliteFailure(code, Describe(path_, code, sqlite3_errmsg(handle_), sqlite3_system_errno(handle_)));
}

void SqliteDatabase::Execute(const std::string& sql) {
  const int code = sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) Fail(code);
}

SqliteQuery SqliteDatabase::Query(const char* sql) {
  sqlite3_stmt*& statement = statements_[sql];
  if (statement == nullptr) {
    const int code = sqlite3_prepare_v3(handle_, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
    if (code != SQLITE_OK) Fail(code);
  }
  return {*this, statement};
}

std::int64_t SqliteDatabase::Number(const char* sql) {
  SqliteQuery query = Query(sql);
  return query.Next() ? query.Int(0) : 0;
}

bool SqliteDatabase::in_transaction() const {
  return sqlite3_get_autocommit(handle_) == 0;
}

std::int64_t SqliteDatabase::changes() const {
  return sqlite3_total_changes64(handle_);
}

}  // namespace flux::service
