// A queue with a bound.
#include "service/bill/bought_notes.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace flux::service {

void BoughtNotes::Note(Bought bought) {
  waiting_.push_back(std::move(bought));
  Shorten();
}

std::vector<Bought> BoughtNotes::Take(std::size_t most) {
  const auto end = waiting_.begin() + static_cast<std::ptrdiff_t>(std::min(most, waiting_.size()));
  std::vector<Bought> taken(std::make_move_iterator(waiting_.begin()), std::make_move_iterator(end));
  waiting_.erase(waiting_.begin(), end);
  return taken;
}

void BoughtNotes::PutBack(std::vector<Bought> bought) {
  waiting_.insert(waiting_.begin(), std::make_move_iterator(bought.begin()),
                  std::make_move_iterator(bought.end()));
  Shorten();
}

void BoughtNotes::Shorten() {
  while (waiting_.size() > most_) {
    waiting_.pop_front();
    ++lost_;
  }
}

}  // namespace flux::service
