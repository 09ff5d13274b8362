// Webhooks: fal's POST to whoever asked for one with `fal_webhook` when a request of the queue is over,
// signed with Ed25519 (fal-api §5), and the key set that verifies it.
#pragma once

#include <array>
#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include "base/clock.h"
#include "base/log.h"
#include "sim/faults/armed_faults.h"
#include "sim/http/reply.h"
#include "sim/http/task_pool.h"
#include "sim/json.h"
#include "sim/random.h"

namespace flux::sim {

// Borrowed; all of them outlive the webhooks.
struct WebhooksParts {
  const Clock& clock;
  Random& random;
  ArmedFaults& armed;
  Log& log;
};

// Thread-safe. Unlike fal it sends to private addresses as well, trusts every certificate, and tries again
// after seconds: 1, 2, 4 and so on, ten times.
class Webhooks {
 public:
  explicit Webhooks(WebhooksParts parts);
  ~Webhooks();
  Webhooks(const Webhooks&) = delete;
  Webhooks& operator=(const Webhooks&) = delete;

  // Tells `url` what a request has come to: its result as `reply`.
  void Tell(const std::string& url, const std::string& endpoint, const std::string& request_id,
            const Reply& reply);

  // The JSON Web Key Set.
  Reply KeySet() const;

  // Sends nothing any more. Idempotent.
  void Stop();

 private:
  using Key = std::array<unsigned char, 32>;
  struct Message {
    std::string url;
    std::string request_id;
    std::string body;
    bool forged = false;  // signed with a key that nobody knows
    bool old = false;     // an hour ago
    int tries = 0;
  };

  void Work();
  void Send(Message message);
  void Later(Message message, std::chrono::milliseconds time);
  // Lower-case hex.
  static std::string Sign(const Key& key, const std::string& text);

  const WebhooksParts parts_;
  const std::string user_id_;
  Key key_{};
  Key unknown_key_{};
  std::mutex mutex_;
  std::condition_variable wake_;
  std::multimap<SteadyTime, Message> waiting_;  // guarded by mutex_, as is stopped_
  bool stopped_ = false;
  TaskPool senders_;
  std::thread thread_;
};

}  // namespace flux::sim
