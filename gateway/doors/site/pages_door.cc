// Gives files their names, and finds them by those.
#include "gateway/doors/site/pages_door.h"

#include <absl/strings/str_replace.h>

#include <utility>
#include <vector>

#include "gateway/doors/site/site_dialect.h"

namespace flux::gateway {
namespace {

constexpr std::string_view kForEver = "public, max-age=31536000, immutable";

// "docs.css" as "docs.0123456789abcdef.css".
std::string NameWith(std::string_view hash, std::string_view name) {
  const std::size_t dot = name.rfind('.');
  return std::string(name.substr(0, dot)).append(".").append(hash).append(name.substr(dot));
}

}  // namespace

PagesDoor::PagesDoor(const Dialect& dialect, const Page& page)
    : dialect_(dialect),
      word_(page.word),
      folder_(page.folder),
      summary_(page.summary),
      policy_(page.policy) {
  std::vector<std::pair<std::string, std::string>> names;
  for (const PageFile& file : page.files) {
    std::string text(file.text);
    if (!file.shown) absl::StrReplaceAll(names, &text);
    Content content = ContentOf(file.type, std::move(text));
    std::string name = NameWith(ShortHashOf(content.text), file.name);
    names.emplace_back("/" + std::string(file.name), "/" + name);
    files_.emplace(std::move(name), std::move(content));
  }
  page_ =
      ContentOf("text/html; charset=utf-8", absl::StrReplaceAll({page.html.data(), page.html.size()}, names));
}

asio::awaitable<Result<Served>> PagesDoor::Serve(Exchange& exchange) {
  const std::string_view path = exchange.request.path;
  if (!path.starts_with(folder_)) co_return ServeContent(exchange.request, page_, "no-cache", policy_);
  const auto file = files_.find(path.substr(folder_.size()));
  if (file == files_.end()) co_return Status(Reason::kUnsupportedEndpoint);
  co_return ServeContent(exchange.request, file->second, kForEver, kNoPage);
}

}  // namespace flux::gateway
