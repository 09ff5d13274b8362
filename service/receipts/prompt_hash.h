// PromptHash: lets receipts tell whether two purchases had the same prompt without telling the prompt.
#pragma once

#include <openssl/types.h>

#include <memory>
#include <mutex>
#include <string>
#include <string_view>

namespace flux::service {

// Thread-safe.
class PromptHash {
 public:
  // With the same key the same prompt has the same hash, in every process. An empty key is replaced by a
  // random one: then hashes compare within this process only.
  explicit PromptHash(std::string key);

  // First 16 hex digits of HMAC-SHA-256 over the prompt; empty for the empty prompt, and where OpenSSL
  // cannot make it.
  std::string Of(std::string_view prompt) const;

 private:
  struct Deleter {
    void operator()(EVP_MAC_CTX* context) const;
  };

  mutable std::mutex mutex_;
  const std::unique_ptr<EVP_MAC_CTX, Deleter> keyed_;  // made once: to make one takes longer than to use it
};

}  // namespace flux::service
