// One pass over the lines.
#include "service/jobs/webhook_secrets.h"

#include <algorithm>
#include <sstream>
#include <utility>

#include "base/base64.h"
#include "base/small_file.h"

namespace flux::service {
namespace {

constexpr std::size_t kMostMib = 1;
constexpr std::string_view kPrefix = "whsec_";
// Standard Webhooks, "Signature scheme": between 24 and 64 bytes.
constexpr std::size_t kShortest = 24;
constexpr std::size_t kLongest = 64;
constexpr std::size_t kMostSecrets = 4;

// What is wrong with a line; empty: it has been added.
std::string AddLine(const std::string& text, SecretTable& table) {
  std::istringstream words(text);
  std::string name;
  words >> name;
  // A secret on its own must not be taken for a name and shown somewhere.
  if (name.starts_with(kPrefix)) return "expected the caller's NAME before its secret";
  std::vector<std::string> secrets;
  for (std::string word; words >> word;) {
    std::string secret;
    if (!word.starts_with(kPrefix) || !AppendFromBase64(word.substr(kPrefix.size()), secret)) {
      return "a secret is whsec_ and base64";
    }
    if (secret.size() < kShortest || secret.size() > kLongest) return "a secret has 24 to 64 bytes";
    secrets.push_back(std::move(secret));
  }
  if (secrets.empty()) return "expected NAME whsec_BASE64 [whsec_BASE64 ...]";
  if (secrets.size() > kMostSecrets) return "more than 4 secrets";
  if (!table.emplace(name, std::move(secrets)).second) return "a second line for this caller";
  return {};
}

}  // namespace

SecretTable ParseWebhookSecrets(std::string_view text, std::vector<std::string>& problems) {
  SecretTable table;
  std::istringstream lines{std::string(text)};
  std::size_t number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    const std::size_t first = line.find_first_not_of(" \t\r");
    if (first == std::string::npos || line[first] == '#') continue;
    const std::string wrong = AddLine(line, table);
    if (!wrong.empty()) problems.push_back("line " + std::to_string(number) + ": " + wrong);
  }
  return table;
}

std::vector<std::string> WebhookSecrets::Load() {
  if (file_.empty()) return {};
  const FileText read = ReadSmallFile(file_, kMostMib);
  if (!read.problem.empty()) return {"\"" + file_ + "\" " + read.problem};
  std::vector<std::string> problems;
  auto table = std::make_shared<const SecretTable>(ParseWebhookSecrets(read.text, problems));
  if (!problems.empty()) return problems;
  const std::lock_guard lock(mutex_);
  table_ = std::move(table);
  return {};
}

std::vector<std::string> WebhookSecrets::SecretsOf(std::string_view caller) const {
  std::shared_ptr<const SecretTable> table;
  {
    const std::lock_guard lock(mutex_);
    table = table_;
  }
  const auto found = table->find(caller);
  return found == table->end() ? std::vector<std::string>() : found->second;
}

}  // namespace flux::service
