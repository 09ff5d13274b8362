// OpenSSL's block functions straight into the string.
#include "base/base64.h"

#include <openssl/evp.h>

#include <algorithm>

namespace flux {
namespace {

unsigned char* At(std::string& text, std::size_t at) {
  return reinterpret_cast<unsigned char*>(text.data() + at);
}

const unsigned char* Raw(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

bool InAlphabet(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '/';
}

}  // namespace

void AppendBase64(std::string_view bytes, std::string& out) {
  const std::size_t start = out.size();
  out.resize(start + Base64Size(bytes.size()) + 1);  // OpenSSL ends its output with a zero byte
  EVP_EncodeBlock(At(out, start), Raw(bytes), static_cast<int>(bytes.size()));
  out.pop_back();
}

bool AppendFromBase64(std::string_view text, std::string& out) {
  if (text.size() % 4 != 0) return false;
  std::size_t padding = 0;
  while (padding < 2 && padding < text.size() && text[text.size() - 1 - padding] == '=') ++padding;
  // EVP_DecodeBlock forgives white space around the text.
  if (!std::ranges::all_of(text.substr(0, text.size() - padding), InAlphabet)) return false;
  const std::size_t start = out.size();
  out.resize(start + text.size() / 4 * 3);
  const int count = EVP_DecodeBlock(At(out, start), Raw(text), static_cast<int>(text.size()));
  out.resize(count < 0 ? start : start + static_cast<std::size_t>(count) - padding);
  return count >= 0;
}

}  // namespace flux
