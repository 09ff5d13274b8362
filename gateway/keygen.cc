// The key is 256 random bits, so its plain hash needs no salt and no stretching.
#include "gateway/keygen.h"

#include <absl/strings/escaping.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>

#include <array>
#include <cstdio>
#include <string>
#include <string_view>

#include "gateway/guard/caller/api_keys.h"

namespace flux::gateway {
namespace {

constexpr char kUsage[] =
    "Usage: flux-gateway keygen NAME [rate=N] [concurrency=N] [models=A,B/*] [webhook=URL]\n"
    "       flux-gateway keygen --webhook NAME\n"
    "Makes an API key for the caller NAME. Prints the key and its line for the file of --api-keys-file.\n"
    "With --webhook: the secret that signs the webhooks of NAME's jobs (Standard Webhooks). Prints the "
    "secret and\n"
    "its line for the file of flux-service's --webhook-secrets-file.\n";
constexpr char kNoName[] =
    "NAME must be 1 to 64 of A-Z a-z 0-9 . _ - and neither an address nor a word like anonymous";

using Secret = std::array<unsigned char, 32>;

bool Fill(Secret& bytes) {
  if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) == 1) return true;
  std::fputs("flux-gateway keygen: OpenSSL has no random bytes\n", stderr);
  return false;
}

std::string_view TextOf(const Secret& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

int Refuse(const std::string& problem) {
  std::fprintf(stderr, "flux-gateway keygen: %s\n%s", problem.c_str(), kUsage);
  return 2;
}

// What was printed, told to whom it is for, is known to nobody else.
int Print(std::string& secret, const std::string& line, const char* what_to_do) {
  std::fputs(what_to_do, stderr);
  std::printf("%s\n%s\n", secret.c_str(), line.c_str());
  OPENSSL_cleanse(secret.data(), secret.size());
  if (std::fflush(stdout) == 0) return 0;
  // A key that nobody got is none.
  std::fputs("flux-gateway keygen: the key could not be written; do not use what there is of it\n", stderr);
  return 1;
}

int MakeWebhookSecret(std::span<const char* const> arguments) {
  if (arguments.size() != 1) return Refuse("--webhook takes one NAME and nothing else");
  const std::string name = arguments[0];
  if (!IsCallerName(name)) return Refuse(kNoName);
  Secret bytes;
  if (!Fill(bytes)) return 1;
  const std::string_view random = TextOf(bytes);
  std::string secret = "whsec_" + absl::Base64Escape({random.data(), random.size()});
  std::string line = name + " " + secret;
  const int code =
      Print(secret, line,
            "Give the first line to the caller, whose receiver checks signatures with it. Add the "
            "second to the file of flux-service's --webhook-secrets-file.\n");
  OPENSSL_cleanse(line.data(), line.size());
  return code;
}

}  // namespace

int RunKeygen(std::span<const char* const> arguments) {
  if (!arguments.empty() && arguments[0] == std::string_view("--webhook")) {
    return MakeWebhookSecret(arguments.subspan(1));
  }
  if (arguments.empty() || arguments[0][0] == '-') {
    std::fputs(kUsage, stderr);
    return !arguments.empty() && arguments[0] == std::string_view("--help") ? 0 : 2;
  }
  Secret bytes;
  if (!Fill(bytes)) return 1;
  const std::string_view random = TextOf(bytes);
  std::string key = "flux_" + absl::WebSafeBase64Escape({random.data(), random.size()});
  const Sha256 hash = HashOf(key);
  std::string line = arguments[0];
  line += " " + absl::BytesToHexString({reinterpret_cast<const char*>(hash.data()), hash.size()});
  for (const char* setting : arguments.subspan(1)) line += std::string(" ") + setting;

  std::string problem;
  if (!IsCallerName(arguments[0])) {
    problem = kNoName;
  } else if (line.find('\n') != std::string::npos) {
    problem = "a setting holds a line end";
  } else if (const ApiKeys::Parsed parsed = ApiKeys::Parse(line); !parsed.problems.empty()) {
    problem = parsed.problems.front().substr(parsed.problems.front().find(' ', 5) + 1);  // without its line
  }
  if (problem.empty()) {
    return Print(key, line,
                 "Give the first line to the caller: it is kept nowhere. Add the second to the file of "
                 "--api-keys-file.\n");
  }
  OPENSSL_cleanse(key.data(), key.size());
  return Refuse(problem);
}

}  // namespace flux::gateway
