// One coroutine that claims what is due, and one for each webhook that is sent.
#include "service/jobs/webhook_out.h"

#include <algorithm>
#include <array>
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/this_coro.hpp>
#include <utility>

#include "base/event.h"
#include "service/jobs/webhook_message.h"
#include "service/purchase/webhook_record.h"

namespace flux::service {
namespace {

constexpr std::size_t kBuilds = 2;

}  // namespace

std::chrono::milliseconds PauseAfter(std::uint32_t tries) {
  using namespace std::chrono_literals;
  constexpr std::array<std::chrono::seconds, 8> kPauses{5s, 30s, 2min, 10min, 30min, 1h, 2h, 4h};
  return kPauses.at(std::min<std::size_t>(tries == 0 ? 0 : tries - 1, kPauses.size() - 1));
}

WebhookSender::WebhookSender(Parts parts, WebhookSenderOptions options)
    : parts_(parts), options_(options), builds_(parts.loop, kBuilds) {}

void WebhookSender::Start() {
  asio::co_spawn(parts_.loop, Run(), asio::detached);
}

asio::awaitable<void> WebhookSender::Run() {
  co_await asio::this_coro::throw_if_cancelled(false);
  for (;;) {
    while (all_ < options_.most_at_once && co_await Claim()) {
    }
    Event never(parts_.loop);
    co_await never.Wait(std::chrono::steady_clock::now() + options_.beat);
  }
}

// Whether there may be more.
asio::awaitable<bool> WebhookSender::Claim() {
  std::vector<std::string> busy;
  for (const auto& [host, count] : sending_) {
    if (count >= options_.most_per_host) busy.push_back(host);
  }
  const auto limit = static_cast<std::uint32_t>(options_.most_at_once - all_);
  Result<std::vector<DueWebhook>> due =
      co_await parts_.store.ClaimWebhooks(limit, std::move(busy), options_.hold);
  if (!due) co_return false;
  bool put_back = false;
  for (DueWebhook& one : *due) {
    if (sending_[one.host] >= options_.most_per_host) {
      WebhookNote again{.state = WebhookState::kPending,
                        .due_in = std::chrono::milliseconds(0),
                        .tries = one.webhook.tries,
                        .attempts = one.webhook.attempts};
      static_cast<void>(co_await parts_.store.NoteWebhook(one.job, one.claim, std::move(again)));
      put_back = true;
      continue;
    }
    ++sending_[one.host];
    parts_.metrics.ShowSending(++all_);
    asio::co_spawn(parts_.loop, Deliver(std::move(one)), asio::detached);
  }
  co_return put_back || due->size() == limit;
}

asio::awaitable<void> WebhookSender::Deliver(DueWebhook due) {
  co_await asio::this_coro::throw_if_cancelled(false);
  const WallTime begun = parts_.clock.WallNow();
  const Attempt attempt = co_await Try(due);
  parts_.metrics.Count(attempt.outcome);
  co_await Note(due, attempt, begun);
  const auto host = sending_.find(due.host);
  if (--host->second == 0) sending_.erase(host);
  parts_.metrics.ShowSending(--all_);
}

asio::awaitable<WebhookSender::Attempt> WebhookSender::Try(const DueWebhook& due) {
  const Result<WebhookTarget> target = parts_.targets.Check(due.webhook.url);
  if (!target) co_return Attempt{0, "its URL " + target.error().message, WebhookSent::kNotAllowed};
  WebhookPost post{*target, {}, {}};
  bool pictures = false;
  std::vector<std::string> secrets;
  {
    const auto turn = co_await builds_.Take(SteadyTime::max());
    std::string id = due.job;
    const Result<std::optional<JobSight>> sight = co_await parts_.kept.See(std::move(id));
    if (!sight || !*sight) co_return Attempt{0, "the job could not be read", WebhookSent::kUnreachable};
    secrets = parts_.secrets.SecretsOf((**sight).caller);
    if (secrets.empty()) co_return Attempt{0, "its caller has no secret any more", WebhookSent::kNoSecret};
    const auto ended = std::chrono::seconds((**sight).job.ended_at().seconds());
    post.body = WebhookBody((**sight).job, WallTime(ended));
    pictures = HasAllPictures((**sight).job);
  }
  const WallTime now = parts_.clock.WallNow();
  const std::string id = WebhookId(due.job);
  post.headers = {"Content-Type: application/json", "webhook-id: " + id,
                  "webhook-timestamp: " + WebhookTimestamp(now),
                  "webhook-signature: " + WebhookSignature(secrets, id, now, post.body)};
  const WebhookAnswer answer = co_await parts_.poster.Post(std::move(post));
  switch (answer.kind) {
    case WebhookAnswer::Kind::kAnswered:
      break;
    case WebhookAnswer::Kind::kNotAllowed:
      co_return Attempt{0, answer.error, WebhookSent::kNotAllowed};
    case WebhookAnswer::Kind::kTimeout:
      co_return Attempt{0, answer.error, WebhookSent::kTimeout};
    case WebhookAnswer::Kind::kUnreachable:
    case WebhookAnswer::Kind::kCancelled:
      co_return Attempt{0, answer.error, WebhookSent::kUnreachable};
  }
  if (answer.status <= 299) co_return Attempt{answer.status, {}, WebhookSent::kDelivered, pictures};
  if (answer.status <= 399) {
    co_return Attempt{answer.status, "it redirects, which is not followed", WebhookSent::kRedirected};
  }
  co_return Attempt{answer.status, "it answered " + std::to_string(answer.status), WebhookSent::kRefused};
}

asio::awaitable<void> WebhookSender::Note(const DueWebhook& due, const Attempt& attempt, WallTime begun) {
  constexpr int kGone = 410;
  const bool delivered = attempt.outcome == WebhookSent::kDelivered;
  WebhookNote note{.state = WebhookState::kPending,
                   .due_in = PauseAfter(due.webhook.tries + 1),
                   .tries = due.webhook.tries + 1,
                   .attempts = WithAttempt(due.webhook.attempts, {begun, attempt.status, attempt.error})};
  const bool late = due.webhook.give_up_at && parts_.clock.WallNow() + note.due_in > *due.webhook.give_up_at;
  if (delivered) {
    note.state = WebhookState::kDelivered;
  } else if (attempt.status == kGone || late) {
    note.state = WebhookState::kFailed;
  }
  const WebhookState state = note.state;
  const Result<bool> noted = co_await parts_.store.NoteWebhook(due.job, due.claim, std::move(note));
  if (!noted || !*noted) co_return;  // the claim ends by itself, and it is sent once more
  if (state == WebhookState::kDelivered) {
    parts_.metrics.Count(WebhookEnd::kDelivered);
    if (attempt.pictures) co_await parts_.kept.MarkDelivered(due.job);
  } else if (state == WebhookState::kFailed) {
    parts_.metrics.Count(attempt.status == kGone ? WebhookEnd::kGone : WebhookEnd::kGivenUp);
    parts_.log.Warn("webhook_given_up", {{"job", due.job}, {"host", due.host}, {"message", attempt.error}});
  }
}

}  // namespace flux::service
