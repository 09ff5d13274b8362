// ApiKeys: who may spend, as read from a file of names and SHA-256 hashes. Immutable once parsed. Pure: reads
// no file, keeps no counts.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace flux::gateway {

using Sha256 = std::array<unsigned char, 32>;
Sha256 HashOf(std::string_view text);

// The most requests a minute that can be asked for: 0 means any number, and above this the shared store's
// microseconds would round the rate by more than a fifth of a percent.
inline constexpr std::uint32_t kMaxRate = 100'000;

// One line of the file.
struct ApiKey {
  std::string name;  // of the caller; several keys may share one, and with it its limits
  Sha256 hash{};
  std::optional<std::uint32_t> rate = {};  // requests a minute, 0: no limit; unset: --rate-limit-per-minute
  std::uint32_t concurrency = 0;           // requests at a time; 0: no limit
  std::vector<std::string> models = {};    // public names, `*` stands for any characters; empty: all
  std::string webhook = {};  // where the end of its jobs is told unless they say where; empty: nowhere

  bool Allows(std::string_view model) const;
};

class ApiKeys {
 public:
  struct Parsed;

  // The file's text. One key a line: NAME SHA256HEX [rate=N] [concurrency=N] [models=a,b/*] [webhook=URL].
  // Empty lines and lines that start with `#` are skipped.
  static Parsed Parse(std::string_view text);

  // The key with this hash; nullptr where there is none. Every byte of the hash is compared, whatever
  // differs.
  const ApiKey* Find(const Sha256& hash) const;

  const std::vector<ApiKey>& all() const { return keys_; }

 private:
  std::vector<ApiKey> keys_;  // by hash
};

struct ApiKeys::Parsed {
  ApiKeys keys;
  std::vector<std::string> problems;  // "line 3: …", each mistake of the file; empty: `keys` is whole
};

// Whether `name` may stand for a caller: 1 to 64 of A-Z a-z 0-9 . _ -, not an address, and none of the words
// that logs and metrics use for others (anonymous, other, unix).
bool IsCallerName(std::string_view name);

// Whether all of `text` fits `pattern`, in which each `*` stands for any characters. Linear in both.
bool MatchesPattern(std::string_view pattern, std::string_view text);

}  // namespace flux::gateway
