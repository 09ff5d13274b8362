// StoreOptions: where purchases are remembered, and how carefully.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "base/clock.h"

namespace flux::service {

// When a commit to an SQLite file counts as done.
enum class StoreSync {
  kFull,    // the disk says that it is written: nothing is lost when the power fails
  kNormal,  // the system has it: nothing is lost when the program is killed
};

struct StoreOptions {
  std::string text;      // see CheckStoreText in open_store.h
  std::string password;  // of PostgreSQL; a secret: in no message and no log
  StoreSync sync = StoreSync::kFull;
  // 15 s: the next process takes over what one that died has left; three times as long as a loop may stall.
  std::chrono::milliseconds lease{15'000};
  // SQLite: bound of the file; memory: of what is held, 1 GiB at most. 0: none. 10 GiB: about 5,000 inline
  // pictures of 2 MB a day, or millions that are kept as URLs.
  std::uint64_t max_bytes = 10ULL << 30;
  // Names this process in records, beside those of all others: a new one at each start.
  std::string instance;
  bool begin_anew = false;  // a damaged SQLite file is set aside, and an empty one takes its place
};

}  // namespace flux::service
