// PromptHash: lets receipts tell whether two purchases had the same prompt without telling the prompt.
#pragma once

#include <string>
#include <string_view>

namespace flux::service {

class PromptHash {
 public:
  // With the same key the same prompt has the same hash, in every process. An empty key is replaced by a
  // random one: then hashes compare within this process only.
  explicit PromptHash(std::string key);

  // First 16 hex digits of HMAC-SHA-256 over the prompt; empty for the empty prompt.
  std::string Of(std::string_view prompt) const;

 private:
  std::string key_;
};

}  // namespace flux::service
