// SqliteDatabase: one connection to an SQLite file, and its prepared statements. The only file that knows
// SQLite's interface; knows nothing of purchases.
#pragma once

#include <cstdint>
#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

struct sqlite3;
struct sqlite3_stmt;

namespace flux::service {

// What SQLite objects to. Thrown between this file and SqliteThread or SqliteFile, which catch it; nobody
// else sees it.
struct SqliteFailure : std::exception {
  SqliteFailure(int failed, std::string text) : code(failed), message(std::move(text)) {}
  const char* what() const noexcept override { return message.c_str(); }
  bool corrupted() const;  // the file is damaged
  bool foreign() const;    // the file is no SQLite file at all

  int code;             // SQLite's extended result code
  std::string message;  // one sentence for operators
};

// Bytes that are no text.
struct SqliteBlob {
  std::string_view bytes;
};

class SqliteDatabase;

// A prepared statement while it is used once; it is reset, and may be used again, when this is gone. Bind
// fills the parameters in their order. All throw SqliteFailure.
class SqliteQuery {
 public:
  SqliteQuery(SqliteDatabase& database, sqlite3_stmt* statement)
      : database_(database), statement_(statement) {}
  ~SqliteQuery();
  SqliteQuery(const SqliteQuery&) = delete;
  SqliteQuery& operator=(const SqliteQuery&) = delete;

  template <typename... Values>
  SqliteQuery& Bind(const Values&... values) {
    (BindNext(values), ...);
    return *this;
  }

  // Goes to the next row; false: there is none.
  bool Next();
  // Runs to the end; how many rows were changed.
  std::int64_t Run();

  // The columns of the row, from 0 on.
  std::int64_t Int(int column) const;
  std::optional<std::int64_t> MaybeInt(int column) const;
  std::string Text(int column) const;  // or of a blob; NULL: empty

 private:
  void BindNext(std::int64_t value);
  void BindNext(std::optional<std::int64_t> value);
  void BindNext(std::string_view text);
  void BindNext(SqliteBlob blob);
  void BindNext(const std::string& text) { BindNext(std::string_view(text)); }
  void BindNext(const char* text) { BindNext(std::string_view(text)); }
  void Check(int code) const;

  SqliteDatabase& database_;
  sqlite3_stmt* statement_;
  int bound_ = 0;
};

// Touched by one thread at a time.
class SqliteDatabase {
 public:
  // Throws SqliteFailure. `path` may be ":memory:".
  explicit SqliteDatabase(const std::string& path);
  ~SqliteDatabase();
  SqliteDatabase(const SqliteDatabase&) = delete;
  SqliteDatabase& operator=(const SqliteDatabase&) = delete;

  // Several statements without parameters or answer.
  void Execute(const std::string& sql);
  // `sql` is a literal: the statement is prepared once and found again by its address.
  SqliteQuery Query(const char* sql);
  // The first column of the first row.
  std::int64_t Number(const char* sql);

  // Whether BEGIN is in force: SQLite itself rolls back where a disk is full.
  bool in_transaction() const;
  // Rows that were changed since it was opened.
  std::int64_t changes() const;

 private:
  friend class SqliteQuery;
  [[noreturn]] void Fail(int code) const;

  std::string path_;
  sqlite3* handle_ = nullptr;
  std::unordered_map<const char*, sqlite3_stmt*> statements_;
};

}  // namespace flux::service
