// Hashes, compares, copies.
#include "gateway/doors/site/content.h"

#include <absl/strings/escaping.h>
#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/loose_text.h"
#include "gateway/http/grammar.h"

namespace flux::gateway {
namespace {

// Whether a list of entity tags names this one; "*" names all. Compared weakly (RFC 9110 §13.1.2).
bool Names(std::string_view list, std::string_view etag) {
  while (!list.empty()) {
    const std::size_t comma = std::min(list.find(','), list.size());
    std::string_view tag = Trimmed(list.substr(0, comma));
    if (tag.starts_with("W/")) tag.remove_prefix(2);
    if (tag == etag || tag == "*") return true;
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  return false;
}

bool HasIt(const Request& request, std::string_view etag) {
  return std::ranges::any_of(request.headers, [etag](const auto& header) {
    return EqualsIgnoreCase(header.first, "if-none-match") && Names(header.second, etag);
  });
}

}  // namespace

std::string ShortHashOf(std::string_view text) {
  constexpr std::size_t kBytes = 8;
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
  return absl::BytesToHexString({reinterpret_cast<const char*>(digest.data()), kBytes});
}

Content ContentOf(std::string_view type, std::string text) {
  std::string etag = '"' + ShortHashOf(text) + '"';
  return {std::string(type), std::move(text), std::move(etag)};
}

Served ServeContent(const Request& request, const Content& content, std::string_view cache,
                    std::string_view policy) {
  Served served{.reply = {}};
  HeaderList& headers = served.reply.headers;
  headers.emplace_back("ETag", content.etag);
  headers.emplace_back("Cache-Control", cache);
  headers.emplace_back("Content-Security-Policy", policy);
  if (HasIt(request, content.etag)) {
    served.reply.status = 304;
    return served;
  }
  headers.emplace_back("Content-Type", content.type);
  served.reply.body = content.text;
  return served;
}

}  // namespace flux::gateway
