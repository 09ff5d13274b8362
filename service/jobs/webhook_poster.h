// WebhookPoster: one POST to a receiver that somebody else has named. Never more than a few kilobytes of
// answer, never a redirect, never an address that is not allowed, never longer than it may take.
#pragma once

#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>
#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "service/jobs/webhook_targets.h"

namespace flux::service {

struct WebhookPost {
  WebhookTarget target;
  std::vector<std::string> headers;  // whole lines
  std::string body;
};

// What came of it.
struct WebhookAnswer {
  enum class Kind { kAnswered, kUnreachable, kNotAllowed, kTimeout, kCancelled };
  Kind kind = Kind::kUnreachable;
  int status = 0;          // kAnswered: HTTP
  std::string error = {};  // the others: in a few words that tell nothing of our network
};

// The seam between webhooks and the network. Called on the event loop, resumes on it; cancelling the awaiting
// coroutine abandons the POST.
class WebhookPoster {
 public:
  virtual ~WebhookPoster() = default;
  virtual asio::awaitable<WebhookAnswer> Post(WebhookPost post) = 0;
};

struct WebhookPosterOptions {
  std::chrono::milliseconds time{10'000};  // of a POST, from the name's lookup to the answer's head
  std::size_t most_answer = 4096;          // bytes of the body that are read, and thrown away
  std::size_t most_head = std::size_t{64} << 10;
  std::string ca_file = {};  // PEM; empty: the system's
  std::string user_agent = {};
};

// With libcurl: HTTP/1.1 or 2, no proxy, connections pooled for each receiver. Lives on `loop`; destroyed
// after the loop has stopped; borrows `targets`.
class CurlWebhookPoster final : public WebhookPoster {
 public:
  CurlWebhookPoster(asio::io_context& loop, const WebhookTargets& targets, WebhookPosterOptions options);
  ~CurlWebhookPoster() override;

  asio::awaitable<WebhookAnswer> Post(WebhookPost post) override;

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace flux::service
