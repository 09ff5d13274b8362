// SqliteFile: the store's file, from looking at it for the first time to closing it: whose it is, whether it
// is whole, and that nobody else has it.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "service/store/sqlite_database.h"
#include "service/store/store_options.h"

namespace flux::service {

class SqliteFile {
 public:
  // Blocks: reads the file as a whole, to see whether it is damaged. `path` may be ":memory:".
  // STORE_UNAVAILABLE says what an operator has to change.
  static Result<std::unique_ptr<SqliteFile>> Open(const std::string& path, StoreSync sync, bool begin_anew);
  ~SqliteFile();
  SqliteFile(const SqliteFile&) = delete;
  SqliteFile& operator=(const SqliteFile&) = delete;

  SqliteDatabase& database() { return *database_; }
  // Whether each commit waits for the disk, and one that does not wait endangers nothing but itself.
  bool flushes() const { return flushes_; }

 private:
  SqliteFile() = default;

  bool flushes_ = false;
  int lock_ = -1;  // held for as long as this lives, and given up by the system when the process dies
  std::unique_ptr<SqliteDatabase> database_;
};

}  // namespace flux::service
