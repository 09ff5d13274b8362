// Cheap questions first: a stranger's POST costs a comparison, not a signature.
#include "service/jobs/fal_webhooks.h"

#include <algorithm>
#include <asio/this_coro.hpp>
#include <optional>

namespace flux::service {
namespace {

// The four headers; nothing where one is missing, or there twice.
std::optional<fal::WebhookHeaders> HeadersOf(const v1::AcceptFalWebhookRequest& request) {
  constexpr std::size_t kLongest = 256;
  fal::WebhookHeaders headers;
  const std::pair<std::string_view, std::string*> wanted[] = {
      {"x-fal-webhook-request-id", &headers.request_id},
      {"x-fal-webhook-user-id", &headers.user_id},
      {"x-fal-webhook-timestamp", &headers.timestamp},
      {"x-fal-webhook-signature", &headers.signature}};
  for (const v1::HttpHeader& header : request.headers()) {
    for (const auto& [name, value] : wanted) {
      if (header.name() != name) continue;
      if (!value->empty() || header.value().size() > kLongest) return std::nullopt;
      *value = header.value();
    }
  }
  const bool whole = std::ranges::none_of(wanted, [](const auto& each) { return each.second->empty(); });
  return whole ? std::optional(headers) : std::nullopt;
}

}  // namespace

FalWebhooks::FalWebhooks(Parts parts, FalWebhooksOptions options)
    : parts_(parts), options_(options), fetches_(parts.loop, 1) {}

Status FalWebhooks::Refused(FalWebhookTaken why, const char* sentence) const {
  parts_.metrics.Count(why);
  return Status(Reason::kWebhookRefused, sentence);
}

asio::awaitable<Result<v1::AcceptFalWebhookResponse>> FalWebhooks::Accept(
    v1::AcceptFalWebhookRequest request) {
  const std::optional<fal::WebhookHeaders> headers = HeadersOf(request);
  const std::optional<WallTime> sent = headers ? fal::SentAt(*headers) : std::nullopt;
  if (!sent)
    co_return Refused(FalWebhookTaken::kMalformed, "fal's four headers are not all there, or not sound");
  if (request.body().size() > options_.most_body) {
    co_return Refused(FalWebhookTaken::kMalformed, "the body is larger than fal's webhooks are");
  }
  const WallTime now = parts_.clock.WallNow();
  if (*sent + fal::kWebhookAge < now || *sent - fal::kWebhookAge > now) {
    co_return Refused(FalWebhookTaken::kOld, "its time is not within five minutes of now");
  }
  switch (co_await IsSigned(*headers, request.body())) {
    case Signed::kYes:
      break;
    case Signed::kNo:
      co_return Refused(FalWebhookTaken::kForged, "none of fal's keys has signed it");
    case Signed::kNobodyKnows:
      parts_.metrics.Count(FalWebhookTaken::kNoKeys);
      co_return Status(Reason::kUpstreamUnreachable, "fal's keys cannot be had now; send it again");
  }
  if (seen_.contains(headers->signature)) {
    co_return Refused(FalWebhookTaken::kReplayed, "it was here before");
  }
  std::vector<std::string> ids = fal::RequestIdsOf(*headers, request.body());
  request.clear_body();
  const Result<bool> heard = co_await parts_.kept.Heard(std::move(ids));
  if (!heard) co_return heard.error();
  if (!*heard) co_return Refused(FalWebhookTaken::kUnknown, "it is about no job that is remembered here");
  if (!Remember(headers->signature, *sent)) {
    co_return Refused(FalWebhookTaken::kReplayed, "it was here before");
  }
  parts_.metrics.Count(FalWebhookTaken::kAccepted);
  co_return v1::AcceptFalWebhookResponse();
}

bool FalWebhooks::Remember(const std::string& signature, WallTime sent) {
  const WallTime now = parts_.clock.WallNow();
  while (!order_.empty() &&
         (order_.size() >= options_.most_replays || order_.front().first + fal::kWebhookAge < now)) {
    seen_.erase(order_.front().second);
    order_.pop_front();
  }
  if (!seen_.insert(signature).second) return false;
  order_.emplace_back(sent, signature);
  return true;
}

asio::awaitable<FalWebhooks::Signed> FalWebhooks::IsSigned(const fal::WebhookHeaders& headers,
                                                           const std::string& body) {
  if (parts_.keys == nullptr) co_return Signed::kNobodyKnows;
  const SteadyTime now = parts_.clock.Now();
  const bool fresh = !keys_.empty() && now - read_ < options_.keys_age;
  if (!fresh && !co_await Fetch()) co_return Signed::kNobodyKnows;
  if (fal::IsSigned(headers, body, keys_)) co_return Signed::kYes;
  if (!fresh || parts_.clock.Now() - fetched_ < options_.keys_pause) co_return Signed::kNo;
  static_cast<void>(co_await Fetch());
  co_return fal::IsSigned(headers, body, keys_) ? Signed::kYes : Signed::kNo;
}

// Whether there are keys that may be used.
asio::awaitable<bool> FalWebhooks::Fetch() {
  const SteadyTime asked = parts_.clock.Now();
  const auto turn = co_await fetches_.Take(asked + options_.fetch_time);
  const auto usable = [this] { return !keys_.empty() && parts_.clock.Now() - read_ < options_.keys_age; };
  if (!turn || fetched_ > asked) co_return usable();  // somebody else has fetched them meanwhile
  constexpr std::chrono::seconds kAfterFailure{5};
  if (!usable() && fetched_ != SteadyTime{} && asked - fetched_ < kAfterFailure) co_return false;
  Result<std::vector<fal::Ed25519Key>> keys =
      co_await parts_.keys->Fetch(std::chrono::steady_clock::now() + options_.fetch_time);
  fetched_ = parts_.clock.Now();
  if (keys) {
    keys_ = *std::move(keys);
    read_ = fetched_;
  } else {
    parts_.log.Warn("fal_keys_not_fetched", {{"message", keys.error().message}});
  }
  co_return usable();
}

}  // namespace flux::service
