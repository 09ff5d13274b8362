// The lists.
#include "gateway/doors/header_policy.h"

namespace flux::gateway {

HeaderPolicy PublicHeaderPolicy() {
  return {
      .methods = "GET, POST, DELETE, OPTIONS",
      .headers =
          "Content-Type, Authorization, X-API-Key, X-Request-Id, Idempotency-Key, Prefer, Last-Event-ID, "
          "traceparent, tracestate",
      .exposed =
          "X-Request-Id, Location, Link, Preference-Applied, x-fal-request-id, x-cost-usd, x-fal-attempts, "
          "x-queue-position, "
          "x-queue-wait-ms, x-job-id, Idempotent-Replayed, x-budget-left-usd, x-should-retry, Retry-After, "
          "RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset",
      // What libraries in a page add by themselves: agents that trace, and the SDK of OpenAI.
      .also =
          "baggage, sentry-trace, OpenAI-Organization, OpenAI-Project, OpenAI-Beta, X-Stainless-Arch, "
          "X-Stainless-Async, X-Stainless-Custom-Poll-Interval, "
          "X-Stainless-Helper-Method, X-Stainless-Lang, X-Stainless-OS, X-Stainless-Package-Version, "
          "X-Stainless-Poll-Helper, X-Stainless-Raw-Response, X-Stainless-Read-Timeout, "
          "X-Stainless-Retry-Count, X-Stainless-Runtime, X-Stainless-Runtime-Version, X-Stainless-Timeout",
      .always = {{"X-Powered-By", "flux-gateway"},
                 {"X-Proxy-Target", "FAL.AI"},
                 // Replies are data for programs: no browser shall show one as a page, embed it, keep it or
                 // tell others.
                 {"X-Content-Type-Options", "nosniff"},
                 {"Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"},
                 {"Cross-Origin-Resource-Policy", "same-origin"},
                 {"Referrer-Policy", "no-referrer"},
                 {"Cache-Control", "no-store"}},
  };
}

}  // namespace flux::gateway
