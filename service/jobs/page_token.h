// page_token: where a list of jobs goes on, as text that only this product can write. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace flux::service {

// What a token is for: it goes on with no other list.
struct PageList {
  std::string caller;
  int state = 0;  // v1::JobState
};

// Tokens are the same in all processes that were made with the same `secret`.
class PageTokens {
 public:
  explicit PageTokens(std::string_view secret);

  // After the job that began as the `number`th.
  std::string Write(const PageList& list, std::int64_t number) const;
  // Nothing for what Write has not made of this list.
  std::optional<std::int64_t> Read(const PageList& list, std::string_view token) const;

 private:
  std::string Seal(const PageList& list, std::string_view content) const;

  std::string key_;
};

}  // namespace flux::service
