// One line per kind of store.
#include "service/store/open_store.h"

#include <algorithm>
#include <atomic>
#include <utility>

#include "service/store/postgres_dial.h"
#include "service/store/postgres_link.h"
#include "service/store/postgres_store.h"
#include "service/store/sqlite_file.h"
#include "service/store/sqlite_store.h"

namespace flux::service {
namespace {

bool IsPostgres(std::string_view text) {
  return text.starts_with("postgres://") || text.starts_with("postgresql://");
}

constexpr std::string_view kSqlite = "sqlite:";
// More would be taken from everything else that this process does.
constexpr std::uint64_t kMostInMemory = 1ULL << 30;
// A start may wait this long to find out that it is refused.
constexpr std::chrono::seconds kFirstPatience{5};

Result<std::unique_ptr<Store>> OpenSqlite(asio::io_context& loop, const std::string& path,
                                          const StoreOptions& options, std::uint64_t max_bytes,
                                          const Clock& clock) {
  auto file = SqliteFile::Open(path, options.sync, options.begin_anew);
  if (!file) return std::move(file).error();
  try {
    return std::unique_ptr<Store>(
        std::make_unique<SqliteStore>(loop, *std::move(file), options.instance, max_bytes, clock));
  } catch (const SqliteFailure& failure) {
    return Status(Reason::kStoreUnavailable, failure.message);
  }
}

Result<std::unique_ptr<Store>> OpenPostgres(asio::io_context& loop, const StoreOptions& options,
                                            const Clock& clock) {
  const PostgresTarget target{options.text, options.password, options.sync == StoreSync::kFull};
  const std::atomic<bool> stop = false;
  Dialled dialled = DialPostgres(target, kFirstPatience, stop);
  if (dialled.refused) return Status(Reason::kStoreUnavailable, std::move(dialled.problem));
  auto link = std::make_shared<PostgresLink>(loop, target, options.instance, clock);
  link->Start(std::move(dialled));
  return std::unique_ptr<Store>(std::make_unique<PostgresStore>(std::move(link), options.lease));
}

}  // namespace

std::string CheckStoreText(std::string_view text) {
  if (text == "memory") return {};
  if (text.starts_with(kSqlite)) {
    return text.size() > kSqlite.size() && text != "sqlite::memory:" ? ""
                                                                     : "sqlite: needs the path of a file";
  }
  if (IsPostgres(text)) return CheckPostgresText(text);
  return "must be memory, sqlite:PATH or postgres://USER@HOST/DATABASE";
}

Result<std::unique_ptr<Store>> OpenStore(asio::io_context& loop, const StoreOptions& options,
                                         const Clock& clock) {
  if (std::string wrong = CheckStoreText(options.text); !wrong.empty()) {
    return Status(Reason::kStoreUnavailable, std::move(wrong));
  }
  if (options.text == "memory") {
    const std::uint64_t bound =
        options.max_bytes == 0 ? kMostInMemory : std::min(options.max_bytes, kMostInMemory);
    return OpenSqlite(loop, ":memory:", options, bound, clock);
  }
  if (IsPostgres(options.text)) return OpenPostgres(loop, options, clock);
  return OpenSqlite(loop, options.text.substr(kSqlite.size()), options, options.max_bytes, clock);
}

}  // namespace flux::service
