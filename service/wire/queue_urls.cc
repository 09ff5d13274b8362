// Takes fal's addresses where they are sound, since their form has changed before.
#include "service/wire/queue_urls.h"

#include <utility>

namespace flux::fal {
namespace {

constexpr std::size_t kMaxUrlBytes = 2048;

// "fal-ai/flux-pro/v1.1-ultra" is "fal-ai/flux-pro"; two namespaces have a segment more.
std::string_view ApplicationOf(std::string_view endpoint) {
  const bool named = endpoint.starts_with("workflows/") || endpoint.starts_with("comfy/");
  std::size_t end = endpoint.find('/');
  for (int more = named ? 2 : 1; more > 0 && end != std::string_view::npos; --more) {
    end = endpoint.find('/', end + 1);
  }
  return endpoint.substr(0, end);
}

}  // namespace

QueueUrls::QueueUrls(std::string queue_url) : queue_(std::move(queue_url)) {
  if (std::optional<ReadUrl> url = ParseUrl(queue_)) origin_ = std::move(url->origin);
}

QueueTicket QueueUrls::Make(std::string_view endpoint, std::string request_id) const {
  const std::string request = queue_ + "/" + std::string(ApplicationOf(endpoint)) + "/requests/" + request_id;
  return {std::move(request_id), request + "/status", request, request + "/cancel"};
}

QueueTicket QueueUrls::Adopt(std::string_view endpoint, QueueTicket told) const {
  QueueTicket made = Make(endpoint, told.request_id);
  for (std::string QueueTicket::*url :
       {&QueueTicket::status_url, &QueueTicket::response_url, &QueueTicket::cancel_url}) {
    if (std::optional<std::string> own = Own(told.*url)) made.*url = *std::move(own);
  }
  return made;
}

std::optional<std::string> QueueUrls::Own(const std::string& text) const {
  if (text.empty() || text.size() > kMaxUrlBytes || !IsVisibleAscii(text)) return std::nullopt;
  std::optional<ReadUrl> url = ParseUrl(text);
  if (!url || url->has_user || url->origin != origin_) return std::nullopt;
  return std::move(url->text);
}

}  // namespace flux::fal
