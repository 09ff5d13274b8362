// Writes the headers.
#include "gateway/doors/render.h"

#include <chrono>
#include <utility>

namespace flux::gateway {

Reply JsonReply(int http_status, std::string body) {
  Reply reply;
  reply.status = http_status;
  reply.headers.emplace_back("Content-Type", "application/json");
  reply.body = std::move(body);
  return reply;
}

void AddAdvice(const Status& status, HeaderList& headers) {
  if (status.retry_after) {
    const auto seconds = std::chrono::ceil<std::chrono::seconds>(*status.retry_after);
    headers.emplace_back("Retry-After", std::to_string(seconds.count()));
  } else if (RowOf(status.reason).http_status == 503) {
    headers.emplace_back("Retry-After", "1");
  }
  // Common SDKs resend 5xx by themselves unless told otherwise.
  if (status.billed != Billed::kNo) headers.emplace_back("x-should-retry", "false");
  if (status.upstream && !status.upstream->request_id.empty()) {
    headers.emplace_back("x-fal-request-id", status.upstream->request_id);
  }
}

}  // namespace flux::gateway
