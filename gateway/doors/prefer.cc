// Cuts the list at its commas, those in quotes left out, and reads each member by itself.
#include "gateway/doors/prefer.h"

#include <string_view>
#include <utility>

#include "base/loose_text.h"
#include "gateway/http/grammar.h"

namespace flux::gateway {
namespace {

// What stands before the next `mark` outside of quotes; nullopt where quotes do not end.
std::optional<std::string_view> TakeUntil(char mark, std::string_view& rest) {
  bool quoted = false;
  for (std::size_t i = 0; i < rest.size(); ++i) {
    if (quoted && rest[i] == '\\') {
      ++i;
    } else if (rest[i] == '"') {
      quoted = !quoted;
    } else if (rest[i] == mark && !quoted) {
      const std::string_view taken = rest.substr(0, i);
      rest.remove_prefix(i + 1);
      return TrimWhitespace(taken);
    }
  }
  if (quoted) return std::nullopt;
  return TrimWhitespace(std::exchange(rest, std::string_view()));
}

// The text of a token or of a quoted string; nullopt where it is neither.
std::optional<std::string> WordIn(std::string_view text) {
  if (IsToken(text)) return std::string(text);
  if (text.size() < 2 || text.front() != '"' || text.back() != '"') return std::nullopt;
  text = text.substr(1, text.size() - 2);
  std::string word;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"') return std::nullopt;
    if (text[i] == '\\' && ++i == text.size()) return std::nullopt;
    word += text[i];
  }
  return word;
}

struct Pair {
  std::string_view name;
  std::string value;  // empty where there is none
};

// "name", "name=value" or "name = \"value\""; nullopt where it is none.
std::optional<Pair> PairIn(std::string_view text) {
  const auto equals = text.find('=');
  Pair pair{TrimWhitespace(text.substr(0, equals)), {}};
  if (!IsToken(pair.name)) return std::nullopt;
  if (equals == std::string_view::npos) return pair;
  std::optional<std::string> value = WordIn(TrimWhitespace(text.substr(equals + 1)));
  if (!value) return std::nullopt;
  pair.value = *std::move(value);
  return pair;
}

// The preference itself; its parameters have no meaning here, but are well-formed.
std::optional<Pair> PreferenceIn(std::string_view text) {
  const std::optional<std::string_view> first = TakeUntil(';', text);
  if (!first) return std::nullopt;
  std::optional<Pair> preference = PairIn(*first);
  while (preference && !text.empty()) {
    const std::optional<std::string_view> parameter = TakeUntil(';', text);
    if (!parameter || (!parameter->empty() && !PairIn(*parameter))) return std::nullopt;
  }
  return preference;
}

class Reader {
 public:
  explicit Reader(Preferences& out) : out_(out) {}

  void Take(std::string_view member) {
    const std::optional<Pair> preference = PreferenceIn(member);
    if (!preference) return Warn("Prefer: a preference that cannot be read was ignored");
    if (EqualsIgnoreCase(preference->name, "respond-async")) {
      if (std::exchange(saw_async_, true)) return;
      if (!preference->value.empty()) {
        return Warn("Prefer: respond-async takes no value, so it was ignored");
      }
      out_.respond_async = true;
    } else if (EqualsIgnoreCase(preference->name, "wait")) {
      if (std::exchange(saw_wait_, true)) return;
      constexpr std::uint64_t kMost = 86'400;
      const std::string& value = preference->value;
      const bool digits = !value.empty() && value.find_first_not_of("0123456789") == std::string::npos;
      if (!digits) return Warn("Prefer: wait must be a whole number of seconds, so it was ignored");
      out_.wait = std::chrono::seconds(std::min(DigitsIn(value).value_or(kMost), kMost));
    }
  }

  void Warn(std::string_view sentence) {
    constexpr std::size_t kMostWarnings = 3;  // then the point is made
    if (out_.warnings.size() < kMostWarnings) out_.warnings.emplace_back(sentence);
  }

 private:
  Preferences& out_;
  bool saw_async_ = false;
  bool saw_wait_ = false;
};

}  // namespace

Preferences ReadPreferences(const HeaderList& headers) {
  Preferences preferences;
  Reader reader(preferences);
  for (const auto& [name, value] : headers) {
    if (!EqualsIgnoreCase(name, "Prefer")) continue;
    std::string_view rest = value;
    do {
      const std::optional<std::string_view> member = TakeUntil(',', rest);
      if (!member) {
        reader.Warn("Prefer: a quoted text does not end, so what begins with it was ignored");
        break;
      }
      if (!member->empty()) reader.Take(*member);
    } while (!rest.empty());
  }
  return preferences;
}

std::string AppliedText(const Preferences& wanted, std::optional<std::chrono::seconds> waited) {
  std::string text = wanted.respond_async ? "respond-async" : "";
  if (waited) text += (text.empty() ? "wait=" : ", wait=") + std::to_string(waited->count());
  return text;
}

}  // namespace flux::gateway
