// Carrying out a purchase that is remembered: each step is recorded before the next one begins.
#include <asio/this_coro.hpp>
#include <functional>
#include <utility>

#include "base/when_all.h"
#include "service/purchase/exchange.h"
#include "service/purchase/kept_running.h"
#include "service/purchase/merge.h"
#include "service/purchase/record.h"
#include "service/wire/ledger_transport.h"

namespace flux::service {
namespace {

constexpr std::chrono::milliseconds kSubmitTime{60'000};
constexpr std::chrono::milliseconds kFetchTime{30'000};
// Thousands may search after an outage, a few at a time.
constexpr std::chrono::milliseconds kSearchTime{600'000};
// A look that is not to come before the record is forgotten.
constexpr std::chrono::hours kNever{24 * 366};

fal::QueueTicket ToFal(const FalTicket& ticket) {
  return {ticket.request_id, ticket.status_url, ticket.response_url, ticket.cancel_url};
}

FalTicket ToStored(const fal::QueueTicket& ticket) {
  return {ticket.request_id, ticket.status_url, ticket.response_url, ticket.cancel_url};
}

bool IsRefusal(const fal::HistoryItem& item) {
  return item.ended_at && item.status_code && *item.status_code != 200;
}

// Takes pictures out that are too large to be kept as bytes.
void DropLarge(v1::Generation& made, std::uint64_t most) {
  std::uint64_t bytes = 0;
  for (const auto& image : made.images()) bytes += image.data().size();
  if (bytes <= most) return;
  made.add_warnings(
      "the pictures came as bytes and were too large to be kept; they were in the first answer only");
}

std::string CancelledAtFal(Billed billed) {
  switch (billed) {
    case Billed::kNo:
      return "it was cancelled at fal, which did not bill it";
    case Billed::kYes:
      return "it was cancelled at fal, which billed it all the same";
    case Billed::kMaybe:
      break;
  }
  return "it was cancelled at fal, which does not say whether it is billed";
}

}  // namespace

// Marks a purchase SENT before its first byte leaves.
class KeptPurchases::SentMark final : public fal::SendLedger {
 public:
  SentMark(const KeptPurchases& kept, std::string id, std::size_t part)
      : kept_(kept), store_(kept.parts_.store), id_(std::move(id)), part_(static_cast<std::uint32_t>(part)) {}

  asio::awaitable<std::optional<Status>> AboutToSend(const fal::FalCall&) override {
    const Result<bool> marked = co_await store_.MarkSent(id_, part_);
    if (!marked) {
      Status status = marked.error();
      status.billed = Billed::kNo;
      co_return status;
    }
    if (*marked) {
      kept_.Changed(id_);
      co_return std::nullopt;
    }
    const Result<std::optional<StoredJob>> job = co_await store_.Get(id_);
    if (job && *job && (**job).purchases.at(part_).state == PurchaseState::kFailed) {  // cancelled
      co_return OutcomeOf((**job).purchases.at(part_)).error();
    }
    Status status(Reason::kInternal, "another process has taken the purchase over; nothing was sent");
    status.billed = Billed::kNo;
    co_return status;
  }

 private:
  const KeptPurchases& kept_;
  Store& store_;
  const std::string id_;
  const std::uint32_t part_;
};

asio::awaitable<void> KeptPurchases::Drive(std::shared_ptr<Running> running) {
  co_await asio::this_coro::throw_if_cancelled(false);
  Result<v1::Generation> result = Status(Reason::kInternal);  // what an exception leaves: maybe billed
  try {
    const std::size_t count = running->job.purchases.size();
    if (count == 1) {
      result = co_await DrivePart(*running, 0);
    } else {
      std::function<asio::awaitable<Result<v1::Generation>>(std::size_t)> each = [&](std::size_t i) {
        return DrivePart(*running, i);
      };
      result = Merge(co_await WhenAll<Result<v1::Generation>>(count, std::move(each)));
    }
  } catch (const std::exception& error) {
    parts_.log.Error("purchase_failed", {{"job", running->job.id}, {"message", error.what()}});
    running->given_up = true;
  }
  if (running->given_up) co_await LetGo(running->job.id, options_.first_look);
  if (result) result->set_job_id(running->job.id);
  running->result = std::make_shared<const Result<v1::Generation>>(std::move(result));
  running_.erase(running->job.id);
  running->done.Set();
  if (running->ended) running->ended(*running->result);
}

asio::awaitable<Result<v1::Generation>> KeptPurchases::DrivePart(Running& running, std::size_t part) {
  StoredPurchase& purchase = running.job.purchases[part];
  switch (purchase.state) {
    case PurchaseState::kReserved: {
      if (!running.resumed) co_return co_await Send(running, part);
      const auto number = static_cast<std::uint32_t>(part);
      Result<std::string> input = co_await parts_.store.Input(running.job.id, number);
      if (!input) {
        running.given_up = true;
        co_return std::move(input).error();
      }
      if (!input->empty()) {
        running.plan.purchases[part].body = std::make_shared<const std::string>(*std::move(input));
        co_return co_await Send(running, part);
      }
      Status released(Reason::kInternal, "the service ended before anything was sent");
      released.billed = Billed::kNo;
      co_return co_await Ended(running, part, std::move(released));
    }
    case PurchaseState::kAccepted:
      if (!purchase.ticket.status_url.empty())
        co_return co_await Follow(running, part, ToFal(purchase.ticket));
      co_return co_await LookInHistory(running, part);
    case PurchaseState::kSent:
    case PurchaseState::kUnknown:
      co_return co_await LookInHistory(running, part);
    case PurchaseState::kSucceeded:
    case PurchaseState::kFailed:
      break;
  }
  if (purchase.state == PurchaseState::kSucceeded && purchase.result.empty()) {
    Result<std::optional<StoredJob>> whole = co_await parts_.store.Get(running.job.id);
    if (whole && *whole && (*whole)->purchases.size() > part) purchase = (*whole)->purchases[part];
  }
  co_return OutcomeOf(purchase);
}

asio::awaitable<Result<v1::Generation>> KeptPurchases::Send(Running& running, std::size_t part) {
  PlannedPurchase& planned = running.plan.purchases[part];
  SentMark mark(*this, running.job.id, part);
  const bool stays = running.context.finish || !running.context.key.empty();
  const SteadyTime now = parts_.clock.Now();
  fal::FalCall call{
      .endpoint = running.plan.endpoint,
      .body = std::move(planned.body),
      .deadline = now + std::max<SteadyTime::duration>(options_.direct_time, running.plan.longest),
      .model = running.plan.model,
      .request_id = running.context.request_id,
      .caller = running.context.caller,
      .traceparent = running.context.traceparent,
      .inline_pictures = running.plan.inline_pictures,
      .low_priority = running.plan.low_priority,
      .ledger = &mark};
  if (!stays) call.deadline = std::min(call.deadline, AnswerBy(now, running.context.deadline));
  if (stays && options_.through_queue) {
    call.deadline = now + kSubmitTime;
    Result<fal::QueueTicket> ticket = co_await parts_.queue.Submit(call);
    call.body.reset();
    if (!ticket) co_return co_await Ended(running, part, std::move(ticket).error());
    // fal has it now. Where the store is away, the id is written with the outcome's own steps: nothing is
    // sent again meanwhile, and after our death fal's history is asked.
    FalTicket told = ToStored(*ticket);
    static_cast<void>(co_await parts_.store.MarkAccepted(running.job.id, static_cast<std::uint32_t>(part),
                                                         std::move(told)));
    Changed(running.job.id);
    co_return co_await Follow(running, part, *std::move(ticket));
  }
  Result<fal::FalReply> reply = co_await parts_.transport.Send(call);
  call.body.reset();
  if (!reply) co_return co_await Ended(running, part, std::move(reply).error());
  const ExchangeTimes times{running.context.arrived, now, parts_.clock.Now()};
  Result<v1::Generation> made =
      ReadExchange(running.plan.model, running.plan.price, planned.estimate, *std::move(reply), times);
  if (made && running.plan.low_priority) made->add_warnings(kNoQueue);
  co_return co_await Ended(running, part, std::move(made));
}

asio::awaitable<Result<v1::Generation>> KeptPurchases::Follow(Running& running, std::size_t part,
                                                              fal::QueueTicket ticket) {
  const SteadyTime begun = parts_.clock.Now();
  std::function<void(const fal::QueueState&)> told = [this, &running, part](const fal::QueueState& state) {
    bool news = running.log.Take(state.logs);
    if (state.kind == fal::QueueState::Kind::kQueued) {
      const auto [place, first] = running.ahead.try_emplace(part, state.position);
      news |= first || place->second != state.position;
      place->second = state.position;
    } else {
      news |= running.ahead.erase(part) > 0;
    }
    if (news) Changed(running.job.id);
  };
  running.awaited[part] = ticket.request_id;
  if (running.followed) parts_.queue.Follow(ticket.request_id);
  Result<fal::FalReply> reply =
      co_await parts_.queue.Await(ticket, begun + options_.queue_time, std::move(told));
  running.ahead.erase(part);
  running.awaited.erase(part);
  if (!reply) {
    if (reply.error().reason == Reason::kOutcomeUnknown) {  // fal keeps it no longer, or has never had it
      running.job.purchases[part].ticket = ToStored(ticket);
      co_return co_await LookInHistory(running, part);
    }
    if (reply.error().reason == Reason::kUpstreamProtocol) co_return co_await LookInHistory(running, part);
    if (reply.error().reason == Reason::kUpstreamReplyTooLarge) {
      Status large = std::move(reply).error();
      large.billed = Billed::kYes;  // it is there, and would be as large the next time
      co_return co_await Ended(running, part, std::move(large));
    }
    running.given_up = true;
    Status open(Reason::kUpstreamTimeout,
                "fal has not finished the picture; what becomes of it is looked after");
    co_return open;
  }
  const ExchangeTimes times{running.context.arrived, begun, parts_.clock.Now()};
  if (reply->request_id.empty()) reply->request_id = ticket.request_id;
  Result<v1::Generation> made = ReadExchange(running.plan.model, running.plan.price,
                                             running.plan.purchases[part].estimate, *std::move(reply), times);
  // fal-api "Errors": of what its queue had, 499 says that somebody has cancelled it.
  if (!made && made.error().upstream && made.error().upstream->http_status == 499) {
    made.error().reason = Reason::kCancelled;
    made.error().message = CancelledAtFal(made.error().billed);
  }
  if (running.resumed) parts_.metrics.Count(made ? Resolved::kSucceeded : Resolved::kFailed);
  co_return co_await Ended(running, part, std::move(made));
}

asio::awaitable<Result<v1::Generation>> KeptPurchases::FetchKept(Running& running, std::size_t part,
                                                                 const std::string& request_id) {
  const Result<fal::QueueTicket> ticket = parts_.queue.TicketFor(running.plan.endpoint, request_id);
  if (!ticket || !options_.through_queue) co_return Status(Reason::kOutcomeUnknown);
  const SteadyTime now = parts_.clock.Now();
  Result<fal::FalReply> reply = co_await parts_.queue.Fetch(*ticket, now + kFetchTime);
  if (!reply) co_return std::move(reply).error();
  co_return ReadExchange(running.plan.model, running.plan.price, running.plan.purchases[part].estimate,
                         *std::move(reply), {now, now, parts_.clock.Now()});
}

std::chrono::milliseconds KeptPurchases::NextLook(const StoredPurchase& purchase) const {
  constexpr std::chrono::milliseconds kLongest{120'000};
  if (!purchase.sent_at) return options_.first_look;
  const auto age =
      std::chrono::duration_cast<std::chrono::milliseconds>(parts_.clock.WallNow() - *purchase.sent_at);
  if (age > options_.unknown_for) return kNever;
  return std::clamp(age / 2, options_.first_look, kLongest);
}

asio::awaitable<Result<v1::Generation>> KeptPurchases::LookInHistory(Running& running, std::size_t part) {
  constexpr std::chrono::seconds kBefore{60};  // their clock and ours
  constexpr std::chrono::minutes kAfter{30};   // from sent to begun
  constexpr std::chrono::seconds kRefusedPause{300};
  // Rows lag by a few minutes (fal-api §14), and not all alike.
  constexpr std::chrono::seconds kSurelyListed{300};
  StoredPurchase& purchase = running.job.purchases[part];
  const std::string& id = running.job.id;
  const auto number = static_cast<std::uint32_t>(part);
  std::chrono::milliseconds again = NextLook(purchase);
  if (parts_.history != nullptr && !purchase.input_sha256.empty() && purchase.sent_at) {
    const fal::HistoryQuery query{running.plan.endpoint, *purchase.sent_at - kBefore,
                                  *purchase.sent_at + kAfter, purchase.input_sha256,
                                  purchase.ticket.request_id};
    Result<std::vector<fal::HistoryItem>> items =
        co_await parts_.history->Search(query, parts_.clock.Now() + kSearchTime);
    if (!items) {
      parts_.metrics.Count(Resolved::kRefused);
      parts_.log.Warn("history_refused", {{"job", id}, {"message", items.error().message}});
      const bool for_good = items.error().reason == Reason::kUpstreamAccount;
      again = std::max(again, for_good ? std::chrono::milliseconds(kRefusedPause)
                                       : items.error().retry_after.value_or(options_.first_look));
    } else {
      // A refusal with our input may be an earlier attempt's; to believe it would free the key of what was
      // paid. So it counts last, and only when the row of what was paid would be there too.
      std::ranges::stable_partition(*items, [](const fal::HistoryItem& item) { return !IsRefusal(item); });
      const bool early =
          parts_.clock.WallNow() - *purchase.sent_at < std::min(kSurelyListed, options_.unknown_for);
      for (fal::HistoryItem& item : *items) {
        const bool ours = item.request_id == purchase.ticket.request_id && !item.request_id.empty();
        if (!ours &&
            (item.input_sha256 != purchase.input_sha256 || item.sent_at < *purchase.sent_at - kBefore)) {
          continue;
        }
        if (!ours && early && IsRefusal(item)) continue;
        if (!ours) {
          FalTicket told;  // made before the await: g++ 12 destroys an aggregate twice that is made within
          told.request_id = item.request_id;
          const Result<bool> taken = co_await parts_.store.MarkAccepted(id, number, std::move(told));
          if (!taken) break;
          if (!*taken) continue;  // another purchase's
          purchase.ticket.request_id = item.request_id;
        }
        if (!item.ended_at || !item.status_code) {
          again = options_.first_look;
          break;
        }
        if (*item.status_code == 200 && item.output.empty()) {
          // Rows may come without their payloads. The queue may have it; else another look may find it.
          Result<v1::Generation> made = co_await FetchKept(running, part, item.request_id);
          if (made) {
            parts_.metrics.Count(Resolved::kSucceeded);
            co_return co_await Ended(running, part, std::move(made));
          }
          if (again < kNever) {
            again = options_.first_look;
            break;
          }
        }
        fal::FalReply reply;
        reply.status = *item.status_code;
        reply.body = std::move(item.output);
        reply.request_id = item.request_id;
        reply.content_type = "application/json";
        const SteadyTime now = parts_.clock.Now();
        Result<v1::Generation> made =
            ReadExchange(running.plan.model, running.plan.price, running.plan.purchases[part].estimate,
                         std::move(reply), {now, now, now});
        parts_.metrics.Count(made ? Resolved::kSucceeded : Resolved::kFailed);
        parts_.log.Receipt(LogLevel::kInfo, "purchase_resolved",
                           {{"job", id},
                            {"request_id", running.job.request_id},
                            {"fal_request_id", item.request_id},
                            {"to", made ? "SUCCEEDED" : "FAILED"}});
        if (!made && made.error().billed == Billed::kMaybe && *item.status_code == 200) {
          made.error().billed = Billed::kYes;  // fal made it, and its result cannot be had
        }
        co_return co_await Ended(running, part, std::move(made), true);
      }
      parts_.metrics.Count(Resolved::kNotFound);
    }
  }
  Outcome open{.state = PurchaseState::kUnknown, .billed = Billed::kMaybe};
  open.due_in = again;
  co_await Settle(id, part, std::move(open));
  co_return Status(Reason::kOutcomeUnknown);
}

asio::awaitable<Result<v1::Generation>> KeptPurchases::Ended(Running& running, std::size_t part,
                                                             Result<v1::Generation> result, bool last_word) {
  const std::int64_t reserved = running.job.purchases[part].reserved_nano_usd;
  Outcome outcome;
  if (result) {
    outcome.state = PurchaseState::kSucceeded;
    outcome.billed = Billed::kYes;
    outcome.charged_nano_usd = static_cast<std::int64_t>(result->price().micro_usd()) * 1000;
    outcome.fal_request_id = result->fal_request_id();
    outcome.result = result->SerializeAsString();
    if (outcome.result.size() > options_.most_result_bytes) {
      v1::Generation kept = *result;
      DropLarge(kept, options_.most_result_bytes);
      for (auto& image : *kept.mutable_images()) {
        if (image.has_data()) image.clear_content();
      }
      outcome.result = kept.SerializeAsString();
    }
  } else {
    const Status& status = result.error();
    const bool lost = !last_word && IsLost(status);
    outcome.state = lost ? PurchaseState::kUnknown : PurchaseState::kFailed;
    outcome.billed = status.billed;
    outcome.charged_nano_usd = lost || status.billed == Billed::kNo ? 0 : reserved;
    outcome.error = StatusToJson(status);
    if (status.upstream) outcome.fal_request_id = status.upstream->request_id;
    if (lost)
      outcome.due_in = parts_.history == nullptr ? std::chrono::milliseconds(kNever) : options_.first_look;
  }
  co_await Settle(running.job.id, part, std::move(outcome));
  co_return result;
}

asio::awaitable<void> KeptPurchases::Pause(std::chrono::milliseconds& pause) {
  constexpr std::chrono::milliseconds kLongest{5'000};
  Event never(parts_.loop);
  co_await never.Wait(std::chrono::steady_clock::now() + pause);
  pause = std::min(pause * 2, kLongest);
}

// Until it is written: nobody hears of an outcome before that.
asio::awaitable<void> KeptPurchases::Settle(const std::string& id, std::size_t part, Outcome outcome) {
  std::chrono::milliseconds pause{50};
  for (;;) {
    const Result<bool> settled = co_await parts_.store.Finish(id, static_cast<std::uint32_t>(part), outcome);
    if (settled) {
      if (!*settled) parts_.log.Error("outcome_refused", {{"job", id}});
      Changed(id);
      co_return;
    }
    parts_.log.Error("outcome_not_stored", {{"job", id}, {"message", settled.error().message}});
    co_await Pause(pause);
  }
}

// Until it is written: what this process has claimed and does not drive, nobody would ever look at again.
asio::awaitable<void> KeptPurchases::LetGo(std::string id, std::chrono::milliseconds due_in) {
  std::chrono::milliseconds pause{50};
  for (;;) {
    const Result<bool> gone = co_await parts_.store.Postpone(id, due_in);
    if (gone) co_return;
    co_await Pause(pause);
  }
}

}  // namespace flux::service
