// Copies headers, hands the body on.
#include "gateway/doors/jobs/hooks_door.h"

#include <absl/strings/ascii.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <string_view>
#include <utility>

#include "gateway/doors/render.h"

namespace flux::gateway {
namespace {

constexpr std::uint32_t kMostAtATime = 64;
constexpr std::string_view kHeaders = "x-fal-webhook-";
constexpr std::size_t kMostHeaders = 16;       // fal sends four
constexpr std::chrono::seconds kPatience{10};  // fal's is fifteen

// Given back whatever becomes of it.
class Place {
 public:
  explicit Place(std::atomic<std::uint32_t>& taken) : taken_(taken), before_(taken.fetch_add(1)) {}
  ~Place() { taken_.fetch_sub(1); }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;
  bool Fits() const { return before_ < kMostAtATime; }

 private:
  std::atomic<std::uint32_t>& taken_;
  const std::uint32_t before_;
};

}  // namespace

asio::awaitable<Result<Served>> HooksDoor::Serve(Exchange& exchange) {
  const Place place(judged_);
  if (!place.Fits()) co_return Status(Reason::kOverloaded, "too many webhooks at a time");
  v1::AcceptFalWebhookRequest webhook;
  for (auto& [name, value] : exchange.request.headers) {
    std::string lower = absl::AsciiStrToLower(name);
    if (!lower.starts_with(kHeaders) || webhook.headers_size() == kMostHeaders) continue;
    v1::HttpHeader& header = *webhook.add_headers();
    header.set_name(std::move(lower));
    header.set_value(value);
  }
  webhook.set_body(std::exchange(exchange.request.body, std::string()));
  exchange.context.deadline =
      std::min(exchange.context.deadline, std::chrono::steady_clock::now() + kPatience);
  const Result<v1::AcceptFalWebhookResponse> accepted =
      co_await backend_.AcceptFalWebhook(webhook, exchange.context);
  if (!accepted) {
    counters_.hooks_refused.fetch_add(1);
    co_return accepted.error();
  }
  counters_.hooks_accepted.fetch_add(1);
  Served served{.reply = JsonReply(200, R"({"success":true})")};
  co_return served;
}

}  // namespace flux::gateway
