// FairQueue: who is next when calls of many callers wait. Each caller has a line of its own and the lines
// take turns, so that 900 calls of one do not hold up 100 of another. Every operation is O(1).
#pragma once

#include <cstddef>
#include <list>
#include <string>
#include <unordered_map>
#include <utility>

namespace flux::fal {

template <typename T>
class FairQueue {
  struct Line;
  using Caller = std::pair<const std::string, Line>;

 public:
  // Where an item stands, for Remove; valid until the item is popped or removed.
  class Place {
    friend class FairQueue;
    Caller* caller_ = nullptr;
    std::list<T>* part_ = nullptr;
    typename std::list<T>::iterator item_;
  };

  // At the end of the caller's line; `again`: ahead of all that have not been served before.
  Place Push(const std::string& caller, T item, bool again = false) {
    const auto [found, added] = lines_.try_emplace(caller);
    if (added) found->second.turn = turns_.insert(turns_.end(), &*found);
    Place place;
    place.caller_ = &*found;
    place.part_ = again ? &found->second.served_before : &found->second.fresh;
    place.item_ = place.part_->insert(place.part_->end(), std::move(item));
    ++size_;
    return place;
  }

  // Precondition: !empty().
  T Pop() {
    turns_.splice(turns_.end(), turns_, turns_.begin());
    Place place;
    place.caller_ = turns_.back();
    Line& line = place.caller_->second;
    place.part_ = line.served_before.empty() ? &line.fresh : &line.served_before;
    place.item_ = place.part_->begin();
    T item = std::move(*place.item_);
    Remove(place);
    return item;
  }

  void Remove(const Place& place) {
    Line& line = place.caller_->second;
    place.part_->erase(place.item_);
    --size_;
    if (!line.served_before.empty() || !line.fresh.empty()) return;
    turns_.erase(line.turn);
    lines_.erase(lines_.find(place.caller_->first));
  }

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

 private:
  struct Line {
    std::list<T> served_before;
    std::list<T> fresh;
    typename std::list<Caller*>::iterator turn;
  };

  std::unordered_map<std::string, Line> lines_;  // only callers that wait
  std::list<Caller*> turns_;                     // next one first
  std::size_t size_ = 0;
};

}  // namespace flux::fal
