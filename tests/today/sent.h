// Sent: what a client sends to either service, as far as either looks at it.
#pragma once

#include <string>

namespace flux::today {

inline constexpr char kDev[] = "text-to-image/dev";
inline constexpr char kPro[] = "text-to-image/pro";
inline constexpr char kSchnell[] = "text-to-image/schnell";

struct Sent {
  std::string model;  // "text-to-image/dev": what follows /api/v1/flux/
  std::string body;
  std::string type = "application/json";  // Content-Type
  std::string coding = {};                // Content-Encoding; empty: none
  std::string query = {};                 // as sent, without its question mark
};

}  // namespace flux::today
