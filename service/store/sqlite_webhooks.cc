// Webhooks: which are due, and what came of them.
#include <string>
#include <utility>

#include "service/store/sqlite_time.h"
#include "service/store/sqlite_verbs.h"
#include "service/store/texts.h"

namespace flux::service {

std::optional<StoredWebhook> SqliteVerbs::LoadWebhook(std::int64_t number) {
  auto query =
      database_.Query("SELECT url, state, tries, attempts, due_at, give_up_at FROM webhooks WHERE job = ?1");
  if (!query.Bind(number).Next()) return std::nullopt;
  StoredWebhook webhook;
  webhook.url = query.Text(0);
  webhook.state = FindWebhookState(query.Text(1)).value_or(WebhookState::kPending);
  webhook.tries = static_cast<std::uint32_t>(query.Int(2));
  webhook.attempts = query.Text(3);
  webhook.due_at = FromMs(query.MaybeInt(4));
  webhook.give_up_at = FromMs(query.MaybeInt(5));
  return webhook;
}

std::vector<DueWebhook> SqliteVerbs::ClaimWebhooks(WallTime now, std::uint32_t limit,
                                                   const std::vector<std::string>& busy,
                                                   std::chrono::milliseconds hold, const std::string& claim) {
  CheckClock(now);
  std::string hosts;  // "\nhost:port\nhost:port\n"
  for (const std::string& host : busy) hosts.append(hosts.empty() ? "\n" : "").append(host).append("\n");
  std::vector<std::pair<std::int64_t, DueWebhook>> found;
  {
    auto query = database_.Query(
        "SELECT job, id, host FROM webhooks JOIN jobs ON number = job WHERE webhooks.due_at <= ?1 "
        "AND instr(?2, char(10) || host || char(10)) = 0 ORDER BY webhooks.due_at LIMIT ?3");
    query.Bind(ToMs(now), hosts, limit);
    while (query.Next())
      found.emplace_back(query.Int(0), DueWebhook{query.Text(1), query.Text(2), claim, {}});
  }
  std::vector<DueWebhook> due;
  for (auto& [number, one] : found) {
    database_.Query("UPDATE webhooks SET claim = ?2, due_at = ?3 WHERE job = ?1")
        .Bind(number, claim, ToMs(now + hold))
        .Run();
    if (auto webhook = LoadWebhook(number)) one.webhook = *std::move(webhook);
    due.push_back(std::move(one));
  }
  return due;
}

bool SqliteVerbs::NoteWebhook(WallTime now, const std::string& id, const std::string& claim,
                              const WebhookNote& note) {
  const bool again = note.state == WebhookState::kPending;
  return database_
             .Query(
                 "UPDATE webhooks SET state = ?3, due_at = ?4, tries = ?5, attempts = ?6, claim = NULL "
                 "WHERE job = (SELECT number FROM jobs WHERE id = ?1) AND claim = ?2")
             .Bind(id, claim, flux::service::Name(note.state),
                   again ? std::optional(ToMs(now) + note.due_in.count()) : std::nullopt, note.tries,
                   AsText(note.attempts))
             .Run() == 1;
}

bool SqliteVerbs::Redeliver(WallTime now, const std::string& id) {
  return database_
             .Query(
                 "UPDATE webhooks SET state = 'PENDING', due_at = ?2, give_up_at = ?2 + 86400000, tries = 0, "
                 "claim = NULL WHERE job = (SELECT number FROM jobs WHERE id = ?1 AND ended_at IS NOT NULL)")
             .Bind(id, ToMs(now))
             .Run() == 1;
}

}  // namespace flux::service
