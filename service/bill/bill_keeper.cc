// One coroutine with a short beat: notes are written at each, fal is asked when a turn is due.
#include "service/bill/bill_keeper.h"

#include <algorithm>
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/this_coro.hpp>
#include <string>
#include <utility>
#include <vector>

#include "base/event.h"

namespace flux::service {
namespace {

constexpr std::chrono::milliseconds kBeat{1'000};
constexpr std::chrono::seconds kLook{10};  // for a turn, and at the sums
constexpr std::chrono::seconds kHold{30};  // of a turn; longer than a page may take
constexpr std::chrono::seconds kPageTime{20};
constexpr std::size_t kNotesAtOnce = 500;
constexpr std::chrono::hours kMostAtOnce{6};  // of the bill; what is more is caught up with turn by turn
constexpr int kMostPages = 4'000;             // of them: two million charges
// fal tells charges of 90 days (fal-api "Platform API").
constexpr std::chrono::days kFarthest{89};
constexpr std::chrono::minutes kLongestPause{15};
constexpr std::uint32_t kMostFindings = 1'000;

std::string Dollars(std::int64_t nano_usd) {
  std::string text = std::to_string(nano_usd % 1'000'000'000);
  text.insert(0, 9 - text.size(), '0');
  text.erase(text.find_last_not_of('0') + 1);
  return std::to_string(nano_usd / 1'000'000'000) + (text.empty() ? "" : "." + text);
}

}  // namespace

void BillKeeper::Start() {
  asio::co_spawn(parts_.loop, Run(), asio::detached);
}

asio::awaitable<void> BillKeeper::Run() {
  co_await asio::this_coro::throw_if_cancelled(false);
  const std::chrono::milliseconds beat = std::min(kBeat, options_.every / 2);
  const std::chrono::milliseconds pause = std::min<std::chrono::milliseconds>(kLook, options_.every);
  SteadyTime look{};
  for (;;) {
    co_await WriteNotes();
    if (const SteadyTime now = std::chrono::steady_clock::now(); now >= look) {
      look = now + pause;
      // The first turn that goes well may leave more to be caught up with.
      while (co_await TakeTurn()) {
      }
      co_await Show();
    }
    Event never(parts_.loop);
    co_await never.Wait(std::chrono::steady_clock::now() + beat);
  }
}

asio::awaitable<void> BillKeeper::WriteNotes() {
  while (!parts_.notes.empty()) {
    std::vector<Bought> notes = parts_.notes.Take(kNotesAtOnce);
    std::vector<Bought> copy = notes;
    const Result<bool> written = co_await parts_.records.NoteBought(std::move(copy));
    if (!written) {
      parts_.notes.PutBack(std::move(notes));
      break;
    }
  }
  parts_.metrics.CountLost(parts_.notes.lost());
}

asio::awaitable<bool> BillKeeper::TakeTurn() {
  const Result<std::optional<BillTurn>> turn = co_await parts_.records.TakeTurn(kHold);
  if (!turn || !*turn) co_return false;
  const WallTime now = parts_.clock.WallNow();
  const WallTime start = std::max((**turn).fetched_until - options_.lag, now - kFarthest);
  const WallTime end = std::min(now, start + options_.lag + kMostAtOnce);
  const std::optional<Status> failed = co_await Fetch(**turn, start, end);
  BillNote note{.fetched_until = {}, .due_in = options_.every, .lag = options_.lag};
  if (failed) {
    TellFailure(*failed);
    note.due_in = BackOff(*failed);
  } else {
    parts_.metrics.CountFetch();
    parts_.metrics.ShowRefused(false);
    if (refused_ || away_) parts_.log.Info("bill_back", {});
    refused_ = away_ = false;
    back_off_ = std::chrono::milliseconds(0);
    note.fetched_until = end;
    if (end < now) note.due_in = std::chrono::milliseconds(0);
  }
  // With what the purchases of meanwhile have left.
  co_await WriteNotes();
  const Result<std::vector<Finding>> findings = co_await parts_.records.EndTurn((**turn).claim, note);
  if (findings) {
    for (const Finding& finding : *findings) Tell(finding);
  }
  if (!failed) co_await AskCredits();
  co_return !failed && end < now;
}

asio::awaitable<std::optional<Status>> BillKeeper::Fetch(const BillTurn& turn, WallTime start, WallTime end) {
  fal::BillingQuery query{.start = start, .end = end, .cursor = {}};
  for (int pages = 0; pages < kMostPages; ++pages) {
    Result<fal::BillingPage> page =
        co_await parts_.billing.Events(query, std::chrono::steady_clock::now() + kPageTime);
    if (!page) co_return page.error();
    if (page->unreadable > 0) {
      parts_.log.Warn("bill_unreadable_events", {{"events", page->unreadable}});
      parts_.metrics.CountUnreadable(page->unreadable);
      // One is passed over; where all are, fal speaks another language now, and they are asked for again.
      if (page->events.empty()) {
        co_return Status(Reason::kUpstreamProtocol, "none of the charges that fal tells can be read");
      }
    }
    std::vector<Charge> charges;
    for (fal::BillingEvent& event : page->events) {
      charges.push_back(
          {std::move(event.request_id), std::move(event.endpoint), event.at, event.total_nano_usd});
    }
    const Result<std::optional<KeptCharges>> kept =
        co_await parts_.records.KeepCharges(turn.claim, kHold, std::move(charges));
    if (!kept) co_return kept.error();
    if (!*kept) co_return Status(Reason::kCancelled, "another replica asks fal for its bill by now");
    parts_.metrics.Count(**kept);
    if (page->next_cursor.empty() || page->next_cursor == query.cursor) co_return std::nullopt;
    query.cursor = std::move(page->next_cursor);
  }
  co_return Status(Reason::kUpstreamProtocol, "fal's bill has no end");
}

asio::awaitable<void> BillKeeper::AskCredits() {
  const Result<std::int64_t> credits =
      co_await parts_.billing.Credits(std::chrono::steady_clock::now() + kPageTime);
  if (credits) parts_.metrics.ShowCredits(*credits);
  if (!credits && !credits_away_) {
    parts_.log.Warn("credits_unknown", {{"message", credits.error().message}});
  }
  credits_away_ = !credits;
}

asio::awaitable<void> BillKeeper::Show() {
  const std::string yesterday = Iso8601(parts_.clock.WallNow() - std::chrono::hours(24)).substr(0, 10);
  BillQuery query{.caller = {}, .first_day = yesterday, .lag = options_.lag, .most_findings = kMostFindings};
  const Result<BillView> view = co_await parts_.records.View(std::move(query));
  if (view) parts_.metrics.Show(*view);
}

// Once, until it has changed.
void BillKeeper::TellFailure(const Status& failed) {
  if (failed.reason == Reason::kCancelled) return;
  parts_.metrics.CountFetch(failed);
  const bool refused = failed.reason == Reason::kUpstreamAccount;
  if (refused) parts_.metrics.ShowRefused(true);
  if (refused && !refused_) parts_.log.Error("bill_refused", {{"message", failed.message}});
  if (!refused && !away_) parts_.log.Warn("bill_away", {{"message", failed.message}});
  (refused ? refused_ : away_) = true;
}

std::chrono::milliseconds BillKeeper::BackOff(const Status& failed) {
  const std::chrono::milliseconds longest =
      std::max<std::chrono::milliseconds>(kLongestPause, options_.every);
  back_off_ = std::clamp(back_off_ * 2, std::min(options_.every, longest), longest);
  return std::clamp(failed.retry_after.value_or(std::chrono::milliseconds(0)), back_off_, longest);
}

void BillKeeper::Tell(const Finding& finding) {
  parts_.metrics.Count(finding);
  const std::string at = Iso8601(finding.at);
  const std::string settled = Dollars(finding.settled_nano_usd);
  const std::string charged = Dollars(finding.charged_nano_usd);
  if (finding.kind == FindingKind::kUnexplained) {
    parts_.log.Receipt(LogLevel::kWarn, "bill_unexplained",
                       {{"fal_request_id", finding.fal_request_id},
                        {"endpoint", finding.endpoint},
                        {"at", at},
                        {"charged_usd", charged}});
    return;
  }
  const std::string event = "bill_" + std::string(Name(finding.kind));
  parts_.log.Receipt(LogLevel::kWarn, event,
                     {{"fal_request_id", finding.fal_request_id},
                      {"endpoint", finding.endpoint},
                      {"at", at},
                      {"caller", finding.caller},
                      {"model", finding.model},
                      {"job", finding.job},
                      {"believed_usd", settled},
                      {"charged_usd", charged}});
}

}  // namespace flux::service
