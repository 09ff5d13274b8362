// Opens the file in steps that each may refuse it. Nothing is written before it is known to be ours.
#include "service/store/sqlite_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <filesystem>
#include <optional>
#include <system_error>
#include <utility>

#include "base/clock.h"
#include "service/store/sqlite_schema.h"

namespace flux::service {
namespace {

namespace fs = std::filesystem;

// Reading more than this would keep a start waiting for minutes; damage is then found when it is met.
constexpr std::uintmax_t kCheckedBytes = 4ULL << 30;

Status Unavailable(std::string why) {
  return Status(Reason::kStoreUnavailable, std::move(why));
}

std::string Why(int error) {
  return std::generic_category().message(error);
}

// Two paths to one file must not have two locks.
std::string Canonical(const std::string& path) {
  std::error_code failed;
  const fs::path canonical = fs::weakly_canonical(path, failed);
  return failed ? path : canonical.string();
}

std::optional<Status> Lock(const std::string& path, int& lock) {
  const std::string name = path + ".lock";
  lock = open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (lock < 0) return Unavailable(name + " cannot be made: " + Why(errno));
  if (flock(lock, LOCK_EX | LOCK_NB) == 0) return std::nullopt;
  if (errno == EWOULDBLOCK) return Unavailable(path + " is in use by another flux-service");
  return Unavailable(name + " cannot be locked: " + Why(errno));
}

// Pictures are in it, so it is its owner's alone.
std::optional<Status> Create(const std::string& path) {
  const int file = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0600);
  if (file < 0) return Unavailable(path + " cannot be opened for writing: " + Why(errno));
  struct stat status {};
  const bool regular = fstat(file, &status) == 0 && S_ISREG(status.st_mode);
  close(file);
  if (!regular) return Unavailable(path + " is no regular file");
  const int folder = open(fs::path(path).parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder >= 0) {
    fsync(folder);  // a new file's name survives a power failure, too
    close(folder);
  }
  return std::nullopt;
}

// Where the damaged file is kept. By the time of its last change: however often it is opened, it is copied
// once.
std::string AsideName(const std::string& path) {
  struct stat status {};
  stat(path.c_str(), &status);
  const WallTime changed = std::chrono::system_clock::from_time_t(status.st_mtime);
  std::string date = Iso8601(changed).substr(0, 19);
  std::erase(date, ':');
  return path + ".corrupt-" + date;
}

std::string SetAside(const std::string& path, const std::string& what, bool begin_anew) {
  const std::string aside = AsideName(path);
  std::error_code failed;
  if (!fs::exists(aside, failed)) {
    fs::copy_file(path, aside, failed);
    if (!failed && fs::exists(path + "-wal")) fs::copy_file(path + "-wal", aside + "-wal", failed);
    if (failed) return what + ", and cannot be copied to " + aside + ": " + failed.message();
  }
  if (begin_anew) return {};
  return what + "; a copy is at " + aside +
         ". Restore a back-up, or start once with --store-begin-anew, which forgets all it knew";
}

// Whether the journal is one that stays whole when a commit did not wait for the disk.
bool HasWriteAheadLog(SqliteDatabase& database) {
  auto mode = database.Query("PRAGMA journal_mode");
  return mode.Next() && mode.Text(0) == "wal";
}

void Settings(SqliteDatabase& database, StoreSync sync) {
  database.Execute("PRAGMA auto_vacuum = INCREMENTAL");  // of a file that is still empty
  database.Execute("PRAGMA journal_mode = WAL");  // what cannot have it keeps its journal, as safe and slower
  database.Execute(sync == StoreSync::kFull ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL");
  database.Execute("PRAGMA foreign_keys = ON");
  database.Execute("PRAGMA trusted_schema = OFF");
  database.Execute("PRAGMA temp_store = MEMORY");
  database.Execute("PRAGMA journal_size_limit = 67108864");  // 64 MiB, after a burst
}

// The first thing that is wrong inside, "" where it is whole.
std::string Damage(SqliteDatabase& database) {
  auto check = database.Query("PRAGMA quick_check(1)");
  if (!check.Next()) return "no answer";
  const std::string first = check.Text(0);
  return first == "ok" ? std::string() : first;
}

}  // namespace

SqliteFile::~SqliteFile() {
  database_.reset();
  if (lock_ >= 0) close(lock_);
}

Result<std::unique_ptr<SqliteFile>> SqliteFile::Open(const std::string& given, StoreSync sync,
                                                     bool begin_anew) {
  std::unique_ptr<SqliteFile> file(new SqliteFile);
  const bool on_disk = given != ":memory:";
  const std::string path = on_disk ? Canonical(given) : given;
  if (on_disk) {
    if (auto refused = Lock(path, file->lock_)) return *std::move(refused);
    if (auto refused = Create(path)) return *std::move(refused);
  }
  std::string damage;
  try {
    file->database_ = std::make_unique<SqliteDatabase>(path);
    SqliteDatabase& database = *file->database_;
    if (std::string refused = ForeignSchema(database, path); !refused.empty()) return Unavailable(refused);
    std::error_code unknown;
    if (on_disk && fs::file_size(path, unknown) <= kCheckedBytes) damage = Damage(database);
    if (damage.empty()) {
      Settings(database, sync);
      file->flushes_ = sync == StoreSync::kFull && HasWriteAheadLog(database);
      MakeSchema(database);
      return file;
    }
    damage = "the store's file " + path + " is damaged (" + damage + ")";
  } catch (const SqliteFailure& failure) {
    if (failure.foreign()) {
      return Unavailable(path + " is no SQLite file, so no store of flux-service; choose another path");
    }
    if (!failure.corrupted()) return Unavailable(failure.message);
    damage = failure.message;
  }
  if (std::string refused = SetAside(path, damage, begin_anew); !refused.empty()) return Unavailable(refused);
  file.reset();
  for (const char* part : {"", "-wal", "-shm"}) {
    std::error_code failed;
    fs::remove(path + part, failed);
    if (failed) return Unavailable(path + part + " cannot be removed: " + failed.message());
  }
  return Open(path, sync, false);
}

}  // namespace flux::service
