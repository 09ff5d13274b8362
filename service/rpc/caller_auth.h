// CallerAuth: may this call come in, and who is it? Knows tokens and trust; no gRPC, no purchase.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace flux::service {

// What a call says about itself and what the connection says about it.
struct CallerClaims {
  std::string_view authorization = {};  // metadata "authorization"
  std::string_view caller = {};         // metadata "x-flux-caller"
  std::string peer = {};                // gRPC's name of the peer, "ipv4:127.0.0.1:5000", "unix:"
  bool certified = false;               // the peer showed a client certificate that was verified
};

struct Caller {
  std::string name;
  bool trusted = false;  // may say who calls: it has a token or a certificate, or is on this machine
};

// Tokens are kept as SHA-256 hashes and compared in constant time.
class CallerAuth {
 public:
  // Hashes as 64 hex digits each; none: no token is asked for.
  explicit CallerAuth(const std::vector<std::string>& token_sha256 = {});

  // Who calls, for fair queueing and receipts: what "x-flux-caller" says where the peer is trusted, else the
  // peer's address without its port. At most 128 printable characters. Error: UNAUTHENTICATED.
  Result<Caller> Identify(const CallerClaims& claims) const;

 private:
  using Hash = std::array<unsigned char, 32>;

  bool IsKnown(std::string_view token) const;

  std::vector<Hash> hashes_;
};

// Whether `text` is 64 hex digits.
bool IsSha256(std::string_view text);

}  // namespace flux::service
