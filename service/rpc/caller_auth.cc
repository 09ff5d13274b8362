// Hashes what it is shown, compares with all it knows.
#include "service/rpc/caller_auth.h"

#include <absl/strings/ascii.h>
#include <absl/strings/match.h>
#include <openssl/crypto.h>
#include <openssl/sha.h>

#include <algorithm>

namespace flux::service {
namespace {

constexpr std::size_t kMaxCaller = 128;

absl::string_view View(std::string_view text) {
  return {text.data(), text.size()};
}

// "ipv4:192.0.2.1:5000" is 192.0.2.1, "ipv6:%5B::1%5D:5000" is ::1, "unix:…" is unix.
std::string AddressOf(std::string_view peer) {
  if (peer.starts_with("unix:")) return "unix";
  const std::size_t colon = peer.find(':');
  std::string_view host = colon == std::string_view::npos ? peer : peer.substr(colon + 1);
  host = host.substr(0, host.rfind(':'));
  constexpr std::string_view kOpen = "%5B";
  constexpr std::string_view kClose = "%5D";
  if (host.starts_with(kOpen)) host.remove_prefix(kOpen.size());
  if (host.ends_with(kClose)) host.remove_suffix(kClose.size());
  return std::string(host);
}

bool IsThisMachine(std::string_view address) {
  return address == "unix" || address == "::1" || address.starts_with("127.");
}

bool IsName(std::string_view text) {
  return !text.empty() && text.size() <= kMaxCaller &&
         std::ranges::all_of(text, [](char c) { return c > 0x20 && c < 0x7f; });
}

}  // namespace

CallerAuth::CallerAuth(const std::vector<std::string>& token_sha256) {
  for (const std::string& hex : token_sha256) {
    Hash& hash = hashes_.emplace_back();
    OPENSSL_hexstr2buf_ex(hash.data(), hash.size(), nullptr, hex.c_str(), /*sep=*/0);
  }
}

bool CallerAuth::IsKnown(std::string_view token) const {
  Hash hash;
  SHA256(reinterpret_cast<const unsigned char*>(token.data()), token.size(), hash.data());
  bool known = false;
  for (const Hash& one : hashes_) known |= CRYPTO_memcmp(one.data(), hash.data(), hash.size()) == 0;
  return known;
}

Result<Caller> CallerAuth::Identify(const CallerClaims& claims) const {
  constexpr std::string_view kScheme = "Bearer ";
  const std::string address = AddressOf(claims.peer);
  bool trusted = claims.certified || IsThisMachine(address);
  if (!hashes_.empty()) {
    if (!absl::StartsWithIgnoreCase(View(claims.authorization), View(kScheme))) {
      return Status(Reason::kUnauthenticated, "this call needs metadata \"authorization: Bearer TOKEN\"");
    }
    if (!IsKnown(claims.authorization.substr(kScheme.size()))) {
      return Status(Reason::kUnauthenticated, "the bearer token is not known here");
    }
    trusted = true;
  }
  const bool named = trusted && IsName(claims.caller);
  return Caller{.name = named ? std::string(claims.caller) : address.substr(0, kMaxCaller),
                .trusted = trusted};
}

bool IsSha256(std::string_view text) {
  constexpr std::size_t kDigits = 64;
  return text.size() == kDigits && std::ranges::all_of(text, [](char c) {
           return absl::ascii_isxdigit(static_cast<unsigned char>(c));
         });
}

}  // namespace flux::service
