// Any bytes as a form: what is read lies within the body, in order and within the limits, and what is taken
// out is what was read. The first line is the Content-Type, the rest the body.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <numeric>
#include <string>
#include <vector>

#include "gateway/http/multipart.h"

namespace {

void Require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using flux::gateway::Form;
  const std::string text(reinterpret_cast<const char*>(data), size);
  const std::size_t line = std::min(text.find('\n'), text.size());
  const std::string type = text.substr(0, line);
  const std::string body = text.substr(std::min(line + 1, text.size()));
  constexpr flux::gateway::FormLimits kLimits{
      .parts = 8, .head_bytes = 256, .name_bytes = 32, .text_bytes = 512};
  flux::Result<Form> form = Form::Read(type, body, kLimits);
  if (!form) {
    Require(form.error().reason == flux::Reason::kInvalidForm && !form.error().message.empty());
    return 0;
  }
  Require(flux::gateway::SaysForm(type));
  Require(form->parts().size() <= kLimits.parts);
  std::vector<std::string> contents;
  std::size_t total = 0;
  const char* before = nullptr;
  for (const auto& part : form->parts()) {
    Require(!part.name.empty() && part.name.size() <= kLimits.name_bytes);
    Require(before == nullptr || part.content.data() >= before);
    before = part.content.data() + part.content.size();
    total += part.content.size();
    contents.emplace_back(part.content);
  }
  Require(total <= body.size());
  std::vector<std::size_t> all(contents.size());
  std::iota(all.begin(), all.end(), std::size_t{0});
  Require((*std::move(form)).TakeContents(all) == contents);
  return 0;
}
