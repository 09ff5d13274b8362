// QueueUrls: which addresses of fal's queue our key may be sent to, and what they are where fal did not say
// them. Touches no network.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "service/fal/message.h"
#include "service/wire/url.h"

namespace flux::fal {

class QueueUrls {
 public:
  // `queue_url`: http(s)://HOST[:PORT][/PATH], no trailing slash.
  explicit QueueUrls(std::string queue_url);

  const std::string& queue() const { return queue_; }
  bool https() const { return origin_.scheme == "https"; }

  // The ticket of a request to `endpoint`, with addresses that are made from its id, which is one by
  // IsRequestId (fal-api "Queue API", the sub-path rule: owner and alias alone).
  QueueTicket Make(std::string_view endpoint, std::string request_id) const;

  // `told` with Make's address in the place of each that is not the queue's own.
  QueueTicket Adopt(std::string_view endpoint, QueueTicket told) const;

  // The address as libcurl understands it, which is what may be asked with our key: scheme, host and port are
  // the queue's own, and it holds no user name. Nothing for any other.
  std::optional<std::string> Own(const std::string& url) const;

 private:
  std::string queue_;
  Origin origin_;
};

}  // namespace flux::fal
