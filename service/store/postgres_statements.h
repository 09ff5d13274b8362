// postgres_statements: the statements that a connection prepares, by number, and how their parameters are
// written.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace flux::service {

// In the order of PostgresStatements().
enum class PostgresStatement : std::size_t {
  kBegin,
  kMarkSent,
  kMarkAccepted,
  kFinish,
  kPostpone,
  kMarkDelivered,
  kClaimDue,
  kClaimed,
  kRelease,
  kRenew,
  kGet,
  kFind,
  kFindLike,
  kList,
  kBudgets,
  kUsage,
  kTotals,
  kExpire,
  kEndedSince,
  kKeepInput,
  kInput,
  kCancel,
  kFindByFal,
  kNudge,
  kKeepWebhook,
  kClaimWebhooks,
  kClaimedWebhooks,
  kNoteWebhook,
  kRedeliver,
  kTakeBillTurn,
  kNoteBought,
  kKeepCharges,
  kEndBillTurn,
  kBillDays,
  kBillFindings,
  kBillFetched,
  kExpireBill,
};

// Their texts. What answers with jobs has a row for each purchase; see ReadJobs in postgres_read.h.
std::span<const std::string> PostgresStatements();

// Whether it changes what is stored.
bool Writes(PostgresStatement statement);

// The name of a prepared statement.
std::string StatementName(PostgresStatement statement);

// An array as PostgreSQL reads it: {"a","b"}.
std::string ArrayText(const std::vector<std::string>& items);
std::string ArrayText(const std::vector<std::int64_t>& items);

}  // namespace flux::service
