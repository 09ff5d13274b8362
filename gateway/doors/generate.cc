// Checks, then calls the backend.
#include "gateway/doors/generate.h"

#include <absl/strings/ascii.h>
#include <absl/strings/match.h>
#include <absl/strings/str_split.h>

#include <algorithm>
#include <string>
#include <utility>
#include <variant>

#include "gateway/doors/inline_pictures.h"
#include "gateway/http/line.h"

namespace flux::gateway {
namespace {

// Headers that change what a purchase means. Who sends one relies on it, so it is not passed over in silence.
constexpr std::string_view kNotKept[] = {"Idempotency-Key", "Prefer"};

// Whether the body is compressed, or whatever else may have been done to it.
bool IsEncoded(const Request& head) {
  return std::ranges::any_of(head.headers, [](const auto& header) {
    const auto& [name, value] = header;
    if (!absl::EqualsIgnoreCase(name, "content-encoding")) return false;
    const auto codings = absl::StrSplit(value, ',');
    return std::any_of(codings.begin(), codings.end(), [](absl::string_view coding) {
      coding = absl::StripAsciiWhitespace(coding);
      return !coding.empty() && !absl::EqualsIgnoreCase(coding, "identity");
    });
  });
}

std::optional<Status> RefuseModel(const Buyer& buyer, std::string_view model) {
  if (buyer.MayBuy(model)) return std::nullopt;
  return Status(Reason::kModelNotAllowed, "This API key is not for the model " + std::string(model));
}

asio::awaitable<Result<v1::Generation>> Refused(Status status) {
  co_return status;
}

}  // namespace

std::optional<Status> RefusePurchase(const Request& head, const Buyer& buyer, std::string_view model) {
  for (const std::string_view name : kNotKept) {
    if (head.Has(name)) {
      return Status(Reason::kUnsupportedHeader, "The " + std::string(name) +
                                                    " header is not supported here yet; leave it out. " +
                                                    "Nothing was bought.");
    }
  }
  if (IsEncoded(head)) {
    return Status(Reason::kUnsupportedMediaType,
                  "the body must not be compressed; send it without Content-Encoding");
  }
  return model.empty() ? std::nullopt : RefuseModel(buyer, model);
}

asio::awaitable<Result<v1::Generation>> Generator::Buy(GenerationRequest& request, const Exchange& exchange) {
  std::optional<Status> refused =
      std::visit([&](const auto& typed) { return RefuseModel(exchange.buyer, typed.model()); }, request);
  // No coroutine of its own: the wait is long, and its frame would stand beside the backend's.
  if (refused) return Refused(*std::move(refused));
  const std::uint64_t bytes = exchange.request.line == nullptr ? 0 : InlineBytes(request);
  return bytes == 0 ? backend_.Generate(request, exchange.context) : BuyWithRoom(request, exchange, bytes);
}

asio::awaitable<Result<v1::Generation>> Generator::BuyWithRoom(GenerationRequest& request,
                                                               const Exchange& exchange,
                                                               std::uint64_t bytes) {
  const bool room = co_await exchange.request.line->Reserve(bytes);
  if (!room) co_return NoRoomForPictures();
  co_return co_await backend_.Generate(request, exchange.context);
}

}  // namespace flux::gateway
