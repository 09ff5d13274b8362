// Box<T>: a T on the heap that behaves like a T. For values that are large beside the place that has to keep
// room for them, such as a coroutine's frame.
#pragma once

#include <memory>
#include <utility>

namespace flux {

// Copies deeply; moving takes the T without touching it. A box that was moved from has no T: it may be
// copied, assigned to and destroyed, nothing else.
template <typename T>
class Box {
 public:
  Box(T value) : value_(std::make_unique<T>(std::move(value))) {}  // NOLINT: implicit, as a T would be
  Box(const Box& other) : value_(other.value_ ? std::make_unique<T>(*other.value_) : nullptr) {}
  Box(Box&&) noexcept = default;
  Box& operator=(const Box& other) { return *this = Box(other); }
  Box& operator=(Box&&) noexcept = default;
  ~Box() = default;

  T& operator*() { return *value_; }
  const T& operator*() const { return *value_; }

 private:
  std::unique_ptr<T> value_;
};

}  // namespace flux
