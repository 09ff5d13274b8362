// JobDesk: what callers can ask of jobs beside beginning, seeing and cancelling them.
#pragma once

#include <asio/awaitable.hpp>
#include <optional>
#include <string>

#include "base/result.h"
#include "flux/v1/jobs.pb.h"
#include "service/jobs/fal_webhooks.h"
#include "service/jobs/page_token.h"
#include "service/jobs/watches.h"
#include "service/jobs/webhook_secrets.h"
#include "service/jobs/webhook_targets.h"
#include "service/purchase/kept.h"
#include "service/purchase/purchase_context.h"

namespace flux::service {

// Lives on the event loop, but for Accept; borrows its parts.
class JobDesk {
 public:
  struct Parts {
    KeptPurchases& kept;
    JobWatches& watches;
    FalWebhooks& fal_webhooks;
    const PageTokens& tokens;
    const WebhookTargets& targets;
    const WebhookSecrets& secrets;
  };
  explicit JobDesk(Parts parts) : parts_(parts) {}

  // Makes the context that of a job with a webhook. INVALID_FIELD where that cannot be sent: to such a URL,
  // or signed for this caller. An empty URL: there is none. Any thread.
  std::optional<Status> AddWebhook(const std::string& url, PurchaseContext& context) const;

  // INVALID_FIELD for what is no page of the caller's jobs.
  asio::awaitable<Result<v1::ListJobsResponse>> List(v1::ListJobsRequest request, std::string caller) const;

  JobWatches& watches() const { return parts_.watches; }
  FalWebhooks& fal_webhooks() const { return parts_.fal_webhooks; }

 private:
  const Parts parts_;
};

}  // namespace flux::service
