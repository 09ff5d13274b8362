// Sent: what a client sends to either service, as far as either looks at it.
#pragma once

#include <string>

namespace flux::today {

struct Sent {
  std::string model;  // "text-to-image/dev": what follows /api/v1/flux/
  std::string body;
  std::string type = "application/json";  // Content-Type
  std::string coding = {};                // Content-Encoding; empty: none
  std::string query = {};                 // as sent, without its question mark
};

}  // namespace flux::today
