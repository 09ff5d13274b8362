// Result<T>: a value or a Status. Member names are std::expected's, so that a later standard makes it an
// alias.
#pragma once

#include <cstddef>
#include <type_traits>
#include <utility>
#include <variant>

#include "base/box.h"
#include "base/status.h"

namespace flux {

// A result travels through many coroutines, and each keeps room for one while it waits: the failure and
// values that are larger than a few words are on the heap.
template <typename T>
class [[nodiscard]] Result {
  static constexpr std::size_t kMostInline = 48;  // bytes
  static constexpr bool kBoxed = sizeof(T) > kMostInline;

 public:
  using value_type = T;
  using error_type = Status;

  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}  // NOLINT: implicit like expected
  Result(Status status)
      : state_(std::in_place_index<1>, std::move(status)) {}  // NOLINT: instead of unexpected

  bool has_value() const { return state_.index() == 0; }
  explicit operator bool() const { return has_value(); }

  // Precondition: has_value(), and not moved from as a whole.
  T& value() & { return Unboxed(*std::get_if<0>(&state_)); }
  const T& value() const& { return Unboxed(*std::get_if<0>(&state_)); }
  T&& value() && { return std::move(Unboxed(*std::get_if<0>(&state_))); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  // Precondition: !has_value(), and not moved from as a whole.
  Status& error() & { return **std::get_if<1>(&state_); }
  const Status& error() const& { return **std::get_if<1>(&state_); }
  Status&& error() && { return std::move(**std::get_if<1>(&state_)); }

 private:
  using Held = std::conditional_t<kBoxed, Box<T>, T>;

  template <typename Stored>
  static auto& Unboxed(Stored& stored) {
    if constexpr (kBoxed) {
      return *stored;
    } else {
      return stored;
    }
  }

  std::variant<Held, Box<Status>> state_;
};

}  // namespace flux
