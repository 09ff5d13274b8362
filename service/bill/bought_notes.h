// BoughtNotes: purchases that have no record of their own, until the bill's keeper writes them down. Holds
// what is needed to know them again in fal's bill, and no prompts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

#include "service/store/bill_records.h"

namespace flux::service {

// Lives on the event loop. Never waits and never fails: beyond its bound the oldest are lost, and fal's
// charges for them will be told as nobody's.
class BoughtNotes {
 public:
  explicit BoughtNotes(std::size_t most = 100'000) : most_(most) {}

  void Note(Bought bought);

  // The oldest, up to `most`, which are no longer here.
  std::vector<Bought> Take(std::size_t most);
  // What could not be written down.
  void PutBack(std::vector<Bought> bought);

  bool empty() const { return waiting_.empty(); }
  std::uint64_t lost() const { return lost_; }  // so far

 private:
  void Shorten();

  const std::size_t most_;
  std::deque<Bought> waiting_;
  std::uint64_t lost_ = 0;
};

}  // namespace flux::service
