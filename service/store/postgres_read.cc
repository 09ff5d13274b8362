// Columns by their place in the statement's text (postgres_statements.cc).
#include "service/store/postgres_read.h"

#include <chrono>
#include <string>
#include <utility>

namespace flux::service {
namespace {

Billed BilledOf(std::string_view name) {
  for (const Billed billed : {Billed::kMaybe, Billed::kYes}) {
    if (name == Name(billed)) return billed;
  }
  return Billed::kNo;
}

}  // namespace

WallTime ReadTime(const PostgresRows& rows, int row, int column) {
  return WallTime(std::chrono::microseconds(rows.Int(row, column)));
}

std::optional<WallTime> ReadMaybeTime(const PostgresRows& rows, int row, int column) {
  if (rows.IsNull(row, column)) return std::nullopt;
  return ReadTime(rows, row, column);
}

StoredWebhook ReadWebhook(const PostgresRows& rows, int row, int column) {
  StoredWebhook webhook;
  webhook.url = std::string(rows.Text(row, column));
  webhook.state = FindWebhookState(rows.Text(row, column + 1)).value_or(WebhookState::kPending);
  webhook.tries = static_cast<std::uint32_t>(rows.Int(row, column + 2));
  webhook.attempts = std::string(rows.Text(row, column + 3));
  webhook.due_at = ReadMaybeTime(rows, row, column + 4);
  webhook.give_up_at = ReadMaybeTime(rows, row, column + 5);
  return webhook;
}

std::vector<StoredJob> ReadJobs(const PostgresRows& rows) {
  std::vector<StoredJob> jobs;
  for (int row = 0; row < rows.size(); ++row) {
    const auto text = [&](int column) { return std::string(rows.Text(row, column)); };
    if (rows.Int(row, 0) == 0) {
      StoredJob job;
      job.id = text(1);
      job.caller = text(2);
      job.key = text(3);
      job.fingerprint = text(4);
      job.request_id = text(5);
      job.model = text(6);
      job.endpoint = text(7);
      job.plan = text(8);
      job.created_at = ReadTime(rows, row, 9);
      job.expires_at = ReadTime(rows, row, 10);
      job.delivered_at = ReadMaybeTime(rows, row, 11);
      job.number = rows.Int(row, 25);
      if (!rows.IsNull(row, 26)) job.webhook = ReadWebhook(rows, row, 26);
      jobs.push_back(std::move(job));
    }
    if (jobs.empty()) continue;
    StoredPurchase purchase;
    purchase.state = FindPurchaseState(rows.Text(row, 12)).value_or(PurchaseState::kUnknown);
    purchase.reserved_nano_usd = rows.Int(row, 13);
    purchase.charged_nano_usd = rows.Int(row, 14);
    purchase.billed = BilledOf(rows.Text(row, 15));
    purchase.ticket = {text(16), text(17), text(18), text(19)};
    purchase.input_sha256 = text(20);
    purchase.sent_at = ReadMaybeTime(rows, row, 21);
    purchase.ended_at = ReadMaybeTime(rows, row, 22);
    purchase.error = text(23);
    purchase.result = text(24);
    jobs.back().purchases.push_back(std::move(purchase));
  }
  return jobs;
}

}  // namespace flux::service
