// WebhookSecrets: with what the webhooks of each caller are signed, from the file of --webhook-secrets-file.
// Each line is a caller:
//   NAME whsec_BASE64 [whsec_BASE64 …]
// With several secrets there are several signatures, so that a receiver may change from one to the other.
// Blank lines and lines that begin with # are passed over.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace flux::service {

// By NAME; the bytes of each secret, at least one.
using SecretTable = std::map<std::string, std::vector<std::string>, std::less<>>;

// Reads a file's text. `problems` gets a sentence for each line that is wrong, with its number and never with
// what may be a secret.
SecretTable ParseWebhookSecrets(std::string_view text, std::vector<std::string>& problems);

// Thread-safe.
class WebhookSecrets {
 public:
  // An empty name: nobody has a secret.
  explicit WebhookSecrets(std::string file) : file_(std::move(file)) {}

  // Reads the file. Empty: its secrets count from now on. Else what is wrong, and the old ones stay.
  std::vector<std::string> Load();

  // Empty: this caller has none.
  std::vector<std::string> SecretsOf(std::string_view caller) const;

  const std::string& file() const { return file_; }

 private:
  const std::string file_;
  mutable std::mutex mutex_;
  std::shared_ptr<const SecretTable> table_ = std::make_shared<const SecretTable>();
};

}  // namespace flux::service
