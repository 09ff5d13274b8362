// nlohmann sorts an object's members by name.
#include "service/fal/input_hash.h"

#include <absl/strings/escaping.h>
#include <openssl/evp.h>

#include <array>
#include <cmath>
#include <cstdint>

#include "base/json.h"

namespace flux::fal {
namespace {

using Json = nlohmann::json;

// Whoever writes JSON with JavaScript's numbers writes 1.0 as 1.
void WriteWholeNumbersAsSuch(Json& json) {
  constexpr double kMostExact = 9007199254740992;  // 2^53: beyond it, a double is no certain number
  if (json.is_number_float()) {
    const double number = json.get<double>();
    if (std::trunc(number) == number && std::abs(number) <= kMostExact) {
      json = static_cast<std::int64_t>(number);
    }
  }
  if (!json.is_structured()) return;
  for (Json& member : json) WriteWholeNumbersAsSuch(member);
}

}  // namespace

std::string InputSha256(std::string_view json) {
  if (json.size() > kMaxHashedInput) return {};
  Result<Json> input = ParseJson(json);
  if (!input || !input->is_object()) return {};
  WriteWholeNumbersAsSuch(*input);
  const std::string canonical = input->dump();  // ParseJson has seen to it that all text is UTF-8
  std::array<unsigned char, EVP_MAX_MD_SIZE> hash;
  unsigned size = 0;
  EVP_Digest(canonical.data(), canonical.size(), hash.data(), &size, EVP_sha256(), nullptr);
  return absl::BytesToHexString({reinterpret_cast<const char*>(hash.data()), size});
}

}  // namespace flux::fal
