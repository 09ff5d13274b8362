// Result<T>: a value or a Status. Member names are std::expected's, so that a later standard makes it an
// alias.
#pragma once

#include <utility>
#include <variant>

#include "base/status.h"

namespace flux {

template <typename T>
class [[nodiscard]] Result {
 public:
  using value_type = T;
  using error_type = Status;

  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}  // NOLINT: implicit like expected
  Result(Status status)
      : state_(std::in_place_index<1>, std::move(status)) {}  // NOLINT: instead of unexpected

  bool has_value() const { return state_.index() == 0; }
  explicit operator bool() const { return has_value(); }

  // Precondition: has_value().
  T& value() & { return *std::get_if<0>(&state_); }
  const T& value() const& { return *std::get_if<0>(&state_); }
  T&& value() && { return std::move(*std::get_if<0>(&state_)); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  // Precondition: !has_value().
  Status& error() & { return *std::get_if<1>(&state_); }
  const Status& error() const& { return *std::get_if<1>(&state_); }
  Status&& error() && { return std::move(*std::get_if<1>(&state_)); }

 private:
  std::variant<T, Status> state_;
};

}  // namespace flux
