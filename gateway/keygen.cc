// The key is 256 random bits, so its plain hash needs no salt and no stretching.
#include "gateway/keygen.h"

#include <absl/strings/escaping.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>

#include <array>
#include <cstdio>
#include <string>

#include "gateway/guard/caller/api_keys.h"

namespace flux::gateway {
namespace {

constexpr char kUsage[] =
    "Usage: flux-gateway keygen NAME [rate=N] [concurrency=N] [models=A,B/*]\n"
    "Makes an API key for the caller NAME. Prints the key and its line for the file of --api-keys-file.\n";

}  // namespace

int RunKeygen(std::span<const char* const> arguments) {
  if (arguments.empty() || arguments[0][0] == '-') {
    std::fputs(kUsage, stderr);
    return !arguments.empty() && arguments[0] == std::string_view("--help") ? 0 : 2;
  }
  std::array<unsigned char, 32> bytes;
  if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) {
    std::fputs("flux-gateway keygen: OpenSSL has no random bytes\n", stderr);
    return 1;
  }
  std::string key =
      "flux_" + absl::WebSafeBase64Escape({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  const Sha256 hash = HashOf(key);
  std::string line = arguments[0];
  line += " " + absl::BytesToHexString({reinterpret_cast<const char*>(hash.data()), hash.size()});
  for (const char* setting : arguments.subspan(1)) line += std::string(" ") + setting;

  std::string problem;
  if (!IsCallerName(arguments[0])) {
    problem = "NAME must be 1 to 64 of A-Z a-z 0-9 . _ - and neither an address nor a word like anonymous";
  } else if (line.find('\n') != std::string::npos) {
    problem = "a setting holds a line end";
  } else if (const ApiKeys::Parsed parsed = ApiKeys::Parse(line); !parsed.problems.empty()) {
    problem = parsed.problems.front().substr(parsed.problems.front().find(' ', 5) + 1);  // without its line
  }
  if (!problem.empty()) {
    std::fprintf(stderr, "flux-gateway keygen: %s\n%s", problem.c_str(), kUsage);
  } else {
    std::fputs(
        "Give the first line to the caller: it is kept nowhere. Add the second to the file of "
        "--api-keys-file.\n",
        stderr);
    std::printf("%s\n%s\n", key.c_str(), line.c_str());
  }
  OPENSSL_cleanse(key.data(), key.size());
  if (std::fflush(stdout) != 0) {  // a key that nobody got is none
    std::fputs("flux-gateway keygen: the key could not be written; do not use what there is of it\n", stderr);
    return 1;
  }
  return problem.empty() ? 0 : 2;
}

}  // namespace flux::gateway
