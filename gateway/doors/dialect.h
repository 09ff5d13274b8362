// Dialect: how a door speaks when no door is asked: its errors, those of the guard and of the listener
// included, and the headers of all its replies.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string_view>

#include "base/clock.h"
#include "base/status.h"
#include "gateway/http/message.h"

namespace flux::gateway {

class ApiDocument;

// What every reply of a dialect carries. Texts are literals.
struct HeaderPolicy {
  // What browsers are told (CORS): methods, headers that pages may send, headers that pages may read.
  std::string_view methods;
  std::string_view headers;
  std::string_view exposed;
  // Further headers that pages may send; told only to who asks, in the reply to a preflight.
  std::string_view also;
  HeaderList always;  // as they are
};

// Immutable, so thread-safe.
class Dialect {
 public:
  virtual ~Dialect() = default;

  // A failure as this dialect's clients know failures: status, body, and what a program does about it
  // (render.h has the headers that are the same everywhere).
  virtual Reply Render(const Status& status, std::string_view request_id, WallTime now) const = 0;

  // The schema of that body, kept in the document: the reference to it.
  virtual nlohmann::ordered_json DescribeError(ApiDocument& document) const = 0;

  virtual const HeaderPolicy& Headers() const = 0;
};

}  // namespace flux::gateway
