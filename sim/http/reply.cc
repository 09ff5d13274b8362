// Writes bodies and headers the way fal writes them.
#include "sim/http/reply.h"

#include <spdlog/fmt/fmt.h>

namespace flux::sim {

Reply JsonReply(int status, const Json& body) {
  Reply reply;
  reply.status = status;
  reply.body = Text(body);
  return reply;
}

Reply DetailReply(int status, std::string_view detail) {
  return JsonReply(status, {{"detail", detail}});
}

Reply ValidationReply(Json items) {
  return JsonReply(422, {{"detail", std::move(items)}});
}

Reply FieldReply(const Json& loc, std::string_view message) {
  return ValidationReply(Json::array({{{"loc", loc}, {"msg", message}, {"type", "value_error"}}}));
}

Reply ModelErrorReply(const ModelError& error) {
  Json item = {{"loc", error.loc},
               {"msg", error.message},
               {"type", error.type},
               {"url", fmt::format("https://docs.fal.ai/errors/#{}", error.type)}};
  item.update(error.extra);
  Reply reply = JsonReply(error.status, {{"detail", Json::array({std::move(item)})}});
  reply.headers.emplace_back("X-Fal-Retryable", error.retryable ? "true" : "false");
  return reply;
}

Reply RequestErrorReply(int status, std::string_view error_type, std::string_view detail) {
  Reply reply = JsonReply(status, {{"detail", detail}, {"error_type", error_type}});
  reply.headers.emplace_back("X-Fal-Error-Type", error_type);
  return reply;
}

Reply ConcurrencyReply(int status, std::uint32_t limit) {
  Reply reply = JsonReply(status, {{"detail", fmt::format("Reached concurrent requests limit of {}", limit)},
                                   {"type", "concurrent_requests_limit"},
                                   {"data", {{"limit", limit}}}});
  reply.headers.emplace_back("X-Fal-needs-retry", "1");
  return reply;
}

Reply PlatformErrorReply(int status, std::string_view type, std::string_view message) {
  Reply reply = JsonReply(status, {{"error", {{"type", type}, {"message", message}}}});
  reply.no_fal_headers = true;
  return reply;
}

}  // namespace flux::sim
