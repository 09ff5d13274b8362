// The names of the states.
#include "service/store/store.h"

#include <array>
#include <cstddef>

namespace flux::service {
namespace {

constexpr std::array<std::string_view, 6> kNames{"RESERVED", "SENT",      "ACCEPTED",
                                                 "UNKNOWN",  "SUCCEEDED", "FAILED"};

constexpr std::array<std::string_view, 3> kFindingNames{"unexplained", "uncharged", "unexpected"};

constexpr std::array<std::string_view, 3> kWebhookNames{"PENDING", "DELIVERED", "FAILED"};

}  // namespace

std::string_view Name(PurchaseState state) {
  return kNames.at(static_cast<std::size_t>(state));
}

std::optional<PurchaseState> FindPurchaseState(std::string_view name) {
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (kNames[i] == name) return static_cast<PurchaseState>(i);
  }
  return std::nullopt;
}

std::string_view Name(WebhookState state) {
  return kWebhookNames.at(static_cast<std::size_t>(state));
}

std::optional<WebhookState> FindWebhookState(std::string_view name) {
  for (std::size_t i = 0; i < kWebhookNames.size(); ++i) {
    if (kWebhookNames[i] == name) return static_cast<WebhookState>(i);
  }
  return std::nullopt;
}

std::string_view Name(FindingKind kind) {
  return kFindingNames.at(static_cast<std::size_t>(kind));
}

std::optional<FindingKind> FindFindingKind(std::string_view name) {
  for (std::size_t i = 0; i < kFindingNames.size(); ++i) {
    if (kFindingNames[i] == name) return static_cast<FindingKind>(i);
  }
  return std::nullopt;
}

}  // namespace flux::service
