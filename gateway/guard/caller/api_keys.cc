// One pass over the lines, collecting every mistake.
#include "gateway/guard/caller/api_keys.h"

#include <absl/strings/ascii.h>
#include <absl/strings/escaping.h>
#include <absl/strings/numbers.h>
#include <absl/strings/str_split.h>
#include <openssl/crypto.h>
#include <openssl/sha.h>

#include <algorithm>
#include <map>

#include "base/ip_address.h"
#include "gateway/http/web_url.h"

namespace flux::gateway {
namespace {

constexpr std::size_t kMaxName = 64;
constexpr std::size_t kMaxPattern = 128;
constexpr std::size_t kHexDigits = 64;
constexpr std::uint32_t kMaxConcurrency = 1'000'000;

using Text = absl::string_view;

std::string Quoted(Text text) {
  constexpr std::size_t kShown = 64;
  return "\"" + absl::CHexEscape(text.substr(0, kShown)) + "\"";
}

std::string ReadCount(Text text, std::string_view what, std::uint32_t most, std::uint32_t& count) {
  if (absl::SimpleAtoi(text, &count) && count <= most) return {};
  return std::string(what) + " must be a whole number from 0 to " + std::to_string(most) + ", not " +
         Quoted(text);
}

std::string ReadModels(Text text, std::vector<std::string>& models) {
  models = absl::StrSplit(text, ',');
  for (const std::string& pattern : models) {
    const bool fits = !pattern.empty() && pattern.size() <= kMaxPattern &&
                      std::ranges::all_of(pattern, [](unsigned char c) {
                        return absl::ascii_islower(c) || absl::ascii_isdigit(c) ||
                               std::string_view("-./*").find(static_cast<char>(c)) != std::string_view::npos;
                      });
    if (!fits) {
      return "models must be names such as text-to-image/dev or edit/*, comma separated, not " +
             Quoted(pattern);
    }
  }
  return {};
}

// Reads "rate=60" and its like into `key`; what is wrong, or empty.
std::string ReadSetting(Text word, ApiKey& key) {
  const std::size_t equals = word.find('=');
  const Text name = word.substr(0, equals);
  const Text value = equals == Text::npos ? Text() : word.substr(equals + 1);
  if (name == "rate") return ReadCount(value, "rate", kMaxRate, key.rate.emplace());
  if (name == "concurrency") return ReadCount(value, "concurrency", kMaxConcurrency, key.concurrency);
  if (name == "models") return ReadModels(value, key.models);
  if (name == "webhook") {
    key.webhook = std::string(value);
    const std::string_view wrong = FaultOfWebUrl(key.webhook);
    return wrong.empty() ? std::string() : std::string("webhook ").append(wrong);  // it may hold a password
  }
  return Quoted(word) + " is no setting; there are rate=N, concurrency=N, models=A,B and webhook=URL";
}

// What is wrong with the line, or empty and `key` is read.
std::string ReadLine(const std::vector<Text>& words, ApiKey& key) {
  if (!IsCallerName({words[0].data(), words[0].size()})) {
    return Quoted(words[0]) +
           " cannot be a name: 1 to 64 of A-Z a-z 0-9 . _ - and neither an address nor a word like "
           "anonymous";
  }
  key.name = std::string(words[0]);
  const bool is_hash = words.size() > 1 && words[1].size() == kHexDigits &&
                       std::ranges::all_of(words[1], [](unsigned char c) { return absl::ascii_isxdigit(c); });
  // Not shown: somebody may have put the key itself there.
  if (!is_hash) return "the name must be followed by the key's SHA-256 as 64 hex digits";
  OPENSSL_hexstr2buf_ex(key.hash.data(), key.hash.size(), nullptr, std::string(words[1]).c_str(), /*sep=*/0);
  std::vector<Text> seen;
  for (std::size_t i = 2; i < words.size(); ++i) {
    const Text name = words[i].substr(0, words[i].find('='));
    if (std::ranges::find(seen, name) != seen.end()) return Quoted(name) + " is set twice";
    seen.push_back(name);
    if (std::string wrong = ReadSetting(words[i], key); !wrong.empty()) return wrong;
  }
  return {};
}

bool IsBefore(const Sha256& a, const Sha256& b) {
  return std::ranges::lexicographical_compare(a, b);
}

}  // namespace

Sha256 HashOf(std::string_view text) {
  Sha256 hash;
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), hash.data());
  return hash;
}

bool ApiKey::Allows(std::string_view model) const {
  return models.empty() || std::ranges::any_of(models, [model](const std::string& pattern) {
           return MatchesPattern(pattern, model);
         });
}

ApiKeys::Parsed ApiKeys::Parse(std::string_view text) {
  Parsed parsed;
  std::map<Sha256, int> lines_by_hash;
  struct First {
    int line;
    std::optional<std::uint32_t> rate;
    std::uint32_t concurrency;
  };
  std::map<std::string, First, std::less<>> first_by_name;
  int number = 0;
  for (const Text line : absl::StrSplit(Text(text.data(), text.size()), '\n')) {
    ++number;
    const std::vector<Text> words = absl::StrSplit(line, absl::ByAnyChar(" \t\r"), absl::SkipEmpty());
    if (words.empty() || words[0].front() == '#') continue;
    ApiKey key;
    std::string wrong = ReadLine(words, key);
    if (wrong.empty()) {
      const auto [same, fresh] = lines_by_hash.emplace(key.hash, number);
      if (!fresh) wrong = "is the same key as in line " + std::to_string(same->second);
    }
    if (wrong.empty()) {
      const auto& [name, first] =
          *first_by_name.try_emplace(key.name, number, key.rate, key.concurrency).first;
      if (first.rate != key.rate || first.concurrency != key.concurrency) {
        wrong = "keys of one name share its limits, so rate and concurrency must be those of line " +
                std::to_string(first.line);
      }
    }
    if (wrong.empty()) {
      parsed.keys.keys_.push_back(std::move(key));
    } else {
      parsed.problems.push_back("line " + std::to_string(number) + ": " + wrong);
    }
  }
  std::ranges::sort(parsed.keys.keys_, IsBefore, &ApiKey::hash);
  return parsed;
}

const ApiKey* ApiKeys::Find(const Sha256& hash) const {
  // The order of the search depends on the hash of what the caller sent, which tells nothing about a key
  // that is unlike it; whether a hash is the one is decided in constant time.
  auto key = std::ranges::lower_bound(keys_, hash, IsBefore, &ApiKey::hash);
  if (key == keys_.end() || CRYPTO_memcmp(key->hash.data(), hash.data(), hash.size()) != 0) return nullptr;
  return &*key;
}

bool IsCallerName(std::string_view name) {
  constexpr std::string_view kTaken[] = {"anonymous", "other", "unix"};
  return !name.empty() && name.size() <= kMaxName && std::ranges::find(kTaken, name) == std::end(kTaken) &&
         !ParseIpAddress(name) && std::ranges::all_of(name, [](unsigned char c) {
           return absl::ascii_isalnum(c) || c == '.' || c == '_' || c == '-';
         });
}

bool MatchesPattern(std::string_view pattern, std::string_view text) {
  // Each part between stars is taken at its first place, which leaves the most to the parts behind it.
  const auto star = pattern.find('*');
  if (star == std::string_view::npos) return pattern == text;
  if (!text.starts_with(pattern.substr(0, star))) return false;
  text.remove_prefix(star);
  pattern.remove_prefix(star + 1);
  for (auto next = pattern.find('*'); next != std::string_view::npos; next = pattern.find('*')) {
    const std::string_view part = pattern.substr(0, next);
    const auto at = text.find(part);
    if (at == std::string_view::npos) return false;
    text.remove_prefix(at + part.size());
    pattern.remove_prefix(next + 1);
  }
  return text.size() >= pattern.size() && text.ends_with(pattern);
}

}  // namespace flux::gateway
