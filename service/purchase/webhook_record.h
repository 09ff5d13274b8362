// What is remembered of the attempts to deliver a webhook, as JSON in the store. Total: what cannot be read
// is no attempt.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "flux/v1/jobs.pb.h"
#include "service/store/store.h"

namespace flux::service {

inline constexpr std::size_t kMostAttempts = 10;  // that are remembered

struct WebhookAttempt {
  WallTime at = {};
  int status = 0;          // HTTP; 0: there was no answer
  std::string error = {};  // in a few words; empty where it was delivered
};

std::vector<WebhookAttempt> AttemptsFromJson(std::string_view json);

// `json` with one more attempt at its end, without the first where they are too many.
std::string WithAttempt(std::string_view json, const WebhookAttempt& attempt);

v1::Webhook ToProto(const StoredWebhook& webhook);

}  // namespace flux::service
