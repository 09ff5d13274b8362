// Heard: notes in what a verb has left behind that nobody waits for its answer any more, however its
// coroutine ended: what it has claimed must not stay claimed.
#pragma once

namespace flux::service {

// Lives in the frame of the coroutine that waits. `unheard` is borrowed.
class Heard {
 public:
  explicit Heard(bool& unheard) : unheard_(unheard) {}
  ~Heard() { unheard_ = !heard_; }
  Heard(const Heard&) = delete;
  Heard& operator=(const Heard&) = delete;

  void Set() { heard_ = true; }

 private:
  bool& unheard_;
  bool heard_ = false;
};

}  // namespace flux::service
