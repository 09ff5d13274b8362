// Version 4 of the tables. A later version adds its statements as another step; steps are never edited.
#include "service/store/sqlite_schema.h"

#include <array>
#include <cstdint>

#include "service/store/sqlite_database.h"
#include "service/store/sqlite_schema_bill.h"

namespace flux::service {
namespace {

constexpr std::int64_t kApplicationId = 0x464C5558;  // "FLUX", as `file` shows it

// Times are milliseconds since 1970-01-01 UTC, money is in billionths of a dollar.
constexpr const char* kVersion1 = R"sql(
CREATE TABLE jobs (
  number       INTEGER PRIMARY KEY AUTOINCREMENT,
  id           TEXT NOT NULL UNIQUE,
  caller       TEXT NOT NULL,
  key          TEXT,
  fingerprint  TEXT NOT NULL,
  request_id   TEXT NOT NULL,
  model        TEXT NOT NULL,
  endpoint     TEXT NOT NULL,
  plan         TEXT NOT NULL,
  keep_s       INTEGER NOT NULL,
  created_at   INTEGER NOT NULL,
  expires_at   INTEGER NOT NULL,
  ended_at     INTEGER,
  delivered_at INTEGER,
  driver       TEXT,
  claim        TEXT NOT NULL,
  due_at       INTEGER
);
CREATE UNIQUE INDEX jobs_by_key ON jobs (caller, key) WHERE key IS NOT NULL;
CREATE INDEX jobs_by_meaning ON jobs (caller, fingerprint);
CREATE INDEX jobs_by_caller ON jobs (caller);
CREATE INDEX jobs_unfinished ON jobs (due_at) WHERE ended_at IS NULL;
CREATE INDEX jobs_undelivered ON jobs (delivered_at) WHERE delivered_at IS NULL;
CREATE INDEX jobs_by_expiry ON jobs (expires_at);
CREATE TABLE purchases (
  job               INTEGER NOT NULL REFERENCES jobs (number) ON DELETE CASCADE,
  nth               INTEGER NOT NULL,
  state             TEXT NOT NULL,
  reserved_nano_usd INTEGER NOT NULL,
  reserved_on       TEXT NOT NULL,
  charged_nano_usd  INTEGER NOT NULL DEFAULT 0,
  billed            TEXT NOT NULL DEFAULT 'no',
  fal_request_id    TEXT,
  status_url        TEXT,
  response_url      TEXT,
  cancel_url        TEXT,
  input_sha256      TEXT NOT NULL,
  sent_at           INTEGER,
  ended_at          INTEGER,
  error             TEXT,
  PRIMARY KEY (job, nth)
) WITHOUT ROWID;
CREATE UNIQUE INDEX purchases_by_fal ON purchases (fal_request_id) WHERE fal_request_id IS NOT NULL;
CREATE INDEX purchases_open ON purchases (state, sent_at) WHERE state NOT IN ('SUCCEEDED', 'FAILED');
CREATE TABLE results (
  job    INTEGER NOT NULL REFERENCES jobs (number) ON DELETE CASCADE,
  nth    INTEGER NOT NULL,
  result BLOB NOT NULL,
  PRIMARY KEY (job, nth)
);
CREATE TABLE job_accounts (
  job     INTEGER NOT NULL REFERENCES jobs (number) ON DELETE CASCADE,
  account TEXT NOT NULL,
  PRIMARY KEY (job, account)
) WITHOUT ROWID;
CREATE TABLE spending (
  account           TEXT NOT NULL,
  period            TEXT NOT NULL,
  spent_nano_usd    INTEGER NOT NULL,
  reserved_nano_usd INTEGER NOT NULL,
  purchases         INTEGER NOT NULL,
  PRIMARY KEY (account, period)
) WITHOUT ROWID;
CREATE INDEX spending_by_period ON spending (period);
)sql";

// What is to be sent goes as soon as it may have been, or is to be something else: it has prompts in it, and
// pictures.
constexpr const char* kVersion2 = R"sql(
CREATE TABLE inputs (
  job   INTEGER NOT NULL REFERENCES jobs (number) ON DELETE CASCADE,
  nth   INTEGER NOT NULL,
  input BLOB NOT NULL,
  PRIMARY KEY (job, nth)
);
CREATE TRIGGER inputs_end AFTER UPDATE OF state, input_sha256 ON purchases
WHEN old.state = 'RESERVED' AND (new.state <> 'RESERVED' OR new.input_sha256 <> old.input_sha256) BEGIN
  DELETE FROM inputs WHERE job = new.job AND nth = new.nth;
END;
)sql";

// A webhook is due from the end of its job on, for a day; one that began anew has not ended.
constexpr const char* kVersion3 = R"sql(
CREATE TABLE webhooks (
  job        INTEGER PRIMARY KEY REFERENCES jobs (number) ON DELETE CASCADE,
  url        TEXT NOT NULL,
  host       TEXT NOT NULL,
  state      TEXT NOT NULL DEFAULT 'PENDING',
  tries      INTEGER NOT NULL DEFAULT 0,
  attempts   TEXT NOT NULL DEFAULT '',
  due_at     INTEGER,
  give_up_at INTEGER,
  claim      TEXT
);
CREATE INDEX webhooks_due ON webhooks (due_at) WHERE due_at IS NOT NULL;
CREATE TRIGGER webhooks_due_at_end AFTER UPDATE OF ended_at ON jobs
WHEN old.ended_at IS NULL AND new.ended_at IS NOT NULL BEGIN
  UPDATE webhooks SET state = 'PENDING', due_at = new.ended_at, give_up_at = new.ended_at + 86400000
  WHERE job = new.number;
END;
CREATE TRIGGER webhooks_begin_anew AFTER UPDATE OF ended_at ON jobs
WHEN old.ended_at IS NOT NULL AND new.ended_at IS NULL BEGIN
  UPDATE webhooks SET state = 'PENDING', tries = 0, due_at = NULL, give_up_at = NULL, claim = NULL
  WHERE job = new.number;
END;
)sql";

constexpr std::array kSteps{kVersion1, kVersion2, kVersion3, kSqliteVersion4};

}  // namespace

std::string ForeignSchema(SqliteDatabase& database, const std::string& path) {
  const std::int64_t version = database.Number("PRAGMA user_version");
  const std::int64_t application = database.Number("PRAGMA application_id");
  const bool empty =
      version == 0 && application == 0 && database.Number("SELECT count(*) FROM sqlite_schema") == 0;
  if (!empty && application != kApplicationId) {
    return path + " is another program's database, not a store of flux-service; choose another path";
  }
  if (version > static_cast<std::int64_t>(kSteps.size())) {
    return path + " was written by a newer flux-service (its tables have version " + std::to_string(version) +
           ", this program knows " + std::to_string(kSteps.size()) +
           "); use that one, or restore a copy from before";
  }
  return {};
}

void MakeSchema(SqliteDatabase& database) {
  const auto version = static_cast<std::size_t>(database.Number("PRAGMA user_version"));
  if (version == kSteps.size()) return;
  database.Execute("BEGIN IMMEDIATE");
  for (std::size_t step = version; step < kSteps.size(); ++step) database.Execute(kSteps.at(step));
  database.Execute("PRAGMA application_id = " + std::to_string(kApplicationId));
  database.Execute("PRAGMA user_version = " + std::to_string(kSteps.size()));
  database.Execute("COMMIT");
}

}  // namespace flux::service
